#include "dns/name.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace ocs;
using dns::Name;

namespace {

Name name(std::string_view text) { return Name::parse(text).value(); }

}  // namespace

TEST_CASE("name: text that is read and written again") {
    struct Row {
        std::string in, out, why;
    };
    const Row rows[] = {
        {"sip.contoso.test", "sip.contoso.test", "plain"},
        {"sip.contoso.test.", "sip.contoso.test", "the dot at the end is no label"},
        {"SIP.Contoso.test", "SIP.Contoso.test", "case is kept (RFC 4343)"},
        {"_sipinternaltls._tcp.contoso.test", "_sipinternaltls._tcp.contoso.test", "service labels"},
        {"*.contoso.test", "*.contoso.test", "a wildcard is a label like any other"},
        {"a\\.b.test", "a\\.b.test", "a dot inside a label"},
        {"a\\046b.test", "a\\.b.test", "the same dot as a number"},
        {"a\\032b.test", "a\\032b.test", "a blank has no letter form"},
        {"a\\200.test", "a\\200.test", "any byte may be in a label"},
        {"b\xc3\xbc"
         "cher.test",
         "xn--bcher-kva.test",
         "UTF-8 becomes an A-label"},
        {".", "", "the root"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto read = Name::parse(row.in);
        REQUIRE(read.has_value());
        CHECK(read->text() == row.out);
        CHECK(read->absolute() == row.out + ".");
        const auto& wire = read->wire();
        const auto again = Name::from_wire({reinterpret_cast<const std::uint8_t*>(wire.data()), wire.size()});
        REQUIRE(again.has_value());
        CHECK(*again == *read);
    }
}

TEST_CASE("name: what is refused") {
    struct Row {
        std::string in, what;
    };
    const Row rows[] = {
        {"", "'' is not a domain name: it is empty"},
        {"a..b", "'a..b' is not a domain name: it has an empty label"},
        {".a", "'.a' is not a domain name: it has an empty label"},
        {"a\\", "'a\\\\' is not a domain name: a backslash is not followed by a character or three digits"},
        {"a\\99",
         "'a\\\\99' is not a domain name: a backslash is not followed by a character or three digits"},
        {"a\\256",
         "'a\\\\256' is not a domain name: a backslash is not followed by a character or three digits"},
        {"\xff.test", "'\\xff.test' is not a domain name: its letters beyond ASCII cannot be converted"},
    };
    for (const Row& row : rows) {
        const auto read = Name::parse(row.in);
        REQUIRE(read.has_error());
        CHECK(to_string(read.error()) == row.what);
    }
    CHECK(Name::parse(std::string(64, 'a')).has_error());
    CHECK(Name::parse(std::string(63, 'a')).has_value());
    std::string longest;
    for (int i = 0; i < 127; ++i) longest += "a.";
    CHECK(Name::parse(longest).has_value());         // 255 bytes on the wire
    CHECK(Name::parse(longest + "a.").has_error());  // 257
    CHECK(Name::parse(std::string(2000, 'a')).has_error());
    CHECK(Name::from_wire({}).has_error());
    const std::uint8_t lies[] = {3, 'a', 'b'};
    CHECK(Name::from_wire(lies).has_error());
    const std::uint8_t pointer[] = {0xc0, 0x0c};
    CHECK(Name::from_wire(pointer).has_error());
    const std::uint8_t more[] = {1, 'a', 0, 0};
    CHECK(Name::from_wire(more).has_error());
}

TEST_CASE("name: comparing, zones and parents do not see case") {
    CHECK(name("SIP.contoso.test") == name("sip.CONTOSO.test"));
    CHECK(name("sip.contoso.test").is_in(name("Contoso.Test")));
    CHECK(name("contoso.test").is_in(name("contoso.test")));
    CHECK_FALSE(name("fabrikamcontoso.test").is_in(name("contoso.test")));  // labels, not text
    CHECK(name("anything").is_in(Name()));
    CHECK(name("a.b.test").parent() == name("b.test"));
    CHECK(Name().parent().is_root());
    CHECK(name("a.b").label_count() == 2);
    CHECK(name("a.b").below(name("c.d"))->text() == "a.b.c.d");
    CHECK(name("b.test").child("a")->text() == "a.b.test");
    CHECK(name("b.test").child("").has_error());
    CHECK(name("b.test").child(std::string(64, 'a')).has_error());
    CHECK(name("Ab.test").first_label() == "Ab");
}

TEST_CASE("name: the key of a name begins the keys of what is below it, and of nothing else") {
    CHECK(name("a.b.test").key().starts_with(name("B.test").key()));
    CHECK_FALSE(name("a.bb.test").key().starts_with(name("b.test").key()));
    const std::string zero("\\000");
    CHECK_FALSE(name("x" + zero + "y.test").key().starts_with(name("x.test").key()));
    CHECK_FALSE(name("a\\000.test").key() == name("a\\001.test").key());
    CHECK_FALSE(name("a\\001\\001.test").key() == name("a\\001.test").key());
}
