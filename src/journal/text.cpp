#include "journal/text.hpp"

#include <fmt/format.h>

#include "core/escape.hpp"
#include "record/alerts.hpp"

namespace ocs::journal {

namespace {

constexpr std::size_t width = 100;

/// Adds `text` under `label`, wrapped at blanks. What has no blank is never broken.
void add_wrapped(std::string& out, std::string_view label, std::string_view text) {
    std::string line = fmt::format("    {:<9} ", label);
    const std::string indent(14, ' ');
    bool fresh = true;
    while (!text.empty()) {
        const std::size_t end = text.find(' ');
        const std::string_view word = text.substr(0, end);
        if (!fresh && line.size() + 1 + word.size() > width) {
            out += line + '\n';
            line = indent;
            fresh = true;
        }
        if (!fresh) line += ' ';
        line += word;
        fresh = false;
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    }
    out += line + '\n';
}

std::string coloured(std::string_view word, record::Verdict verdict, Colour colour) {
    if (colour == Colour::never) return std::string(word);
    const bool refused =
        verdict == record::Verdict::rejected_alert || verdict == record::Verdict::server_error;
    const int code = went_on(verdict) ? 32 : refused ? 31 : 33;
    return fmt::format("\x1b[{}m{}\x1b[0m", code, word);
}

std::string sni_text(const record::ConnectionRecord& record) {
    if (!record.facts.hello) return "sni=-";
    const auto& sni = record.facts.hello->sni;
    if (sni.form == record::SniForm::absent) return "sni=none";
    return "sni=" + visible(sni.raw, 120);
}

}  // namespace

std::string to_text(const record::ConnectionRecord& record,
                    const Explanation& explanation,
                    Colour colour,
                    Volume volume) {
    const auto& facts = record.facts;
    const auto verdict = record.judgement.verdict;
    std::string out = fmt::format(
        "{} {} {}", local_clock(record.started), record::to_string(record.client), sni_text(record));
    if (!facts.virtual_host.empty())
        out +=
            fmt::format(" host={} ({})", visible(facts.virtual_host), record::to_string(facts.host_choice));
    if (facts.version != 0) out += " " + record::tls_version_name(facts.version);
    out += " " + coloured(record::to_string(verdict), verdict, colour);
    if (record.provisional) out += " (so far)";
    if (!record.judgement.detail.empty()) out += ": " + visible(record.judgement.detail);
    if (record.turned_away)
        out +=
            fmt::format(" ({}, {} connections)", visible(record.turned_away->why), record.turned_away->count);
    out += '\n';
    if (volume == Volume::quiet || (went_on(verdict) && volume != Volume::verbose)) return out;

    add_wrapped(out, "meaning", explanation.meaning + " (" + explanation.confidence + ")");
    for (const std::string& reason : explanation.reasons) add_wrapped(out, "because", reason);
    if (explanation.wanted) add_wrapped(out, "wanted", *explanation.wanted);
    if (!explanation.asked.empty()) add_wrapped(out, "asked for", explanation.asked);
    if (!explanation.wanted_problem.empty()) add_wrapped(out, "", explanation.wanted_problem);
    if (!explanation.policy.empty()) add_wrapped(out, "policy", explanation.policy);
    for (const NameLine& name : explanation.names)
        add_wrapped(out,
                    name.covers ? "covers" : "presents",
                    name.kind + ":" + name.name + "  " + name.reason +
                        (name.detail.empty() ? "" : " (" + name.detail + ")"));
    if (!explanation.hint.empty()) add_wrapped(out, "note", explanation.hint);
    // A command stays on one line, or it could not be pasted.
    for (const std::string& fix : explanation.fixes) out += "    fix       " + fix + '\n';
    if (volume == Volume::verbose) {
        add_wrapped(out, "id", visible(record.id));
        if (!facts.library_text.empty()) add_wrapped(out, "library", visible(facts.library_text));
    }
    return out;
}

}  // namespace ocs::journal
