#include "tls/fingerprint.hpp"

#include <doctest/doctest.h>

using ocs::record::ClientHelloFacts;

namespace {

/// Chromium's hello of the JA4 definition's example, GREASE put in where Chromium has it.
ClientHelloFacts chromium() {
    ClientHelloFacts hello;
    hello.legacy_version = 0x0303;
    hello.supported_versions = {0x2a2a, 0x0304, 0x0303};
    hello.cipher_suites = {0x1a1a,
                           0x1301,
                           0x1302,
                           0x1303,
                           0xc02b,
                           0xc02f,
                           0xc02c,
                           0xc030,
                           0xcca9,
                           0xcca8,
                           0xc013,
                           0xc014,
                           0x009c,
                           0x009d,
                           0x002f,
                           0x0035};
    hello.extensions = {0x0a0a,
                        0x001b,
                        0x0000,
                        0x0033,
                        0x0010,
                        0x4469,
                        0x0017,
                        0x002d,
                        0x000d,
                        0x0005,
                        0x0023,
                        0x0012,
                        0x002b,
                        0xff01,
                        0x000b,
                        0x000a,
                        0x0015,
                        0x3a3a};
    hello.signature_algorithms = {0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601};
    hello.alpn = {"h2", "http/1.1"};
    return hello;
}

/// The hello of the JA3 definition's example.
ClientHelloFacts ja3_example() {
    ClientHelloFacts hello;
    hello.legacy_version = 769;
    hello.cipher_suites = {47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4};
    hello.extensions = {0, 10, 11};
    hello.groups = {23, 24, 25};
    hello.point_formats = {0};
    return hello;
}

}  // namespace

TEST_CASE("fingerprint: JA3 of the definition's two examples") {
    CHECK(ocs::tls::ja3_text(ja3_example()) ==
          "769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0");
    CHECK(ocs::tls::ja3(ja3_example()) == "ada70206e40642a3e4461f35503241d5");

    ClientHelloFacts bare;
    bare.legacy_version = 769;
    bare.cipher_suites = {4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99};
    CHECK(ocs::tls::ja3_text(bare) == "769,4-5-10-9-100-98-3-6-19-18-99,,,");
    CHECK(ocs::tls::ja3(bare) == "de350869b8c85de67a350c8d186f11e6");
}

TEST_CASE("fingerprint: JA4 of the definition's example, whatever the GREASE") {
    CHECK(ocs::tls::ja4_text(chromium()) ==
          "t13d1516h2_002f,0035,009c,009d,1301,1302,1303,c013,c014,c02b,c02c,c02f,c030,cca8,cca9_"
          "0005,000a,000b,000d,0012,0015,0017,001b,0023,002b,002d,0033,4469,ff01_"
          "0403,0804,0401,0503,0805,0501,0806,0601");
    CHECK(ocs::tls::ja4(chromium()) == "t13d1516h2_8daaf6152771_e5627efa2ab1");
    ClientHelloFacts other = chromium();
    other.cipher_suites.front() = 0xfafa;
    other.extensions.back() = 0x8a8a;
    CHECK(ocs::tls::ja4(other) == ocs::tls::ja4(chromium()));
}

TEST_CASE("fingerprint: JA4's short forms") {
    struct Row {
        ClientHelloFacts hello;
        std::string head, why;
    };
    ClientHelloFacts xp;
    xp.legacy_version = 0x0301;
    xp.cipher_suites = {0x0004, 0x0005};
    ClientHelloFacts sslv2 = xp;
    sslv2.sslv2_framed = true;
    sslv2.cipher_suites = {0x010080, 0x000004, 0x000005};
    ClientHelloFacts odd = xp;
    odd.extensions = {0x0010};
    odd.alpn = {"\xab-\xcd"};
    const Row rows[] = {
        {xp, "t10i020000_", "no extension at all: no SNI, no ALPN"},
        {sslv2, "t10i020000_", "the 24-bit kinds of SSLv2 are no suites"},
        {odd, "t10i0201ad_", "an ALPN that is not printable is shown by its hex"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(ocs::tls::ja4(row.hello).substr(0, row.head.size()) == row.head);
    }
    CHECK(ocs::tls::ja4(xp).ends_with("_000000000000"));
}
