#include "config/fields.hpp"

namespace ocs::config {

using yaml::Map;

void read_text(Map& map, const std::string& key, std::string& target) {
    const auto value = map.find(key);
    if (!value) return;
    if (auto text = value->string()) target = std::move(*text);
}

void read_texts(Map& map, const std::string& key, std::vector<std::string>& target) {
    const auto value = map.find(key);
    if (!value) return;
    target.clear();
    for (const yaml::Value& item : value->list()) {
        if (auto text = item.string()) target.push_back(std::move(*text));
    }
}

void read_path(Map& map, const std::string& key, std::filesystem::path& target) {
    std::string text;
    read_text(map, key, text);
    if (!text.empty()) target = text;
}

void read_flag(Map& map, const std::string& key, bool& target) {
    const auto value = map.find(key);
    if (!value) return;
    if (const auto flag = value->boolean()) target = *flag;
}

void read_seconds(Map& map, const std::string& key, double& target) {
    const auto value = map.find(key);
    if (!value) return;
    if (const auto number = value->number(0.01, longest_seconds)) target = *number;
}

std::optional<WallTime> read_time(Map& map, const std::string& key, WallTime now, std::string& target) {
    const auto value = map.find(key);
    if (value) {
        const auto text = value->string();
        if (!text) return std::nullopt;
        target = *text;
    }
    const auto time = parse_time(target, now);
    if (time.has_value()) return *time;
    if (value) value->fail(time.error().what, time.error().hint);
    return std::nullopt;
}

std::string without_numbers(const std::string& path) {
    std::string plain;
    bool in_brackets = false;
    for (const char c : path) {
        if (c == ']') in_brackets = false;
        if (!in_brackets) plain += c;
        if (c == '[') in_brackets = true;
    }
    return plain;
}

}  // namespace ocs::config
