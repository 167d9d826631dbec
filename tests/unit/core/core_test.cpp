#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <vector>

#include "core/clock.hpp"
#include "core/escape.hpp"
#include "core/files.hpp"
#include "core/host_name.hpp"
#include "core/ip_address.hpp"
#include "core/nearest.hpp"

using namespace ocs;

TEST_CASE("visible: what a reader could miss or a terminal could obey is shown") {
    struct Row {
        std::string text, shown, why;
    };
    const Row rows[] = {
        {"sip.contoso.test", "sip.contoso.test", "printable ASCII stays"},
        {"sip.contoso.test ", "sip.contoso.test\\x20", "a blank at the end costs people hours"},
        {" a b", "\\x20a b", "a blank inside stays"},
        {"\x1b[31m", "\\x1b[31m", "terminals obey escapes"},
        {std::string("a\0b", 3), "a\\x00b", "NUL"},
        {"a\\b", "a\\\\b", "so that the output can be told apart"},
        {"\xe2\x80\x8b", "\\u{200b}", "zero-width space"},
        {"b\xc3\xbc", "b\\u{fc}", "valid UTF-8 becomes its code point"},
        {"\xfc", "\\xfc", "Latin-1 is no UTF-8"},
        {"\xc0\x80", "\\xc0\\x80", "an overlong form is no UTF-8"},
        {"\xed\xa0\x80", "\\xed\\xa0\\x80", "a surrogate is no UTF-8"},
        {"\x7f", "\\x7f", "DEL"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(visible(row.text) == row.shown);
        CHECK(from_visible(row.shown) == row.text);
    }
}

TEST_CASE("from_visible: what is no escape of ours stays") {
    for (const std::string text :
         {"\\", "\\x", "\\xg0", "\\x+1", "\\u{", "\\u{}", "\\u{41}", "\\u{110000}", "\\n"}) {
        CAPTURE(text);
        CHECK(from_visible(text) == text);
    }
    CHECK(from_visible("\\u{10ffff}") == "\xf4\x8f\xbf\xbf");
}

TEST_CASE("visible: long text is cut and says how much is missing") {
    CHECK(visible("abcdef", 4) == "abcd…(+2 bytes)");
    CHECK(visible("abcd", 4) == "abcd");
}

TEST_CASE("shell_quoted: a word reaches the program as it is") {
    CHECK(shell_quoted("sip.contoso.test") == "sip.contoso.test");
    CHECK(shell_quoted("") == "''");
    CHECK(shell_quoted("a b") == "'a b'");
    CHECK(shell_quoted("it's") == "'it'\\''s'");
    CHECK(shell_quoted("*.contoso.test") == "'*.contoso.test'");
}

TEST_CASE("host name: one that exists is a valid one") {
    struct Row {
        std::string text, parsed, why;  // parsed empty: refused
    };
    const std::string label63(63, 'a');
    const std::string name253 = label63 + "." + label63 + "." + label63 + "." + std::string(61, 'a');
    const Row rows[] = {
        {"SIP.Contoso.test", "sip.contoso.test", "case is folded"},
        {"sip.contoso.test.", "sip.contoso.test", "one trailing dot is dropped"},
        {"sip.contoso.test..", "", "two are an empty label"},
        {"ocs_pool.contoso.test", "ocs_pool.contoso.test", "Windows names have underscores"},
        {"b\xc3\xbc"
         "cher.test",
         "xn--bcher-kva.test",
         "IDN becomes A-labels"},
        {"", "", "empty"},
        {".", "", "the root is no host"},
        {".contoso.test", "", "leading dot"},
        {"a..b", "", "libidn2 would let it pass"},
        {"-a.test", "", "hyphen at an end"},
        {"a b.test", "", "blank"},
        {"*.contoso.test", "", "a wildcard is a pattern, not a name"},
        {"192.0.2.1", "", "an address"},
        {label63 + ".test", label63 + ".test", "63 bytes fit"},
        {label63 + "a.test", "", "64 do not"},
        {name253, name253, "253 bytes fit"},
        {name253 + "a", "", "254 do not"},
        {std::string("a\0b.test", 8), "", "NUL"},
        {"a\xff.test", "", "no UTF-8"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto name = HostName::parse(row.text);
        CHECK(name.has_value() == !row.parsed.empty());
        if (name.has_value()) CHECK(name->text() == row.parsed);
    }
}

TEST_CASE("host name: domains and labels") {
    const HostName domain = HostName::parse("contoso.test").value();
    CHECK(HostName::parse("contoso.test").value().is_in_domain(domain));
    CHECK(HostName::parse("sip.contoso.test").value().is_in_domain(domain));
    CHECK_FALSE(HostName::parse("notcontoso.test").value().is_in_domain(domain));
    CHECK(HostName::parse("a.b.c").value().labels() == std::vector<std::string_view>{"a", "b", "c"});
    CHECK(HostName::parse("xn--bcher-kva.test").value().unicode() ==
          "b\xc3\xbc"
          "cher.test");
    CHECK(HostName::parse("xn--a.test").value().unicode() == "xn--a.test");  // no A-label: shown as it is
}

TEST_CASE("host pattern: a wildcard is the whole left-most label") {
    CHECK(HostPattern::parse("*.Contoso.test").value().text() == "*.contoso.test");
    CHECK(HostPattern::parse("*.contoso.test").value().is_wildcard());
    for (const char* bad : {"s*.contoso.test", "sip.*.test", "*", "*."}) {
        CAPTURE(bad);
        CHECK(HostPattern::parse(bad).has_error());
    }
    CHECK(HostPattern::parse("s*.contoso.test").error().hint.find("left-most") != std::string::npos);
}

TEST_CASE("address: text, bytes and loopback") {
    CHECK(IpAddress::parse("2001:DB8::0:1").value().text() == "2001:db8::1");
    CHECK(IpAddress::parse("127.9.9.9").value().is_loopback());
    CHECK(IpAddress::parse("::1").value().is_loopback());
    CHECK_FALSE(IpAddress::parse("192.0.2.1").value().is_loopback());
    for (const char* bad : {"", "1.2.3", "1.2.3.4:5", "[::1]", "fe80::1%eth0", "01.2.3.4x"}) {
        CAPTURE(bad);
        CHECK(IpAddress::parse(bad).has_error());
    }
    const std::vector<std::uint8_t> five(5);
    CHECK(IpAddress::from_bytes(five).error().what == "an IP address has 4 or 16 bytes, not 5");
}

TEST_CASE("clock: times as people give them") {
    const WallTime now = parse_time("2026-11-24T05:59:00Z", {}).value();
    CHECK(rfc3339(now) == "2026-11-24T05:59:00.000000Z");
    CHECK(utc_date(parse_time("+2y", now).value()) == "2028-11-23");
    CHECK(rfc3339(parse_time("-30d", now).value()) == "2026-10-25T05:59:00.000000Z");
    CHECK(parse_time("now", now).value() == now);
    for (const char* bad :
         {"", "2026-02-30", "2026-13-01", "30d", "+d", "+1w", "2026-11-24T25:00:00Z", "+9999y", "+999999y"}) {
        CAPTURE(bad);
        CHECK(parse_time(bad, now).has_error());
    }
    CHECK(milliseconds(Micros{12'400}) == "12.4 ms");
    CHECK(milliseconds(Micros{15'000'000}) == "15.0 s");
}

TEST_CASE("nearest: the word a writer probably meant") {
    const std::vector<std::string> known = {"subject", "sans", "issuer"};
    CHECK(nearest("san", known) == "sans");
    CHECK(nearest("Subjekt", known) == "subject");
    CHECK_FALSE(nearest("listeners", known).has_value());
}

TEST_CASE("files: whole or not at all, and private from the first instant") {
    std::string folder = (std::filesystem::temp_directory_path() / "fakeocs-core-XXXXXX").string();
    REQUIRE(mkdtemp(folder.data()) != nullptr);
    const std::filesystem::path root(folder);
    REQUIRE(make_folder(root / "a" / "b").has_value());
    REQUIRE(write_file(root / "a" / "key.pem", "secret", private_file).has_value());
    struct stat status {};
    REQUIRE(stat((root / "a" / "key.pem").c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0600);
    CHECK(read_file(root / "a" / "key.pem").value() == "secret");
    CHECK(read_file(root / "a" / "key.pem", 3).error().what == "file is larger than 3 bytes");
    CHECK(read_file(root / "a").error().what == "not a regular file");
    CHECK(read_file(root / "none").error().what == "cannot open file: No such file or directory");
    CHECK(write_file(root / "none" / "x", "y", public_file).has_error());
    CHECK(make_folder(root / "a" / "key.pem").error().what == "not a folder");
    CHECK(std::distance(std::filesystem::directory_iterator(root / "a"), {}) == 2);
    std::filesystem::remove_all(root);
}
