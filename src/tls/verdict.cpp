#include "tls/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/escape.hpp"
#include "record/alerts.hpp"

namespace ocs::tls {

using namespace record;

namespace {

bool is_certificate_alert(std::uint8_t code) { return (code >= 42 && code <= 46) || code == 48; }

/// The alert with which the client refused, if there is one. 0 and 90 are endings, not refusals (Java ends
/// every good TLS 1.3 connection with 90), 100 declines a renegotiation; TLS 1.3 ignores the level.
const AlertFact* refusing_alert(const ConnectionFacts& facts) {
    for (const AlertFact& alert : facts.alerts) {
        if (alert.direction != Direction::from_client) continue;
        if (alert.code == 0 || alert.code == 90 || alert.code == 100) continue;
        const bool fatal = alert.level == 2 || facts.version >= 0x0304 || is_certificate_alert(alert.code);
        if (!fatal) continue;
        // After a request only an alert about the certificate takes it back.
        if (facts.data_bytes > 0 && (facts.answer_followed || !is_certificate_alert(alert.code))) continue;
        return &alert;
    }
    return nullptr;
}

bool name_not_covered(const VerdictContext& context) {
    return context.name != nullptr && !context.name->covered;
}
bool name_covered(const VerdictContext& context) { return context.name != nullptr && context.name->covered; }

/// What the server knows to be wrong with its own certificate, the name first.
std::vector<Cause> own_causes(const VerdictContext& context, std::vector<std::string>& reasons) {
    std::vector<Cause> causes;
    auto add = [&](Cause cause, std::string reason) {
        if (std::find(causes.begin(), causes.end(), cause) == causes.end()) causes.push_back(cause);
        reasons.push_back(std::move(reason));
    };
    if (name_not_covered(context)) add(Cause::name_mismatch, "the wanted name is not on the certificate");
    if (context.certificate == nullptr) return causes;
    const ServedCertificate& own = *context.certificate;
    if (own.not_after < context.now) add(Cause::validity_dates, "the certificate has expired");
    if (context.now < own.not_before) add(Cause::validity_dates, "the certificate is not yet valid");
    if (own.chain == ChainKind::self_signed) add(Cause::untrusted_issuer, "the certificate is self-signed");
    if (own.chain == ChainKind::other_ca) add(Cause::untrusted_issuer, "the issuer is not the lab CA");
    if (own.intermediate_missing) add(Cause::untrusted_issuer, "the intermediate certificate is not sent");
    if (!own.server_auth) add(Cause::key_usage, "its extended key usage lacks serverAuth");
    if (own.weak) add(Cause::weak_key, "its key or signature is weak");
    return causes;
}

void put_first(std::vector<Cause>& causes, Cause cause) {
    causes.erase(std::remove(causes.begin(), causes.end(), cause), causes.end());
    causes.insert(causes.begin(), cause);
}

void put_last(std::vector<Cause>& causes, Cause cause) {
    if (std::find(causes.begin(), causes.end(), cause) == causes.end()) causes.push_back(cause);
}

/// The cause of a refusal by its alert and by what is known of the certificate (client-behaviour §3, §1 no.
/// 12).
void read_alert(Judgement& judgement, std::uint8_t code, const VerdictContext& context) {
    std::vector<std::string> own_reasons;
    std::vector<Cause> own = own_causes(context, own_reasons);
    auto& reasons = judgement.reasons;
    auto conclude = [&](std::vector<Cause> causes, Confidence confidence, std::string reason) {
        judgement.causes = std::move(causes);
        judgement.confidence = confidence;
        reasons.push_back(std::move(reason));
    };
    switch (code) {
        case 48:
            conclude({Cause::untrusted_issuer},
                     Confidence::certain,
                     "alert 48 always means the issuer or the chain");
            break;
        case 45:
            conclude({Cause::validity_dates},
                     Confidence::certain,
                     "alert 45 always means the dates; check the client's clock if ours are fine");
            break;
        case 43: {
            const bool weak = context.certificate != nullptr && context.certificate->weak;
            conclude({Cause::key_usage},
                     weak ? Confidence::likely : Confidence::certain,
                     "alert 43 means key usage, never name or CA");
            if (weak) judgement.causes.push_back(Cause::weak_key);
            break;
        }
        case 71:
            conclude({Cause::weak_key}, Confidence::likely, "alert 71 is sent for a key that is too weak");
            break;
        case 42:
        case 46: {
            const bool doubtful = name_not_covered(context) && context.looked_up == Confidence::possible;
            const bool unique = own.size() == 1 && !doubtful;
            std::string said = fmt::format("alert {} has many causes; no TLS alert means 'wrong name'", code);
            if (!own.empty()) {
                conclude(own, unique ? Confidence::likely : Confidence::possible, std::move(said));
            } else if (context.name == nullptr) {
                conclude(code == 42 ? std::vector{Cause::name_mismatch, Cause::untrusted_issuer}
                                    : std::vector{Cause::untrusted_issuer, Cause::name_mismatch},
                         Confidence::possible,
                         std::move(said));
                reasons.emplace_back("the wanted name is not known");
            } else {
                conclude({Cause::untrusted_issuer}, Confidence::likely, std::move(said));
                reasons.emplace_back("the name is on the certificate and nothing else is wrong with it");
            }
            put_last(judgement.causes, Cause::not_stated);
            break;
        }
        case 80:
            conclude(own, Confidence::possible, "a name check in a callback is one known cause of alert 80");
            if (context.name == nullptr) put_first(judgement.causes, Cause::name_mismatch);
            put_last(judgement.causes, Cause::not_certificate);
            break;
        case 44:
            conclude(
                {Cause::not_stated}, Confidence::likely, "alert 44 means that the client holds it revoked");
            break;
        default:
            conclude({Cause::not_certificate},
                     Confidence::likely,
                     "this alert is protocol trouble, not a verdict on the certificate");
            return;
    }
    for (std::string& reason : own_reasons) reasons.push_back(std::move(reason));
}

/// A close or a silence that gives no reason: what is wrong with the certificate may be it, or nothing.
void read_silence(Judgement& judgement, const VerdictContext& context, bool finished) {
    judgement.confidence = Confidence::possible;
    judgement.causes = own_causes(context, judgement.reasons);
    const bool unique = judgement.causes.size() == 1;
    put_last(judgement.causes, Cause::not_stated);
    // Who asked the lab DNS for the name first is no scanner (design: the look-up turns possible into
    // likely).
    if (unique && name_not_covered(context) && context.looked_up == Confidence::likely) {
        judgement.confidence = Confidence::likely;
        judgement.reasons.emplace_back(
            "the client gave no reason, but it had asked the lab DNS for that name");
        return;
    }
    judgement.reasons.emplace_back(
        "the client gave no reason; scanners, probes and pre-connects look the same");
    if (finished && name_covered(context))
        judgement.reasons.emplace_back("left without a request; the name was on the certificate");
}

std::string after(std::optional<Micros> end, std::optional<Micros> start, std::string_view what) {
    if (!end || !start || *end < *start) return "";
    return fmt::format(" {} after {}", milliseconds(*end - *start), what);
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

Judgement after_finished(const ConnectionFacts& facts, const VerdictContext& context) {
    if (facts.data_bytes > 0) {
        const FirstData first = facts.first_data.value_or(FirstData{});
        const bool registers = first.kind == FirstBytes::sip && first.first_line.starts_with("REGISTER ");
        Judgement judgement = simple(Verdict::accepted, std::string(to_string(first.kind)));
        if (facts.answered && facts.answer_followed) {
            if (registers) judgement.verdict = Verdict::signed_in;
            judgement.reasons.emplace_back("the client answered our answer");
        } else {
            judgement.confidence = Confidence::likely;
            judgement.reasons.emplace_back("a request came; some clients send it before they look");
        }
        return judgement;
    }
    if (facts.close != CloseKind::open && !context.provisional) {
        Judgement judgement = simple(
            Verdict::finished_no_data,
            std::string(to_string(facts.close)) + after(facts.closed_at, facts.finished_at, "Finished"));
        read_silence(judgement, context, true);
        return judgement;
    }
    Judgement judgement = simple(Verdict::finished_silent, context.provisional ? "so far" : "");
    if (judgement.detail.empty()) judgement.detail = to_string(facts.ended);
    read_silence(judgement, context, false);
    judgement.reasons.back() =
        "silence after Finished is typically a person before a certificate dialog, or a client that waits "
        "for "
        "the server";
    return judgement;
}

Judgement in_handshake(const ConnectionFacts& facts, const VerdictContext& context) {
    switch (facts.refusal) {
        case TlsRefusal::no_common_version:
            return trouble(
                Verdict::no_common_version,
                facts.hello ? "client offers up to " + tls_version_name(facts.hello->highest_version()) : "");
        case TlsRefusal::no_common_cipher:
            return trouble(Verdict::no_common_cipher, "");
        case TlsRefusal::bad_hello:
            return trouble(Verdict::bad_hello, facts.hello ? visible(facts.hello->parse_problem) : "");
        case TlsRefusal::unrecognized_name:
            return trouble(Verdict::turned_away, "unrecognized_name: no virtual host answers for this name");
        case TlsRefusal::internal:
            return trouble(Verdict::server_error, "TLS failed on our side");
        case TlsRefusal::protocol_error:
            if (!facts.certificate_sent) return trouble(Verdict::bad_hello, "protocol error");
            return trouble(Verdict::closed_in_handshake,
                           "protocol error of the client after our certificate");
        case TlsRefusal::none:
        case TlsRefusal::peer_alert:
        case TlsRefusal::unexpected_end:
            break;
    }
    const bool gone = facts.close != CloseKind::open || facts.refusal == TlsRefusal::unexpected_end;
    if (!facts.hello_complete) {
        if (gone) return simple(Verdict::closed_partial_hello, std::string(to_string(facts.close)));
        if (facts.ended == Ended::byte_limit) return trouble(Verdict::bad_hello, "over the byte limit");
        return simple(Verdict::handshake_timeout, "stage hello");
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
    read_silence(judgement, context, false);
    return judgement;
}

}  // namespace

Judgement judge(const ConnectionFacts& facts, const VerdictContext& context) {
    if (facts.first_bytes == FirstBytes::none)
        return facts.close != CloseKind::open
                   ? simple(Verdict::closed_before_hello, std::string(to_string(facts.close)))
                   : simple(Verdict::no_bytes, std::string(to_string(facts.ended)));
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
            read_alert(judgement, alert->code, context);
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
