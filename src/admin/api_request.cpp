#include "admin/api_request.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>

#include "core/escape.hpp"
#include "core/nearest.hpp"

namespace ocs::admin {

namespace json = boost::json;

namespace {

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded += text[i];
            continue;
        }
        if (i + 2 >= text.size() || hex_digit(text[i + 1]) < 0 || hex_digit(text[i + 2]) < 0)
            return std::nullopt;
        decoded += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
        i += 2;
    }
    return decoded;
}

ApiReply json_reply(int status, const json::value& body) {
    return {status, "application/json", json::serialize(body) + "\n", "", {}};
}

ApiReply failure(int status, const Error& error) {
    json::object told{{"what", to_string(error)}};
    if (!error.hint.empty()) told["hint"] = error.hint;
    return json_reply(status, json::object{{"error", std::move(told)}});
}

Result<Query> read_query(std::string_view text, const std::vector<std::string>& known) {
    Query query;
    while (!text.empty()) {
        const std::size_t end = text.find('&');
        const std::string_view pair = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        const std::size_t equals = pair.find('=');
        const std::string key(pair.substr(0, equals));
        if (std::find(known.begin(), known.end(), key) == known.end()) {
            return Error{"unknown parameter " + ocs::quoted(key), "", ""};
        }
        // As forms write it (URL standard, application/x-www-form-urlencoded): a blank is a plus.
        std::string text_value(equals == std::string_view::npos ? "" : pair.substr(equals + 1));
        std::replace(text_value.begin(), text_value.end(), '+', ' ');
        auto value = percent_decoded(text_value);
        if (!value)
            return Error{
                "parameter " + ocs::quoted(key) + " has a bad escape", "", "% and two hexadecimal digits"};
        query[key] = std::move(*value);
    }
    return query;
}

Result<std::uint64_t> read_number(const Query& query,
                                  const std::string& key,
                                  std::uint64_t min,
                                  std::uint64_t max,
                                  std::uint64_t otherwise) {
    const auto found = query.find(key);
    if (found == query.end()) return otherwise;
    const std::string& text = found->second;
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < min || value > max) {
        return Error{
            fmt::format("parameter '{}' is not a whole number from {} to {}", key, min, max), "", ""};
    }
    return value;
}

Fields::Fields(std::string_view body, const std::vector<std::string>& known) {
    json::error_code code;
    value_ = json::parse(json::string_view(body.data(), body.size()), code);
    if (code) {
        fail(Error{"the body is not JSON: " + code.message(), "", ""});
    } else if (!value_.is_object()) {
        fail(Error{"the body is not a JSON object", "", ""});
    } else {
        for (const auto& member : value_.get_object()) {
            const std::string key(member.key());
            if (std::find(known.begin(), known.end(), key) != known.end()) continue;
            const auto close = nearest(key, known);
            fail(Error{"unknown field " + ocs::quoted(key),
                       "",
                       close ? "did you mean " + ocs::quoted(*close) + "?" : ""});
        }
    }
}

void Fields::fail(Error error) {
    if (!problem_) problem_ = std::move(error);
}

const json::value* Fields::find(const char* key) const {
    return value_.is_object() ? value_.get_object().if_contains(key) : nullptr;
}

std::string Fields::text(const char* key) {
    if (find(key) == nullptr) fail(Error{"field " + ocs::quoted(key) + " is missing", "", ""});
    return text_or_empty(key);
}

std::string Fields::text_or_empty(const char* key) {
    const json::value* found = find(key);
    if (found == nullptr) return "";
    if (!found->is_string()) {
        fail(Error{"field " + ocs::quoted(key) + " is not a text", "", ""});
        return "";
    }
    return std::string(found->get_string());
}

std::vector<std::string> Fields::texts(const char* key, std::size_t most) {
    std::vector<std::string> values;
    const json::value* found = find(key);
    if (found == nullptr) return values;
    const json::array* list = found->if_array();
    const bool fits =
        list != nullptr && list->size() <= most &&
        std::all_of(list->begin(), list->end(), [](const auto& item) { return item.is_string(); });
    if (!fits) {
        fail(Error{fmt::format("field '{}' is not a list of at most {} texts", key, most), "", ""});
        return values;
    }
    for (const json::value& item : *list) values.emplace_back(item.get_string());
    return values;
}

std::optional<std::int64_t> Fields::number(const char* key, std::int64_t min, std::int64_t max) {
    const json::value* found = find(key);
    if (found == nullptr) return std::nullopt;
    const std::int64_t* value = found->if_int64();
    if (value != nullptr && *value >= min && *value <= max) return *value;
    fail(Error{fmt::format("field '{}' is not a whole number from {} to {}", key, min, max), "", ""});
    return std::nullopt;
}

}  // namespace ocs::admin
