#include <doctest/doctest.h>

#include "client/report.hpp"

using namespace ocs;
using namespace ocs::discovery;

namespace {

PresentedNames names_of(const std::vector<std::string>& sans) {
    PresentedNames names;
    names.san_present = true;
    for (const std::string& san : sans) names.san.push_back({NameKind::dns, san});
    return names;
}

client::SigninOptions options_for(const std::string& profile) {
    return {find_profile(profile).value(),
            SipUser::parse("alice@contoso.test").value(),
            {},
            {},
            {},
            {},
            {},
            {},
            {},
            {}};
}

/// A walk that ended at one connection which presented these names.
client::SigninReport ended_at(Ending ending,
                              const std::string& wanted,
                              const std::vector<std::string>& sans,
                              client::ChainTrust trust = client::ChainTrust::trusted) {
    client::ReportedStep step;
    ConnectStep target;
    target.server = wanted;
    target.address = IpAddress::parse("192.0.2.10").value();
    step.step.action = target;
    step.presented.emplace();
    step.presented->certificate.names = names_of(sans);
    step.presented->certificate.fingerprint = "f1";
    step.presented->trust = trust;
    client::SigninReport report;
    report.steps.push_back(step);
    report.outcome.ending = ending;
    report.outcome.wanted = wanted;
    return report;
}

client::ReportContext lab_context() {
    client::ReportContext context;
    context.state_dir = "my lab";
    context.folder_of = [](const std::string& fingerprint) {
        return fingerprint == "f1" ? std::optional<std::string>("front01") : std::nullopt;
    };
    return context;
}

}  // namespace

TEST_CASE("fixes: a name that is missing on a certificate of ours") {
    const auto report = ended_at(Ending::name_mismatch, "sipinternal.contoso.test", {"sip.contoso.test"});
    const auto ways = client::fixes(report, options_for("communicator2007"), lab_context());
    REQUIRE(ways.size() == 3);
    CHECK(ways[0].lines ==
          std::vector<std::string>{
              "fakeocs-certgen reissue front01 --add-san sipinternal.contoso.test --state-dir 'my lab'"});
    CHECK(ways[1].lines[0] ==
          "fakeocs dns add _sipinternaltls._tcp.contoso.test SRV '0 0 5061 sip.contoso.test' --state-dir 'my "
          "lab'");
    CHECK(ways[1].lines[1] == "fakeocs dns add sip.contoso.test A 192.0.2.10 --state-dir 'my lab'");
    CHECK(ways[2].lines[0] == "fakeocs dns del sipinternal.contoso.test --state-dir 'my lab'");
}

TEST_CASE("fixes: a certificate that is not ours gets its SAN list, a foreign name no SRV record") {
    client::ReportContext stranger;
    const auto report = ended_at(Ending::name_mismatch, "sipinternal.contoso.test", {"srv.corp.test"});
    const auto ways = client::fixes(report, options_for("communicator2007"), stranger);
    REQUIRE(ways.size() == 1);
    CHECK(ways[0].lines == std::vector<std::string>{"DNS:sipinternal.contoso.test,DNS:srv.corp.test"});
}

TEST_CASE("fixes: names of a certificate cannot break out of what is pasted") {
    client::ReportContext stranger;
    const auto report =
        ended_at(Ending::name_mismatch, "sip.contoso.test", {"a'; rm -rf x; '\n.contoso.test"});
    for (const client::Fix& fix : client::fixes(report, options_for("communicator2007"), stranger)) {
        for (const std::string& line : fix.lines) CHECK(line.find('\n') == std::string::npos);
    }
}

TEST_CASE("fixes: other endings") {
    struct Row {
        Ending ending;
        client::ChainTrust trust;
        std::size_t ways;
        std::string first, why;
    };
    const Row rows[] = {
        {Ending::not_trusted,
         client::ChainTrust::unknown_issuer,
         2,
         "certutil -addstore Root ca.cer",
         "import the root"},
        {Ending::not_trusted,
         client::ChainTrust::expired,
         1,
         "fakeocs-certgen reissue front01 --state-dir 'my lab'",
         "issue it again"},
        {Ending::no_server,
         client::ChainTrust::trusted,
         2,
         "fakeocs dns add _sipinternaltls._tcp.contoso.test SRV '0 0 5061 sip.contoso.test' --state-dir 'my "
         "lab'",
         "publish something"},
        {Ending::signed_in, client::ChainTrust::trusted, 0, "", "nothing to mend"},
        {Ending::sip_refused, client::ChainTrust::trusted, 0, "", "nothing known to help"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto report = ended_at(row.ending, "sip.contoso.test", {"sip.contoso.test"}, row.trust);
        const auto ways = client::fixes(report, options_for("communicator2007"), lab_context());
        CHECK(ways.size() == row.ways);
        if (!ways.empty()) CHECK(ways[0].lines[0] == row.first);
    }
    auto nobody = ended_at(Ending::no_server, "", {});
    nobody.resolver_unreachable = true;
    CHECK(client::fixes(nobody, options_for("communicator2007"), lab_context()).empty());
}
