#include "discovery/domain_rule.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace ocs;
using namespace ocs::discovery;

namespace {

HostName host(std::string_view text) { return HostName::parse(text).value(); }

std::string verdict(DomainRule rule, std::string_view domain, std::string_view server) {
    return std::string(to_string(apply_domain_rule(rule, host(domain), host(server)).verdict));
}

}  // namespace

TEST_CASE("domain rule: the documented pairs of user and server under each rule") {
    struct Row {
        std::string domain, server, strict, same_domain, same_root, prompt, why;
    };
    const Row rows[] = {
        {"contoso.test",
         "pool01.contoso.test",
         "refused",
         "accepted",
         "accepted",
         "accepted",
         "the normal case [5]"},
        {"contoso.test",
         "sip.contoso.test",
         "accepted",
         "accepted",
         "accepted",
         "accepted",
         "strict by name [10]"},
        {"contoso.test",
         "contoso.test",
         "accepted",
         "accepted",
         "accepted",
         "accepted",
         "the domain itself [10]"},
        {"contoso.test",
         "sip.division.contoso.test",
         "refused",
         "accepted",
         "accepted",
         "accepted",
         "ends with [10]"},
        {"litware.test", "pool01.fabrikam.test", "refused", "refused", "refused", "ask", "does not work [5]"},
        {"retail.contoso.test",
         "pool01.contoso.test",
         "refused",
         "refused",
         "accepted",
         "ask",
         "one root [58]"},
        {"public.test", "srv.corp.local", "refused", "refused", "refused", "ask", "the reader's comment [1]"},
        {"contoso.test", "evilcontoso.test", "refused", "refused", "refused", "ask", "labels, not letters"},
        {"contoso.test",
         "sip.contoso.test.evil.test",
         "refused",
         "refused",
         "refused",
         "ask",
         "from the right"},
        {"a.contoso.co.uk", "pool.contoso.co.uk", "refused", "refused", "accepted", "ask", "three labels"},
        {"contoso.co.uk", "pool.fabrikam.co.uk", "refused", "refused", "refused", "ask", "co.uk is no root"},
        {"b\xc3\xbc"
         "cher.test",
         "sip.xn--bcher-kva.test",
         "accepted",
         "accepted",
         "accepted",
         "accepted",
         "an IDN is its A-label"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CAPTURE(row.server);
        CHECK(verdict(DomainRule::none, row.domain, row.server) == "accepted");
        CHECK(verdict(DomainRule::strict_sip, row.domain, row.server) == row.strict);
        CHECK(verdict(DomainRule::same_domain, row.domain, row.server) == row.same_domain);
        CHECK(verdict(DomainRule::refuse_foreign, row.domain, row.server) == row.same_domain);
        CHECK(verdict(DomainRule::same_root, row.domain, row.server) == row.same_root);
        CHECK(verdict(DomainRule::prompt, row.domain, row.server) == row.prompt);
    }
}

TEST_CASE("domain rule: trusted domains and their sub-domains raise no question") {
    const std::vector<HostName> trusted = {host("lync.com"), host("corp.local")};
    const auto verdict_of = [&](DomainRule rule, std::string_view server) {
        return apply_domain_rule(rule, host("public.test"), host(server), trusted).verdict;
    };
    CHECK(verdict_of(DomainRule::prompt, "sipdir.online.lync.com") == DomainVerdict::accepted);
    CHECK(verdict_of(DomainRule::prompt, "srv.corp.local") == DomainVerdict::accepted);
    CHECK(verdict_of(DomainRule::prompt, "srv.corp.test") == DomainVerdict::ask);
    CHECK(verdict_of(DomainRule::same_domain, "srv.corp.local") == DomainVerdict::refused);
}

TEST_CASE("domain rule: the reason names both") {
    CHECK(apply_domain_rule(DomainRule::same_domain, host("public.test"), host("srv.corp.local")).reason ==
          "'srv.corp.local' is not in or below 'public.test'");
    CHECK(apply_domain_rule(DomainRule::strict_sip, host("a.test"), host("pool.a.test")).reason ==
          "'pool.a.test' is not the SIP domain or sip.a.test");
    CHECK(apply_domain_rule(DomainRule::prompt, host("a.test"), host("b.test")).reason ==
          "'b.test' is neither in 'a.test' nor in a trusted domain");
}

TEST_CASE("domain rule: the registered parent is two labels, three below a second-level registry") {
    CHECK(registrable_parent(host("retail.contoso.test")).text() == "contoso.test");
    CHECK(registrable_parent(host("contoso.test")).text() == "contoso.test");
    CHECK(registrable_parent(host("local")).text() == "local");
    CHECK(registrable_parent(host("a.b.contoso.co.uk")).text() == "contoso.co.uk");
    CHECK(registrable_parent(host("a.b.contoso.de")).text() == "contoso.de");
}

TEST_CASE("domain rule: a rule's word reads back, another one is refused with the list") {
    for (DomainRule rule : all_domain_rules) CHECK(parse_domain_rule(to_string(rule)).value() == rule);
    const auto unknown = parse_domain_rule("relaxed");
    REQUIRE(unknown.has_error());
    CHECK(unknown.error().what == "no domain rule 'relaxed'");
}
