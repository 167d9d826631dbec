#include "tls/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/escape.hpp"
#include "record/alerts.hpp"
#include "tls/causes.hpp"

namespace ocs::tls {

using namespace record;

namespace {

constexpr const char* no_reason_given =
    "the client gave no reason; scanners, probes and pre-connects look the same";

bool is_certificate_alert(std::uint8_t code) { return (code >= 42 && code <= 46) || code == 48; }

/// The alert with which the client refused, if there is one. 0 and 90 are endings, not refusals (Java ends
/// every good TLS 1.3 connection with 90), 100 declines a renegotiation; TLS 1.3 ignores the level.
const AlertFact* refusing_alert(const ConnectionFacts& facts) {
    for (const AlertFact& alert : facts.alerts) {
        if (alert.direction != Direction::from_client) continue;
        if (alert.code == 0 || alert.code == 90 || alert.code == 100) continue;
        // A warning counts only where nothing came after it: the client may have gone on regardless.
        const bool went_on = facts.data_bytes > 0 || alert.after_finished != facts.handshake_finished;
        const bool fatal =
            alert.level == 2 || facts.version >= 0x0304 || (is_certificate_alert(alert.code) && !went_on);
        if (!fatal) continue;
        // After a request only an alert about the certificate takes it back.
        if (facts.data_bytes > 0 && (facts.answer_followed || !is_certificate_alert(alert.code))) continue;
        return &alert;
    }
    return nullptr;
}

bool name_covered(const VerdictContext& context) { return context.name != nullptr && context.name->covered; }

std::string after(std::optional<Micros> end, std::optional<Micros> start, std::string_view what) {
    if (!end || !start || *end < *start) return "";
    return fmt::format(" {} after {}", milliseconds(*end - *start), what);
}

/// True where the client ended it, and not we with a deadline, a limit or an answer.
bool client_left(const ConnectionFacts& facts) {
    return facts.ended == Ended::by_client &&
           (facts.close != CloseKind::open || facts.refusal == TlsRefusal::unexpected_end);
}

bool timed_out(const ConnectionFacts& facts) {
    return facts.ended == Ended::hello_deadline || facts.ended == Ended::handshake_deadline ||
           facts.ended == Ended::idle_deadline;
}

Judgement simple(Verdict verdict, std::string detail) {
    Judgement judgement;
    judgement.verdict = verdict;
    judgement.detail = std::move(detail);
    return judgement;
}

Judgement trouble(Verdict verdict, std::string detail) {
    Judgement judgement = simple(verdict, std::move(detail));
    judgement.causes = {Cause::not_certificate};
    return judgement;
}

/// What is wrong with the certificate speaks against a consent that only a request stands for: lftp sends it
/// first, and whether it then goes on cannot be seen (client-behaviour §1 no. 11, §2 S8).
void doubt(Judgement& judgement, const VerdictContext& context) {
    for (Finding& finding : own_findings(context)) {
        if (judgement.confidence != Confidence::possible)
            judgement.reasons.emplace_back("it verifies less than others do, or has not looked yet");
        judgement.confidence = Confidence::possible;
        judgement.reasons.push_back(std::move(finding.reason));
    }
}

Judgement after_finished(const ConnectionFacts& facts, const VerdictContext& context) {
    if (facts.data_bytes > 0) {
        const FirstData first = facts.first_data.value_or(FirstData{});
        Judgement judgement = simple(Verdict::accepted, std::string(to_string(first.kind)));
        if (facts.signed_in) judgement.verdict = Verdict::signed_in;
        if (facts.answered && facts.answer_followed) {
            judgement.reasons.emplace_back("the client answered our answer");
            return judgement;
        }
        judgement.confidence = Confidence::likely;
        judgement.reasons.emplace_back("a request came; some clients send it before they look");
        doubt(judgement, context);
        if (facts.close == CloseKind::reset)
            judgement.reasons.emplace_back("it left with a reset: it may not have read an answer");
        return judgement;
    }
    if (client_left(facts)) {
        Judgement judgement = simple(
            Verdict::finished_no_data,
            std::string(to_string(facts.close)) + after(facts.closed_at, facts.finished_at, "Finished"));
        read_silence(judgement, context, no_reason_given);
        const bool by_name =
            std::find(judgement.causes.begin(), judgement.causes.end(), Cause::name_mismatch) !=
            judgement.causes.end();
        if (name_covered(context) && !by_name)
            judgement.reasons.emplace_back("left without a request; the name was on the certificate");
        return judgement;
    }
    Judgement judgement = simple(Verdict::finished_silent,
                                 context.provisional ? "so far" : std::string(to_string(facts.ended)));
    read_silence(judgement,
                 context,
                 "silence after Finished is typically a person before a certificate dialog, or a client that "
                 "waits for the server");
    return judgement;
}

/// SIP on a listener with plain_sip: signed in or not, it says nothing about a certificate.
Judgement in_clear(const ConnectionFacts& facts) {
    Judgement judgement = facts.signed_in ? simple(Verdict::signed_in, "in clear")
                                          : trouble(Verdict::not_tls, "sip, answered in clear");
    judgement.reasons.emplace_back("SIP over TCP without TLS: no certificate was shown");
    return judgement;
}

Judgement in_handshake(const ConnectionFacts& facts, const VerdictContext& context) {
    switch (facts.refusal) {
        case TlsRefusal::no_common_version:
            return trouble(
                Verdict::no_common_version,
                facts.hello ? "client offers up to " + tls_version_name(facts.hello->highest_version()) : "");
        case TlsRefusal::no_common_cipher: {
            Judgement judgement = trouble(Verdict::no_common_cipher, "");
            explain_no_common_cipher(judgement, facts, context.certificate);
            return judgement;
        }
        case TlsRefusal::bad_hello:
            return trouble(Verdict::bad_hello, facts.hello ? visible(facts.hello->parse_problem) : "");
        case TlsRefusal::unrecognized_name:
            return trouble(Verdict::turned_away, "unrecognized_name: no virtual host answers for this name");
        case TlsRefusal::internal: {
            Judgement judgement = trouble(Verdict::server_error, "TLS failed on our side");
            if (!facts.library_text.empty()) judgement.reasons.push_back(visible(facts.library_text));
            return judgement;
        }
        case TlsRefusal::protocol_error:
            if (!facts.certificate_sent) return trouble(Verdict::bad_hello, "protocol error");
            return trouble(Verdict::closed_in_handshake,
                           "protocol error of the client after our certificate");
        case TlsRefusal::none:
        case TlsRefusal::peer_alert:
        case TlsRefusal::unexpected_end:
            break;
    }
    const bool gone = client_left(facts);
    if (!facts.hello_complete) {
        if (gone) return simple(Verdict::closed_partial_hello, std::string(to_string(facts.close)));
        if (facts.ended == Ended::byte_limit) return trouble(Verdict::bad_hello, "over the byte limit");
        if (timed_out(facts)) return simple(Verdict::handshake_timeout, "stage hello");
        return trouble(Verdict::turned_away, std::string(to_string(facts.ended)));
    }
    if (!gone) {
        if (timed_out(facts))
            return simple(Verdict::handshake_timeout,
                          facts.certificate_sent ? "stage certificate" : "stage answer");
        return trouble(Verdict::turned_away, std::string(to_string(facts.ended)));
    }
    if (!facts.certificate_sent || facts.closed_with_hello)
        return simple(Verdict::closed_after_hello, std::string(to_string(facts.close)));
    Judgement judgement = simple(Verdict::closed_in_handshake,
                                 std::string(to_string(facts.close)) +
                                     after(facts.closed_at, facts.certificate_sent_at, "our certificate"));
    read_silence(judgement, context, no_reason_given);
    return judgement;
}

}  // namespace

Judgement judge(const ConnectionFacts& facts, const VerdictContext& context) {
    // Before all that the client did meanwhile: none of it could have kept the connection.
    if (facts.fault && facts.fault->ended_it)
        return trouble(Verdict::turned_away, "fault: " + facts.fault->what);
    if (facts.first_bytes == FirstBytes::none)
        return client_left(facts) ? simple(Verdict::closed_before_hello, std::string(to_string(facts.close)))
                                  : simple(Verdict::no_bytes, std::string(to_string(facts.ended)));
    if (facts.in_clear) return in_clear(facts);
    if (facts.first_bytes != FirstBytes::tls && facts.first_bytes != FirstBytes::sslv2_hello)
        return trouble(Verdict::not_tls, std::string(to_string(facts.first_bytes)));

    Judgement judgement;
    const AlertFact* alert = refusing_alert(facts);
    if (alert != nullptr) {
        judgement = simple(Verdict::rejected_alert,
                           fmt::format("alert {} {}, {} Finished",
                                       alert->code,
                                       alert_name(alert->code),
                                       alert->after_finished ? "after" : "before"));
        if (facts.certificate_sent || facts.resumed || facts.handshake_finished)
            read_alert(judgement, *alert, facts, context);
        else
            judgement.causes = {Cause::not_certificate};
    } else if (facts.handshake_finished) {
        judgement = after_finished(facts, context);
    } else {
        judgement = in_handshake(facts, context);
    }
    if (facts.resumed)
        judgement.reasons.emplace_back(
            "a resumed session shows no certificate, so this says nothing about it");
    return judgement;
}

std::optional<WantedName> wanted_name(const ConnectionFacts& facts) {
    if (!facts.hello || facts.hello->sni.form == SniForm::absent) return std::nullopt;
    const SniFact& sni = facts.hello->sni;
    return WantedName{sni.name.empty() ? sni.raw : sni.name, NameSource::sni};
}

}  // namespace ocs::tls
