#include "apps/fakeocs_ask.hpp"

#include <fmt/format.h>

#include <boost/json/parse.hpp>

#include "admin/control.hpp"
#include "apps/common.hpp"
#include "core/escape.hpp"

namespace ocs::apps {

namespace json = boost::json;

int ask_and_show(const std::string& given_state_dir,
                 bool as_json,
                 const admin::ApiRequest& request,
                 const ShowReply& show) {
    const auto reply = admin::ask_lab(state_dir(given_state_dir), request);
    if (reply.has_error()) {
        print_error(reply.error());
        return 1;
    }
    if (reply->status >= 200 && reply->status < 300 && reply->content_type.starts_with("text/plain")) {
        fmt::print("{}", reply->body);
        return 0;
    }
    json::error_code code;
    const json::value told = json::parse(reply->body, code);
    if (code || !told.is_object()) {
        print_error(
            Error{fmt::format("the lab answered {} with something else than JSON", reply->status), "", ""});
        return 1;
    }
    const json::object& object = told.get_object();
    if (reply->status >= 200 && reply->status < 300) {
        if (as_json) {
            fmt::print("{}", reply->body);
        } else {
            show(object);
        }
        return 0;
    }
    const json::value* error = object.if_contains("error");
    const json::object problem =
        error != nullptr && error->is_object() ? error->get_object() : json::object();
    print_error(Error{text_of(problem, "what"), "", text_of(problem, "hint")});
    return reply->status == 400 ? 2 : 1;
}

std::string text_of(const json::object& object, const char* key) {
    const json::value* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::int64_t number_of(const json::object& object, const char* key) {
    const json::value* value = object.if_contains(key);
    json::error_code other;
    const auto number = value == nullptr ? 0 : value->to_number<std::int64_t>(other);
    return other ? 0 : number;
}

std::vector<json::object> list_of(const json::object& object, const char* key) {
    std::vector<json::object> list;
    const json::value* value = object.if_contains(key);
    if (value == nullptr || !value->is_array()) return list;
    for (const json::value& item : value->get_array()) {
        if (item.is_object()) list.push_back(item.get_object());
    }
    return list;
}

std::string percent_encoded(std::string_view text) {
    std::string encoded;
    for (const char c : text) {
        const bool stays = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           std::string_view("-._~").find(c) != std::string_view::npos;
        encoded += stays ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return encoded;
}

Result<std::int64_t> parse_number(const std::string& text, const char* what) {
    const bool digits =
        !text.empty() && text.size() <= 10 && text.find_first_not_of("0123456789") == std::string::npos;
    if (digits) return std::stoll(text);
    return Error{fmt::format("found {}, expected a whole number", ocs::quoted(text)), what, ""};
}

}  // namespace ocs::apps
