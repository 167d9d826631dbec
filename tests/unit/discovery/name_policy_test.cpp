#include "discovery/name_policy.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace ocs;
using namespace ocs::discovery;

TEST_CASE("a policy's word reads back, another one is refused with the list") {
    for (NamePolicy policy : all_name_policies) {
        CHECK(parse_name_policy(to_string(policy)).value() == policy);
    }
    const auto policy = parse_name_policy("schannel");
    REQUIRE(policy.has_error());
    CHECK(to_string(policy.error()) == "no name policy 'schannel'");
    CHECK(policy.error().hint == "one of communicator2007, lync2010, rfc9525, rfc5922, openssl");
}

TEST_CASE("each policy looks at its own names") {
    struct Row {
        NamePolicy policy;
        PresentedNames names;
        std::string wanted;
        bool covered;
        NameReason first;
        std::string why;
    };
    const PresentedNames cn_only{{"sip.contoso.test"}, false, true, {}};
    const PresentedNames cn_beside_san{
        {"sip.contoso.test"}, true, true, {{NameKind::dns, "pool.contoso.test"}}};
    const PresentedNames wildcard{{}, true, true, {{NameKind::dns, "*.contoso.test"}}};
    const PresentedNames wildcard_cn{{"*.contoso.test"}, false, true, {}};
    const PresentedNames address{{}, true, true, {{NameKind::ip, "192.0.2.1"}}};
    const PresentedNames uri_nul{
        {}, true, true, {{NameKind::uri, std::string("sip:contoso.test:5061\0x", 23)}}};
    const PresentedNames uri_first{
        {}, true, true, {{NameKind::dns, "contoso.test"}, {NameKind::uri, "sip:fabrikam.test"}}};
    const auto one = [](std::string text) {
        return PresentedNames{{}, true, true, {{NameKind::dns, std::move(text)}}};
    };
    using P = NamePolicy;
    using R = NameReason;
    const Row rows[] = {
        {P::communicator2007,
         cn_beside_san,
         "sip.contoso.test",
         true,
         R::different_label,
         "CN or any SAN [9]"},
        {P::lync2010,
         cn_beside_san,
         "sip.contoso.test",
         false,
         R::different_label,
         "SAN hides the CN [14, 15]"},
        {P::lync2010, cn_only, "SIP.contoso.test", true, R::matches, "CN without SAN"},
        {P::rfc9525, cn_only, "sip.contoso.test", false, R::not_looked_at, "never the CN"},
        {P::rfc5922, cn_only, "sip.contoso.test", true, R::matches, "CN without SAN [65]"},
        {P::communicator2007, wildcard, "sip.contoso.test", false, R::wildcard_not_allowed, "[16, 17]"},
        {P::lync2010, wildcard, "sip.contoso.test", true, R::matches_wildcard, "[69]"},
        {P::lync2010,
         wildcard_cn,
         "sip.contoso.test",
         false,
         R::wildcard_not_allowed,
         "no wildcard CN [18, 19]"},
        {P::openssl, wildcard_cn, "sip.contoso.test", true, R::matches_wildcard, "X509_check_host does"},
        {P::rfc9525, wildcard, "a.sip.contoso.test", false, R::wildcard_one_label, "one label"},
        {P::rfc9525, wildcard, "contoso.test", false, R::wildcard_one_label, "exactly one label"},
        {P::rfc9525,
         one("s*.contoso.test"),
         "sip.contoso.test",
         false,
         R::wildcard_malformed,
         "part of a label"},
        {P::openssl,
         one("s*.contoso.test"),
         "sip.contoso.test",
         true,
         R::matches_wildcard,
         "flags 0 allow it"},
        {P::rfc9525, one("a-.test"), "a-.test", false, R::not_a_host_name, "a hyphen ends a label"},
        {P::rfc9525, one("a.test.1"), "a.test.1", false, R::not_a_host_name, "digits last make an address"},
        {P::rfc9525, one("1.test"), "1.test", true, R::matches, "digits elsewhere do not"},
        {P::rfc9525,
         one(std::string(64, 'a') + ".test"),
         std::string(64, 'a') + ".test",
         false,
         R::not_a_host_name,
         "64 bytes are no label"},
        {P::rfc9525,
         wildcard,
         "-a.contoso.test",
         true,
         R::matches_wildcard,
         "only the presented name is judged"},
        {P::rfc9525, address, "192.0.2.1", true, R::matches, "iPAddress"},
        {P::rfc9525, address, "[192.0.2.1]", true, R::matches, "brackets are not part of it"},
        {P::openssl, address, "192.0.2.1", false, R::other_kind, "X509_check_host never looks there"},
        {P::rfc9525, one("192.0.2.1"), "192.0.2.1", false, R::address_in_dns_name, "not as a DNS name"},
        {P::rfc5922, uri_first, "contoso.test", false, R::not_looked_at, "a sip: URI wins"},
        {P::rfc5922, uri_first, "fabrikam.test", true, R::not_looked_at, "the URI itself"},
        {P::rfc5922, uri_nul, "contoso.test", false, R::embedded_nul, "a NUL behind the domain"},
        {P::lync2010,
         one("sip.contoso.test "),
         "sip.contoso.test",
         false,
         R::trailing_blank,
         "a pasted blank"},
        {P::lync2010, one("sip.contoso.test."), "sip.contoso.test", false, R::trailing_dot, "a dot more"},
        {P::lync2010, one(std::string("a.test\0.b", 9)), "a.test", false, R::embedded_nul, "NUL"},
        {P::lync2010,
         one("https://sip.contoso.test"),
         "sip.contoso.test",
         false,
         R::not_a_host_name,
         "a URL"},
        {P::lync2010, one("contoso.test"), "sip.contoso.test", false, R::fewer_labels, "the parent"},
        {P::lync2010, one("a.contoso.test"), "contoso.test", false, R::more_labels, "a child"},
        {P::lync2010,
         one("sip.fabrikam.test"),
         "sip.contoso.test",
         false,
         R::different_domain,
         "another domain"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const NameVerdict verdict = compare_names(row.policy, row.names, row.wanted);
        CHECK(verdict.covered == row.covered);
        REQUIRE(!verdict.comparisons.empty());
        CHECK(to_string(verdict.comparisons.front().reason) == to_string(row.first));
    }
}

TEST_CASE("a differing label is named in the detail") {
    const PresentedNames names{{}, true, true, {{NameKind::dns, "sip.contoso.test"}}};
    const auto verdict = compare_names(NamePolicy::communicator2007, names, "sipinternal.contoso.test");
    CHECK(verdict.comparisons.at(0).detail == "label 1 is 'sip', wanted 'sipinternal'");
}

TEST_CASE("openssl: the CN counts unless the SAN has a DNS name, even an empty one") {
    struct Row {
        PresentedNames names;
        bool covered;
        std::string why;
    };
    const Row rows[] = {
        {{{"a.test"}, true, true, {}}, true, "an empty SAN"},
        {{{"a.test"}, true, false, {}}, true, "a SAN that does not parse"},
        {{{"a.test"}, true, true, {{NameKind::email, "x@a.test"}}}, true, "another kind of name"},
        {{{"a.test"}, true, true, {{NameKind::dns, ""}}}, false, "an empty DNS name was seen"},
        {{{"b.test", "a.test"}, false, true, {}}, true, "any CN, not only the last"},
        {{{"\xff", "a.test"}, false, true, {}}, false, "it gives up at a CN that is no UTF-8"},
        {{{"a.test", "\xff"}, false, true, {}}, true, "unless it has found the name before"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(compare_names(NamePolicy::openssl, row.names, "a.test").covered == row.covered);
    }
}

TEST_CASE("text that can match nothing says so") {
    const PresentedNames names{{"a b"}, false, true, {}};
    CHECK(compare_names(NamePolicy::lync2010, names, "").wanted_problem == "the wanted name is empty");
    CHECK(compare_names(NamePolicy::lync2010, names, "a b").wanted_problem ==
          "the wanted name is no host name");
    CHECK(!compare_names(NamePolicy::lync2010, names, "a b").covered);
}
