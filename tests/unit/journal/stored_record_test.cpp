#include "journal/stored_record.hpp"

#include <doctest/doctest.h>

#include "journal/explanation.hpp"
#include "journal/json.hpp"

using namespace ocs;
using namespace ocs::journal;
using discovery::NameKind;

namespace {

record::ConnectionRecord refused() {
    record::ConnectionRecord record;
    record.id = "20261124T055900-1f3a-17";
    record.started = WallTime{Micros{1'763'963'940'123'456}};
    record.facts.hello.emplace();
    record.facts.hello->sni.form = record::SniForm::absent;
    auto certificate = std::make_shared<record::ServedCertificate>();
    certificate->names.common_names = {"sip.contoso.test "};
    certificate->names.san_present = true;
    certificate->names.san = {{NameKind::dns, std::string("sip.contoso.test\0.x", 19)},
                              {NameKind::uri, "sip:contoso.test"},
                              {NameKind::dns, "b\xc3\xbc\\.contoso.test"}};
    certificate->not_before = record.started - std::chrono::hours(48);
    certificate->not_after = record.started - std::chrono::hours(24);
    certificate->generated = true;
    certificate->folder = "front01";
    record.certificate = certificate;
    record.wanted = record::WantedName{"sip.contoso.test", record::NameSource::dns};
    record.lookups = record::NameEvidence{"sip.contoso.test",
                                          record::Confidence::likely,
                                          "A sip.contoso.test",
                                          {"the client asked for it"},
                                          "",
                                          {"20261124T055900-1f3a-16"}};
    record.policies = {discovery::NamePolicy::lync2010, discovery::NamePolicy::openssl};
    record.judgement = {record::Verdict::rejected_alert,
                        record::Confidence::likely,
                        {record::Cause::validity_dates, record::Cause::name_mismatch},
                        {"it has 'a\\b' in it"},
                        "alert 45 certificate_expired"};
    return record;
}

/// All that a reader sees.
std::string seen(const record::ConnectionRecord& record) {
    const CommandContext commands{"fakeocs-certgen", "fakeocs", "lab", "lab/ca/ca.cer"};
    const Explanation told = explain(record, commands);
    std::string text = told.meaning + "\n" + told.confidence + "\n" + told.wanted.value_or("-") + "\n" +
                       told.asked + "\n" + told.policy + "\n" + told.wanted_problem + "\n" + told.hint + "\n";
    for (const auto& reason : told.reasons) text += reason + "\n";
    for (const auto& name : told.names)
        text += name.kind + " " + name.name + " " + name.reason + " " + name.detail + "\n";
    for (const auto& fix : told.fixes) text += fix + "\n";
    return text;
}

}  // namespace

TEST_CASE("stored record: its explanation is the one of the connection") {
    auto unknown = refused();
    unknown.wanted.reset();
    unknown.lookups->name.clear();
    unknown.lookups->advice = "flush the client's cache";
    auto sip = refused();
    sip.wanted->source = record::NameSource::sip;
    auto trust = refused();
    trust.judgement.causes = {record::Cause::untrusted_issuer};
    auto bare = refused();
    bare.certificate.reset();
    bare.lookups.reset();
    bare.facts.hello.reset();
    auto struck = refused();
    struck.facts.fault = record::FaultFact{7, "expired certificate", false};
    auto ended = struck;
    ended.facts.fault->ended_it = true;
    CHECK(seen(struck) != seen(refused()));
    CHECK(seen(ended) != seen(struck));
    for (const auto& record : {refused(), unknown, sip, trust, bare, struck, ended}) {
        const auto back = record_from_line(to_json_line(record));
        REQUIRE(back.has_value());
        CHECK(seen(*back) == seen(record));
        CHECK(back->id == record.id);
    }
}

TEST_CASE("stored record: what is no connection of ours is refused") {
    CHECK(record_from_line("").has_error());
    CHECK(record_from_line("[]").has_error());
    CHECK(record_from_line(R"({"schema":"fakeocs.dns/1"})").has_error());
    const auto foreign = record_from_line(R"({"schema":"fakeocs.handshake/1","verdict":"well"})");
    REQUIRE(foreign.has_error());
    CHECK(foreign.error().what == "verdict 'well' is unknown");
    const auto certificate = record_from_line(
        R"({"schema":"fakeocs.handshake/1","verdict":"no-bytes","confidence":"certain","certificate":{"san":[1]}})");
    REQUIRE(certificate.has_value());
    CHECK(certificate->certificate->names.san.empty());
}
