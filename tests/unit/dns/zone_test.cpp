#include "dns/zone.hpp"

#include <doctest/doctest.h>

#include <string>

#include "dns/fault.hpp"

using namespace ocs;
using namespace ocs::dns;

namespace {

Name name(std::string_view text) { return Name::parse(text).value(); }

Record record(std::string_view owner, Type type, std::string_view data) {
    return Record{name(owner), type, 0, parse_data(type, data, name("contoso.test")).value()};
}

std::string told(const Zone& zone) {
    std::string text;
    for (const Record& one : zone.all()) text += one.owner.text() + " " + summary(one) + "\n";
    return text;
}

}  // namespace

TEST_CASE("zone: a new one has an SOA and an NS that need no address in it") {
    const Zone zone(name("contoso.test"), 30);
    CHECK(told(zone) ==
          "contoso.test SOA localhost hostmaster.contoso.test 1 3600 600 86400 30\n"
          "contoso.test NS localhost\n");
    CHECK(zone.size() == 2);
    CHECK(zone.soa().ttl == 30);
}

TEST_CASE("zone: SOA and NS that are given take the place of those made up") {
    Zone zone(name("contoso.test"));
    CHECK(zone.add(record("contoso.test", Type::soa, "ns admin 5 1 1 1 1")).has_value());
    CHECK(zone.add(record("contoso.test", Type::ns, "localhost.")).has_value());  // equal to the made-up one
    CHECK(zone.add(record("contoso.test", Type::ns, "ns2")).has_value());
    CHECK(told(zone) ==
          "contoso.test SOA ns.contoso.test admin.contoso.test 5 1 1 1 1\n"
          "contoso.test NS localhost\n"
          "contoso.test NS ns2.contoso.test\n");
    CHECK(zone.size() == 3);
}

TEST_CASE("zone: what does not go in") {
    Zone zone(name("contoso.test"));
    REQUIRE(zone.add(record("sip.contoso.test", Type::a, "192.0.2.1")).has_value());
    REQUIRE(zone.add(record("alias.contoso.test", Type::cname, "sip")).has_value());
    struct Row {
        Record record;
        std::string what;
    };
    const Row rows[] = {
        {record("sip.fabrikam.test", Type::a, "192.0.2.1"),
         "'sip.fabrikam.test' is not in the zone 'contoso.test'"},
        {record("SIP.contoso.test", Type::a, "192.0.2.1"), "'SIP.contoso.test' has A 192.0.2.1 already"},
        {record("sip.contoso.test", Type::cname, "x"),
         "'sip.contoso.test' has A 192.0.2.1, and an alias stands alone (RFC 1034 §3.6.2)"},
        {record("alias.contoso.test", Type::txt, "x"),
         "'alias.contoso.test' has CNAME sip.contoso.test, and an alias stands alone (RFC 1034 §3.6.2)"},
        {record("alias.contoso.test", Type::cname, "x"),
         "'alias.contoso.test' has CNAME sip.contoso.test, and an alias stands alone (RFC 1034 §3.6.2)"},
        {record("contoso.test", Type::cname, "x"),
         "'contoso.test' has SOA localhost hostmaster.contoso.test 1 3600 600 86400 0, and an alias stands "
         "alone (RFC "
         "1034 §3.6.2)"},
        {record("sub.contoso.test", Type::soa, "a b 1 1 1 1 1"),
         "an SOA record at 'sub.contoso.test', which is not the top of the zone"},
    };
    for (const Row& row : rows) {
        const auto added = zone.add(row.record);
        REQUIRE(added.has_error());
        CHECK(to_string(added.error()) == row.what);
    }
    CHECK(zone.size() == 4);
}

TEST_CASE("zone: deleting takes one type or all, and leaves the top standing") {
    Zone zone(name("contoso.test"));
    REQUIRE(zone.add(record("sip.contoso.test", Type::a, "192.0.2.1")).has_value());
    REQUIRE(zone.add(record("sip.contoso.test", Type::a, "192.0.2.2")).has_value());
    REQUIRE(zone.add(record("sip.contoso.test", Type::txt, "x")).has_value());
    REQUIRE(zone.add(record("contoso.test", Type::a, "192.0.2.3")).has_value());
    CHECK(zone.remove(name("sip.contoso.test"), Type::srv).size() == 0);
    CHECK(zone.remove(name("SIP.contoso.test"), Type::a).size() == 2);
    CHECK(zone.exists(name("sip.contoso.test")));
    CHECK(zone.remove(name("sip.contoso.test"), std::nullopt).size() == 1);
    CHECK_FALSE(zone.exists(name("sip.contoso.test")));
    CHECK(zone.remove(name("contoso.test"), std::nullopt).size() == 1);
    CHECK(zone.remove(name("contoso.test"), Type::soa).size() == 0);
    CHECK(zone.remove(name("nobody.contoso.test"), std::nullopt).size() == 0);
    CHECK(zone.size() == 2);
}

TEST_CASE("zone: a name exists while something is at it or below it") {
    Zone zone(name("contoso.test"));
    REQUIRE(zone.add(record("_sip._tls.contoso.test", Type::srv, "0 0 5061 sip")).has_value());
    CHECK(zone.exists(name("_tls.contoso.test")));
    CHECK(zone.find(name("_tls.contoso.test")) == nullptr);
    CHECK_FALSE(zone.exists(name("tls.contoso.test")));
    zone.remove(name("_sip._tls.contoso.test"), std::nullopt);
    CHECK_FALSE(zone.exists(name("_tls.contoso.test")));
}

TEST_CASE("zone: no more records than the limit") {
    Zone zone(name("contoso.test"));
    for (std::size_t i = zone.size(); i < max_records; ++i) {
        REQUIRE(
            zone.add(record("h" + std::to_string(i) + ".contoso.test", Type::a, "192.0.2.1")).has_value());
    }
    CHECK(to_string(zone.add(record("one-more.contoso.test", Type::a, "192.0.2.1")).error()) ==
          "a zone holds at most 20000 records");
}

TEST_CASE("zones: a name belongs to the longest zone that has it") {
    Zones zones;
    REQUIRE(zones.add(Zone(name("test"))).has_value());
    REQUIRE(zones.add(Zone(name("contoso.test"))).has_value());
    CHECK(zones.find(name("sip.CONTOSO.test"))->name() == name("contoso.test"));
    CHECK(zones.find(name("fabrikam.test"))->name() == name("test"));
    CHECK(zones.find(name("example.com")) == nullptr);
    CHECK(to_string(zones.add(Zone(name("CONTOSO.test"))).error()) ==
          "the zone 'CONTOSO.test' is there twice");
}

TEST_CASE("zones: an owner as people type it") {
    Zones zones;
    CHECK(to_string(zones.owner("sip").error()) == "'sip' is in no zone");
    REQUIRE(zones.add(Zone(name("contoso.test"))).has_value());
    CHECK(zones.owner("sip")->text() == "sip.contoso.test");
    CHECK(zones.owner("@")->text() == "contoso.test");
    CHECK(zones.owner("_sip._tls.contoso.test")->text() == "_sip._tls.contoso.test");
    REQUIRE(zones.add(Zone(name("corp.local"))).has_value());
    CHECK(zones.owner("dc1.corp.local")->text() == "dc1.corp.local");
    const auto unclear = zones.owner("sip");
    REQUIRE(unclear.has_error());
    CHECK(unclear.error().hint == "the zones are contoso.test, corp.local");
}

TEST_CASE("zones: a name to be asked for, as people type it") {
    Zones zones;
    CHECK(zones.asked("sip").has_error());
    CHECK(zones.asked("www.example.com")->text() == "www.example.com");
    Zone zone(name("contoso.test"));
    REQUIRE(zone.add(record("_sip._tls.contoso.test", Type::srv, "0 0 5061 sip")).has_value());
    REQUIRE(zones.add(std::move(zone)).has_value());
    CHECK(zones.asked("@")->text() == "contoso.test");
    CHECK(zones.asked("nobody")->text() == "nobody.contoso.test");
    CHECK(zones.asked("nobody.contoso.test")->text() == "nobody.contoso.test");
    CHECK(zones.asked("_sip._tls")->text() == "_sip._tls.contoso.test");
    CHECK(zones.asked("_sip._tls.")->text() == "_sip._tls");
    CHECK(zones.asked("www.example.com")->text() == "www.example.com");
}

TEST_CASE("faults: the one of the very type goes first, arming again replaces, the last question lifts") {
    Faults faults;
    const auto arm = [&faults](std::string_view of,
                               std::optional<std::uint16_t> type,
                               FaultKind kind,
                               std::optional<std::uint64_t> next) {
        Fault fault;
        fault.name = name(of);
        fault.type = type;
        fault.kind = kind;
        fault.delay = std::chrono::milliseconds(5);
        fault.remaining = next;
        return faults.arm(std::move(fault));
    };
    const auto any = arm("sip.test", std::nullopt, FaultKind::drop, std::nullopt).value();
    const auto only_a = arm("sip.test", 1, FaultKind::nx_domain, 2).value();
    CHECK(faults.find(name("SIP.test"), 1)->id == only_a);
    CHECK(faults.find(name("sip.test"), 28)->id == any);
    CHECK(faults.find(name("x.sip.test"), 28) == nullptr);
    faults.spend(only_a);
    faults.spend(any);
    CHECK(faults.find(name("sip.test"), 1)->remaining == std::uint64_t{1});
    faults.spend(only_a);
    CHECK(faults.find(name("sip.test"), 1)->id == any);
    const auto again = arm("sip.test", std::nullopt, FaultKind::refused, std::nullopt).value();
    CHECK(faults.all().size() == 1);
    CHECK(faults.find(name("sip.test"), 1)->id == again);
    CHECK(faults.lift(again));
    CHECK_FALSE(faults.lift(again));
    arm("a.test", 1, FaultKind::drop, std::nullopt).value();
    arm("a.test", 28, FaultKind::drop, std::nullopt).value();
    arm("b.test", 28, FaultKind::drop, std::nullopt).value();
    CHECK(faults.lift(name("a.test"), 28) == 1);
    CHECK(faults.lift(name("a.test"), std::nullopt) == 1);
    CHECK(faults.lift_all() == 1);
    CHECK(to_string(arm("a.test", 1, FaultKind::drop, 0).error()) ==
          "a fault for the next 0 questions does nothing");
    Fault slow;
    slow.kind = FaultKind::delay;
    CHECK(to_string(faults.arm(slow).error()) == "a delay of 0 ms is not between 1 and 60000");
    slow.delay = std::chrono::milliseconds(60'001);
    CHECK(faults.arm(slow).has_error());
    for (std::size_t i = 0; i < max_faults; ++i) {
        REQUIRE(arm("n" + std::to_string(i), std::nullopt, FaultKind::drop, std::nullopt).has_value());
    }
    CHECK(to_string(arm("more", std::nullopt, FaultKind::drop, std::nullopt).error()) ==
          "1000 faults are armed, and no more fit");
    CHECK(arm("n5", std::nullopt, FaultKind::refused, std::nullopt).has_value());  // it replaces
}
