#include <doctest/doctest.h>

#include "journal/explanation.hpp"
#include "journal/text.hpp"

using namespace ocs;
using namespace ocs::journal;

namespace {

/// The article's own case: an alias that nobody put on the certificate.
record::ConnectionRecord the_article() {
    record::ConnectionRecord record;
    record.client = {"192.168.56.20", 51934};
    record.facts.hello.emplace();
    record.facts.certificate_sent = record.facts.handshake_finished = true;
    record.wanted = record::WantedName{"sipinternal.schertz.local", record::NameSource::dns};
    auto& evidence = record.lookups.emplace();
    evidence.name = "sipinternal.schertz.local";
    evidence.confidence = record::Confidence::likely;
    evidence.asked = "A sipinternal.schertz.local (CNAME front01.schertz.local)";
    evidence.reasons = {"the client asked for it 12.0 ms before the connection, and the answer led here"};
    auto certificate = std::make_shared<record::ServedCertificate>();
    certificate->names.san_present = true;
    certificate->names.san = {{discovery::NameKind::dns, "sip.schertz.local"},
                              {discovery::NameKind::dns, "front01.schertz.local"}};
    record.certificate = certificate;
    record.policies = {discovery::NamePolicy::communicator2007};
    record.judgement.verdict = record::Verdict::finished_no_data;
    record.judgement.confidence = record::Confidence::likely;
    record.judgement.causes = {record::Cause::name_mismatch, record::Cause::not_stated};
    return record;
}

}  // namespace

TEST_CASE("lookup words: the line says what was asked for and what the certificate has") {
    const auto record = the_article();
    const auto explanation = explain(record, {});
    CHECK(explanation.meaning ==
          "the client finished the handshake and left without a request; most likely because the name it "
          "wanted is not on the certificate");
    CHECK(explanation.asked ==
          "A sipinternal.schertz.local (CNAME front01.schertz.local) (likely); the certificate has "
          "sip.schertz.local, front01.schertz.local; Communicator 2007 stops here, event 4");
    CHECK(explanation.reasons == record.lookups->reasons);
    const std::string text = to_text(record, explanation, {});
    CHECK(text.find("\n  asked for A sipinternal.schertz.local (CNAME") != std::string::npos);
    auto other = record;
    other.policies = {discovery::NamePolicy::openssl};
    CHECK(explain(other, {}).asked.ends_with("front01.schertz.local"));
}

TEST_CASE("lookup words: an unknown name comes with why and with what to do") {
    auto record = the_article();
    record.wanted.reset();
    record.lookups = record::NameEvidence{};
    record.lookups->reasons = {"no look-up by 192.168.56.20 in the 30 s before it connected"};
    record.lookups->advice = "flush the client's cache";
    const auto explanation = explain(record, {});
    CHECK(explanation.asked.empty());
    CHECK(explanation.reasons.front() ==
          "the wanted name is unknown: no look-up by 192.168.56.20 in the 30 s before it connected");
    CHECK(explanation.hint.ends_with("its look-ups; flush the client's cache"));
    record.judgement.verdict = record::Verdict::accepted;
    CHECK(explain(record, {}).hint.empty());
}

TEST_CASE("lookup words: the domain of a REGISTER is compared as RFC 5922 does") {
    auto record = the_article();
    record.wanted = record::WantedName{"schertz.local", record::NameSource::sip};
    record.lookups.reset();
    CHECK(explain(record, {}).policy == "rfc5922");
}
