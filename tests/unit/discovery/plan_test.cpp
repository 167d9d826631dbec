// The rows of the article's story and what each client does in them: the plan against a network on paper.

#include "discovery/plan.hpp"

#include <doctest/doctest.h>

#include "scripted_world.hpp"

using namespace ocs;
using namespace ocs::discovery;

namespace {

ClientProfile profile(std::string_view name) { return find_profile(name).value(); }

const std::string unavailable =
    "Cannot sign in because the server is temporarily unavailable. If the problem persists, contact your "
    "system administrator.";
const std::string certificate_problem =
    "There was a problem verifying the certificate from the server. Please contact your system "
    "administrator.";

const std::string four_srv =
    "SRV _sipinternaltls._tcp.schertz.local\n"
    "SRV _sipinternal._tcp.schertz.local\n"
    "SRV _sip._tls.schertz.local\n"
    "SRV _sip._tcp.schertz.local\n";

/// Where the article starts: one front end whose certificate has sip, not sipinternal.
World article() {
    World world;
    world.listen("192.0.2.5:5061", {"ocs.schertz.local", "sip.schertz.local"});
    return world;
}

}  // namespace

TEST_CASE("plan, the article: no record at all") {
    World world = article();
    const Run done = run(profile("communicator2007"), world);
    CHECK(done.walk() == four_srv +
                             "A sipinternal.schertz.local\n"
                             "A sip.schertz.local\n"
                             "A sipexternal.schertz.local");
    CHECK(done.events() ==
          "1, 3 sipinternal.schertz.local, 3 sip.schertz.local, 3 sipexternal.schertz.local");
    REQUIRE(done.outcome.events.size() == 4);
    CHECK(done.outcome.events[0].text ==
          "Communicator was unable to locate the login server.  No DNS SRV records exist for domain "
          "schertz.local, so Communicator was unable to login.");
    CHECK(done.outcome.events[1].text ==
          "Communicator was unable to resolve the DNS hostname of the login server "
          "sipinternal.schertz.local.");
    CHECK(done.outcome.screen.value == unavailable);
    CHECK(to_string(done.outcome.ending) == "no-server");
    CHECK(done.outcome.exit_code() == 12);
    CHECK(done.outcome.not_reached.empty());
}

TEST_CASE(
    "plan, the article: an alias or a record sipinternal that is not on the certificate stops the walk") {
    for (const bool alias : {true, false}) {
        CAPTURE(alias);
        World world = article();
        world.add_host("sipinternal.schertz.local",
                       "192.0.2.5",
                       alias ? std::vector<std::string>{"ocs.schertz.local"} : std::vector<std::string>{});
        const Run done = run(profile("communicator2007"), world);
        CHECK(done.walk() == four_srv +
                                 "A sipinternal.schertz.local\n"
                                 "TLS 192.0.2.5:5061 wants sipinternal.schertz.local no-sni");
        CHECK(done.events() == "1, 4");
        CHECK(done.outcome.events[1].text ==
              "Communicator could not connect securely to server sipinternal.schertz.local because the "
              "certificate presented by the server did not match the expected hostname "
              "(sipinternal.schertz.local).");
        CHECK(done.outcome.screen.value == certificate_problem);
        CHECK(done.outcome.wanted == "sipinternal.schertz.local");
        CHECK(done.outcome.exit_code() == 10);
        CHECK(done.outcome.not_reached ==
              std::vector<std::string>{"sip.schertz.local", "sipexternal.schertz.local"});
        CHECK(done.findings[4] == (alias ? "ocs.schertz.local → 192.0.2.5" : "192.0.2.5"));
    }
}

TEST_CASE("plan, the article: the name on the certificate makes the next sign-in pass") {
    World world = article();
    world.add_host("sipinternal.schertz.local", "192.0.2.5", {"ocs.schertz.local"});
    world.servers["192.0.2.5:5061"].sans.emplace_back("sipinternal.schertz.local");
    const Run done = run(profile("communicator2007"), world);
    CHECK(done.events() == "1");
    CHECK(to_string(done.outcome.ending) == "signed-in");
    CHECK(done.outcome.screen.value.empty());
}

TEST_CASE("plan, the article: a good sip behind a bad sipinternal is never tried; what-if shows it works") {
    World world = article();
    world.add_host("sipinternal.schertz.local", "192.0.2.5", {"ocs.schertz.local"});
    world.add_host("sip.schertz.local", "192.0.2.5");
    const Run plain = run(profile("communicator2007"), world);
    CHECK(plain.events() == "1, 4");
    CHECK(plain.outcome.exit_code() == 10);
    CHECK(plain.steps.size() == 6);

    PlanOptions options;
    options.what_if = true;
    const Run what_if = run(profile("communicator2007"), world, options);
    CHECK(what_if.walk() == plain.walk() +
                                "\nbeyond: A sip.schertz.local\n"
                                "beyond: TLS 192.0.2.5:5061 wants sip.schertz.local no-sni\n"
                                "beyond: REGISTER to sip.schertz.local\n"
                                "beyond: A sipexternal.schertz.local");
    CHECK(what_if.findings[7] == "the certificate covers 'sip.schertz.local'");
    CHECK(what_if.events() == "1, 4");
    CHECK(what_if.outcome.exit_code() == 10);
}

TEST_CASE("plan, the article: sip alone signs in, with one event for sipinternal") {
    World world = article();
    world.add_host("sip.schertz.local", "192.0.2.5");
    const Run done = run(profile("communicator2007"), world);
    CHECK(done.walk() == four_srv +
                             "A sipinternal.schertz.local\n"
                             "A sip.schertz.local\n"
                             "TLS 192.0.2.5:5061 wants sip.schertz.local no-sni\n"
                             "REGISTER to sip.schertz.local");
    CHECK(done.events() == "1, 3 sipinternal.schertz.local");
    CHECK(to_string(done.outcome.ending) == "signed-in");
    CHECK(done.outcome.exit_code() == 0);
    CHECK(done.outcome.not_reached == std::vector<std::string>{"sipexternal.schertz.local"});
}

TEST_CASE("plan, the article: an SRV record in the SIP domain leaves no event and no further question") {
    World world = article();
    world.add_srv("_sipinternaltls._tcp.schertz.local", "ocs.schertz.local");
    world.add_host("ocs.schertz.local", "192.0.2.5");
    const Run done = run(profile("communicator2007"), world);
    CHECK(done.walk() ==
          "SRV _sipinternaltls._tcp.schertz.local\n"
          "A ocs.schertz.local\n"
          "TLS 192.0.2.5:5061 wants ocs.schertz.local no-sni\n"
          "REGISTER to ocs.schertz.local");
    CHECK(done.events().empty());
    CHECK(done.outcome.exit_code() == 0);
    CHECK(done.outcome.warnings.empty());
}

TEST_CASE("plan, the article: an SRV target that is an alias is carried out with a warning") {
    World world;
    world.listen("192.0.2.5:5061", {"alias.schertz.local"});
    world.add_srv("_sipinternaltls._tcp.schertz.local", "alias.schertz.local");
    world.add_host("alias.schertz.local", "192.0.2.5", {"ocs.schertz.local"});
    const Run done = run(profile("communicator2007"), world);
    CHECK(done.outcome.exit_code() == 0);
    CHECK(done.outcome.wanted == "alias.schertz.local");
    CHECK(done.has_warning("RFC 2782"));
}

TEST_CASE("plan, the reader's comment: a server in another domain") {
    World world;
    world.add_srv("_sipinternaltls._tcp.public.test", "srv.corp.local");
    world.add_host("srv.corp.local", "192.0.2.6");
    world.add_host("home.corp.local", "192.0.2.7");
    world.listen("192.0.2.6:5061", {"srv.corp.local"}).answer = {
        301, "Redirect request to Home Server", "", {{"home.corp.local", 5061, Transport::tls}}};
    world.listen("192.0.2.7:5061", {"home.corp.local"});
    const std::string user = "alice@public.test";
    const std::string question =
        "Lync is attempting to connect to: srv.corp.local. Lync cannot verify that the server is trusted for "
        "your sign-in address. Connect anyway?";

    SUBCASE("Communicator 2007 refuses before any connection") {
        const Run done = run(profile("communicator2007"), world, {}, user);
        CHECK(done.walk() == "SRV _sipinternaltls._tcp.public.test");
        CHECK(done.outcome.exit_code() == 16);
        CHECK(done.outcome.explanation ==
              "domain rule same-domain: SRV target 'srv.corp.local' is not in or below 'public.test'");
        CHECK(done.events().empty());
        CHECK(done.outcome.screen.confidence == Confidence::unknown);
        CHECK(done.outcome.wanted.empty());
    }
    SUBCASE("what-if shows what it would have met") {
        PlanOptions options;
        options.what_if = true;
        const Run done = run(profile("communicator2007"), world, options, user);
        CHECK(done.outcome.exit_code() == 16);
        CHECK(done.walk().find("beyond: TLS 192.0.2.6:5061 wants srv.corp.local no-sni\n"
                               "beyond: REGISTER to srv.corp.local\n"
                               "beyond: A home.corp.local\n"
                               "beyond: TLS 192.0.2.7:5061 wants home.corp.local no-sni\n"
                               "beyond: REGISTER to home.corp.local\n"
                               "beyond: SRV _sipinternal._tcp.public.test") != std::string::npos);
    }
    SUBCASE("Lync 2010 asks, and a no ends it") {
        for (const bool given : {true, false}) {
            PlanOptions options;
            if (given) options.answer = false;
            const Run done = run(profile("lync2010"), world, options, user);
            CHECK(done.walk() ==
                  "SRV _sipinternaltls._tcp.public.test\n"
                  "A srv.corp.local\n"
                  "ask about srv.corp.local");
            CHECK(done.outcome.prompts == std::vector<std::string>{question});
            CHECK(done.outcome.exit_code() == 16);
            CHECK(done.outcome.explanation == "the user did not trust 'srv.corp.local'");
        }
    }
    SUBCASE("Lync 2010 asks once, connects, and follows the redirect to its new name") {
        PlanOptions options;
        options.answer = true;
        const Run done = run(profile("lync2010"), world, options, user);
        CHECK(done.walk() ==
              "SRV _sipinternaltls._tcp.public.test\n"
              "A srv.corp.local\n"
              "ask about srv.corp.local\n"
              "TLS 192.0.2.6:5061 wants srv.corp.local sni\n"
              "REGISTER to srv.corp.local\n"
              "A home.corp.local\n"
              "TLS 192.0.2.7:5061 wants home.corp.local sni\n"
              "REGISTER to home.corp.local");
        CHECK(done.outcome.prompts == std::vector<std::string>{question});
        CHECK(done.outcome.wanted == "home.corp.local");
        CHECK(done.outcome.exit_code() == 0);
    }
    SUBCASE("a trusted domain raises no question") {
        PlanOptions options;
        options.trusted_domains = {HostName::parse("corp.local").value()};
        const Run done = run(profile("lync2010"), world, options, user);
        CHECK(done.outcome.prompts.empty());
        CHECK(done.outcome.exit_code() == 0);
    }
    SUBCASE("the phone refuses and goes on with its list") {
        const Run done = run(profile("lync-phone"), world, {}, user);
        CHECK(done.walk() ==
              "SRV _sipinternaltls._tcp.public.test\n"
              "skip DHCP option 120, TLS\n"
              "SRV _sipinternal._tcp.public.test\n"
              "skip DHCP option 120, TCP\n"
              "SRV _sip._tls.public.test\n"
              "SRV _sip._tcp.public.test");
        CHECK(done.outcome.exit_code() == 16);
        CHECK(done.outcome.screen.value == "Cannot connect to the server. Retrying…");
    }
    SUBCASE("pidgin-sipe takes any server") {
        const Run done = run(profile("sipe"), world, {}, user);
        CHECK(done.outcome.prompts.empty());
        CHECK(done.outcome.exit_code() == 0);
    }
    SUBCASE("a typed server knows no domain rule: the way out of the comment") {
        PlanOptions options;
        options.server = TypedServer::parse("srv.corp.local").value();
        const Run done = run(profile("communicator2007"), world, options, user);
        CHECK(done.steps.front() == "A srv.corp.local");
        CHECK(done.outcome.exit_code() == 0);
    }
    SUBCASE("a policy instead of the profile's rule") {
        PlanOptions options;
        options.domain_rule = DomainRule::none;
        CHECK(run(profile("communicator2007"), world, options, user).outcome.exit_code() == 0);
    }
}

TEST_CASE("plan: the hosted service is in Lync's built-in list, and a list of one's own replaces that") {
    World world;
    world.add_srv("_sip._tls.schertz.local", "sipdir.online.lync.com", 443);
    world.add_host("sipdir.online.lync.com", "192.0.2.9");
    world.listen("192.0.2.9:443", {"*.online.lync.com"});
    const Run plain = run(profile("lync2010"), world);
    CHECK(plain.outcome.prompts.empty());
    CHECK(plain.outcome.exit_code() == 0);
    PlanOptions options;
    options.trusted_domains = {HostName::parse("corp.local").value()};
    CHECK(run(profile("lync2010"), world, options).outcome.exit_code() == 16);
    CHECK(run(profile("communicator2007"), world).outcome.exit_code() == 16);
}

TEST_CASE("plan: strict naming takes sip.<domain> as an SRV target, and no pool name") {
    World world;
    world.add_srv("_sipinternaltls._tcp.schertz.local", "pool.schertz.local");
    world.add_host("pool.schertz.local", "192.0.2.5");
    world.add_host("sip.schertz.local", "192.0.2.5");
    world.listen("192.0.2.5:5061", {"pool.schertz.local", "sip.schertz.local", "sipinternal.schertz.local"});
    CHECK(run(profile("lcs2005"), world).outcome.exit_code() == 16);
    world.srv["_sipinternaltls._tcp.schertz.local"].srv.front().target = "sip.schertz.local";
    CHECK(run(profile("lcs2005"), world).outcome.exit_code() == 0);

    // The rule is about names from DNS; those made of the user's own domain are tried.
    world.srv.clear();
    world.add_host("sipinternal.schertz.local", "192.0.2.5");
    CHECK(run(profile("lcs2005"), world).outcome.exit_code() == 0);
    // And over TLS only.
    world.add_srv("_sipinternal._tcp.schertz.local", "srv.corp.local", 5060);
    world.add_host("srv.corp.local", "192.0.2.6");
    world.listen("192.0.2.6:5060", {});
    const Run clear = run(profile("lcs2005"), world);
    CHECK(clear.steps.back() == "REGISTER to srv.corp.local");
    CHECK(clear.outcome.exit_code() == 0);
}

TEST_CASE("plan: a client without a question of its own asks a plain one where an option wants it") {
    World world;
    world.add_srv("_sipinternaltls._tcp.schertz.local", "srv.corp.local");
    world.add_host("srv.corp.local", "192.0.2.5");
    PlanOptions options;
    options.domain_rule = DomainRule::prompt;
    const Run done = run(profile("communicator2007"), world, options);
    CHECK(done.outcome.prompts ==
          std::vector<std::string>{"Server srv.corp.local is not in domain schertz.local. Connect anyway?"});
    CHECK(done.outcome.exit_code() == 16);
}
