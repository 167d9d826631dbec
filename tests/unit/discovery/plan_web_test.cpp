// Autodiscover in the plan: the lyncdiscover names.

#include <doctest/doctest.h>

#include "discovery/plan.hpp"
#include "scripted_world.hpp"

using namespace ocs;
using namespace ocs::discovery;

namespace {

ClientProfile profile(std::string_view name) { return find_profile(name).value(); }

const std::string both_requests =
    "A lyncdiscoverinternal.schertz.local\n"
    "GET http://lyncdiscoverinternal.schertz.local/?sipuri=alice@schertz.local + "
    "https://lyncdiscoverinternal.schertz.local/?sipuri=alice@schertz.local";

WebAnswer ok(std::vector<std::string> sans = {}) {
    WebAnswer answer;
    answer.status = 200;
    if (!sans.empty()) {
        answer.tls = TlsObservation{};
        answer.tls->names.san_present = true;
        for (std::string& san : sans) answer.tls->names.san.push_back({NameKind::dns, std::move(san)});
    }
    return answer;
}

World with_autodiscover() {
    World world;
    world.add_host("lyncdiscoverinternal.schertz.local", "192.0.2.8");
    world.add_host("pool.schertz.local", "192.0.2.5");
    world.add_host("edge.schertz.local", "192.0.2.9");
    world.listen("192.0.2.5:5061", {"pool.schertz.local"});
    world.listen("192.0.2.9:443", {"edge.schertz.local"});
    return world;
}

const std::string https_url = "https://lyncdiscoverinternal.schertz.local/";
const std::string http_url = "http://lyncdiscoverinternal.schertz.local/";

}  // namespace

TEST_CASE("autodiscover: the SIP servers it names are tried, by where the client stands") {
    World world = with_autodiscover();
    WebAnswer answer = ok({"lyncdiscoverinternal.schertz.local"});
    answer.sip_internal = ServerAddress{"pool.schertz.local", 5061, Transport::tls};
    answer.sip_external = ServerAddress{"edge.schertz.local", 443, Transport::tls};
    struct Row {
        std::optional<bool> inside;
        std::string server;
    };
    const Row rows[] = {
        {true, "pool.schertz.local"}, {false, "edge.schertz.local"}, {std::nullopt, "pool.schertz.local"}};
    for (const Row& row : rows) {
        answer.inside = row.inside;
        world.web[https_url] = answer;
        const Run done = run(profile("lync2013"), world);
        CHECK(done.walk().starts_with(both_requests + "\nA " + row.server));
        CHECK(done.steps.back() == "REGISTER to " + row.server);
        CHECK(done.outcome.exit_code() == 0);
        CHECK(done.steps.size() == 5);
    }
}

TEST_CASE("autodiscover: a certificate without its name makes the name fail, and Lync 2013 goes on to SRV") {
    World world = with_autodiscover();
    world.web[https_url] = ok({"pool.schertz.local"});
    world.web[https_url].sip_internal = ServerAddress{"pool.schertz.local", 5061, Transport::tls};
    SUBCASE("with an SRV record it signs in") {
        world.add_srv("_sipinternaltls._tcp.schertz.local", "pool.schertz.local");
        const Run done = run(profile("lync2013"), world);
        CHECK(done.steps[2] == "A lyncdiscover.schertz.local");
        CHECK(done.outcome.exit_code() == 0);
    }
    SUBCASE("without one the mismatch is the result") {
        const Run done = run(profile("lync2013"), world);
        CHECK(done.outcome.exit_code() == 10);
        CHECK(done.outcome.wanted == "lyncdiscoverinternal.schertz.local");
        CHECK(done.findings[1] ==
              "HTTP: no connection; HTTPS: the certificate does not cover "
              "'lyncdiscoverinternal.schertz.local'");
    }
    SUBCASE("Lync Mobile ends there, with its own words") {
        const Run done = run(profile("lync-mobile"), world);
        CHECK(done.walk() == both_requests + "\nA lyncdiscover.schertz.local");
        CHECK(done.outcome.exit_code() == 10);
        CHECK(done.outcome.screen.value == "Can't verify the certificate from the server …");
    }
    SUBCASE("pidgin-sipe shows its dialog before any SIP") {
        PlanOptions options;
        options.answer = true;
        const Run done = run(profile("sipe"), world, options);
        CHECK(done.outcome.prompts.size() == 1);
        CHECK(done.outcome.exit_code() == 0);
    }
}

TEST_CASE("autodiscover: a redirect inside the 200 gives a new name") {
    World world = with_autodiscover();
    world.add_host("web.schertz.local", "192.0.2.8");
    world.web[http_url] = ok();
    world.web[http_url].redirect = "https://Web.schertz.local/autodiscover/root?sipuri=alice@schertz.local";
    WebAnswer answer = ok({"web.schertz.local"});
    answer.sip_internal = ServerAddress{"pool.schertz.local", 5061, Transport::tls};
    world.web["https://web.schertz.local/autodiscover/root"] = answer;
    const Run done = run(profile("lync2013"), world);
    CHECK(done.walk() == both_requests +
                             "\nA web.schertz.local\n"
                             "GET https://web.schertz.local/autodiscover/root?sipuri=alice@schertz.local\n"
                             "A pool.schertz.local\n"
                             "TLS 192.0.2.5:5061 wants pool.schertz.local sni\n"
                             "REGISTER to pool.schertz.local");
    CHECK(done.outcome.exit_code() == 0);
}

TEST_CASE("autodiscover: names outside the SIP domain raise Lync's question") {
    World world = with_autodiscover();
    world.add_host("web.corp.local", "192.0.2.8");
    world.web[http_url] = ok();
    world.web[http_url].redirect = "https://web.corp.local/root";
    world.web["https://web.corp.local/root"] = ok({"web.corp.local"});
    world.web["https://web.corp.local/root"].user_link = true;
    const Run no = run(profile("lync2013"), world);
    CHECK(no.steps.back() == "ask about web.corp.local");
    CHECK(no.outcome.exit_code() == 16);
    PlanOptions options;
    options.answer = true;
    const Run yes = run(profile("lync2013"), world, options);
    CHECK(yes.walk().find("GET https://web.corp.local/root\nskip the user resource behind web.corp.local\nA "
                          "lyncdiscover.schertz.local") != std::string::npos);
    CHECK(yes.outcome.exit_code() == 12);
}

TEST_CASE("autodiscover: redirects that a client does not follow") {
    struct Row {
        std::string url, why;
    };
    const Row rows[] = {
        {"ftp://web.schertz.local/", "another scheme"},
        {"https://192.0.2.1/", "no host name"},
        {"https://user@web.schertz.local/", "a user part"},
        {"https://web.schertz.local:0/", "port 0"},
        {"https://web.schertz.local/a\r\nHost: x", "a line end in the path"},
        {"https://web.schertz.local/a b", "a blank in the path"},
        {"https://" + std::string(3000, 'a'), "without end"},
        {"", "empty"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        World world = with_autodiscover();
        world.web[http_url] = ok();
        world.web[http_url].redirect = row.url;
        const Run done = run(profile("lync2013"), world);
        CHECK(done.steps[2] == "A lyncdiscover.schertz.local");
        CHECK(done.outcome.exit_code() == 12);
    }
}

TEST_CASE("autodiscover: a redirect in a circle is bounded") {
    World world = with_autodiscover();
    world.web[http_url] = ok();
    world.web[http_url].redirect = http_url;
    const Run done = run(profile("lync-mobile"), world);
    CHECK(done.outcome.exit_code() == 12);
    CHECK(done.outcome.explanation.find("more than 5 redirects") != std::string::npos);
}

TEST_CASE("autodiscover: an answer of another status makes the name fail") {
    for (const std::optional<int> status :
         {std::optional<int>(404), std::optional<int>(302), std::optional<int>()}) {
        World world = with_autodiscover();
        world.web[http_url] = ok();
        world.web[http_url].status = status;
        const Run done = run(profile("lync-mobile"), world);
        CHECK(done.outcome.exit_code() == 12);
        CHECK(done.steps.back() == "A lyncdiscover.schertz.local");
    }
}

TEST_CASE("autodiscover: a name that answers nothing useful hides no mismatch before it") {
    World world = with_autodiscover();
    world.web[https_url] = ok({"pool.schertz.local"});
    world.add_host("lyncdiscover.schertz.local", "192.0.2.8");
    world.web["http://lyncdiscover.schertz.local/"] = ok();
    world.web["http://lyncdiscover.schertz.local/"].status = 404;
    const Run done = run(profile("lync-mobile"), world);
    CHECK(done.steps.size() == 4);
    CHECK(done.outcome.exit_code() == 10);
}

TEST_CASE("autodiscover: Lync Mobile is content with an answer") {
    World world = with_autodiscover();
    world.web[https_url] = ok({"lyncdiscoverinternal.schertz.local"});
    world.web[https_url].user_link = true;
    const Run done = run(profile("lync-mobile"), world);
    CHECK(to_string(done.outcome.ending) == "discovered");
    CHECK(done.outcome.exit_code() == 0);
}
