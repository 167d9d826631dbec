#include "tls/causes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <utility>

#include "record/tls_names.hpp"

namespace ocs::tls {

using namespace record;

namespace {

bool contains(const std::vector<Cause>& causes, Cause cause) {
    return std::find(causes.begin(), causes.end(), cause) != causes.end();
}

void put_last(std::vector<Cause>& causes, Cause cause) {
    if (!contains(causes, cause)) causes.push_back(cause);
}

std::vector<Cause> causes_of(const std::vector<Finding>& findings) {
    std::vector<Cause> causes;
    for (const Finding& finding : findings) put_last(causes, finding.cause);
    return causes;
}

bool is_not_yet_valid(const VerdictContext& context) {
    return context.certificate != nullptr && context.now < context.certificate->not_before;
}

/// The policy of the listener looks at the CN and finds the name there, and nowhere in the SAN.
bool is_in_cn_only(const VerdictContext& context) {
    if (context.name == nullptr || !context.name->covered || !context.name->by) return false;
    return context.name->comparisons[*context.name->by].name.kind == discovery::NameKind::common_name;
}

/// Only clients of the OpenSSL family send an alert in clear once TLS 1.3 has keys (client-behaviour §1
/// no. 2), and they keep to OpenSSL's own table of alerts.
bool is_openssl_like(const AlertFact& alert, const ConnectionFacts& facts) {
    return facts.version >= 0x0304 && !alert.encrypted;
}

/// Collects a reading: the reasons that the alert's meaning allows for, the others set apart.
class Reading {
public:
    Reading(Judgement& judgement, std::vector<Finding> findings)
        : judgement_(judgement), findings_(std::move(findings)) {}

    /// What the alert can mean; findings of other causes are told as what is wrong besides.
    void keep(std::initializer_list<Cause> possible) {
        std::vector<Finding> kept;
        for (Finding& finding : findings_) {
            const bool fits = std::find(possible.begin(), possible.end(), finding.cause) != possible.end();
            (fits ? kept : besides_).push_back(std::move(finding));
        }
        findings_ = std::move(kept);
    }
    [[nodiscard]] const std::vector<Finding>& findings() const { return findings_; }
    [[nodiscard]] std::vector<Cause> causes() const { return causes_of(findings_); }

    void conclude(std::vector<Cause> causes, Confidence confidence, std::string reason) {
        judgement_.causes = std::move(causes);
        judgement_.confidence = confidence;
        say(std::move(reason));
    }
    void say(std::string reason) { judgement_.reasons.push_back(std::move(reason)); }
    void finish() {
        for (Finding& finding : findings_) say(std::move(finding.reason));
        for (Finding& finding : besides_)
            say("besides, though this alert does not mean it: " + finding.reason);
    }

private:
    Judgement& judgement_;
    std::vector<Finding> findings_;
    std::vector<Finding> besides_;
};

/// 42 and 46, the two that say least: what is wrong with the certificate decides.
void read_ambiguous(Reading& reading,
                    const AlertFact& alert,
                    const ConnectionFacts& facts,
                    const VerdictContext& context) {
    const bool openssl_like = is_openssl_like(alert, facts);
    const bool only_three = openssl_like && alert.code == 42;
    if (only_three) {
        // Its other causes have alerts of their own: 48, 45 for expired, 43.
        if (is_not_yet_valid(context))
            reading.keep({Cause::name_mismatch, Cause::weak_key, Cause::validity_dates});
        else
            reading.keep({Cause::name_mismatch, Cause::weak_key});
    }
    const std::string said =
        fmt::format("alert {} has many causes; no TLS alert means 'wrong name'", alert.code);
    std::vector<Cause> causes = reading.causes();
    if (causes == std::vector{Cause::name_mismatch} && is_in_cn_only(context) && !only_three) {
        // Go and Chromium refuse every such certificate, Java takes it: from the latter it is the CA.
        reading.conclude(
            {Cause::name_mismatch, Cause::untrusted_issuer, Cause::not_stated}, Confidence::possible, said);
    } else if (!causes.empty()) {
        const bool doubtful =
            causes.front() == Cause::name_mismatch && context.looked_up == Confidence::possible;
        const bool unique = causes.size() == 1 && !doubtful;
        put_last(causes, Cause::not_stated);
        reading.conclude(std::move(causes), unique ? Confidence::likely : Confidence::possible, said);
    } else if (context.name == nullptr) {
        if (only_three)
            reading.conclude({Cause::name_mismatch, Cause::not_stated}, Confidence::likely, said);
        else if (alert.code == 42)
            reading.conclude({Cause::name_mismatch, Cause::untrusted_issuer, Cause::not_stated},
                             Confidence::possible,
                             said);
        else
            reading.conclude({Cause::untrusted_issuer, Cause::name_mismatch, Cause::not_stated},
                             Confidence::possible,
                             said);
        reading.say("the wanted name is not known");
    } else if (only_three) {
        reading.conclude({Cause::name_mismatch, Cause::not_stated}, Confidence::likely, said);
        reading.say(
            "nothing else that this alert can mean is wrong: the client wants a name of its own, other than "
            "its SNI");
    } else if (alert.code == 42 && facts.version < 0x0304) {
        // From OpenSSL a private idea of the name, from Go, rustls and gnutls-cli the CA; before TLS 1.3
        // nothing tells them apart.
        reading.conclude(
            {Cause::untrusted_issuer, Cause::name_mismatch, Cause::not_stated}, Confidence::possible, said);
        reading.say("the name is on the certificate and nothing else is wrong with it");
    } else {
        reading.conclude({Cause::untrusted_issuer, Cause::not_stated}, Confidence::likely, said);
        reading.say("the name is on the certificate and nothing else is wrong with it");
    }
    if (openssl_like) reading.say("an alert in clear in TLS 1.3 is that of an OpenSSL client");
}

void read_unknown_ca(Reading& reading, const VerdictContext& context) {
    reading.keep({Cause::untrusted_issuer});
    reading.conclude(
        {Cause::untrusted_issuer}, Confidence::certain, "alert 48 always means the issuer or the chain");
    if (reading.findings().empty() && context.certificate != nullptr)
        reading.say("the chain is complete up to the lab CA: the client does not trust that CA");
}

void read_expired(Reading& reading, const VerdictContext& context) {
    reading.keep({Cause::validity_dates});
    reading.conclude({Cause::validity_dates}, Confidence::certain, "alert 45 always means the dates");
    if (reading.findings().empty() && context.certificate != nullptr)
        reading.say("the certificate is valid by this server's clock: look at the client's");
}

void read_usage(Reading& reading, const AlertFact& alert, const ConnectionFacts& facts) {
    reading.keep({Cause::key_usage, Cause::weak_key});
    const std::vector<Cause> own = reading.causes();
    const bool weak = contains(own, Cause::weak_key) && !is_openssl_like(alert, facts);  // from mbedTLS
    std::vector<Cause> causes = {Cause::key_usage};
    // Where the usage is as it should be, the key is what is left.
    if (weak) causes.insert(contains(own, Cause::key_usage) ? causes.end() : causes.begin(), Cause::weak_key);
    reading.conclude(std::move(causes),
                     weak ? Confidence::likely : Confidence::certain,
                     "alert 43 means key usage, never name or CA");
}

void read_internal_error(Reading& reading, const VerdictContext& context) {
    std::vector<Cause> causes = reading.causes();
    if (context.name == nullptr && !contains(causes, Cause::name_mismatch))
        causes.insert(causes.begin(), Cause::name_mismatch);
    put_last(causes, Cause::not_certificate);
    reading.conclude(std::move(causes),
                     Confidence::possible,
                     "an error in the client; a name check in a callback is one known cause of alert 80");
}

bool has_piece(std::string_view name, std::initializer_list<std::string_view> pieces) {
    return std::any_of(pieces.begin(), pieces.end(), [&](std::string_view piece) {
        return name.find(piece) != std::string_view::npos;
    });
}

}  // namespace

std::vector<Finding> own_findings(const VerdictContext& context) {
    std::vector<Finding> findings;
    if (context.name != nullptr && !context.name->covered)
        findings.push_back({Cause::name_mismatch, "the wanted name is not on the certificate"});
    if (context.certificate == nullptr) return findings;
    const ServedCertificate& own = *context.certificate;
    if (own.not_after < context.now)
        findings.push_back({Cause::validity_dates, "the certificate has expired"});
    if (context.now < own.not_before)
        findings.push_back({Cause::validity_dates, "the certificate is not yet valid"});
    if (own.chain == ChainKind::self_signed)
        findings.push_back({Cause::untrusted_issuer, "the certificate is self-signed"});
    if (own.chain == ChainKind::other_ca)
        findings.push_back({Cause::untrusted_issuer, "the issuer is not the lab CA"});
    if (own.intermediate_missing)
        findings.push_back({Cause::untrusted_issuer, "the intermediate certificate is not sent"});
    if (!own.server_auth) findings.push_back({Cause::key_usage, "its extended key usage lacks serverAuth"});
    if (own.weak) findings.push_back({Cause::weak_key, "its key or signature is weak"});
    // Enough for the policy and not for every client: what is plainly wrong comes before it.
    if (findings.empty() && is_in_cn_only(context))
        findings.push_back(
            {Cause::name_mismatch,
             "only the CN has the wanted name, and clients that follow RFC 9525 look at the SAN "
             "alone"});
    return findings;
}

void read_alert(Judgement& judgement,
                const AlertFact& alert,
                const ConnectionFacts& facts,
                const VerdictContext& context) {
    Reading reading(judgement, own_findings(context));
    switch (alert.code) {
        case 48:
            read_unknown_ca(reading, context);
            break;
        case 45:
            read_expired(reading, context);
            break;
        case 43:
            read_usage(reading, alert, facts);
            break;
        case 71:
            reading.keep({Cause::weak_key});
            reading.conclude(
                {Cause::weak_key}, Confidence::likely, "alert 71 is sent for a key that is too weak");
            break;
        case 42:
        case 46:
            read_ambiguous(reading, alert, facts, context);
            break;
        case 80:
            read_internal_error(reading, context);
            break;
        case 44:
            reading.keep({});
            reading.conclude(
                {Cause::not_stated}, Confidence::likely, "alert 44 means that the client holds it revoked");
            break;
        default:
            reading.conclude({Cause::not_certificate},
                             Confidence::likely,
                             "this alert is protocol trouble, not a verdict on the certificate");
            return;
    }
    reading.finish();
}

void read_silence(Judgement& judgement, const VerdictContext& context, std::string closing_reason) {
    const std::vector<Finding> findings = own_findings(context);
    for (const Finding& finding : findings) judgement.reasons.push_back(finding.reason);
    judgement.causes = causes_of(findings);
    judgement.confidence = Confidence::possible;
    const bool only_name = judgement.causes.size() == 1 && judgement.causes.front() == Cause::name_mismatch &&
                           !is_in_cn_only(context);
    put_last(judgement.causes, Cause::not_stated);
    // Who asked the lab DNS for the name first is no scanner (design: the look-up turns possible into
    // likely).
    if (only_name && context.looked_up == Confidence::likely) {
        judgement.confidence = Confidence::likely;
        judgement.reasons.emplace_back(
            "the client gave no reason, but it had asked the lab DNS for that name");
        return;
    }
    judgement.reasons.push_back(std::move(closing_reason));
}

void explain_no_common_cipher(Judgement& judgement,
                              const ConnectionFacts& facts,
                              const ServedCertificate* certificate) {
    if (!facts.hello) return;
    std::vector<std::string> offered;
    for (const std::uint32_t suite : facts.hello->cipher_suites) {
        if (!is_grease(suite) && !is_signalling_suite(suite)) offered.push_back(cipher_suite_name(suite));
    }
    const auto all = [&](std::initializer_list<std::string_view> pieces) {
        return !offered.empty() && std::all_of(offered.begin(), offered.end(), [&](const std::string& name) {
            return has_piece(name, pieces);
        });
    };
    const auto any = [&](std::initializer_list<std::string_view> pieces) {
        return std::any_of(
            offered.begin(), offered.end(), [&](const std::string& name) { return has_piece(name, pieces); });
    };
    auto& reasons = judgement.reasons;
    constexpr std::size_t most = 16;
    std::string list;
    for (std::size_t i = 0; i < std::min(offered.size(), most); ++i)
        list += (list.empty() ? "" : ", ") + offered[i];
    if (offered.size() > most) list += fmt::format(" and {} more", offered.size() - most);
    reasons.push_back("the client offers " + (list.empty() ? "no cipher suite" : list));
    if (all({"RC4", "DES", "RC2", "IDEA", "NULL"})) {
        reasons.emplace_back(
            "these are RC4, DES and export suites, as Windows XP and Server 2003 offer them; this OpenSSL "
            "has none of them, at any security level");
        reasons.emplace_back(
            "the certificate was never shown, so nothing here is about it; Windows Vista and later offer "
            "AES and are served");
        return;
    }
    const bool ec = certificate != nullptr && !certificate->key.starts_with("RSA");
    if (ec && facts.hello->highest_version() < 0x0304 && !any({"ECDSA"}))
        reasons.push_back("this host has a certificate with an " + certificate->key +
                          " key, and the client offers no ECDSA suite");
    if (certificate != nullptr && !ec && all({"ECDSA"}))
        reasons.emplace_back("this host has a certificate with an RSA key, and the client offers ECDSA only");
    reasons.emplace_back("the certificate was never shown");
}

}  // namespace ocs::tls
