#include "journal/explanation.hpp"

#include <algorithm>

#include "core/escape.hpp"
#include "core/host_name.hpp"
#include "journal/lookup_words.hpp"

namespace ocs::journal {

using record::Cause;
using record::Verdict;

namespace {

std::string meaning_of(const record::ConnectionRecord& record) {
    switch (record.judgement.verdict) {
        case Verdict::signed_in:
            return "the client registered and went on";
        case Verdict::accepted:
            return "the client sent a request over this connection";
        case Verdict::rejected_alert:
            return "the client refused with an alert";
        case Verdict::finished_no_data:
            return "the client finished the handshake and left without a request";
        case Verdict::finished_silent:
            return "the client finished the handshake and is silent, as with a certificate dialog open";
        case Verdict::closed_in_handshake:
            return "the client left after our certificate, without an alert";
        case Verdict::closed_after_hello:
            return "the client left before our certificate can have arrived";
        case Verdict::closed_partial_hello:
            return "the client left in the middle of its ClientHello";
        case Verdict::closed_before_hello:
            return "the client connected and left without a byte";
        case Verdict::no_bytes:
            return "the client connected and sent nothing";
        case Verdict::handshake_timeout:
            return "the handshake did not end in time";
        case Verdict::no_common_version:
            return "client and server allow no TLS version in common";
        case Verdict::no_common_cipher:
            return "client and server have no cipher suite in common";
        case Verdict::bad_hello:
            return "the client broke the TLS protocol";
        case Verdict::not_tls:
            return "the client does not speak TLS on this port";
        case Verdict::turned_away:
            return "this server turned the client away";
        case Verdict::server_error:
            return "the fault is on this server's side";
    }
    return "";
}

std::string_view cause_text(Cause cause, bool in_cn_only) {
    switch (cause) {
        case Cause::name_mismatch:
            return in_cn_only ? "because the name it wanted is in the CN only"
                              : "because the name it wanted is not on the certificate";
        case Cause::untrusted_issuer:
            return "because it does not trust the issuer";
        case Cause::validity_dates:
            return "because of the validity dates";
        case Cause::key_usage:
            return "because of the key usage";
        case Cause::weak_key:
            return "because the key or signature is too weak";
        case Cause::not_stated:
            return "for a reason that it does not state";
        case Cause::not_certificate:
            return "";
    }
    return "";
}

/// "; most likely because the name it wanted is not on the certificate"
std::string cause_clause(const record::Judgement& judgement, bool in_cn_only) {
    if (judgement.causes.empty()) return "";
    const Cause cause = judgement.causes.front();
    if (cause == Cause::not_certificate) return "; the certificate has nothing to do with it";
    std::string_view start = "; perhaps ";
    if (judgement.confidence == record::Confidence::certain) start = ": ";
    if (judgement.confidence == record::Confidence::likely) start = "; most likely ";
    return std::string(start) + std::string(cause_text(cause, in_cn_only));
}

bool has_cause(const record::ConnectionRecord& record, Cause cause) {
    const auto& causes = record.judgement.causes;
    return std::find(causes.begin(), causes.end(), cause) != causes.end();
}

std::string certgen(const CommandContext& context, const std::string& arguments) {
    std::string command = shell_quoted(context.certgen) + " " + arguments;
    if (!context.state_dir.empty()) command += " --state-dir " + shell_quoted(context.state_dir);
    return command;
}

/// A certificate with the same names and nothing wrong on purpose: reissue would keep dates and issuer.
std::string issue_anew(const record::ConnectionRecord& record, const CommandContext& context) {
    using discovery::NameKind;
    const auto& names = record.certificate->names;
    std::string arguments = "issue --force --name " + shell_quoted(record.certificate->folder);
    for (const std::string& name : names.common_names) arguments += " --cn " + shell_quoted(name);
    for (const auto& name : names.san) {
        if (name.kind == NameKind::other) continue;
        arguments += " --san " + shell_quoted(std::string(discovery::to_string(name.kind)) + ":" + name.text);
    }
    return certgen(context, arguments);
}

/// The policy found the wanted name in a CN, and in no SAN entry.
bool covered_by_cn_only(const Explanation& explanation) {
    const auto covers = [](const auto& name) { return name.covers && name.kind != "CN"; };
    return explanation.covered.value_or(false) &&
           std::none_of(explanation.names.begin(), explanation.names.end(), covers);
}

/// Only a certificate of ours can be changed.
void add_fix(Explanation& explanation,
             const record::ConnectionRecord& record,
             const CommandContext& context) {
    if (!record.certificate || !record.certificate->generated) return;
    const record::ServedCertificate& own = *record.certificate;
    const bool dates = own.not_after < record.started || record.started < own.not_before;
    const bool chain = own.chain != record::ChainKind::to_own_ca || own.intermediate_missing;
    if ((dates && has_cause(record, Cause::validity_dates)) ||
        (chain && has_cause(record, Cause::untrusted_issuer)) ||
        (!own.server_auth && has_cause(record, Cause::key_usage))) {
        explanation.fixes.push_back(issue_anew(record, context));
    }
    const bool into_san = covered_by_cn_only(explanation) && has_cause(record, Cause::name_mismatch);
    if (!explanation.covered || (*explanation.covered && !into_san)) return;
    const auto host = HostName::parse(record.wanted->text);
    if (host.has_error()) return;  // only what is a host name can be put on a certificate
    explanation.fixes.push_back(certgen(
        context, "reissue " + shell_quoted(own.folder) + " --add-san " + shell_quoted(host.value().text())));
}

void add_hint(Explanation& explanation, const std::string& hint) {
    explanation.hint += (explanation.hint.empty() ? "" : "; ") + hint;
}

/// A certificate that is as it should be, and a client that has never heard of its CA.
void explain_trust(Explanation& explanation,
                   const record::ConnectionRecord& record,
                   const CommandContext& context) {
    const auto& causes = record.judgement.causes;
    if (!record.certificate || causes.empty() || causes.front() != Cause::untrusted_issuer) return;
    if (record.certificate->chain != record::ChainKind::to_own_ca || record.certificate->intermediate_missing)
        return;
    if (context.ca_file.empty()) return;
    add_hint(
        explanation,
        "the client does not know the lab CA: copy " + context.ca_file +
            " to it and import it as a trusted root (Windows, as administrator: certutil -addstore Root " +
            std::filesystem::path(context.ca_file).filename().string() + ")");
}

/// What was wrong on purpose needs no mending of certificates: the fault is to be lifted.
void explain_fault(Explanation& explanation, const record::ConnectionRecord& record) {
    const record::FaultFact& fault = *record.facts.fault;
    if (fault.ended_it) {
        explanation.meaning = "this was the armed fault '" + visible(fault.what) + "', not the client";
        return;
    }
    explanation.meaning += "; the armed fault '" + visible(fault.what) + "' was at work";
    add_hint(
        explanation,
        "what this connection met was made wrong on purpose; fakeocs fault list shows what is still armed");
}

void compare(Explanation& explanation, const record::ConnectionRecord& record) {
    if (!record.wanted || !record.certificate || record.policies.empty()) return;
    // What a REGISTER names is the domain, and only RFC 5922 looks for that on a certificate.
    const auto policy = record.wanted->source == record::NameSource::sip ? discovery::NamePolicy::rfc5922
                                                                         : record.policies.front();
    const auto verdict = discovery::compare_names(policy, record.certificate->names, record.wanted->text);
    explanation.policy = discovery::to_string(verdict.policy);
    explanation.covered = verdict.covered;
    explanation.wanted_problem = visible(verdict.wanted_problem);
    for (const auto& comparison : verdict.comparisons)
        explanation.names.push_back({std::string(discovery::to_string(comparison.name.kind)),
                                     visible(comparison.name.text),
                                     comparison.covers,
                                     std::string(discovery::to_string(comparison.reason)),
                                     comparison.detail});
}

}  // namespace

bool went_on(Verdict verdict) { return verdict == Verdict::signed_in || verdict == Verdict::accepted; }

Explanation explain(const record::ConnectionRecord& record, const CommandContext& context) {
    Explanation explanation;
    explanation.confidence = record::to_string(record.judgement.confidence);
    for (const std::string& reason : record.judgement.reasons) explanation.reasons.push_back(visible(reason));
    if (record.wanted) explanation.wanted = visible(record.wanted->text);
    compare(explanation, record);
    explanation.meaning =
        meaning_of(record) + cause_clause(record.judgement, covered_by_cn_only(explanation));
    const bool by_fault = record.facts.fault.has_value();
    if (by_fault) explain_fault(explanation, record);
    if (!went_on(record.judgement.verdict) && !by_fault) {
        add_fix(explanation, record, context);
        explain_trust(explanation, record, context);
    }
    const bool no_sni = record.facts.hello && record.facts.hello->sni.form == record::SniForm::absent;
    if (no_sni && !went_on(record.judgement.verdict)) {
        std::string hint =
            "the client sent no server name (sni=none), as Windows XP, Server 2003 and phones do: ";
        hint += record.wanted ? "the wanted name comes from elsewhere"
                              : "which name it wanted is known only from its settings or its look-ups";
        add_hint(explanation, hint);
    }
    explain_lookups(explanation, record);
    return explanation;
}

}  // namespace ocs::journal
