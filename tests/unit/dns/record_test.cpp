#include "dns/record.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace ocs;
using dns::Name;
using dns::Record;
using dns::Type;

namespace {

const Name zone = Name::parse("contoso.test").value();

}  // namespace

TEST_CASE("record: data as people write it") {
    struct Row {
        Type type;
        std::string in, out, why;
    };
    const Row rows[] = {
        {Type::a, "127.0.0.1", "127.0.0.1", "an address"},
        {Type::aaaa, "2001:DB8:0::1", "2001:db8::1", "canonical"},
        {Type::cname, "front01", "front01.contoso.test.", "one label belongs to the zone"},
        {Type::cname, "front01.", "front01.", "unless a dot ends it"},
        {Type::cname, "srv.corp.local", "srv.corp.local.", "with dots it is that name and no other"},
        {Type::cname, "a\\.b", "a\\.b.contoso.test.", "a dot inside the one label"},
        {Type::cname, "@", "contoso.test.", "the zone itself"},
        {Type::ptr, "front01.contoso.test", "front01.contoso.test.", ""},
        {Type::srv, "0 5 5061 sip", "0 5 5061 sip.contoso.test.", ""},
        {Type::srv, "65535 0 0 .", "65535 0 0 .", "no service here (RFC 2782), port 0 can be served"},
        {Type::txt, "v=spf1 -all; x", "\"v=spf1 -all; x\"", "without quotes it is one text"},
        {Type::txt,
         "\"a b\" c \"\\\"\\200\"",
         "\"a b\" \"c\" \"\\\"\\200\"",
         "with quotes as in a zone file"},
        {Type::txt,
         std::string(300, 'x'),
         "\"" + std::string(255, 'x') + "\" \"" + std::string(45, 'x') + "\"",
         ""},
        {Type::soa,
         "ns hostmaster 7 1h 10m 1d 0",
         "ns.contoso.test. hostmaster.contoso.test. 7 3600 600 86400 0",
         "times with units"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.in);
        CAPTURE(row.why);
        auto data = parse_data(row.type, row.in, zone);
        REQUIRE_MESSAGE(data.has_value(), to_string(data.error()));
        CHECK(data_text(Record{zone, row.type, 0, *data}) == row.out);
    }
}

TEST_CASE("record: data that is refused, with what is wrong") {
    struct Row {
        Type type;
        std::string in, what;
    };
    const Row rows[] = {
        {Type::srv, "0 0 99999 sip", "port '99999' is not between 0 and 65535"},
        {Type::srv, "0 -1 5061 sip", "weight '-1' is not between 0 and 65535"},
        {Type::srv, "65536 0 5061 sip", "priority '65536' is not between 0 and 65535"},
        {Type::srv, "0 0 18446744073709556677 sip", "port '18446744073709556677' is not between 0 and 65535"},
        {Type::srv, "5061 sip", "2 fields of data where SRV has 4"},
        {Type::a, "::1", "'::1' is not the address of an A record"},
        {Type::aaaa, "127.0.0.1", "'127.0.0.1' is not the address of an AAAA record"},
        {Type::a, "127.0.0.1 127.0.0.2", "2 fields of data where A has 1"},
        {Type::cname, "a..b", "'a..b' is not a domain name: it has an empty label"},
        {Type::cname, "\"front01\"", "quotes around 'front01'"},
        {Type::cname, "", "found '', expected the data of one record"},
        {Type::cname, "a\nb", "found 'a\\x0ab', expected the data of one record"},
        {Type::txt, "\"abc", "a quote is not closed on its line in '\"abc'"},
        {Type::txt, "\"\\999\"", "a backslash with digits has three, up to 255"},
        {Type::txt, "\"" + std::string(256, 'x') + "\"", "a text is longer than 255 bytes"},
        {Type::soa, "a b 1 2 3 4 3000000000", "'3000000000' is not a time in seconds from 0 to 2147483647"},
        {Type::soa,
         "a b 1 2 3 4 9999999999999w",
         "'9999999999999w' is not a time in seconds from 0 to 2147483647"},
        {Type::soa, "a b 4294967296 2 3 4 5", "serial '4294967296' is not between 0 and 4294967295"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.in);
        const auto data = parse_data(row.type, row.in, zone);
        REQUIRE(data.has_error());
        CHECK(to_string(data.error()) == row.what);
    }
}

TEST_CASE("record: owners as people write them") {
    CHECK(dns::parse_owner("@", zone)->text() == "contoso.test");
    CHECK(dns::parse_owner("sip", zone)->text() == "sip.contoso.test");
    CHECK(dns::parse_owner("_sip._tls", zone)->text() == "_sip._tls.contoso.test");
    CHECK(dns::parse_owner("sip.contoso.test", zone)->text() == "sip.contoso.test");  // not twice
    CHECK(dns::parse_owner("sip.contoso.test.", zone)->text() == "sip.contoso.test");
    const auto elsewhere = dns::parse_owner("sip.fabrikam.test.", zone);
    REQUIRE(elsewhere.has_error());
    CHECK(to_string(elsewhere.error()) == "'sip.fabrikam.test.' is not in the zone contoso.test");
}

TEST_CASE("record: types by name and number") {
    CHECK(dns::type_text(Type::aaaa) == "AAAA");
    CHECK(dns::type_text(std::uint16_t{65}) == "HTTPS");
    CHECK(dns::type_text(std::uint16_t{65280}) == "TYPE65280");
    CHECK(dns::type_number("srv") == std::uint16_t{33});
    CHECK(dns::type_number("ANY") == std::uint16_t{255});
    CHECK(dns::type_number("TYPE33") == std::uint16_t{33});
    for (const char* text : {"", "TYPE", "TYPE65536", "TYPE-1", "nonsense"}) {
        CAPTURE(std::string(text));
        CHECK_FALSE(dns::type_number(text));
    }
    CHECK(dns::parse_type("Cname").value() == Type::cname);
    CHECK(to_string(dns::parse_type("MX").error()) == "'MX' is not a record type served here");
    CHECK(dns::parse_type("MX").error().hint == "one of A, AAAA, CNAME, NS, PTR, SOA, SRV, TXT");
}
