#include "dns/zone_file.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "dns/ldns.hpp"

using namespace ocs;
using namespace ocs::dns;

namespace {

Name name(std::string_view text) { return Name::parse(text).value(); }

const std::string good =
    "$ORIGIN contoso.test.\n"
    "$TTL 1h ; a comment\n"
    "@   IN SOA ns1 hostmaster (\n"
    "        2007110701 ; serial\n"
    "        1h 10m 1d ; refresh, retry, expire\n"
    "        0 )\n"
    "    NS  ns1\n"
    "ns1 60 IN A 192.0.2.53\n"
    "    60 IN AAAA 2001:db8::53\n"
    "sipinternal CNAME front01\n"
    "front01.contoso.test. A 192.0.2.1\n"
    "_sipinternaltls._tcp SRV 0 0 5061 front01\n"
    "a\\.b TXT \"semi;colon\" plain \"quo\\\"te\"\n"
    "$ORIGIN sub\n"
    "www CNAME @\n"
    "@ A 192.0.2.7\n";

struct LdnsFree {
    void operator()(ldns_zone* zone) const noexcept { ldns_zone_deep_free(zone); }
    void operator()(ldns_rdf* rdf) const noexcept { ldns_rdf_deep_free(rdf); }
    void operator()(FILE* file) const noexcept { std::fclose(file); }
    void operator()(char* text) const noexcept { std::free(text); }
};

/// Every record as ldns reads and writes it, sorted.
std::vector<std::string> as_ldns_reads(const std::string& text) {
    const std::unique_ptr<FILE, LdnsFree> file(fmemopen(const_cast<char*>(text.data()), text.size(), "r"));
    const std::unique_ptr<ldns_rdf, LdnsFree> origin(ldns_dname_new_frm_str("contoso.test."));
    ldns_zone* raw = nullptr;
    int line = 0;
    const auto status = ldns_zone_new_frm_fp_l(&raw, file.get(), origin.get(), 0, LDNS_RR_CLASS_IN, &line);
    CAPTURE(line);
    REQUIRE(std::string(ldns_get_errorstr_by_id(status)) == "All OK");
    const std::unique_ptr<ldns_zone, LdnsFree> zone(raw);
    std::vector<std::string> lines;
    const auto add = [&lines](const ldns_rr* rr) {
        const std::unique_ptr<char, LdnsFree> one(ldns_rr2str(rr));
        lines.emplace_back(one.get());
    };
    add(ldns_zone_soa(zone.get()));
    const auto* rrs = ldns_zone_rrs(zone.get());
    for (std::size_t i = 0; i < ldns_rr_list_rr_count(rrs); ++i) add(ldns_rr_list_rr(rrs, i));
    std::sort(lines.begin(), lines.end());
    return lines;
}

}  // namespace

TEST_CASE("zone file: read as ldns reads it") {
    const auto zone = parse_zone_file("good.zone", good, name("contoso.test"));
    REQUIRE_MESSAGE(zone.has_value(), to_string(zone.error().front()));
    std::vector<std::string> ours;
    for (const Record& record : zone->all()) {
        ours.push_back(record.owner.absolute() + "\t" + std::to_string(record.ttl) + "\tIN\t" +
                       type_text(record.type) + "\t" + data_text(record) + "\n");
    }
    std::sort(ours.begin(), ours.end());
    // ldns takes the name in $ORIGIN for absolute and knows no origin below another; so it is told in full.
    std::string absolute = good;
    absolute.replace(absolute.find("$ORIGIN sub\n"), 12, "$ORIGIN sub.contoso.test.\n");
    CHECK(ours == as_ldns_reads(absolute));
    CHECK(ours.size() == 10);
}

TEST_CASE("zone file: without $TTL records have the TTL of the lab") {
    const auto zone =
        parse_zone_file("f", "@ SOA a b 1 1 1 1 1\nx IN 5 A 192.0.2.1\ny A 192.0.2.1\n", name("t"), 7);
    REQUIRE(zone.has_value());
    CHECK(zone->find(name("x.t"))->front().ttl == 5);
    CHECK(zone->find(name("y.t"))->front().ttl == 7);
}

TEST_CASE("zone file: what is wrong, and in which line") {
    const std::string soa = "@ SOA ns admin 1 1 1 1 1\n";
    struct Row {
        std::string text;
        std::string what;
        std::string why;
    };
    const Row rows[] = {
        {"", "f: no SOA record", "nothing at all"},
        {"x A 192.0.2.1\n", "f: no SOA record", "ldns takes it"},
        {soa + soa, "f:2: a second SOA record", ""},
        {soa + "_sip._tls SRV 0 0 99999 sip\n",
         "f:2: port '99999' is not between 0 and 65535",
         "ldns makes it 34463"},
        {soa + "x 4294967299 A 192.0.2.1\n",
         "f:2: '4294967299' is not a time in seconds from 0 to 2147483647",
         "ldns makes it 3"},
        {soa + "x TXT \"abc\n", "f:2: a quote is not closed on its line", "ldns takes it"},
        {soa + "x CNAME \"b.\"\n", "f:2: quotes around 'b.'", "ldns takes the quotes into the name"},
        {soa + "$INCLUDE /etc/passwd\n", "f:2: $INCLUDE is refused", "a file may not read others"},
        {soa + "$GENERATE 1-99999999 h$ A 192.0.2.1\n", "f:2: $GENERATE is refused", ""},
        {soa + "$FOO bar\n", "f:2: '$FOO' is no directive with one value", ""},
        {soa + "$TTL\n", "f:2: '$TTL' is no directive with one value", ""},
        {soa + "$TTL soon\n", "f:2: 'soon' is not a time in seconds from 0 to 2147483647", ""},
        {soa + "$ORIGIN a..b\n", "f:2: 'a..b' is not a domain name: it has an empty label", ""},
        {soa + "x MX 10 y\n", "f:2: 'MX' is not a record type served here", ""},
        {soa + "x CH A 192.0.2.1\n", "f:2: class CH is not served", ""},
        {soa + "x IN\n", "f:2: a record without a type", ""},
        {soa + "x.other. A 192.0.2.1\n", "f:2: 'x.other' is not in the zone 'contoso.test'", ""},
        {soa + "x A 192.0.2.256\n", "f:2: '192.0.2.256' is not an IP address", ""},
        {soa + "x A 192.0.2.1\nx CNAME y\n",
         "f:3: 'x.contoso.test' has A 192.0.2.1, and an alias stands alone (RFC 1034 §3.6.2)",
         ""},
        {soa + "x A 192.0.2.1\n  A 192.0.2.1\n", "f:3: 'x.contoso.test' has A 192.0.2.1 already", ""},
        {"  A 192.0.2.1\n" + soa, "f:1: a record without an owner", ""},
        {soa + "x ( A\n\n 192.0.2.1\n", "f:2: a parenthesis is not closed", "the place is where it opened"},
        {soa + "x ) A\n", "f:2: a parenthesis closes that was not opened", ""},
        {soa + "x (( A\n", "f:2: a parenthesis inside parentheses", ""},
        {soa + "x A 192.0.2.1\\\n", "f:2: a backslash ends the line", ""},
        {soa + "x A 192\x01\n", "f:2: a control character", ""},
        {soa + std::string("x\0y A 192.0.2.1\n", 16), "f:2: a control character", "NUL"},
        {std::string(max_zone_file + 1, '\n'), "f: larger than 1048576 bytes", ""},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text.substr(0, 200));
        CAPTURE(row.why);
        const auto zone = parse_zone_file("f", row.text, name("contoso.test"));
        REQUIRE(zone.has_error());
        CHECK(to_string(zone.error().front()) == row.what);
        CHECK(zone.error().size() == 1);
    }
}

TEST_CASE("zone file: every problem in one run, up to fifty") {
    std::string text = "@ SOA ns admin 1 1 1 1 1\nx A 1\ny SRV 1\n";
    auto zone = parse_zone_file("f", text, name("t"));
    REQUIRE(zone.has_error());
    CHECK(zone.error().size() == 2);
    for (int i = 0; i < 100; ++i) text += "z A 1\n";
    zone = parse_zone_file("f", text, name("t"));
    CHECK(zone.error().size() == 50);
}
