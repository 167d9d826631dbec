#include <doctest/doctest.h>

#include <set>
#include <string>

#include "record/alerts.hpp"
#include "record/connection_record.hpp"

using namespace ocs::record;

TEST_CASE("words: every verdict has its own") {
    std::set<std::string_view> words;
    for (std::size_t i = 0; i < verdict_count; ++i) words.insert(to_string(static_cast<Verdict>(i)));
    CHECK(words.size() == verdict_count);
    CHECK(words.count("") == 0);
    CHECK(to_string(Verdict::rejected_alert) == "rejected-alert");
    CHECK(to_string(Verdict::finished_no_data) == "finished-no-data");
    CHECK(to_string(Cause::name_mismatch) == "name-mismatch");
    CHECK(to_string(Direction::from_client) == "from-client");
    CHECK(to_string(HostChoice::default_no_sni) == "default-no-sni");
}

TEST_CASE("alerts: RFC name and what Schannel calls it") {
    struct Row {
        std::uint8_t code;
        std::string_view rfc, schannel;
    };
    const Row rows[] = {
        {42, "bad_certificate", "CERT_UNKNOWN 0x80090327"},
        {43, "unsupported_certificate", "CERT_UNKNOWN 0x80090327"},
        {44, "certificate_revoked", "CRYPT_E_REVOKED 0x80092010"},
        {45, "certificate_expired", "CERT_EXPIRED 0x80090328"},
        {46, "certificate_unknown", "CERT_UNKNOWN 0x80090327"},
        {48, "unknown_ca", "UNTRUSTED_ROOT 0x80090325"},
        {80, "internal_error", "INTERNAL_ERROR 0x80090304"},
        {112, "unrecognized_name", ""},
        {200, "unassigned", ""},
    };
    for (const Row& row : rows) {
        CAPTURE(row.rfc);
        CHECK(alert_name(row.code) == row.rfc);
        CHECK(schannel_name(row.code) == row.schannel);
    }
}

TEST_CASE("versions: named, and GREASE does not count") {
    CHECK(tls_version_name(0x0304) == "TLS 1.3");
    CHECK(tls_version_name(0x0300) == "SSL 3.0");
    CHECK(tls_version_name(0x7f1c) == "0x7f1c");
    ClientHelloFacts hello;
    hello.legacy_version = 0x0301;
    CHECK(hello.highest_version() == 0x0301);
    hello.supported_versions = {0xfafa, 0x0303, 0x0304};
    CHECK(hello.highest_version() == 0x0304);
    hello.supported_versions = {0x8a8a};
    CHECK(hello.highest_version() == 0x0301);
}

TEST_CASE("endpoints: IPv6 stands in brackets") {
    CHECK(to_string(Endpoint{"192.168.56.20", 51934}) == "192.168.56.20:51934");
    CHECK(to_string(Endpoint{"::1", 5061}) == "[::1]:5061");
}
