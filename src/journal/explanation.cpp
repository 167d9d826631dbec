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

std::string_view cause_text(Cause cause) {
    switch (cause) {
        case Cause::name_mismatch:
            return "the name it wanted is not on the certificate";
        case Cause::untrusted_issuer:
            return "it does not trust the issuer";
        case Cause::validity_dates:
            return "the validity dates";
        case Cause::key_usage:
            return "the key usage";
        case Cause::weak_key:
            return "the key or signature is too weak";
        case Cause::not_stated:
            return "another reason, not stated";
        case Cause::not_certificate:
            return "not about the certificate";
    }
    return "";
}

bool has_cause(const record::ConnectionRecord& record, Cause cause) {
    const auto& causes = record.judgement.causes;
    return std::find(causes.begin(), causes.end(), cause) != causes.end();
}

std::string reissue(const record::ConnectionRecord& record,
                    const CommandContext& context,
                    const std::string& arguments) {
    std::string command =
        shell_quoted(context.certgen) + " reissue " + shell_quoted(record.certificate->folder);
    if (!arguments.empty()) command += " " + arguments;
    if (!context.state_dir.empty()) command += " --state-dir " + shell_quoted(context.state_dir);
    return command;
}

void compare(Explanation& explanation,
             const record::ConnectionRecord& record,
             const CommandContext& context) {
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
    // Only what is a host name can be put on a certificate, and only ours can be changed.
    if (verdict.covered || !record.certificate->generated) return;
    const auto host = HostName::parse(record.wanted->text);
    if (host.has_value())
        explanation.fixes.push_back(
            reissue(record, context, "--add-san " + shell_quoted(host.value().text())));
}

}  // namespace

bool went_on(Verdict verdict) { return verdict == Verdict::signed_in || verdict == Verdict::accepted; }

Explanation explain(const record::ConnectionRecord& record, const CommandContext& context) {
    Explanation explanation;
    explanation.meaning = meaning_of(record);
    if (!record.judgement.causes.empty()) {
        explanation.meaning +=
            record.judgement.confidence == record::Confidence::certain ? ": " : "; perhaps: ";
        if (record.judgement.confidence == record::Confidence::likely)
            explanation.meaning.replace(explanation.meaning.size() - 9, 9, "most likely: ");
        explanation.meaning += cause_text(record.judgement.causes.front());
    }
    explanation.confidence = record::to_string(record.judgement.confidence);
    for (const std::string& reason : record.judgement.reasons) explanation.reasons.push_back(visible(reason));
    if (record.wanted) explanation.wanted = visible(record.wanted->text);
    compare(explanation, record, context);
    const bool dates_wrong = record.certificate && (record.certificate->not_after < record.started ||
                                                    record.started < record.certificate->not_before);
    if (record.certificate && record.certificate->generated && dates_wrong && explanation.fixes.empty() &&
        has_cause(record, Cause::validity_dates))
        explanation.fixes.push_back(reissue(record, context, ""));
    const bool no_sni = record.facts.hello && record.facts.hello->sni.form == record::SniForm::absent;
    if (no_sni && !went_on(record.judgement.verdict)) {
        explanation.hint =
            "the client sent no server name (sni=none), as Windows XP, Server 2003 and phones do: ";
        explanation.hint += record.wanted
                                ? "the wanted name comes from elsewhere"
                                : "which name it wanted is known only from its settings or its look-ups";
    }
    explain_lookups(explanation, record);
    return explanation;
}

}  // namespace ocs::journal
