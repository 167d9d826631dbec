#include "tls/verdict.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace ocs;
using namespace ocs::record;

namespace {

const WallTime now{std::chrono::sys_days{std::chrono::year{2026} / 11 / 24}};

ServedCertificate good_certificate() {
    ServedCertificate certificate;
    certificate.not_before = now - std::chrono::days{1};
    certificate.not_after = now + std::chrono::days{1};
    return certificate;
}

ConnectionFacts certificate_was_sent() {
    ConnectionFacts facts;
    facts.first_bytes = FirstBytes::tls;
    facts.hello_complete = true;
    facts.hello.emplace();
    facts.version = 0x0303;
    facts.certificate_sent = true;
    facts.certificate_sent_at = Micros{1000};
    return facts;
}

ConnectionFacts finished() {
    ConnectionFacts facts = certificate_was_sent();
    facts.handshake_finished = true;
    facts.finished_at = Micros{2000};
    return facts;
}

ConnectionFacts with_alert(ConnectionFacts facts, std::uint8_t code, bool encrypted = false) {
    AlertFact alert;
    alert.code = code;
    alert.encrypted = encrypted;
    alert.after_finished = facts.handshake_finished;
    facts.alerts.push_back(alert);
    if (!facts.handshake_finished) facts.refusal = TlsRefusal::peer_alert;
    return facts;
}

ConnectionFacts closed(ConnectionFacts facts, CloseKind kind) {
    facts.close = kind;
    facts.closed_at = Micros{2400};
    return facts;
}

ConnectionFacts with_request(ConnectionFacts facts, bool followed) {
    facts.data_bytes = 100;
    facts.first_data = FirstData{FirstBytes::sip, "REGISTER sip:contoso.test SIP/2.0"};
    facts.answered = true;
    facts.answer_followed = followed;
    return facts;
}

enum class Name { unknown, covered, other };

Judgement judged(const ConnectionFacts& facts, const ServedCertificate& certificate, Name name) {
    discovery::NameVerdict names;
    names.covered = name == Name::covered;
    return tls::judge(facts, {&certificate, name == Name::unknown ? nullptr : &names, now, false});
}

bool has_reason(const Judgement& judgement, std::string_view reason) {
    return std::find(judgement.reasons.begin(), judgement.reasons.end(), reason) != judgement.reasons.end();
}

}  // namespace

TEST_CASE("verdict: every signature a server sees (client-behaviour §2)") {
    ConnectionFacts eof = closed(certificate_was_sent(), CloseKind::fin);
    eof.refusal = TlsRefusal::unexpected_end;
    AlertFact ours;
    ours.direction = Direction::to_client;
    ours.code = 50;
    eof.alerts.push_back(ours);
    ConnectionFacts silent = finished();
    silent.ended = Ended::idle_deadline;
    ConnectionFacts with_hello = closed(certificate_was_sent(), CloseKind::reset);
    with_hello.closed_with_hello = true;
    struct Row {
        ConnectionFacts facts;
        Verdict verdict;
        std::string detail, why;
    };
    const Row rows[] = {
        {with_alert(certificate_was_sent(), 48),
         Verdict::rejected_alert,
         "alert 48 unknown_ca, before Finished",
         "S1"},
        {with_alert(certificate_was_sent(), 42, true),
         Verdict::rejected_alert,
         "alert 42 bad_certificate, before Finished",
         "S2"},
        {with_alert(finished(), 42, true),
         Verdict::rejected_alert,
         "alert 42 bad_certificate, after Finished",
         "S3"},
        {eof,
         Verdict::closed_in_handshake,
         "fin 1.4 ms after our certificate",
         "S4 FIN; our decode_error is no verdict"},
        {closed(certificate_was_sent(), CloseKind::reset),
         Verdict::closed_in_handshake,
         "reset 1.4 ms after our certificate",
         "S4 RST"},
        {with_hello, Verdict::closed_after_hello, "reset", "S4 in the same instant as the hello"},
        {closed(finished(), CloseKind::close_notify),
         Verdict::finished_no_data,
         "close_notify 0.4 ms after Finished",
         "S5"},
        {closed(finished(), CloseKind::fin),
         Verdict::finished_no_data,
         "fin 0.4 ms after Finished",
         "S6 FIN"},
        {closed(finished(), CloseKind::reset),
         Verdict::finished_no_data,
         "reset 0.4 ms after Finished",
         "S6 RST"},
        {silent, Verdict::finished_silent, "idle-deadline", "S7"},
        {closed(with_request(finished(), false), CloseKind::reset), Verdict::accepted, "sip", "S8"},
        {with_request(finished(), true), Verdict::signed_in, "sip", "S9"},
        {closed(with_alert(finished(), 90), CloseKind::close_notify),
         Verdict::finished_no_data,
         "close_notify 0.4 ms after Finished",
         "alert 90 is Java's normal end"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const Judgement judgement = judged(row.facts, good_certificate(), Name::covered);
        CHECK(to_string(judgement.verdict) == to_string(row.verdict));
        CHECK(judgement.detail == row.detail);
    }
}

TEST_CASE("verdict: every alert and its cause (client-behaviour §3)") {
    ServedCertificate weak = good_certificate();
    weak.weak = true;
    ServedCertificate expired = good_certificate();
    expired.not_after = now - std::chrono::hours{1};
    ServedCertificate client_only = good_certificate();
    client_only.server_auth = false;
    struct Row {
        int alert;
        ServedCertificate certificate;
        Name name;
        Cause first;
        Confidence confidence;
    };
    const ServedCertificate good = good_certificate();
    std::vector<Row> rows = {
        {48, good, Name::other, Cause::untrusted_issuer, Confidence::certain},
        {45, good, Name::covered, Cause::validity_dates, Confidence::certain},
        {43, good, Name::other, Cause::key_usage, Confidence::certain},
        {43, weak, Name::covered, Cause::key_usage, Confidence::likely},
        {42, good, Name::other, Cause::name_mismatch, Confidence::likely},
        {42, expired, Name::other, Cause::name_mismatch, Confidence::possible},
        {42, expired, Name::covered, Cause::validity_dates, Confidence::likely},
        {42, weak, Name::covered, Cause::weak_key, Confidence::likely},
        {42, client_only, Name::covered, Cause::key_usage, Confidence::likely},
        {42, good, Name::covered, Cause::untrusted_issuer, Confidence::likely},
        {42, good, Name::unknown, Cause::name_mismatch, Confidence::possible},
        {46, good, Name::other, Cause::name_mismatch, Confidence::likely},
        {46, good, Name::covered, Cause::untrusted_issuer, Confidence::likely},
        {46, good, Name::unknown, Cause::untrusted_issuer, Confidence::possible},
        {71, weak, Name::covered, Cause::weak_key, Confidence::likely},
        {80, good, Name::other, Cause::name_mismatch, Confidence::possible},
        {80, good, Name::covered, Cause::not_certificate, Confidence::possible},
        {44, good, Name::covered, Cause::not_stated, Confidence::likely},
    };
    for (int code : {40, 47, 50, 51, 70, 86, 109, 110, 112, 120})
        rows.push_back({code, good, Name::other, Cause::not_certificate, Confidence::likely});
    for (const Row& row : rows) {
        CAPTURE(row.alert);
        const Judgement judgement =
            judged(with_alert(certificate_was_sent(), static_cast<std::uint8_t>(row.alert)),
                   row.certificate,
                   row.name);
        CHECK(judgement.verdict == Verdict::rejected_alert);
        REQUIRE(!judgement.causes.empty());
        CHECK(to_string(judgement.causes.front()) == to_string(row.first));
        CHECK(to_string(judgement.confidence) == to_string(row.confidence));
    }
}

TEST_CASE("verdict: a covered name is never a mismatch where the client just left") {
    for (CloseKind kind : {CloseKind::close_notify, CloseKind::fin, CloseKind::reset}) {
        const Judgement judgement = judged(closed(finished(), kind), good_certificate(), Name::covered);
        CHECK(judgement.causes == std::vector{Cause::not_stated});
        CHECK(has_reason(judgement, "left without a request; the name was on the certificate"));
        const Judgement other = judged(closed(finished(), kind), good_certificate(), Name::other);
        CHECK(other.causes == std::vector{Cause::name_mismatch, Cause::not_stated});
        CHECK(other.confidence == Confidence::possible);
    }
}

TEST_CASE("verdict: a look-up of the wanted name makes its absence likely, a doubtful one only possible") {
    struct Row {
        ConnectionFacts facts;
        std::optional<Confidence> looked_up;
        Confidence confidence;
        std::string why;
    };
    const Row rows[] = {
        {closed(finished(), CloseKind::fin), {}, Confidence::possible, "a scanner may send an SNI"},
        {closed(finished(), CloseKind::fin), Confidence::likely, Confidence::likely, "no scanner asks first"},
        {closed(finished(), CloseKind::fin), Confidence::possible, Confidence::possible, "whose look-up?"},
        {closed(certificate_was_sent(), CloseKind::reset),
         Confidence::likely,
         Confidence::likely,
         "no alert"},
        {with_alert(finished(), 42), {}, Confidence::likely, "the name is all that is wrong"},
        {with_alert(finished(), 42),
         Confidence::possible,
         Confidence::possible,
         "it may have wanted another"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const ServedCertificate certificate = good_certificate();
        discovery::NameVerdict name;
        const tls::VerdictContext context{&certificate, &name, now, false, row.looked_up};
        const Judgement judgement = tls::judge(row.facts, context);
        CHECK(judgement.causes == std::vector{Cause::name_mismatch, Cause::not_stated});
        CHECK(judgement.confidence == row.confidence);
    }
    const ServedCertificate certificate = good_certificate();
    discovery::NameVerdict covered;
    covered.covered = true;
    const Judgement left = tls::judge(closed(finished(), CloseKind::fin),
                                      {&certificate, &covered, now, false, Confidence::likely});
    CHECK(left.confidence == Confidence::possible);
    CHECK(has_reason(left, "left without a request; the name was on the certificate"));
}

TEST_CASE("verdict: what ends before a certificate (client-behaviour §4)") {
    struct Row {
        FirstBytes first;
        bool hello_complete;
        TlsRefusal refusal;
        CloseKind close;
        Ended ended;
        Verdict verdict;
        std::string detail;
    };
    const Row rows[] = {
        {FirstBytes::none,
         false,
         TlsRefusal::none,
         CloseKind::fin,
         Ended::by_client,
         Verdict::closed_before_hello,
         "fin"},
        {FirstBytes::none,
         false,
         TlsRefusal::none,
         CloseKind::open,
         Ended::hello_deadline,
         Verdict::no_bytes,
         "hello-deadline"},
        {FirstBytes::http, false, TlsRefusal::none, CloseKind::fin, Ended::by_us, Verdict::not_tls, "http"},
        {FirstBytes::tls,
         false,
         TlsRefusal::none,
         CloseKind::fin,
         Ended::by_client,
         Verdict::closed_partial_hello,
         "fin"},
        {FirstBytes::tls,
         false,
         TlsRefusal::none,
         CloseKind::open,
         Ended::hello_deadline,
         Verdict::handshake_timeout,
         "stage hello"},
        {FirstBytes::tls,
         false,
         TlsRefusal::bad_hello,
         CloseKind::open,
         Ended::by_us,
         Verdict::bad_hello,
         ""},
        {FirstBytes::tls,
         true,
         TlsRefusal::no_common_version,
         CloseKind::open,
         Ended::by_us,
         Verdict::no_common_version,
         "client offers up to TLS 1.0"},
        {FirstBytes::sslv2_hello,
         true,
         TlsRefusal::no_common_cipher,
         CloseKind::open,
         Ended::by_us,
         Verdict::no_common_cipher,
         ""},
        {FirstBytes::tls,
         true,
         TlsRefusal::internal,
         CloseKind::open,
         Ended::by_us,
         Verdict::server_error,
         "TLS failed on our side"},
        {FirstBytes::tls,
         true,
         TlsRefusal::unrecognized_name,
         CloseKind::open,
         Ended::by_us,
         Verdict::turned_away,
         "unrecognized_name: no virtual host answers for this name"},
        {FirstBytes::tls,
         true,
         TlsRefusal::none,
         CloseKind::fin,
         Ended::by_client,
         Verdict::closed_after_hello,
         "fin"},
    };
    for (const Row& row : rows) {
        ConnectionFacts facts;
        facts.first_bytes = row.first;
        facts.hello_complete = row.hello_complete;
        if (row.hello_complete) facts.hello.emplace().legacy_version = 0x0301;
        facts.refusal = row.refusal;
        facts.close = row.close;
        facts.ended = row.ended;
        const Judgement judgement = tls::judge(facts, {});
        CHECK(to_string(judgement.verdict) == to_string(row.verdict));
        CHECK(judgement.detail == row.detail);
    }
}

TEST_CASE("verdict: provisional silence, resumption, and the wanted name") {
    CHECK(tls::judge(finished(), {nullptr, nullptr, now, true}).verdict == Verdict::finished_silent);
    ConnectionFacts resumed = with_request(finished(), true);
    resumed.resumed = true;
    CHECK(has_reason(tls::judge(resumed, {}),
                     "a resumed session shows no certificate, so this says nothing about it"));
    ConnectionFacts facts = finished();
    CHECK(!tls::wanted_name(facts));
    facts.hello->sni = {SniForm::trailing_dot, "Sip.Contoso.Test.", "sip.contoso.test"};
    CHECK(tls::wanted_name(facts)->text == "sip.contoso.test");
    facts.hello->sni = {SniForm::not_a_host_name, "a b", ""};
    CHECK(tls::wanted_name(facts)->text == "a b");
}
