#include "config/zones.hpp"

#include <doctest/doctest.h>

#include <filesystem>

#include "config/load.hpp"
#include "core/files.hpp"

namespace ocs::config {
namespace {

const std::string host = "hosts:\n  - id: a\n    names: [a.test]\n    certificate: {load: {pfx: a.pfx}}\n";

std::string errors_of(const std::string& dns) {
    const auto settings = parse_settings("f.yaml", "dns:\n" + dns + host);
    std::string all;
    if (settings.has_value()) return all;
    for (const Error& error : settings.error()) all += to_string(error) + "\n";
    return all;
}

DnsSettings read(const std::string& dns) {
    const auto settings = parse_settings("f.yaml", "dns:\n" + dns + host);
    REQUIRE_MESSAGE(settings.has_value(), errors_of(dns));
    return settings->dns;
}

/// A folder that goes with its scope.
struct Folder {
    Folder() : path(std::filesystem::temp_directory_path() / "fakeocs-zones-XXXXXX") {
        std::string name = path.string();
        REQUIRE(mkdtemp(name.data()) != nullptr);
        path = name;
    }
    ~Folder() { std::filesystem::remove_all(path); }
    std::filesystem::path path;
};

}  // namespace

TEST_CASE("dns section: absent, empty, full") {
    CHECK_FALSE(parse_settings("f.yaml", host)->dns.enabled);
    const DnsSettings empty = read("");
    CHECK(empty.enabled);
    CHECK(empty.address.text() == "127.0.0.1");
    CHECK(empty.port == 8053);
    CHECK(empty.zones.all().empty());
    const DnsSettings full = read(
        "  address: ::1\n"
        "  port: 0\n"
        "  ttl: 5\n"
        "  forward: 192.0.2.53\n"
        "  forwarders: [192.0.2.9]\n"
        "  zones:\n"
        "    - name: contoso.test\n"
        "      records:\n"
        "        - {name: front01, type: a, value: 192.0.2.1, ttl: 9}\n"
        "        - {name: sip.contoso.test, type: CNAME, value: front01}\n"
        "        - {name: \"@\", type: TXT, value: hello there}\n"
        "        - {name: _sip._tls, type: SRV, value: 0 0 5061 srv.corp.local}\n"
        "    - {name: corp.local, ttl: 60}\n"
        "  faults:\n"
        "    - {name: front01.contoso.test, type: A, fault: delay, delay_ms: 300, next: 2}\n"
        "    - {name: x.corp.local, fault: target, target: y.corp.local}\n"
        "  tcp_connections: 7\n"
        "  idle_seconds: 3\n"
        "  forward_seconds: 1.5\n");
    CHECK(full.forward->address.text() == "192.0.2.53");
    CHECK(full.forward->port == 53);
    CHECK(full.forwarders.at(0).text() == "192.0.2.9");
    REQUIRE(full.zones.all().size() == 2);
    std::string told;
    for (const auto& zone : full.zones.all()) {
        for (const auto& record : zone.all()) {
            told += record.owner.text() + " " + std::to_string(record.ttl) + " " + summary(record) + "\n";
        }
    }
    CHECK(told ==
          "contoso.test 5 SOA localhost hostmaster.contoso.test 1 3600 600 86400 5\n"
          "contoso.test 5 NS localhost\n"
          "contoso.test 5 TXT \"hello there\"\n"
          "_sip._tls.contoso.test 5 SRV 0 0 5061 srv.corp.local\n"
          "front01.contoso.test 9 A 192.0.2.1\n"
          "sip.contoso.test 5 CNAME front01.contoso.test\n"
          "corp.local 60 SOA localhost hostmaster.corp.local 1 3600 600 86400 60\n"
          "corp.local 60 NS localhost\n");
    REQUIRE(full.faults.all().size() == 2);
    CHECK(summary(full.faults.all()[0]) == "delay 300 ms");
    CHECK(full.faults.all()[0].remaining == std::uint64_t{2});
    CHECK(full.faults.all()[0].type == std::uint16_t{1});
    CHECK(summary(full.faults.all()[1]) == "target y.corp.local");
}

TEST_CASE("dns section: a zone file, from the folder of the configuration, with records on top") {
    const Folder folder;
    REQUIRE(write_file(folder.path / "c.zone", "@ SOA ns admin 7 1 1 1 1\nsip A 192.0.2.1\n", public_file)
                .has_value());
    REQUIRE(write_file(folder.path / "bad.zone",
                       "@ SOA ns admin 7 1 1 1 1\nx SRV 0 0 99999 y\nz MX 1 y\n",
                       public_file)
                .has_value());
    const auto settings = parse_settings((folder.path / "f.yaml").string(),
                                         "dns:\n  zones:\n    - name: contoso.test\n      file: c.zone\n"
                                         "      records: [{name: more, type: A, value: 192.0.2.2}]\n" +
                                             host);
    REQUIRE(settings.has_value());
    CHECK(settings->dns.zones.all().at(0).size() == 4);
    CHECK(settings->dns.zones.all().at(0).soa().soa()->serial == 7);
    const auto bad = parse_settings((folder.path / "f.yaml").string(),
                                    "dns:\n  zones:\n    - {name: contoso.test, file: bad.zone}\n" + host);
    REQUIRE(bad.has_error());
    REQUIRE(bad.error().size() == 2);
    CHECK(to_string(bad.error()[0]) ==
          (folder.path / "f.yaml").string() +
              ":3:34: dns.zones[0].file: bad.zone:2: port '99999' is not between 0 and 65535");
    CHECK(bad.error()[1].hint == "one of A, AAAA, CNAME, NS, PTR, SOA, SRV, TXT");
}

TEST_CASE("dns section: what is wrong is said with its place") {
    const std::string zone = "  zones:\n    - name: contoso.test\n      records:\n        - ";
    struct Row {
        std::string text, found;
    };
    const Row rows[] = {
        {"  zones: [{name: a..b}]\n",
         "f.yaml:2:18: dns.zones[0].name: 'a..b' is not a domain name: it has an empty label\n"},
        {"  zones: [{name: .}]\n", "f.yaml:2:18: dns.zones[0].name: the root is no zone of a lab\n"},
        {"  zones: [{name: a.test}, {name: A.test}]\n",
         "f.yaml:2:27: dns.zones[1]: the zone 'A.test' is there twice\n"},
        {"  zones: [{name: a.test, file: nobody.zone}]\n",
         "f.yaml:2:32: dns.zones[0].file: nobody.zone: cannot open file: No such file or directory\n"},
        {zone + "{name: x, type: MX, value: y}\n",
         "f.yaml:5:27: dns.zones[0].records[0].type: 'MX' is not a record type served here\n"},
        {zone + "{name: x, type: SRV, value: 0 0 99999 y}\n",
         "f.yaml:5:39: dns.zones[0].records[0].value: port '99999' is not between 0 and 65535\n"},
        {zone + "{name: x.other.test., type: A, value: 192.0.2.1}\n",
         "f.yaml:5:18: dns.zones[0].records[0].name: 'x.other.test.' is not in the zone contoso.test\n"},
        {zone + "{name: x, type: A}\n", "f.yaml:5:11: dns.zones[0].records[0]: key 'value' is missing\n"},
        {zone + "{name: x, type: A, value: 192.0.2.1}\n        - {name: x, type: CNAME, value: y}\n",
         "f.yaml:6:11: dns.zones[0].records[1]: 'x.contoso.test' has A 192.0.2.1, and an alias stands alone "
         "(RFC 1034 "
         "§3.6.2)\n"},
        {"  forward: example.com\n", "f.yaml:2:12: dns.forward: not the address of a resolver\n"},
        {"  forwarders: [x]\n", "f.yaml:2:16: dns.forwarders[0]: 'x' is not an IP address\n"},
        {"  faults: [{name: x, fault: nxdomain}]\n", "f.yaml:2:19: dns.faults[0].name: 'x' is in no zone\n"},
        {"  zones: [{name: t}]\n  faults: [{name: x.t, fault: delay}]\n",
         "f.yaml:3:12: dns.faults[0]: delay_ms goes with fault: delay, and only with it\n"},
        {"  zones: [{name: t}]\n  faults: [{name: x.t, fault: drop, target: y}]\n",
         "f.yaml:3:12: dns.faults[0]: target goes with fault: target, and only with it\n"},
        {"  zones: [{name: t}]\n  faults: [{name: x.t, fault: target}]\n",
         "f.yaml:3:12: dns.faults[0]: target goes with fault: target, and only with it\n"},
        {"  zones: [{name: t}]\n  faults: [{name: x.t, type: foo, fault: drop}]\n",
         "f.yaml:3:30: dns.faults[0].type: 'foo' is no record type\n"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        CHECK(errors_of(row.text) == row.found);
    }
}

TEST_CASE("resolver address: forms and what is none") {
    struct Row {
        std::string text, address;
        int port;
    };
    const Row rows[] = {
        {"192.0.2.1", "192.0.2.1", 53},
        {"192.0.2.1:5353", "192.0.2.1", 5353},
        {"2001:db8::1", "2001:db8::1", 53},
        {"[2001:db8::1]", "2001:db8::1", 53},
        {"[2001:db8::1]:5353", "2001:db8::1", 5353},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        const auto resolver = parse_resolver(row.text);
        REQUIRE(resolver.has_value());
        CHECK(resolver->address.text() == row.address);
        CHECK(resolver->port == row.port);
    }
    for (const std::string text : {"",
                                   "x",
                                   "192.0.2.1:",
                                   "192.0.2.1:0",
                                   "192.0.2.1:65536",
                                   "192.0.2.1:5x",
                                   "[192.0.2.1]",
                                   "[2001:db8::1",
                                   "[2001:db8::1]5",
                                   "]:53",
                                   ":53"}) {
        CAPTURE(text);
        CHECK(parse_resolver(text).has_error());
    }
}

}  // namespace ocs::config
