#include "journal/text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/escape.hpp"
#include "journal/event_text.hpp"
#include "record/alerts.hpp"

namespace ocs::journal {

namespace {

constexpr std::size_t usual_width = 80;
constexpr std::size_t least_width = 60;   // narrower, and wrapping helps nobody
constexpr std::size_t label_width = 12;   // of "  presented "
constexpr std::size_t longest_name = 34;  // that has its reason beside it
constexpr std::size_t most_names = 20;    // of a certificate; JSON has them all

/// Characters on the screen: colour takes none.
std::size_t shown(std::string_view word) {
    if (!word.starts_with('\x1b')) return word.size();
    const std::size_t start = word.find('m') + 1;
    return word.find('\x1b', start) - start;
}

/// Adds `text` behind `start`, wrapped at blanks with `indent`. What has no blank is never broken.
void add_wrapped(std::string& out,
                 const std::string& start,
                 std::string_view text,
                 std::size_t indent,
                 std::size_t width) {
    out += start;
    std::size_t column = start.size();
    bool fresh = true;
    while (!text.empty()) {
        const std::size_t end = text.find(' ');
        const std::string_view word = text.substr(0, end);
        if (!fresh && column + 1 + shown(word) > width) {
            out += '\n' + std::string(indent, ' ');
            column = indent;
            fresh = true;
        }
        if (!fresh) out += ' ';
        out += word;
        column += shown(word) + (fresh ? 0 : 1);
        fresh = false;
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    }
    out += '\n';
}

std::string label(std::string_view word) { return fmt::format("  {:<{}}", word, label_width - 2); }

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
    std::string text = "sni=" + visible(sni.raw, 120);
    std::replace(text.begin(), text.end(), ' ', '_');  // one word, whatever the client sent
    return text;
}

/// Time, client, SNI, host and how it was chosen, version, verdict: in this order, whatever is known.
std::string summary(const record::ConnectionRecord& record, Colour colour) {
    const auto& facts = record.facts;
    const auto verdict = record.judgement.verdict;
    std::string line = record::to_string(record.client) + " " + sni_text(record);
    if (!facts.virtual_host.empty()) {
        line +=
            fmt::format(" host={} ({})", visible(facts.virtual_host), record::to_string(facts.host_choice));
    }
    if (facts.version != 0) line += " " + record::tls_version_name(facts.version);
    line += " " + coloured(record::to_string(verdict), verdict, colour);
    if (record.provisional) {
        line += " (so far)";
    } else if (!record.judgement.detail.empty()) {
        line += ": " + visible(record.judgement.detail);
    }
    if (facts.fault && !facts.fault->ended_it) line += " (fault: " + visible(facts.fault->what) + ")";
    if (record.turned_away) {
        const auto& refused = *record.turned_away;
        line += refused.count == 1
                    ? " (1 connection)"
                    : fmt::format(" ({} connections in {})", refused.count, milliseconds(refused.span));
    }
    return line;
}

/// The names, one per line, with the reason beside each.
void add_names(std::string& out, const Explanation& explanation, std::size_t width) {
    std::size_t column = 0;
    for (const NameLine& name : explanation.names) {
        if (name.name.size() <= longest_name) column = std::max(column, name.name.size());
    }
    const std::size_t count = std::min(explanation.names.size(), most_names);
    for (std::size_t i = 0; i < count; ++i) {
        const NameLine& name = explanation.names[i];
        std::string start = label(i == 0 ? "presented" : "");
        start += fmt::format("{:<5} {:<{}}  ", name.kind, name.name, column);
        std::string reason = name.detail.empty() ? name.reason : name.detail;
        if (name.covers) reason.insert(0, "covers it: ");
        if (start.size() + reason.size() > width) {
            out += start.substr(0, start.find_last_not_of(' ') + 1) + '\n';
            start = std::string(label_width + 6, ' ');
        }
        add_wrapped(out, start, reason, label_width + 6, width);
    }
    if (count < explanation.names.size()) {
        out += label("") + fmt::format("and {} more\n", explanation.names.size() - count);
    }
}

void add_explanation(std::string& out, const Explanation& explanation, std::size_t width) {
    const auto add = [&](std::string_view word, std::string_view text) {
        add_wrapped(out, label(word), text, label_width, width);
    };
    add("meaning", explanation.meaning);
    const bool reasoned = !explanation.reasons.empty();
    if (reasoned) add("how sure", explanation.confidence);
    for (const std::string& reason : explanation.reasons) {
        add_wrapped(out, label("") + "- ", reason, label_width + 2, width);
    }
    if (explanation.wanted) {
        const std::string rule =
            explanation.policy.empty() ? "" : ", compared as " + explanation.policy + " does";
        add("wanted", *explanation.wanted + rule);
    }
    if (!explanation.asked.empty()) add("asked for", explanation.asked);
    if (!explanation.wanted_problem.empty()) add("", explanation.wanted_problem);
    add_names(out, explanation, width);
    if (!explanation.hint.empty()) add("note", explanation.hint);
    if (explanation.fixes.empty()) return;
    out += "  to fix it, paste this:\n";
    for (const std::string& fix : explanation.fixes) out += "  " + fix + '\n';
}

}  // namespace

std::string to_text(const record::ConnectionRecord& record,
                    const Explanation& explanation,
                    const TextStyle& style) {
    const auto columns = static_cast<std::size_t>(std::max(style.columns, 0));
    const std::size_t width = columns == 0 ? usual_width : std::max(columns, least_width);
    std::string out;
    add_wrapped(out,
                line_head(record.started, record.attempt),
                summary(record, style.colour),
                label_width + 1,
                columns == 0 ? std::string::npos : width);
    const bool explained = style.volume == Volume::verbose ||
                           (style.volume == Volume::normal && !went_on(record.judgement.verdict));
    if (!explained) return out;
    add_explanation(out, explanation, width);
    if (style.volume != Volume::verbose) return out;
    add_wrapped(out, label("id"), visible(record.id), label_width, width);
    if (!record.facts.library_text.empty()) {
        add_wrapped(out, label("library"), visible(record.facts.library_text), label_width, width);
    }
    return out;
}

}  // namespace ocs::journal
