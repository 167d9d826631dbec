#include "admin/hello_names.hpp"

#include <boost/json/array.hpp>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "record/alerts.hpp"
#include "record/tls_names.hpp"
#include "tls/suite_support.hpp"

namespace ocs::admin {
namespace {

namespace json = boost::json;

template <class Number>
std::optional<Number> number_of(const json::value& value) {
    const std::int64_t* number = value.if_int64();
    if (number == nullptr || *number < 0 || *number > std::numeric_limits<Number>::max()) return std::nullopt;
    return static_cast<Number>(*number);
}

std::string version_name(std::uint16_t version) {
    return record::is_grease(version) ? record::group_name(version) : record::tls_version_name(version);
}

template <class Number>
void add_list(json::object& names,
              const json::object& hello,
              const char* key,
              std::string (*name)(Number number),
              const char* as = nullptr) {
    const json::value* found = hello.if_contains(key);
    if (found == nullptr || !found->is_array()) return;
    json::array list;
    for (const json::value& item : found->get_array()) {
        if (const auto number = number_of<Number>(item)) list.emplace_back(name(*number));
    }
    names[as == nullptr ? key : as] = std::move(list);
}

std::string support_word(std::uint32_t suite) { return std::string(to_string(tls::suite_support(suite))); }

}  // namespace

json::object hello_names(const json::object& hello) {
    json::object names;
    for (const char* key : {"record_version", "legacy_version"}) {
        const json::value* found = hello.if_contains(key);
        const auto version = found == nullptr ? std::nullopt : number_of<std::uint16_t>(*found);
        if (version) names[key] = version_name(*version);
    }
    add_list(names, hello, "supported_versions", version_name);
    add_list(names, hello, "cipher_suites", record::cipher_suite_name);
    add_list(names, hello, "cipher_suites", support_word, "cipher_suites_served");
    add_list(names, hello, "extensions", record::extension_name);
    add_list(names, hello, "groups", record::group_name);
    add_list(names, hello, "signature_algorithms", record::signature_scheme_name);
    return names;
}

}  // namespace ocs::admin
