#include "journal/text.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>
#include <string>

using namespace ocs;
using namespace ocs::journal;

namespace {

record::ConnectionRecord refused() {
    record::ConnectionRecord record;
    record.id = "20261124T055900-1f3a-17";
    record.client = {"192.168.56.20", 51934};
    auto& hello = record.facts.hello.emplace();
    hello.sni = {record::SniForm::host_name, "sipinternal.contoso.test", "sipinternal.contoso.test"};
    record.facts.virtual_host = "front01";
    record.facts.host_choice = record::HostChoice::default_unknown_name;
    record.facts.version = 0x0304;
    record.facts.library_text = "sslv3 alert bad certificate";
    auto certificate = std::make_shared<record::ServedCertificate>();
    certificate->names.common_names = {"sip.contoso.test"};
    certificate->names.san_present = true;
    certificate->names.san = {{discovery::NameKind::dns, "sip.contoso.test"},
                              {discovery::NameKind::dns, "pool01.contoso.test"}};
    certificate->generated = true;
    certificate->folder = "front01";
    certificate->not_after = record.started + std::chrono::hours(1);
    record.certificate = certificate;
    record.wanted = record::WantedName{"sipinternal.contoso.test", record::NameSource::sni};
    record.policies = {discovery::NamePolicy::communicator2007};
    auto& judgement = record.judgement;
    judgement.verdict = record::Verdict::rejected_alert;
    judgement.confidence = record::Confidence::likely;
    judgement.causes = {record::Cause::name_mismatch, record::Cause::not_stated};
    judgement.reasons = {"alert 42 has many causes; no TLS alert means 'wrong name'",
                         "the wanted name is not on the certificate"};
    judgement.detail = "alert 42 bad_certificate, before Finished";
    return record;
}

const CommandContext commands{"build/release/bin/fakeocs-certgen", "fakeocs", "", "certs/ca/ca.cer"};

std::string text_of(const record::ConnectionRecord& record, const TextStyle& style = {}) {
    std::string text = to_text(record, explain(record, commands), style);
    text.replace(0, 12, "HH:MM:SS.mmm");
    return text;
}

record::ServedCertificate& own(record::ConnectionRecord& record) {
    auto copy = std::make_shared<record::ServedCertificate>(*record.certificate);
    auto& reference = *copy;
    record.certificate = std::move(copy);
    return reference;
}

}  // namespace

TEST_CASE("text: a refusal, whole") {
    CHECK(text_of(refused()) ==
          "HH:MM:SS.mmm 192.168.56.20:51934 sni=sipinternal.contoso.test host=front01 (default-unknown-name) "
          "TLS 1.3 rejected-alert: alert 42 bad_certificate, before Finished\n"
          "  meaning   the client refused with an alert; most likely because the name it\n"
          "            wanted is not on the certificate\n"
          "  how sure  likely\n"
          "            - alert 42 has many causes; no TLS alert means 'wrong name'\n"
          "            - the wanted name is not on the certificate\n"
          "  wanted    sipinternal.contoso.test, compared as communicator2007 does\n"
          "  presented DNS   sip.contoso.test     label 1 is 'sip', wanted 'sipinternal'\n"
          "            DNS   pool01.contoso.test  label 1 is 'pool01', wanted 'sipinternal'\n"
          "            CN    sip.contoso.test     label 1 is 'sip', wanted 'sipinternal'\n"
          "  to fix it, paste this:\n"
          "  build/release/bin/fakeocs-certgen reissue front01 --add-san sipinternal.contoso.test\n");
}

TEST_CASE("text: quiet is one line, verbose explains what went well, too") {
    auto record = refused();
    const std::string quiet = text_of(record, {Colour::never, Volume::quiet, 0});
    CHECK(quiet.find('\n') == quiet.size() - 1);
    record.attempt = "20261124T055900-1f3a-a17";
    CHECK(text_of(record, {Colour::never, Volume::quiet, 0}) ==
          "HH:MM:SS.mmm a17" + quiet.substr(std::string_view("HH:MM:SS.mmm").size()));
    CHECK(text_of(record, {Colour::never, Volume::verbose, 0}).find("  library   sslv3 alert bad") !=
          std::string::npos);
    record.judgement = {record::Verdict::accepted, record::Confidence::certain, {}, {}, "http"};
    CHECK(text_of(record).find('\n') == text_of(record).size() - 1);
    CHECK(text_of(record, {Colour::never, Volume::verbose, 0}).find("  meaning   ") != std::string::npos);
}

TEST_CASE("text: on a terminal no line but a command is wider than it, and colour takes no room") {
    for (const int columns : {60, 80, 100, 200}) {
        CAPTURE(columns);
        const std::string plain = text_of(refused(), {Colour::never, Volume::verbose, columns});
        std::string coloured = text_of(refused(), {Colour::always, Volume::verbose, columns});
        std::istringstream lines(plain);
        for (std::string line; std::getline(lines, line);) {
            CAPTURE(line);
            const bool fits = line.size() <= static_cast<std::size_t>(columns);
            CHECK((fits || line.find("certgen") != std::string::npos));
        }
        for (const std::string code : {"\x1b[31m", "\x1b[0m"}) {
            REQUIRE(coloured.find(code) != std::string::npos);
            coloured.erase(coloured.find(code), code.size());
        }
        CHECK(coloured == plain);
    }
}

TEST_CASE("text: what comes from a peer stays in its place") {
    auto record = refused();
    record.facts.hello->sni = {record::SniForm::not_a_host_name, "a b\x1b[2J\nHH:MM:SS accepted", ""};
    record.wanted = record::WantedName{"a b\x1b[2J\n", record::NameSource::sni};
    const std::string text = text_of(record);
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find("sni=a_b\\x1b[2J\\x0aHH:MM:SS_accepted host=front01") != std::string::npos);
    CHECK(text.find("--add-san") == std::string::npos);
}

TEST_CASE("text: of a hundred names the first twenty are listed") {
    auto record = refused();
    auto& certificate = own(record);
    for (int i = 0; i < 100; ++i) {
        certificate.names.san.push_back({discovery::NameKind::dns, "n" + std::to_string(i) + ".test"});
    }
    const std::string text = text_of(record);
    CHECK(text.find("and 83 more\n") != std::string::npos);
    CHECK(text.find("n50.test") == std::string::npos);
}

TEST_CASE("text: a client that does not know the lab CA is told what to import") {
    auto record = refused();
    record.wanted = record::WantedName{"sip.contoso.test", record::NameSource::sni};
    record.judgement.causes = {record::Cause::untrusted_issuer};
    const std::string text = text_of(record);
    CHECK(text.find("copy certs/ca/ca.cer to it") != std::string::npos);
    CHECK(text.find("certgen") == std::string::npos);
}

TEST_CASE("text: a name that is in the CN only goes into the SAN where a client may have refused for that") {
    auto record = refused();
    record.wanted = record::WantedName{"sip.contoso.test", record::NameSource::sni};
    own(record).names.san = {{discovery::NameKind::dns, "other.contoso.test"}};
    record.judgement.causes = {record::Cause::name_mismatch, record::Cause::not_stated};
    record.judgement.confidence = record::Confidence::possible;
    const auto explanation = explain(record, commands);
    CHECK(explanation.meaning ==
          "the client refused with an alert; perhaps because the name it wanted is in the CN only");
    CHECK(explanation.fixes ==
          std::vector<std::string>{
              "build/release/bin/fakeocs-certgen reissue front01 --add-san sip.contoso.test"});
    record.judgement.causes = {record::Cause::not_stated};
    CHECK(explain(record, commands).fixes.empty());
}

TEST_CASE("text: a certificate that is wrong on purpose is fixed by one that is not") {
    struct Row {
        record::Cause cause;
        void (*spoil)(record::ServedCertificate&);
        std::string why;
    };
    const Row rows[] = {
        {record::Cause::validity_dates,
         [](record::ServedCertificate& own_) { own_.not_after = WallTime{} - std::chrono::hours(1); },
         "expired"},
        {record::Cause::untrusted_issuer,
         [](record::ServedCertificate& own_) { own_.chain = record::ChainKind::self_signed; },
         "self-signed"},
        {record::Cause::untrusted_issuer,
         [](record::ServedCertificate& own_) { own_.intermediate_missing = true; },
         "chain with a gap"},
        {record::Cause::key_usage, [](record::ServedCertificate& own_) { own_.server_auth = false; }, "EKU"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        auto record = refused();
        record.wanted = record::WantedName{"sip.contoso.test", record::NameSource::sni};
        record.judgement.causes = {row.cause};
        row.spoil(own(record));
        const auto explanation = explain(record, commands);
        REQUIRE(explanation.fixes.size() == 1);
        CHECK(explanation.fixes[0] ==
              "build/release/bin/fakeocs-certgen issue --force --name front01 --cn sip.contoso.test "
              "--san DNS:sip.contoso.test --san DNS:pool01.contoso.test");
        own(record).generated = false;
        CHECK(explain(record, commands).fixes.empty());
    }
}
