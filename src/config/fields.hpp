#pragma once
// Reading the fields of a map into a struct: a key that is left out leaves the default, a value that does
// not fit is a problem with its place. Internal to config.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/clock.hpp"
#include "core/result.hpp"
#include "yaml/reader.hpp"

namespace ocs::config {

inline constexpr double longest_seconds = 86400;  ///< a day: beyond it, a deadline is a typing error

void read_text(yaml::Map& map, const std::string& key, std::string& target);
void read_texts(yaml::Map& map, const std::string& key, std::vector<std::string>& target);
void read_path(yaml::Map& map, const std::string& key, std::filesystem::path& target);
void read_flag(yaml::Map& map, const std::string& key, bool& target);
void read_seconds(yaml::Map& map, const std::string& key, double& target);  ///< 0.01 to a day

/// The point in time that `target` means now: a date, an instant or a distance (`-30d`). Empty: a problem.
std::optional<WallTime> read_time(yaml::Map& map, const std::string& key, WallTime now, std::string& target);

/// "listeners[0].port" as "listeners[].port": the key, whichever item it was found in.
std::string without_numbers(const std::string& path);

template <class Integer>
void read_integer(
    yaml::Map& map, const std::string& key, std::int64_t min, std::int64_t max, Integer& target) {
    const auto value = map.find(key);
    if (!value) return;
    if (const auto number = value->integer(min, max)) target = static_cast<Integer>(*number);
}

/// One of `words`, which name the values 0, 1, … of the enumeration.
template <class Enum>
void read_word(yaml::Map& map, const std::string& key, const std::vector<std::string>& words, Enum& target) {
    const auto value = map.find(key);
    if (!value) return;
    if (const auto index = value->word(words)) target = static_cast<Enum>(*index);
}

/// Text that `parse` turns into a value or an Error.
template <class T, class Parse>
void read_parsed(const yaml::Value& value, Parse parse, T& target) {
    const auto text = value.string();
    if (!text) return;
    auto parsed = parse(*text);
    if (parsed.has_error()) {
        value.fail(parsed.error().what, parsed.error().hint);
    } else {
        target = std::move(*parsed);
    }
}

template <class T, class Parse>
void read_parsed(yaml::Map& map, const std::string& key, Parse parse, T& target) {
    if (const auto value = map.find(key)) read_parsed(*value, parse, target);
}

}  // namespace ocs::config
