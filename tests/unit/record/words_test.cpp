#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "record/alerts.hpp"
#include "record/connection_record.hpp"
#include "record/tls_names.hpp"

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

TEST_CASE("words: the page explains every verdict, and no other") {
    std::ifstream page(std::filesystem::path(OCS_SOURCE_DIR) / "docs/handshake-log.md");
    std::set<std::string> explained, words;
    bool inside = false;
    for (std::string line; std::getline(page, line);) {
        if (line.starts_with("## ")) inside = line == "## The verdicts";
        if (inside && line.starts_with("| `")) explained.insert(line.substr(3, line.find('`', 3) - 3));
    }
    for (std::size_t i = 0; i < verdict_count; ++i) words.emplace(to_string(static_cast<Verdict>(i)));
    CHECK(explained == words);
}

TEST_CASE("names: numbers of a hello by IANA's names, others in hex") {
    CHECK(cipher_suite_name(0x0004) == "TLS_RSA_WITH_RC4_128_MD5");
    CHECK(cipher_suite_name(0xc02f) == "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
    CHECK(cipher_suite_name(0x010080) == "SSL_CK_RC4_128_WITH_MD5");
    CHECK(cipher_suite_name(0x1a1a) == "GREASE 0x1a1a");
    CHECK(cipher_suite_name(0x1234) == "0x1234");
    CHECK(extension_name(0) == "server_name");
    CHECK(extension_name(65281) == "renegotiation_info");
    CHECK(group_name(23) == "secp256r1");
    CHECK(signature_scheme_name(0x0804) == "rsa_pss_rsae_sha256");
    for (const std::uint32_t grease : {0x0a0aU, 0x8a8aU, 0xfafaU}) CHECK(is_grease(grease));
    for (const std::uint32_t real : {0x0a0bU, 0x0a1aU, 0x0a0a0aU, 0x1301U}) CHECK(!is_grease(real));
    CHECK(is_signalling_suite(0x5600));
    CHECK(!is_signalling_suite(0x1301));
}
