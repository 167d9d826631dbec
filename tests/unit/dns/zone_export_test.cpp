#include "dns/zone_export.hpp"

#include <doctest/doctest.h>

#include <string>

#include "dns/zone_file.hpp"

using namespace ocs;
using namespace ocs::dns;

namespace {

const std::string zone_text =
    "@ 60 SOA ns hostmaster 7 3600 600 86400 5\n"
    "@ NS ns\n"
    "ns 3700 A 192.0.2.53\n"
    "front01 AAAA 2001:db8::1\n"
    "sipinternal CNAME front01\n"
    "away CNAME www.example.com.\n"
    "_sip._tls SRV 1 2 5061 front01\n"
    "_none._tls SRV 0 0 0 .\n"
    "*.wild A 192.0.2.3\n"
    "text TXT \"it's \\\"so\\\"; a\\\\b\" two\n"
    "odd TXT \"\\200\"\n"
    "a\\.b A 192.0.2.4\n"
    "1 PTR front01\n"
    "sub NS ns.sub\n";

Zone zone() { return parse_zone_file("z", zone_text, Name::parse("contoso.test").value()).value(); }

}  // namespace

TEST_CASE("export: a zone file for BIND reads back as the same zone") {
    const std::string text = export_zone(zone(), ExportFor::bind);
    const auto again = parse_zone_file("z", text, Name::parse("contoso.test").value());
    REQUIRE_MESSAGE(again.has_value(), to_string(again.error().front()));
    CHECK(again->all() == zone().all());
    CHECK(again->size() == 14);
}

TEST_CASE("export: dnsmasq") {
    CHECK(export_zone(zone(), ExportFor::dnsmasq) ==
          "# zone contoso.test, from the lab; names in it that are not here do not exist\n"
          "local=/contoso.test/\n"
          "# not for dnsmasq: contoso.test. 60 IN SOA ns.contoso.test. hostmaster.contoso.test. 7 3600 600 "
          "86400 5\n"
          "# not for dnsmasq: contoso.test. 0 IN NS ns.contoso.test.\n"
          "ptr-record=1.contoso.test,front01.contoso.test\n"
          "srv-host=_none._tls.contoso.test\n"
          "srv-host=_sip._tls.contoso.test,front01.contoso.test,5061,1,2\n"
          "# not for dnsmasq: a\\.b.contoso.test. 0 IN A 192.0.2.4\n"
          "# not for dnsmasq: away.contoso.test. 0 IN CNAME www.example.com.\n"
          "host-record=front01.contoso.test,2001:db8::1,0\n"
          "host-record=ns.contoso.test,192.0.2.53,3700\n"
          "# not for dnsmasq: odd.contoso.test. 0 IN TXT \"\\200\"\n"
          "cname=sipinternal.contoso.test,front01.contoso.test,0\n"
          "# not for dnsmasq: sub.contoso.test. 0 IN NS ns.sub.contoso.test.\n"
          "txt-record=text.contoso.test,\"it's \\\"so\\\"; a\\\\b\",\"two\"\n"
          "# not for dnsmasq: *.wild.contoso.test. 0 IN A 192.0.2.3\n");
}

TEST_CASE("export: Windows") {
    const std::string add = "Add-DnsServerResourceRecord -ZoneName 'contoso.test' -Name ";
    const std::string ttl = " -TimeToLive 0.00:00:00\n";
    CHECK(export_zone(zone(), ExportFor::windows) ==
          "# zone contoso.test, from the lab: paste into an elevated PowerShell on the DNS server\n"
          "Add-DnsServerPrimaryZone -Name 'contoso.test' -ZoneFile 'contoso.test.dns'\n"
          "# the server makes its own: contoso.test. 60 IN SOA ns.contoso.test. hostmaster.contoso.test. 7 "
          "3600 600 "
          "86400 5\n"
          "# the server makes its own: contoso.test. 0 IN NS ns.contoso.test.\n" +
              add + "'1' -Ptr -PtrDomainName 'front01.contoso.test.'" + ttl + add +
              "'_none._tls' -Srv -DomainName '.' -Priority 0 -Weight 0 -Port 0" + ttl + add +
              "'_sip._tls' -Srv -DomainName 'front01.contoso.test.' -Priority 1 -Weight 2 -Port 5061" + ttl +
              add + "'a\\.b' -A -IPv4Address '192.0.2.4'" + ttl + add +
              "'away' -CName -HostNameAlias 'www.example.com.'" + ttl + add +
              "'front01' -AAAA -IPv6Address '2001:db8::1'" + ttl + add +
              "'ns' -A -IPv4Address '192.0.2.53' -TimeToLive 0.01:01:40\n" +
              "# not for Windows: odd.contoso.test. 0 IN TXT \"\\200\"\n" + add +
              "'sipinternal' -CName -HostNameAlias 'front01.contoso.test.'" + ttl + add +
              "'sub' -NS -NameServer 'ns.sub.contoso.test.'" + ttl + add +
              "'text' -Txt -DescriptiveText 'it''s \"so\"; a\\btwo'" + ttl + add +
              "'*.wild' -A -IPv4Address '192.0.2.3'" + ttl);
}

TEST_CASE("export: the words") {
    CHECK(parse_export("bind") == ExportFor::bind);
    CHECK(parse_export("dnsmasq") == ExportFor::dnsmasq);
    CHECK(parse_export("windows") == ExportFor::windows);
    CHECK_FALSE(parse_export("BIND9"));
}
