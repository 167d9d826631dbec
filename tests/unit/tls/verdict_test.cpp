#include "tls/verdict.hpp"

#include <doctest/doctest.h>

#include "judged_facts.hpp"

using namespace ocs;
using namespace ocs::tls;

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
    // clang-format off
    const Row rows[] = {
        {with_alert(certificate_was_sent(), 48), Verdict::rejected_alert,
         "alert 48 unknown_ca, before Finished", "S1"},
        {with_alert(certificate_was_sent(), 42, true), Verdict::rejected_alert,
         "alert 42 bad_certificate, before Finished", "S2"},
        {with_alert(finished(), 42, true), Verdict::rejected_alert,
         "alert 42 bad_certificate, after Finished", "S3"},
        {eof, Verdict::closed_in_handshake, "fin 1.4 ms after our certificate",
         "S4 FIN; our decode_error is no verdict"},
        {closed(certificate_was_sent(), CloseKind::reset), Verdict::closed_in_handshake,
         "reset 1.4 ms after our certificate", "S4 RST"},
        {with_hello, Verdict::closed_after_hello, "reset", "S4 in the same instant as the hello"},
        {closed(finished(), CloseKind::close_notify), Verdict::finished_no_data,
         "close_notify 0.4 ms after Finished", "S5"},
        {closed(finished(), CloseKind::fin), Verdict::finished_no_data, "fin 0.4 ms after Finished",
         "S6 FIN"},
        {closed(finished(), CloseKind::reset), Verdict::finished_no_data, "reset 0.4 ms after Finished",
         "S6 RST"},
        {silent, Verdict::finished_silent, "idle-deadline", "S7"},
        {closed(with_request(finished(), false), CloseKind::reset), Verdict::accepted, "sip", "S8"},
        {closed(with_request(finished(), true), CloseKind::fin), Verdict::accepted, "sip", "S9"},
        {closed(with_register(finished(), 200, true), CloseKind::fin), Verdict::signed_in, "sip", "S9, SIP"},
        {closed(with_register(finished(), 200, false), CloseKind::fin), Verdict::accepted, "sip",
         "S9, SIP: gone after the 200"},
        {closed(with_register(finished(), 404, true), CloseKind::fin), Verdict::accepted, "sip",
         "S9, SIP: a refusal signs nobody in"},
        {closed(with_alert(finished(), 90), CloseKind::close_notify), Verdict::finished_no_data,
         "close_notify 0.4 ms after Finished", "alert 90 is Java's normal end"},
    };
    // clang-format on
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const Judgement judgement = judged(row.facts, good_certificate(), Name::covered);
        CHECK(to_string(judgement.verdict) == to_string(row.verdict));
        CHECK(judgement.detail == row.detail);
    }
}

TEST_CASE("verdict: SIP in clear says nothing about a certificate") {
    ConnectionFacts facts;
    facts.first_bytes = FirstBytes::sip;
    CHECK(judged(facts, good_certificate(), Name::unknown).detail == "sip");
    facts.in_clear = true;
    const Judgement refused = judged(facts, good_certificate(), Name::unknown);
    CHECK(refused.verdict == Verdict::not_tls);
    CHECK(refused.detail == "sip, answered in clear");
    facts.signed_in = true;
    const Judgement signed_in = judged(facts, good_certificate(), Name::unknown);
    CHECK(signed_in.verdict == Verdict::signed_in);
    CHECK(signed_in.detail == "in clear");
    CHECK(signed_in.reasons.size() == 1);
}

TEST_CASE("verdict: which alert counts") {
    struct Row {
        ConnectionFacts facts;
        Verdict verdict;
        std::string why;
    };
    ConnectionFacts warned = with_alert(certificate_was_sent(), 48);
    warned.alerts.back().level = 1;
    warned.refusal = TlsRefusal::none;
    ConnectionFacts warned_and_went_on = with_request(warned, false);
    warned_and_went_on.handshake_finished = true;
    ConnectionFacts unrecognized = with_alert(certificate_was_sent(), 112);
    unrecognized.alerts.back().level = 1;
    ConnectionFacts ours = finished();
    ours.alerts.push_back({Direction::to_client, 2, 42, true, true, Micros{3000}});
    // clang-format off
    const Row rows[] = {
        {closed(warned, CloseKind::fin), Verdict::rejected_alert, "a warning, and then it left (§6)"},
        {warned_and_went_on, Verdict::accepted, "a warning, and then it went on (§6)"},
        {closed(unrecognized, CloseKind::fin), Verdict::closed_in_handshake, "a warning about a name"},
        {closed(with_alert(with_request(finished(), false), 42, true), CloseKind::fin),
         Verdict::rejected_alert, "a request was on its way before the client looked (S8)"},
        {closed(with_alert(with_request(finished(), true), 42, true), CloseKind::fin), Verdict::accepted,
         "an alert after the client answered our answer takes nothing back"},
        {closed(with_alert(with_request(finished(), false), 80, true), CloseKind::fin), Verdict::accepted,
         "after a request only an alert about the certificate counts"},
        {closed(with_alert(finished(), 0), CloseKind::close_notify), Verdict::finished_no_data,
         "close_notify is an ending"},
        {closed(with_alert(finished(), 100), CloseKind::fin), Verdict::finished_no_data,
         "no_renegotiation declines"},
        {closed(ours, CloseKind::fin), Verdict::finished_no_data,
         "an alert of ours says nothing of the client"},
    };
    // clang-format on
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(to_string(judged(row.facts, good_certificate(), Name::covered).verdict) ==
              to_string(row.verdict));
    }
    ConnectionFacts no_certificate;
    no_certificate.first_bytes = FirstBytes::tls;
    no_certificate.hello_complete = true;
    const Judgement early = judged(with_alert(no_certificate, 42), good_certificate(), Name::other);
    CHECK(early.verdict == Verdict::rejected_alert);
    CHECK(words(early.causes) == "not-certificate ");  // it has not seen one
}

TEST_CASE("verdict: what we ended is not the client's leaving, whatever it did afterwards") {
    struct Row {
        ConnectionFacts facts;
        Ended ended;
        Verdict verdict;
        std::string detail;
    };
    ConnectionFacts hello_only = certificate_was_sent();
    hello_only.certificate_sent = false;
    ConnectionFacts partial = hello_only;
    partial.hello_complete = false;
    ConnectionFacts nothing;
    // clang-format off
    const Row rows[] = {
        {finished(), Ended::idle_deadline, Verdict::finished_silent, "idle-deadline"},
        {finished(), Ended::shutdown, Verdict::finished_silent, "shutdown"},
        {certificate_was_sent(), Ended::handshake_deadline, Verdict::handshake_timeout, "stage certificate"},
        {certificate_was_sent(), Ended::shutdown, Verdict::turned_away, "shutdown"},
        {hello_only, Ended::handshake_deadline, Verdict::handshake_timeout, "stage answer"},
        {partial, Ended::hello_deadline, Verdict::handshake_timeout, "stage hello"},
        {partial, Ended::shutdown, Verdict::turned_away, "shutdown"},
        {partial, Ended::byte_limit, Verdict::bad_hello, "over the byte limit"},
        {nothing, Ended::hello_deadline, Verdict::no_bytes, "hello-deadline"},
    };
    // clang-format on
    for (const Row& row : rows) {
        for (const CloseKind kind :
             {CloseKind::open, CloseKind::close_notify, CloseKind::fin, CloseKind::reset}) {
            ConnectionFacts facts = closed(row.facts, kind);
            facts.ended = row.ended;
            const Judgement judgement = judged(facts, good_certificate(), Name::other);
            CAPTURE(row.detail);
            CHECK(to_string(judgement.verdict) == to_string(row.verdict));
            CHECK(judgement.detail == row.detail);
        }
    }
}

TEST_CASE("verdict: what an armed fault ended is turned away, whatever the client did meanwhile") {
    ConnectionFacts nothing;
    for (ConnectionFacts facts : {nothing,
                                  closed(certificate_was_sent(), CloseKind::fin),
                                  finished(),
                                  with_alert(certificate_was_sent(), 42),
                                  with_request(finished(), true)}) {
        facts.fault = FaultFact{1, "close after the certificate", true};
        const Judgement judgement = judged(facts, good_certificate(), Name::other);
        CHECK(judgement.verdict == Verdict::turned_away);
        CHECK(judgement.detail == "fault: close after the certificate");
        CHECK(judgement.causes == std::vector{Cause::not_certificate});
        facts.fault->ended_it = false;
        CHECK(judged(facts, good_certificate(), Name::other).verdict != Verdict::turned_away);
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

TEST_CASE("verdict: a request is no proof of consent, least of all to a certificate with a fault") {
    ServedCertificate expired = good_certificate();
    expired.not_after = now - std::chrono::hours{1};
    struct Row {
        ConnectionFacts facts;
        ServedCertificate certificate;
        Name name;
        Confidence confidence;
        std::string reason, why;
    };
    const std::string less = "it verifies less than others do, or has not looked yet";
    // clang-format off
    const Row rows[] = {
        {with_request(finished(), false), good_certificate(), Name::covered, Confidence::likely,
         "a request came; some clients send it before they look", "nothing speaks against it"},
        {with_request(finished(), false), good_certificate(), Name::in_cn_only, Confidence::possible,
         less, "lftp looks at the SAN alone where there is one"},
        {with_request(finished(), false), good_certificate(), Name::other, Confidence::possible, less,
         "lftp sends first"},
        {with_request(finished(), false), expired, Name::covered, Confidence::possible,
         "the certificate has expired", "and the reason is told"},
        {with_request(finished(), true), expired, Name::other, Confidence::certain,
         "the client answered our answer", "a second message needs our first"},
    };
    // clang-format on
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const Judgement judgement = judged(row.facts, row.certificate, row.name);
        CHECK(judgement.verdict == Verdict::accepted);
        CHECK(judgement.confidence == row.confidence);
        CHECK(has_reason(judgement, row.reason));
        CHECK(judgement.causes.empty());
    }
}

TEST_CASE("verdict: a name in the CN alone is one reason to leave without a word") {
    const Judgement left =
        judged(closed(finished(), CloseKind::close_notify), good_certificate(), Name::in_cn_only);
    CHECK(left.causes == std::vector{Cause::name_mismatch, Cause::not_stated});
    CHECK(left.confidence == Confidence::possible);
    CHECK(has_reason(
        left, "only the CN has the wanted name, and clients that follow RFC 9525 look at the SAN alone"));
    CHECK_FALSE(has_reason(left, "left without a request; the name was on the certificate"));
}

TEST_CASE("verdict: a look-up of the wanted name makes its absence likely, a doubtful one only possible") {
    struct Row {
        ConnectionFacts facts;
        std::optional<Confidence> looked_up;
        Confidence confidence;
        std::string why;
    };
    // clang-format off
    const Row rows[] = {
        {closed(finished(), CloseKind::fin), {}, Confidence::possible, "a scanner may send an SNI"},
        {closed(finished(), CloseKind::fin), Confidence::likely, Confidence::likely, "no scanner asks first"},
        {closed(finished(), CloseKind::fin), Confidence::possible, Confidence::possible, "whose look-up?"},
        {closed(certificate_was_sent(), CloseKind::reset), Confidence::likely, Confidence::likely,
         "no alert"},
        {with_alert(finished(), 42), {}, Confidence::likely, "the name is all that is wrong"},
        {with_alert(finished(), 42), Confidence::possible, Confidence::possible,
         "it may have wanted another"},
    };
    // clang-format on
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
    // clang-format off
    const Row rows[] = {
        {FirstBytes::none, false, TlsRefusal::none, CloseKind::fin, Ended::by_client,
         Verdict::closed_before_hello, "fin"},
        {FirstBytes::none, false, TlsRefusal::none, CloseKind::open, Ended::hello_deadline,
         Verdict::no_bytes, "hello-deadline"},
        {FirstBytes::http, false, TlsRefusal::none, CloseKind::fin, Ended::by_us, Verdict::not_tls, "http"},
        {FirstBytes::tls, false, TlsRefusal::none, CloseKind::fin, Ended::by_client,
         Verdict::closed_partial_hello, "fin"},
        {FirstBytes::tls, false, TlsRefusal::none, CloseKind::open, Ended::hello_deadline,
         Verdict::handshake_timeout, "stage hello"},
        {FirstBytes::tls, false, TlsRefusal::bad_hello, CloseKind::open, Ended::by_us, Verdict::bad_hello,
         ""},
        {FirstBytes::tls, true, TlsRefusal::no_common_version, CloseKind::open, Ended::by_us,
         Verdict::no_common_version, "client offers up to TLS 1.0"},
        {FirstBytes::sslv2_hello, true, TlsRefusal::no_common_cipher, CloseKind::open, Ended::by_us,
         Verdict::no_common_cipher, ""},
        {FirstBytes::tls, true, TlsRefusal::internal, CloseKind::open, Ended::by_us, Verdict::server_error,
         "TLS failed on our side"},
        {FirstBytes::tls, true, TlsRefusal::unrecognized_name, CloseKind::open, Ended::by_us,
         Verdict::turned_away, "unrecognized_name: no virtual host answers for this name"},
        {FirstBytes::tls, true, TlsRefusal::none, CloseKind::fin, Ended::by_client,
         Verdict::closed_after_hello, "fin"},
    };
    // clang-format on
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
