#include "admin/control_api.hpp"

#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <string>

#include "admin/metrics.hpp"

using namespace ocs;
using namespace ocs::admin;

namespace {

struct Lab {
    dns::Zones zones;
    dns::Faults faults;
    std::vector<std::string> notes;
    record::ArmedFaults armed;
    config::Settings settings;

    Lab() {
        settings.hosts.resize(1);
        settings.hosts[0].id = "front01";
        dns::Zone zone(dns::Name::parse("contoso.test").value(), 30);
        const auto address = IpAddress::parse("192.0.2.1").value();
        const auto owner = dns::Name::parse("front01.contoso.test").value();
        REQUIRE(zone.add(dns::Record{owner, dns::Type::a, 0, address}).has_value());
        REQUIRE(zones.add(std::move(zone)).has_value());
    }

    ControlledLab controlled() {
        ControlledLab lab;
        lab.status = [] {
            return LabStatus{"1.2", WallTime{}, {{"127.0.0.1", 5061}}, {{"::1", 53}}, 3, {}, "", {}};
        };
        lab.settings = [this]() -> const config::Settings& { return settings; };
        lab.note = [this](std::string line) { notes.push_back(line); };
        lab.dns.emplace(ControlledDns{zones, faults, [this](std::string line) { notes.push_back(line); }});
        return lab;
    }

    ApiReply ask(std::string method, std::string target, std::string body = "") {
        return handle({std::move(method), std::move(target), std::move(body), "", ""}, controlled());
    }
};

}  // namespace

TEST_CASE("api: DNS faults that are armed are told by status and readyz, a line each") {
    Lab lab;
    REQUIRE(lab.ask("POST", "/v1/dns/faults", R"({"name":"sip","type":"A","fault":"delay","delay_ms":5})")
                .status == 201);
    REQUIRE(lab.ask("POST", "/v1/dns/faults", R"({"name":"old","fault":"nxdomain","next":2})").status == 201);
    CHECK(lab.ask("GET", "/v1/status")
              .body.find(R"("faults":2,"armed":["A sip.contoso.test: delay 5 ms, until lifted",)"
                         R"("old.contoso.test: nxdomain, next 2"]})") != std::string::npos);
    CHECK(lab.ask("GET", "/readyz").body ==
          R"({"ready":true,"problems":[],"faults":["DNS A sip.contoso.test: delay 5 ms, until lifted",)"
          R"("DNS old.contoso.test: nxdomain, next 2"]})"
          "\n");
}

TEST_CASE("api: metrics count the faults that are armed, of each kind there is") {
    Lab lab;
    Metrics metrics;
    ControlledLab controlled = lab.controlled();
    controlled.metrics = &metrics;
    controlled.faults = &lab.armed;
    const auto ask = [&](const std::string& method, const std::string& target, const std::string& body) {
        return handle({method, target, body, "", ""}, controlled);
    };
    const auto has = [&](const std::string& series) {
        return ask("GET", "/metrics", "").body.find("\nfakeocs_faults_armed" + series + "\n") !=
               std::string::npos;
    };
    CHECK(has(R"({fault="close",of="connections"} 0)"));
    CHECK(has(R"({fault="nxdomain",of="dns"} 0)"));
    REQUIRE(ask("POST", "/v1/faults", R"({"fault":"close","at":"hello"})").status == 201);
    REQUIRE(ask("POST", "/v1/faults", R"({"fault":"close","at":"accept"})").status == 201);
    REQUIRE(ask("POST", "/v1/dns/faults", R"({"name":"sip","fault":"nxdomain"})").status == 201);
    CHECK(has(R"({fault="close",of="connections"} 2)"));
    CHECK(has(R"({fault="nxdomain",of="dns"} 1)"));
    REQUIRE(ask("DELETE", "/v1/faults", "").status == 200);
    CHECK(has(R"({fault="close",of="connections"} 0)"));
    controlled.dns.reset();  // a reload took the section away
    CHECK(has(R"({fault="nxdomain",of="dns"} 0)"));
}

TEST_CASE("api: status") {
    Lab lab;
    CHECK(
        lab.ask("GET", "/v1/status").body ==
        R"({"schema":1,"version":"1.2","started":"1970-01-01T00:00:00.000000Z","listeners":["127.0.0.1:5061"],)"
        R"("connections":3,"sinks":[],"dns":{"address":"[::1]:53","zones":1,"faults":0,"armed":[]},)"
        R"("commands":{"domain":"contoso.test","signin":"fakeocs signin alice@contoso.test --dns '[::1]:53'",)"
        R"("ready":"fakeocs ready","log":"fakeocs log",)"
        R"("s_client":"openssl s_client -connect 127.0.0.1:5061 -servername sip.contoso.test )"
        R"(-verify_hostname sip.contoso.test -CAfile ca/ca.pem </dev/null",)"
        R"("dig":"dig @::1 -p 53 _sipinternaltls._tcp.contoso.test SRV"}})"
        "\n");
}

TEST_CASE("api: printed commands name this program, this lab's folder and where it can be reached") {
    Lab lab;
    ControlledLab controlled = lab.controlled();
    controlled.status = [] {
        return LabStatus{"1.2", WallTime{}, {{"0.0.0.0", 5061}}, {{"127.0.0.1", 8053}}, 0, {}, "", {}};
    };
    controlled.state_folder = "/srv/my lab";
    controlled.commands.fakeocs = "./build/fakeocs";
    controlled.commands.state_dir = "/srv/my lab";
    const auto commands = [&] {
        const ApiReply reply = handle({"GET", "/v1/status", ""}, controlled);
        return boost::json::parse(reply.body).at("commands").as_object();
    };
    CHECK(commands().at("signin") == "./build/fakeocs signin alice@contoso.test --state-dir '/srv/my lab'");
    CHECK(commands().at("ready") == "./build/fakeocs ready --state-dir '/srv/my lab'");
    CHECK(commands().at("s_client").as_string().find("-connect 127.0.0.1:5061 ") != std::string::npos);
    CHECK(commands().at("s_client").as_string().find("-CAfile '/srv/my lab/ca/ca.pem'") != std::string::npos);
    // Without DNS a client is told the server; the domain is then that of a virtual host.
    controlled.dns.reset();
    const auto host = tls::VirtualHost::on_first_use("front01", {}, {});
    controlled.hosts = [&] {
        return std::make_shared<const std::vector<HostView>>(1, HostView{host, {"*.fabrikam.test"}, true});
    };
    CHECK(commands().at("signin") ==
          "./build/fakeocs signin alice@fabrikam.test --server 127.0.0.1:5061 --state-dir '/srv/my lab'");
    CHECK_FALSE(commands().contains("dig"));
    controlled.status = [] { return LabStatus{"1.2", WallTime{}, {}, {}, 0, {}, "", {}}; };
    CHECK_FALSE(commands().contains("s_client"));
}

TEST_CASE("api: a record is added, listed, deleted, and each change noted") {
    Lab lab;
    const ApiReply added =
        lab.ask("POST", "/v1/dns/records", R"({"name":"sip","type":"cname","value":"front01"})");
    CHECK(added.status == 201);
    CHECK(added.body ==
          R"({"name":"sip.contoso.test","type":"CNAME","ttl":30,"value":"front01.contoso.test."})"
          "\n");
    CHECK(lab.ask("GET", "/v1/dns/records").body.find(R"("name":"sip.contoso.test")") != std::string::npos);
    const ApiReply deleted = lab.ask("DELETE", "/v1/dns/records?name=%73ip.contoso.test&type=CNAME");
    CHECK(deleted.status == 200);
    CHECK(deleted.body == "{\"deleted\":[" + added.body.substr(0, added.body.size() - 1) + "]}\n");
    CHECK(lab.ask("DELETE", "/v1/dns/records?name=sip").status == 404);
    CHECK(lab.notes ==
          std::vector<std::string>{"dns     added sip.contoso.test CNAME front01.contoso.test",
                                   "dns     deleted sip.contoso.test CNAME front01.contoso.test"});
}

TEST_CASE("api: faults are armed, listed, lifted") {
    Lab lab;
    CHECK(lab.ask("POST", "/v1/dns/faults", R"({"name":"sip","fault":"nxdomain","next":2})").body ==
          R"({"id":1,"name":"sip.contoso.test","fault":"nxdomain","next":2,)"
          R"("line":"sip.contoso.test: nxdomain, next 2"})"
          "\n");
    CHECK(lab.ask("POST", "/v1/dns/faults", R"({"name":"sip","type":"srv","fault":"delay","delay_ms":300})")
              .status == 201);
    CHECK(
        lab.ask("POST", "/v1/dns/faults", R"({"name":"www.example.com","fault":"target","target":"front01"})")
            .body == R"({"id":3,"name":"www.example.com","fault":"target","target":"front01.contoso.test.",)"
                     R"("line":"www.example.com: target front01.contoso.test, until lifted"})"
                     "\n");
    CHECK(lab.faults.all().size() == 3);
    CHECK(lab.ask("POST", "/v1/dns/faults", R"({"name":"sip","type":"srv","fault":"drop"})")
              .body.find(R"("replaced":"SRV sip.contoso.test: delay 300 ms, until lifted")") !=
          std::string::npos);
    CHECK(lab.ask("POST", "/v1/dns/faults", R"({"name":"sip","type":"srv","fault":"delay","delay_ms":300})")
              .status == 201);
    CHECK(lab.ask("GET", "/v1/dns/faults").body.find(R"("type":"SRV","fault":"delay","delay_ms":300)") !=
          std::string::npos);
    CHECK(lab.ask("DELETE", "/v1/dns/faults?name=sip&type=A").status == 404);
    CHECK(lab.ask("DELETE", "/v1/dns/faults?name=sip&type=SRV").body == "{\"lifted\":1}\n");
    CHECK(lab.ask("DELETE", "/v1/dns/faults?id=1").body == "{\"lifted\":1}\n");
    CHECK(lab.ask("DELETE", "/v1/dns/faults").body == "{\"lifted\":1}\n");
    CHECK(lab.ask("DELETE", "/v1/dns/faults").body == "{\"lifted\":0}\n");
}

TEST_CASE("api: faults of TLS and SIP are armed, listed, lifted, and each change noted") {
    Lab lab;
    ControlledLab controlled = lab.controlled();
    CHECK(handle({"GET", "/v1/faults", ""}, controlled).status == 503);
    CHECK(handle({"POST", "/v1/faults", "{}"}, controlled).status == 503);
    CHECK(handle({"DELETE", "/v1/faults", ""}, controlled).status == 503);
    controlled.faults = &lab.armed;
    const auto ask = [&](std::string method, std::string target, std::string body = "") {
        return handle({std::move(method), std::move(target), std::move(body)}, controlled);
    };
    CHECK(ask("POST", "/v1/faults", R"({"fault":"close","at":"hello","host":"front01","next":2})").body ==
          R"({"id":1,"fault":"close","at":"hello","host":"front01","next":2,"struck":0,"armed_by":"hand",)"
          R"("line":"host front01: close after the ClientHello, next 2"})"
          "\n");
    CHECK(ask("POST", "/v1/faults", R"({"fault":"alert","alert":"200"})").status == 201);
    CHECK(ask("GET", "/v1/faults").body.find(R"("fault":"alert","alert":"200")") != std::string::npos);
    CHECK(ask("GET", "/v1/status").body.find(R"("faults":["host front01: close)") != std::string::npos);
    struct Row {
        std::string method, target, body;
        int status;
        std::string what;
    };
    const Row rows[] = {
        {"POST", "", R"({"at":"hello"})", 400, "field 'fault' is missing"},
        {"POST", "", R"({"fault":"close"})", 400, "fault: fault: close needs at"},
        {"POST", "", R"({"fault":"expired","host":"x"})", 400, "host: no host has this id: found 'x'"},
        {"POST", "", R"({"fault":"alert","alert":40})", 400, "field 'alert' is not a text"},
        {"POST",
         "",
         R"({"fault":"slow","bytes_per_second":0})",
         400,
         "field 'bytes_per_second' is not a whole"},
        {"DELETE", "?id=9", "", 404, "no such fault is armed"},
        {"DELETE", "?id=-1", "", 400, "parameter 'id' is not a whole number from 1 to 1000000000000"},
        {"DELETE", "?name=x", "", 400, "unknown parameter 'name'"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        const ApiReply reply = ask(row.method, "/v1/faults" + row.target, row.body);
        CHECK(reply.status == row.status);
        CHECK(reply.body.starts_with("{\"error\":{\"what\":\"" + row.what));
    }
    CHECK(ask("DELETE", "/v1/faults?id=1").body == "{\"lifted\":1}\n");
    CHECK(ask("DELETE", "/v1/faults").body == "{\"lifted\":1}\n");
    CHECK(ask("DELETE", "/v1/faults").body == "{\"lifted\":0}\n");
    CHECK(lab.notes ==
          std::vector<std::string>{"fault   armed for host front01: close after the ClientHello, next 2",
                                   "fault   armed for every connection: alert 200 unassigned in place of the "
                                   "certificate, until lifted",
                                   "fault   lifted for host front01: close after the ClientHello",
                                   "fault   lifted, all of them: 1"});
}

TEST_CASE("api: what is refused, and how") {
    struct Row {
        std::string method, target, body;
        int status;
        std::string what;
    };
    const std::string records = "/v1/dns/records";
    const std::string faults = "/v1/dns/faults";
    const Row rows[] = {
        {"GET", "/", "", 404, "nothing is at '/'"},
        {"GET", "/v1/dns/records/", "", 404, "nothing is at '/v1/dns/records/'"},
        {"PUT", records, "", 405, "'PUT' is not for '/v1/dns/records'"},
        {"POST", "/v1/status", "", 405, "'POST' is not for '/v1/status'"},
        {"GET", records + "?nmae=x", "", 400, "unknown parameter 'nmae'"},
        {"DELETE", records, "", 400, "parameter 'name' is missing"},
        {"DELETE", records + "?name=%zz", "", 400, "parameter 'name' has a bad escape"},
        {"DELETE", records + "?name=%4", "", 400, "parameter 'name' has a bad escape"},
        {"DELETE", records + "?name=a..b", "", 400, "'a..b' is not a domain name: it has an empty label"},
        {"DELETE", records + "?name=front01&type=MX", "", 400, "'MX' is not a record type served here"},
        {"DELETE", records + "?name=@", "", 404, "no record of 'contoso.test' to delete"},
        {"POST", records, "", 400, "the body is not JSON: incomplete JSON"},
        {"POST", records, "[]", 400, "the body is not a JSON object"},
        {"POST", records, std::string(100, '['), 400, "the body is not JSON: too deep"},
        {"POST", records, R"({"name":"x","type":"A","vlaue":"y"})", 400, "unknown field 'vlaue'"},
        {"POST", records, R"({"name":"x","type":"A"})", 400, "field 'value' is missing"},
        {"POST", records, R"({"name":7,"type":"A","value":"y"})", 400, "field 'name' is not a text"},
        {"POST",
         records,
         R"({"name":"x","type":"A","value":"192.0.2.1","ttl":-1})",
         400,
         "field 'ttl' is not a whole number from 0 to 2147483647"},
        {"POST",
         records,
         R"({"name":"x","type":"SRV","value":"0 0 99999 y"})",
         400,
         "port '99999' is not between 0 and 65535"},
        {"POST",
         records,
         R"({"name":"front01","type":"CNAME","value":"other"})",
         409,
         "'front01.contoso.test' has A 192.0.2.1, and an alias stands alone (RFC 1034 §3.6.2)"},
        {"POST",
         records + "?x=y",
         R"({"name":"x","type":"A","value":"192.0.2.1"})",
         400,
         "unknown parameter 'x'"},
        {"POST", faults, R"({"name":"x","fault":"frown"})", 400, "'frown' is no fault"},
        {"POST",
         faults,
         R"({"name":"x","fault":"delay"})",
         400,
         "delay_ms goes with the fault delay, and only with it"},
        {"POST",
         faults,
         R"({"name":"x","fault":"drop","target":"y"})",
         400,
         "target goes with the fault target, and only with it"},
        {"POST", faults, R"({"name":"x","fault":"drop","type":"foo"})", 400, "'foo' is no record type"},
        {"POST",
         faults,
         R"({"name":"x","fault":"drop","next":0})",
         400,
         "field 'next' is not a whole number from 1 to 1000000000"},
        {"DELETE", faults + "?id=x", "", 400, "'x' is no id of a fault"},
        {"DELETE",
         faults + "?id=99999999999999999999",
         "",
         400,
         "'99999999999999999999' is no id of a fault"},
        {"DELETE", faults + "?id=7", "", 404, "no such fault is armed"},
        {"DELETE", faults + "?id=7&name=x", "", 400, "id stands alone"},
        {"DELETE", faults + "?type=A", "", 400, "type goes with name"},
        {"GET", "/v1/dns/export", "", 400, "parameter 'for' is one of bind, dnsmasq, windows"},
        {"GET", "/v1/dns/export?for=bind&zone=x.test", "", 404, "no zone 'x.test'"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.method);
        CAPTURE(row.target);
        CAPTURE(row.body);
        Lab lab;
        const ApiReply reply = lab.ask(row.method, row.target, row.body);
        CHECK(reply.status == row.status);
        CHECK(reply.body.starts_with("{\"error\":{\"what\":\"" + row.what + "\""));
        CHECK((reply.status == 405) == !reply.allow.empty());
        CHECK(lab.notes.empty());
        CHECK(lab.faults.all().empty());
        CHECK(lab.zones.all()[0].size() == 3);
    }
}

TEST_CASE("api: exports are text, all zones or one") {
    Lab lab;
    REQUIRE(lab.zones.add(dns::Zone(dns::Name::parse("corp.local").value())).has_value());
    const ApiReply all = lab.ask("GET", "/v1/dns/export?for=dnsmasq");
    CHECK(all.content_type == "text/plain; charset=utf-8");
    CHECK(all.body.find("local=/contoso.test/") != std::string::npos);
    CHECK(all.body.find("local=/corp.local/") != std::string::npos);
    const ApiReply one = lab.ask("GET", "/v1/dns/export?for=bind&zone=corp.local");
    CHECK(one.body.find("contoso") == std::string::npos);
    CHECK(one.body.find("corp.local. 0 IN NS localhost.") != std::string::npos);
}

TEST_CASE("api: a lab without DNS says so") {
    Lab lab;
    ControlledLab without = lab.controlled();
    without.dns.reset();
    CHECK(handle({"GET", "/v1/dns/records", ""}, without).status == 503);
    CHECK(handle({"GET", "/v1/status", ""}, without).body.find("dns") == std::string::npos);
}
