// Holds the policies against the published host-name vectors (tests/data/hostname-match.jsonl).

#include <doctest/doctest.h>

#include <boost/json.hpp>
#include <fstream>
#include <map>
#include <string>

#include "core/escape.hpp"
#include "discovery/name_policy.hpp"
#include "openssl_oracle.hpp"

using namespace ocs;
using namespace ocs::discovery;

namespace {

// latin-1 rows: each character stands for one byte.
std::string bytes_of(const boost::json::value& text, bool latin1) {
    const std::string utf8(text.as_string());
    if (!latin1) return utf8;
    std::string bytes;
    for (std::size_t i = 0; i < utf8.size(); ++i) {
        const auto lead = static_cast<unsigned char>(utf8[i]);
        if (lead < 0x80) {
            bytes += utf8[i];
        } else {
            const auto next = static_cast<unsigned char>(utf8.at(++i));
            bytes += static_cast<char>(((lead & 0x03U) << 6U) | (next & 0x3fU));
        }
    }
    return bytes;
}

PresentedName other_name(const std::string& text) {
    const auto colon = text.find(':');
    const std::string word = text.substr(0, colon);
    if (word == "email") return {NameKind::email, text.substr(colon + 1)};
    if (word == "srv") return {NameKind::srv, text.substr(colon + 1)};
    return {NameKind::other, text};
}

PresentedNames names_of(const boost::json::object& row) {
    const auto* encoding = row.if_contains("name_encoding");
    const bool latin1 = encoding != nullptr && encoding->is_string() && encoding->as_string() == "latin-1";
    PresentedNames names;
    names.san_present = row.at("san_present").as_bool();
    for (const auto& text : row.at("cn").as_array()) names.common_names.push_back(bytes_of(text, latin1));
    const auto add = [&](const char* field, NameKind kind) {
        for (const auto& text : row.at(field).as_array()) names.san.push_back({kind, bytes_of(text, latin1)});
    };
    add("san_dns", NameKind::dns);
    add("san_uri", NameKind::uri);
    add("san_ip", NameKind::ip);
    for (const auto& text : row.at("san_other").as_array()) {
        names.san.push_back(other_name(bytes_of(text, latin1)));
    }
    return names;
}

// Rows marked undisputed whose verdict is nevertheless not this project's: each with its reason.
boost::json::object departures() {
    std::ifstream file(OCS_SOURCE_DIR "/tests/data/hostname-match-departures.json");
    REQUIRE(file);
    return boost::json::parse(file).as_object();
}

struct Count {
    int run = 0, skipped = 0, disputed = 0, departed = 0;
};

}  // namespace

TEST_CASE("every undisputed public vector gets the verdict of its suite, every row that of OpenSSL 3.0") {
    const std::map<std::string, NamePolicy> policies = {{"strict", NamePolicy::rfc9525},
                                                        {"sip-rfc5922", NamePolicy::rfc5922},
                                                        {"openssl", NamePolicy::openssl}};
    std::ifstream file(OCS_SOURCE_DIR "/tests/data/hostname-match.jsonl");
    REQUIRE(file);
    const boost::json::object departed_from = departures();
    std::map<std::string, Count> counts;
    std::string line;
    while (std::getline(file, line)) {
        const auto value = boost::json::parse(line);
        const auto& row = value.as_object();
        const PresentedNames names = names_of(row);
        const auto* encoding = row.if_contains("name_encoding");
        const std::string host =
            bytes_of(row.at("host"),
                     encoding != nullptr && encoding->is_string() && encoding->as_string() == "latin-1");
        const std::string policy(row.at("policy").as_string());
        CAPTURE(line);
        Count& count = counts[policy];
        if (!policies.contains(policy)) {
            ++count.skipped;
        } else if (row.at("disputed").as_bool()) {
            ++count.disputed;
        } else if (departed_from.contains(row.at("id").as_string())) {
            ++count.departed;
            CHECK(compare_names(policies.at(policy), names, host).covered !=
                  row.at("expected_match").as_bool());
        } else {
            ++count.run;
            CHECK(compare_names(policies.at(policy), names, host).covered ==
                  row.at("expected_match").as_bool());
        }
        const auto& observed = row.at("observed").as_object().at("openssl_3_0_check_host");
        Count& openssl = counts["observed.openssl_3_0_check_host"];
        // Rows of these policies were observed with X509_CHECK_FLAG_NO_WILDCARDS; without a '*' the flag
        // changes nothing.
        const bool no_wildcards = policy.find("no-wildcards") != std::string::npos;
        if (!observed.is_bool() || (no_wildcards && line.find('*') != std::string::npos)) {
            ++openssl.skipped;
        } else {
            ++openssl.run;
            CHECK_MESSAGE(compare_names(NamePolicy::openssl, names, host).covered == observed.as_bool(),
                          "observed");
        }
    }
    for (const auto& [name, count] : counts) {
        MESSAGE(name << ": " << count.run << " run, " << count.skipped << " skipped, " << count.disputed
                     << " disputed, " << count.departed << " departed from");
    }
    CHECK(counts["strict"].run >= 366);
    CHECK(counts["sip-rfc5922"].run >= 24);
    CHECK(counts["openssl"].run >= 243);
    CHECK(counts["observed.openssl_3_0_check_host"].run >= 1130);
}

TEST_CASE("the openssl policy says what X509_check_host says of every row's names") {
    std::ifstream file(OCS_SOURCE_DIR "/tests/data/hostname-match.jsonl");
    REQUIRE(file);
    int run = 0;
    std::string line;
    while (std::getline(file, line)) {
        const auto value = boost::json::parse(line);
        const auto& row = value.as_object();
        const std::string host(row.at("host").as_string());
        const PresentedNames names = names_of(row);
        CAPTURE(line);
        CHECK(compare_names(NamePolicy::openssl, names, host).covered == openssl_says(names, host));
        ++run;
    }
    CHECK(run >= 1155);
}
