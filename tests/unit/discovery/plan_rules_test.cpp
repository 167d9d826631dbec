// Stop rules, ports, odd SRV records, failures behind TCP: the plan's branches one by one.

#include <doctest/doctest.h>

#include "discovery/plan_walk.hpp"
#include "scripted_world.hpp"

using namespace ocs;
using namespace ocs::discovery;

namespace {

ClientProfile profile(std::string_view name) { return find_profile(name).value(); }

std::string tail(const Run& run, std::size_t from) {
    std::string text;
    for (std::size_t i = from; i < run.steps.size(); ++i) text += (text.empty() ? "" : "\n") + run.steps[i];
    return text;
}

World with_srv(std::vector<SrvRecord> records) {
    World world;
    world.srv["_sipinternaltls._tcp.schertz.local"] = {DnsStatus::answered, std::move(records), {}, {}};
    world.add_host("ocs.schertz.local", "192.0.2.5");
    world.add_host("two.schertz.local", "192.0.2.6");
    world.listen("192.0.2.5:5061", {"ocs.schertz.local"});
    world.listen("192.0.2.6:5061", {"two.schertz.local"});
    return world;
}

}  // namespace

TEST_CASE("plan: R2 asks its SRV questions at once and tries the first record only") {
    World world = with_srv({{0, 0, 5061, "ocs.schertz.local"}});
    world.add_srv("_sip._tls.schertz.local", "two.schertz.local");
    world.add_host("sipinternal.schertz.local", "192.0.2.6");
    const std::string questions =
        "SRV _sipinternaltls._tcp.schertz.local + SRV _sipinternal._tcp.schertz.local + SRV "
        "_sip._tls.schertz.local\n";
    SUBCASE("the first in its order wins") {
        const Run done = run(profile("communicator2007r2"), world);
        CHECK(done.walk() == questions +
                                 "A ocs.schertz.local\n"
                                 "TLS 192.0.2.5:5061 wants ocs.schertz.local no-sni\n"
                                 "REGISTER to ocs.schertz.local");
    }
    SUBCASE("its failure ends the walk: no other record, no host name") {
        world.servers["192.0.2.5:5061"].sans = {"other.schertz.local"};
        const Run done = run(profile("communicator2007r2"), world);
        CHECK(done.steps.size() == 3);
        CHECK(done.events() == "4");
        CHECK(done.outcome.exit_code() == 10);
        CHECK(done.outcome.not_reached.front() == "two.schertz.local");
    }
    SUBCASE("a target without address ends it too") {
        world.hosts.erase("ocs.schertz.local");
        const Run done = run(profile("communicator2007r2"), world);
        CHECK(done.walk() == questions + "A ocs.schertz.local");
        CHECK(done.outcome.exit_code() == 12);
        CHECK(done.events() == "3 ocs.schertz.local");
        CHECK(done.outcome.events.front().confidence == Confidence::inferred);
    }
    SUBCASE("without any SRV record it goes on with host names") {
        world.srv.clear();
        world.servers["192.0.2.6:5061"].sans = {"sipinternal.schertz.local"};
        const Run done = run(profile("communicator2007r2"), world);
        CHECK(done.walk() == questions +
                                 "A sipinternal.schertz.local\n"
                                 "TLS 192.0.2.6:5061 wants sipinternal.schertz.local no-sni\n"
                                 "REGISTER to sipinternal.schertz.local");
        CHECK(done.events() == "1");
    }
    SUBCASE("a TCP record counts only where a policy allows TCP") {
        world.srv.clear();
        world.add_srv("_sipinternal._tcp.schertz.local", "ocs.schertz.local", 5060);
        world.listen("192.0.2.5:5060", {});
        world.hosts.erase("sipinternal.schertz.local");
        const Run refused = run(profile("communicator2007r2"), world);
        CHECK(refused.outcome.exit_code() == 12);
        CHECK(refused.has_warning("plain TCP only where a policy allows it"));
        PlanOptions options;
        options.allow_tcp = true;
        const Run allowed = run(profile("communicator2007r2"), world, options);
        CHECK(tail(allowed, 1) ==
              "A ocs.schertz.local\n"
              "TCP 192.0.2.5:5060\n"
              "REGISTER to ocs.schertz.local");
        CHECK(allowed.has_warning("clear text"));
        CHECK(allowed.outcome.wanted.empty());
    }
}

TEST_CASE("plan: Lync 2013 and pidgin-sipe go on after each failure and report the last one behind DNS") {
    World world = with_srv({{0, 0, 5061, "ocs.schertz.local"}});
    world.servers["192.0.2.5:5061"].sans = {"wrong.schertz.local"};
    world.add_host("sip.schertz.local", "192.0.2.6");
    SUBCASE("a later name signs in") {
        world.servers["192.0.2.6:5061"].sans = {"sip.schertz.local"};
        const Run done = run(profile("lync2013"), world);
        CHECK(done.walk() ==
              "A lyncdiscoverinternal.schertz.local\n"
              "A lyncdiscover.schertz.local\n"
              "SRV _sipinternaltls._tcp.schertz.local\n"
              "A ocs.schertz.local\n"
              "TLS 192.0.2.5:5061 wants ocs.schertz.local sni\n"
              "SRV _sipinternal._tcp.schertz.local\n"
              "SRV _sip._tls.schertz.local\n"
              "A sipinternal.schertz.local\n"
              "A sip.schertz.local\n"
              "TLS 192.0.2.6:5061 wants sip.schertz.local sni\n"
              "REGISTER to sip.schertz.local");
        CHECK(done.outcome.exit_code() == 0);
        CHECK(done.outcome.events.empty());
    }
    SUBCASE("the mismatch is not hidden by names that do not exist") {
        world.hosts.erase("sip.schertz.local");
        const Run done = run(profile("lync2013"), world);
        CHECK(done.outcome.exit_code() == 10);
        CHECK(done.outcome.wanted == "ocs.schertz.local");
        CHECK(done.outcome.screen.value ==
              "There was a problem verifying the certificate from the server. …");
    }
    SUBCASE("the last failure wins") {
        world.servers.erase("192.0.2.6:5061");
        CHECK(run(profile("lync2013"), world).outcome.exit_code() == 13);
    }
}

TEST_CASE("plan: pidgin-sipe shows its dialog; after Reject it goes on, even in clear text") {
    World world = with_srv({{0, 0, 5061, "ocs.schertz.local"}});
    world.servers["192.0.2.5:5061"].sans = {"wrong.schertz.local"};
    world.add_srv("_sipinternal._tcp.schertz.local", "two.schertz.local", 5060);
    world.listen("192.0.2.6:5060", {});
    SUBCASE("rejected") {
        const Run done = run(profile("sipe"), world);
        CHECK(tail(done, 4) ==
              "TLS 192.0.2.5:5061 wants ocs.schertz.local sni\n"
              "ask about ocs.schertz.local\n"
              "SRV _sipinternal._tcp.schertz.local\n"
              "A two.schertz.local\n"
              "TCP 192.0.2.6:5060\n"
              "REGISTER to two.schertz.local");
        CHECK(done.outcome.prompts.size() == 1);
        CHECK(done.outcome.exit_code() == 0);
    }
    SUBCASE("accepted") {
        world.yes = true;
        const Run done = run(profile("sipe"), world);
        CHECK(done.steps.back() == "REGISTER to ocs.schertz.local");
        CHECK(done.outcome.exit_code() == 0);
    }
    SUBCASE("a self-signed certificate is refused without asking") {
        world.servers["192.0.2.5:5061"].sans = {"ocs.schertz.local"};
        world.servers["192.0.2.5:5061"].trust = Trust::self_signed;
        world.srv.erase("_sipinternal._tcp.schertz.local");
        const Run done = run(profile("sipe"), world);
        CHECK(done.outcome.prompts.empty());
        CHECK(done.outcome.exit_code() == 11);
    }
}

TEST_CASE("plan: ports and addresses of a host name") {
    World world;
    world.add_host("sip.schertz.local", "192.0.2.5");
    world.add_host("sip.schertz.local", "192.0.2.6");
    SUBCASE("the phone tries 5061, then 443, of the first address") {
        world.listen("192.0.2.5:443", {"sip.schertz.local"});
        const Run done = run(profile("communicator-phone"), world);
        CHECK(tail(done, 5) ==
              "TLS 192.0.2.5:5061 wants sip.schertz.local no-sni\n"
              "TLS 192.0.2.5:443 wants sip.schertz.local no-sni\n"
              "REGISTER to sip.schertz.local");
        CHECK(done.has_warning("this client tries the first only"));
    }
    SUBCASE("Lync 2010 tries each address") {
        world.listen("192.0.2.6:5061", {"sip.schertz.local"});
        const Run done = run(profile("lync2010"), world);
        CHECK(tail(done, 5) ==
              "TLS 192.0.2.5:5061 wants sip.schertz.local sni\n"
              "TLS 192.0.2.6:5061 wants sip.schertz.local sni\n"
              "REGISTER to sip.schertz.local");
    }
    SUBCASE("nobody listens") {
        const Run done = run(profile("communicator2007"), world);
        CHECK(done.outcome.exit_code() == 13);
        CHECK(done.events() == "1, 3 sipinternal.schertz.local, 7");
        CHECK(done.outcome.events.back().confidence == Confidence::unverified);
        CHECK(done.outcome.events.back().text.empty());
        CHECK(done.outcome.screen.confidence == Confidence::unknown);
    }
    SUBCASE("a hundred addresses are bounded") {
        for (int i = 0; i < 100; ++i) world.add_host("sip.schertz.local", "198.51.100." + std::to_string(i));
        const Run done = run(profile("lync2010"), world);
        CHECK(done.steps.size() == 5 + 2 * max_addresses + 1);
        CHECK(done.has_warning("102 addresses: the first 8 are used"));
    }
}

TEST_CASE("plan: SRV records that are odd") {
    struct Row {
        std::vector<SrvRecord> records;
        int code;
        std::string warning, why;
    };
    const SrvRecord good = {0, 0, 5061, "ocs.schertz.local"};
    const Row rows[] = {
        {{{0, 0, 0, "ocs.schertz.local"}}, 12, "SRV port 0", "cannot be connected to"},
        {{{0, 0, 5061, "."}}, 12, "SRV target '.'", "RFC 2782: not available"},
        {{{0, 0, 5061, ""}}, 12, "SRV target '.'", "the root as an empty text"},
        {{{0, 0, 5061, "192.0.2.5"}}, 12, "SRV target '192.0.2.5' is no host name", "a common mistake"},
        {{{0, 0, 5061, "a b"}}, 12, "SRV target 'a b' is no host name", "from the wire it can be anything"},
        {{{0, 0, 0, "ocs.schertz.local"}, good}, 0, "SRV port 0", "the next record is used"},
        {{good, {5, 0, 5061, "two.schertz.local"}}, 0, "more than one SRV record", "documented for one"},
        {{{0, 0, 5061, "OCS.Schertz.Local"}}, 0, "", "case does not matter"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        World world = with_srv(row.records);
        const Run done = run(profile("communicator2007"), world);
        CHECK(done.outcome.exit_code() == row.code);
        CHECK((row.warning.empty() ? done.outcome.warnings.empty() : done.has_warning(row.warning)));
    }
}

TEST_CASE("plan: SRV records are used by priority, then the heaviest, and a thousand of them are bounded") {
    const auto order = [](const std::vector<SrvRecord>& records) {
        std::string text;
        for (const SrvRecord& record : usable_records({DnsStatus::answered, records, {}, {}}).records) {
            text += record.target.substr(0, 1);
        }
        return text;
    };
    CHECK(order({{20, 0, 1, "a.test"}, {10, 0, 1, "b.test"}, {10, 90, 1, "c.test"}, {0, 1, 1, "d.test"}}) ==
          "dcba");
    std::vector<SrvRecord> many;
    for (int i = 0; i < 1000; ++i) many.push_back({0, 0, 5061, "n" + std::to_string(i) + ".schertz.local"});
    World world = with_srv(many);
    const Run done = run(profile("lync2013"), world);
    CHECK(done.has_warning("1000 SRV records: the first 8 are used"));
    CHECK(done.steps.size() == 2 + 1 + max_srv_records + 2 + 3);
    CHECK(done.findings[2].size() < 300);
}

TEST_CASE("plan: what goes wrong behind TCP") {
    struct Row {
        ScriptedServer server;
        int code;
        std::string events, explanation;
    };
    ScriptedServer untrusted, expired, version, both, silent, forbidden, challenge, circle;
    for (ScriptedServer* server : {&untrusted, &expired, &silent, &forbidden, &challenge, &circle}) {
        server->sans = {"ocs.schertz.local"};
    }
    untrusted.trust = Trust::unknown_ca;
    expired.trust = Trust::expired;
    version.tls = TlsStatus::no_common_version;
    both.sans = {"x.test"};
    both.trust = Trust::expired;
    silent.answer = {};
    forbidden.answer = {403, "Forbidden", "4005;reason=\"not enabled\"", {}};
    challenge.answer = {401, "Unauthorized", "", {}};
    circle.answer = {301, "Moved", "", {{"ocs.schertz.local", 5061, Transport::tls}}};
    const Row rows[] = {
        {untrusted, 11, "5", "the certificate covers 'ocs.schertz.local', but its issuer is not trusted"},
        {expired, 11, "5", "the certificate covers 'ocs.schertz.local', but it has expired"},
        {both, 10, "4", "the certificate does not cover 'ocs.schertz.local'; besides, it has expired"},
        {version, 14, "", "no TLS version in common"},
        {silent, 15, "11", "no answer to REGISTER"},
        {forbidden,
         15,
         "11",
         "REGISTER was answered 403 Forbidden, ms-diagnostics: 4005;reason=\"not enabled\""},
        {challenge, 0, "", "the server asks for credentials, which this tool does not send"},
        {circle, 15, "11", "redirect in a circle, back to 'ocs.schertz.local:5061'"},
    };
    World round = with_srv({{0, 0, 5061, "ocs.schertz.local"}});
    round.servers["192.0.2.5:5061"] = circle;
    CHECK(run(profile("communicator2007"), round).steps.size() == 4);
    for (const Row& row : rows) {
        World world = with_srv({{0, 0, 5061, "ocs.schertz.local"}});
        world.servers["192.0.2.5:5061"] = row.server;
        const Run done = run(profile("communicator2007"), world);
        CHECK(done.outcome.explanation == row.explanation);
        CHECK(done.outcome.exit_code() == row.code);
        CHECK(done.events() == row.events);
    }
}

TEST_CASE("plan: redirects are followed a bounded number of times, and only to host names") {
    World world = with_srv({{0, 0, 5061, "ocs.schertz.local"}});
    for (int i = 0; i < 20; ++i) {
        const std::string address = "198.51.100." + std::to_string(i);
        const std::string name = "n" + std::to_string(i) + ".schertz.local";
        world.add_host(name, address);
        world.listen(address + ":5061", {name}).answer = {
            301, "", "", {{"n" + std::to_string(i + 1) + ".schertz.local", 0, Transport::tls}}};
    }
    world.servers["192.0.2.5:5061"].answer = {301, "", "", {{"n0.schertz.local", 0, Transport::tls}}};
    const Run done = run(profile("communicator2007"), world);
    CHECK(done.outcome.explanation == "more than 5 redirects");
    CHECK(done.outcome.exit_code() == 15);

    world.servers["192.0.2.5:5061"].answer = {301, "", "", {{"evil\r\nname", 0, Transport::tls}}};
    CHECK(run(profile("communicator2007"), world).outcome.explanation ==
          "redirect to 'evil\\x0d\\x0aname', which is no host name");
    world.servers["192.0.2.5:5061"].answer = {301, "", "", {}};
    CHECK(run(profile("communicator2007"), world).outcome.explanation == "REGISTER was answered 301");
    world.servers["192.0.2.5:5061"].answer = {301, "", "", {{"192.0.2.6", 5061, Transport::tls}}};
    const Run address = run(profile("communicator2007"), world);
    CHECK(address.steps.back() == "TLS 192.0.2.6:5061 wants 192.0.2.6 no-sni");
    CHECK(address.outcome.exit_code() == 10);
}

TEST_CASE("plan: DNS that does not answer is told from DNS that says no") {
    for (const DnsStatus status : {DnsStatus::timed_out, DnsStatus::server_failure, DnsStatus::malformed}) {
        World world;
        world.srv["_sipinternaltls._tcp.schertz.local"].status = status;
        world.hosts["sip.schertz.local"].status = status;
        const Run done = run(profile("communicator2007"), world);
        CHECK(done.outcome.exit_code() == 12);
        CHECK(done.has_warning("2 of 7 questions got no usable answer: look at the resolver"));
    }
    World world;
    world.hosts["sip.schertz.local"] = {DnsStatus::alias_loop, {}, {}, {"a.test", "b.test"}};
    const Run done = run(profile("communicator2007"), world);
    CHECK(done.findings[5] == "a.test → b.test → aliases without end");
    CHECK(done.outcome.warnings.empty());
}

TEST_CASE("plan: a typed server skips the list; what was typed is the name wanted") {
    struct Row {
        std::string typed, walk;
        int code;
    };
    const Row rows[] = {
        {"ocs.schertz.local",
         "A ocs.schertz.local\nTLS 192.0.2.5:5061 wants ocs.schertz.local no-sni\nREGISTER to "
         "ocs.schertz.local",
         0},
        {"OCS", "A ocs\nTLS 192.0.2.5:5061 wants ocs no-sni", 10},
        {"192.0.2.5:5061", "TLS 192.0.2.5:5061 wants 192.0.2.5 no-sni", 10},
        {"ocs.schertz.local:443",
         "A ocs.schertz.local\nTLS 192.0.2.5:443 wants ocs.schertz.local no-sni",
         13},
        {"gone.schertz.local", "A gone.schertz.local", 12},
    };
    for (const Row& row : rows) {
        CAPTURE(row.typed);
        World world = with_srv({});
        world.add_host("ocs", "192.0.2.5");
        PlanOptions options;
        options.server = TypedServer::parse(row.typed).value();
        const Run done = run(profile("communicator2007"), world, options);
        CHECK(done.walk() == row.walk);
        CHECK(done.outcome.exit_code() == row.code);
    }
}

TEST_CASE("plan: a typed server is parsed with its port, or refused with the reason") {
    struct Row {
        std::string text, found;
    };
    const Row rows[] = {
        {"Pool01.contoso.test", "pool01.contoso.test"},
        {"pool01:443", "pool01 443"},
        {"192.0.2.1", "192.0.2.1"},
        {"2001:db8::1", "2001:db8::1"},
        {"[2001:db8::1]:5061", "2001:db8::1 5061"},
        {"[2001:db8::1]", "2001:db8::1"},
        {"pool01:0", "server 'pool01:0': port '0' is not between 1 and 65535"},
        {"pool01:65536", "server 'pool01:65536': port '65536' is not between 1 and 65535"},
        {"pool01:", "server 'pool01:': port '' is not between 1 and 65535"},
        {"[2001:db8::1", "server '[2001:db8::1': the bracket never closes"},
        {"[2001:db8::1]5061", "server '[2001:db8::1]5061': something other than a port after the bracket"},
        {"[pool01]:5061", "server '[pool01]:5061': no IPv6 address in the brackets"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        const auto server = TypedServer::parse(row.text);
        std::string found;
        if (server.has_error()) {
            found = server.error().what;
        } else {
            found = server->host + (server->port ? " " + std::to_string(*server->port) : "");
        }
        CHECK(found == row.found);
    }
    CHECK(TypedServer::parse("").has_error());
    CHECK(TypedServer::parse("a..b:5061").has_error());
}

TEST_CASE("plan: an IDN domain is asked as A-labels, a domain too long for a name is not asked") {
    World world;
    const Run idn = run(profile("communicator2007"),
                        world,
                        {},
                        "alice@b\xc3\xbc"
                        "cher.test");
    CHECK(idn.steps.front() == "SRV _sipinternaltls._tcp.xn--bcher-kva.test");
    const std::string label(60, 'a');
    const std::string domain = label + "." + label + "." + label + "." + label + ".test";
    const Run longest = run(profile("communicator2007"), world, {}, "alice@" + domain);
    CHECK(longest.steps.front() == "skip _sipinternaltls._tcp." + domain);
    CHECK(longest.outcome.exit_code() == 12);
}

TEST_CASE("plan: next() yields the same step until its result is taken") {
    Plan plan(profile("communicator2007"), SipUser::parse("alice@schertz.local").value());
    const Step first = plan.next();
    CHECK(std::get<QueryStep>(first.action) == std::get<QueryStep>(plan.next().action));
    plan.take(QueryResult{{DnsAnswer{}}});
    CHECK(std::get<QueryStep>(plan.next().action).questions.front().name ==
          "_sipinternal._tcp.schertz.local");
}

TEST_CASE("plan: a connection asks for the profile's own TLS") {
    World world = with_srv({{0, 0, 5061, "ocs.schertz.local"}});
    Plan plan(profile("communicator2007"), SipUser::parse("alice@schertz.local").value());
    REQUIRE(std::holds_alternative<QueryStep>(plan.next().action));
    plan.take(QueryResult{{world.srv.begin()->second}});
    REQUIRE(std::holds_alternative<QueryStep>(plan.next().action));
    plan.take(QueryResult{{world.hosts["ocs.schertz.local"]}});
    const auto connect = std::get<ConnectStep>(plan.next().action);
    REQUIRE(connect.tls);
    CHECK(connect.server == "ocs.schertz.local");
    CHECK(to_string(connect.tls->range) == "TLS 1.0");
    CHECK(connect.tls->policy == NamePolicy::communicator2007);
    CHECK(connect.tls->imitated.starts_with("the client offers RC4"));
}
