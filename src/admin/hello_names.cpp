#include "admin/hello_names.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

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
              std::string (*name)(Number number)) {
    const json::value* found = hello.if_contains(key);
    if (found == nullptr || !found->is_array()) return;
    json::array list;
    for (const json::value& item : found->get_array()) {
        if (const auto number = number_of<Number>(item)) list.emplace_back(name(*number));
    }
    names[key] = std::move(list);
}

/// The numbers of a list that fit; of the record, so there is nothing to report where one does not.
template <class Number>
std::vector<Number> numbers_at(const json::object& hello, const char* key) {
    std::vector<Number> all;
    const json::value* found = hello.if_contains(key);
    if (found == nullptr || !found->is_array()) return all;
    for (const json::value& item : found->get_array())
        if (const auto number = number_of<Number>(item)) all.push_back(*number);
    return all;
}

/// "TLS 1.2" → 0x0303; 0 for what is none.
std::uint16_t version_at(const json::object& allowed, const char* key) {
    const json::value* found = allowed.if_contains(key);
    if (found == nullptr || !found->is_string()) return 0;
    for (std::uint16_t version = 0x0300; version <= 0x0304; ++version)
        if (record::tls_version_name(version) == found->get_string()) return version;
    return 0;
}

const json::object* object_at(const json::value& record, const char* pointer) {
    json::error_code missing;
    const json::value* found = record.find_pointer(pointer, missing);
    return found == nullptr ? nullptr : found->if_object();
}

std::optional<record::AllowedTls> allowed_by(const json::value& record) {
    const json::object* stored = object_at(record, "/tls/allowed");
    if (stored == nullptr) return std::nullopt;
    record::AllowedTls allowed{version_at(*stored, "min_version"), version_at(*stored, "max_version"), 0};
    const json::value* level = stored->if_contains("security_level");
    if (level != nullptr) allowed.security_level = number_of<std::uint8_t>(*level).value_or(0);
    return allowed;
}

}  // namespace

json::array suite_answers(const json::value& record) {
    json::array list;
    const json::object* hello = object_at(record, "/hello");
    if (hello == nullptr) return list;
    record::ClientHelloFacts facts;
    const json::value* legacy = hello->if_contains("legacy_version");
    if (legacy != nullptr) facts.legacy_version = number_of<std::uint16_t>(*legacy).value_or(0);
    facts.supported_versions = numbers_at<std::uint16_t>(*hello, "supported_versions");
    facts.cipher_suites = numbers_at<std::uint32_t>(*hello, "cipher_suites");
    facts.groups = numbers_at<std::uint16_t>(*hello, "groups");
    facts.signature_algorithms = numbers_at<std::uint16_t>(*hello, "signature_algorithms");
    json::error_code missing;
    const json::value* key = record.find_pointer("/certificate/key", missing);
    const std::string key_text =
        key != nullptr && key->is_string() ? std::string(key->get_string()) : std::string();
    for (const tls::SuiteAnswer& answer : tls::suite_support(facts, allowed_by(record), key_text))
        list.push_back(json::object{{"support", to_string(answer.support)}, {"why", answer.why}});
    return list;
}

json::object hello_names(const json::object& hello) {
    json::object names;
    for (const char* key : {"record_version", "legacy_version"}) {
        const json::value* found = hello.if_contains(key);
        const auto version = found == nullptr ? std::nullopt : number_of<std::uint16_t>(*found);
        if (version) names[key] = version_name(*version);
    }
    add_list(names, hello, "supported_versions", version_name);
    add_list(names, hello, "cipher_suites", record::cipher_suite_name);
    add_list(names, hello, "extensions", record::extension_name);
    add_list(names, hello, "groups", record::group_name);
    add_list(names, hello, "signature_algorithms", record::signature_scheme_name);
    return names;
}

}  // namespace ocs::admin
