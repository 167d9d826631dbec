#include "client/report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "client/step_words.hpp"
#include "core/escape.hpp"
#include "record/alerts.hpp"

namespace ocs::client {

using namespace discovery;

namespace {

constexpr std::size_t what_width = 40;
constexpr std::size_t outcome_width = 21;
constexpr std::string_view indent = "         ";  // as wide as "NN  KIND "

constexpr std::size_t screen_width = 80;

/// `label` and `text`, broken at blanks so that it fits the screen; a word without blanks is never broken.
std::string wrapped(std::string_view label, std::string_view text) {
    std::string out;
    std::string line(label);
    line.resize(std::max(line.size() + 1, indent.size()), ' ');
    bool fresh = true;
    while (!text.empty()) {
        const std::size_t end = text.find(' ');
        const std::string_view word = text.substr(0, end);
        if (!fresh && line.size() + 1 + word.size() > screen_width) {
            out += line + '\n';
            line = indent;
            fresh = true;
        }
        if (!fresh) line += ' ';
        line += word;
        fresh = false;
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    }
    return out + line + '\n';
}

/// Collects numbered lines; every line is at most as long as its names make it.
class Lines {
public:
    explicit Lines(bool colour) : colour_(colour) {}

    void step(std::string_view kind, std::string_view what, std::string_view outcome, std::string_view time) {
        head(kind);
        const std::size_t wide = indent.size() + what_width + outcome.size() + time.size() + 2;
        if (what.size() <= what_width && !time.empty() && wide > screen_width) {
            text_ += fmt::format("{:<{}} {}\n", what, what_width, time);
            below(outcome);
            return;
        }
        if (what.size() > what_width) {  // a long name gets its line to itself
            text_ += fmt::format("{}\n{}{:<{}}", what, indent, "", what_width);
        } else {
            text_ += fmt::format("{:<{}}", what, what_width);
        }
        if (time.empty()) {
            text_ += fmt::format(" {}\n", outcome);
        } else {
            text_ += fmt::format(" {:<{}} {}\n", outcome, outcome_width, time);
        }
    }
    void plain(std::string_view kind, std::string_view text) {
        head(kind);
        text_ += fmt::format("{}\n", text);
    }
    void below(std::string_view text) { text_ += wrapped("", text); }
    void row(std::string_view text) { text_ += fmt::format("{}{}\n", indent, text); }
    void names(const NameVerdict& verdict, std::string_view wanted) {
        const std::string says = paint(verdict.covered ? "matches" : "FAILED", verdict.covered);
        head("NAME");
        text_ += fmt::format("wanted     {:<{}} {}\n", visible(wanted), what_width - 11, says);
        for (const NameComparison& one : verdict.comparisons) {
            row(fmt::format("{:<10} {:<{}} {:<4} {}",
                            one.covers ? "covers" : "presented",
                            visible(one.name.text),
                            what_width - 11,
                            to_string(one.name.kind),
                            in_words(one)));
            if (!one.covers && !one.detail.empty()) row(fmt::format("{:<10} {}", "", one.detail));
        }
        if (verdict.comparisons.empty()) below("presented  no name at all");
        if (!verdict.wanted_problem.empty()) below(visible(verdict.wanted_problem));
        below(fmt::format("compared by the rules of {}", to_string(verdict.policy)));
    }
    void begin_beyond() {
        beyond_ = true;
        text_ += " -  the client has ended here; what the further steps would have brought:\n";
    }
    [[nodiscard]] std::string take() { return std::move(text_); }

    [[nodiscard]] std::string paint(std::string_view word, bool good) const {
        if (!colour_) return std::string(word);
        return fmt::format("\x1b[{}m{}\x1b[0m", good ? 32 : 31, word);
    }

private:
    static std::string in_words(const NameComparison& one) {
        std::string words(to_string(one.reason));
        std::replace(words.begin(), words.end(), '-', ' ');
        return words;
    }
    void head(std::string_view kind) {
        text_ += beyond_ ? fmt::format(" +  {:<4} ", kind) : fmt::format("{:2}  {:<4} ", ++number_, kind);
    }

    bool colour_;
    bool beyond_ = false;
    int number_ = 0;
    std::string text_;
};

void say_finding(Lines& lines, const ReportedStep& step) {
    for (const std::string& warning : step.finding.warnings) lines.below("note: " + warning);
    if (!step.note.empty()) lines.below("note: " + step.note);
}

void say_query(Lines& lines, const QueryStep& query, const ReportedStep& step) {
    const auto* result = std::get_if<QueryResult>(&step.result);
    for (std::size_t i = 0; i < query.questions.size(); ++i) {
        const bool last = i + 1 == query.questions.size();
        const std::string outcome = result != nullptr && i < result->answers.size()
                                        ? answer_text(query.questions[i], result->answers[i])
                                        : "";
        lines.step("DNS", question_text(query.questions[i]), outcome, last ? milliseconds(step.took) : "");
    }
    if (step.finding.ends_search && !step.step.beyond) lines.below("^ used: the search ends here");
}

void say_connect(Lines& lines, const ConnectStep& target, const ReportedStep& step) {
    const auto* result = std::get_if<ConnectResult>(&step.result);
    if (result == nullptr) return;
    const std::string time = milliseconds(step.took);
    const std::string where = endpoint_text(target.address, target.port);
    lines.step("TCP", where, tcp_text(result->tcp), result->tls ? "" : time);
    if (!result->tls || !target.tls) {
        if (!step.finding.text.empty() && !step.finding.good) lines.below(step.finding.text);
        return;
    }
    const std::string version = step.presented ? record::tls_version_name(step.presented->version) : "TLS";
    const std::string sni = target.tls->sni ? "SNI " + visible(*target.tls->sni) : "no SNI, as this client";
    lines.step("TLS", version + ", " + sni, tls_text(*result->tls, step.presented), time);
    if (!target.tls->imitated.empty()) lines.below("imitated: " + target.tls->imitated);
    if (step.finding.names) lines.names(*step.finding.names, target.tls->reference);
}

void say_web(Lines& lines, const WebStep& web, const ReportedStep& step) {
    const auto* result = std::get_if<WebResult>(&step.result);
    for (std::size_t i = 0; i < web.requests.size(); ++i) {
        std::string outcome;
        if (result != nullptr && i < result->answers.size()) {
            const WebAnswer& answer = result->answers[i];
            if (answer.status) {
                outcome = fmt::format("HTTP {}", *answer.status);
            } else if (answer.tls) {
                outcome = tls_text(*answer.tls, step.presented);
            } else {
                outcome = tcp_text(answer.tcp);
            }
            if (answer.redirect) outcome += ", redirect to " + visible(*answer.redirect);
        }
        const bool last = i + 1 == web.requests.size();
        lines.step("WEB", visible(web.requests[i].url), outcome, last ? milliseconds(step.took) : "");
    }
    if (!step.finding.text.empty()) lines.below(step.finding.text);
    if (step.finding.names && !step.finding.names->covered) {
        for (const WebRequest& request : web.requests) {
            if (request.tls) lines.names(*step.finding.names, request.tls->reference);
        }
    }
}

void say_step(Lines& lines, const ReportedStep& step) {
    const Action& action = step.step.action;
    if (const auto* query = std::get_if<QueryStep>(&action)) {
        say_query(lines, *query, step);
    } else if (const auto* web = std::get_if<WebStep>(&action)) {
        say_web(lines, *web, step);
    } else if (const auto* target = std::get_if<ConnectStep>(&action)) {
        say_connect(lines, *target, step);
    } else if (std::holds_alternative<RegisterStep>(action)) {
        const std::string outcome = step.sip_line.empty() ? step.finding.text : visible(step.sip_line, 60);
        lines.step("SIP", "REGISTER", outcome, milliseconds(step.took));
    } else if (const auto* prompt = std::get_if<AskStep>(&action)) {
        const auto* answer = std::get_if<PromptAnswer>(&step.result);
        lines.plain("ASK", prompt->text);
        lines.below(answer != nullptr && answer->yes ? "answered: yes" : "answered: no");
    } else if (const auto* skipped = std::get_if<SkipStep>(&action)) {
        lines.step("SKIP", skipped->what, skipped->why, "");
    }
    say_finding(lines, step);
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
}

std::string result_text(const SigninReport& report,
                        const SigninOptions& options,
                        const ReportContext& context) {
    const Outcome& outcome = report.outcome;
    const bool good = outcome.exit_code() == 0;
    const Lines painter(context.colour);
    std::string word(to_string(outcome.ending));
    std::replace(word.begin(), word.end(), '-', ' ');
    std::string text =
        fmt::format("\nRESULT   {} (exit {})\n", painter.paint(word, good), outcome.exit_code());
    if (!outcome.explanation.empty()) text += wrapped("", outcome.explanation);
    for (const std::string& warning : outcome.warnings) text += wrapped("note", warning);
    if (!good) {
        text += wrapped("screen",
                        outcome.screen.value.empty()
                            ? "unknown: no source has " + options.profile.title + "'s text for this"
                            : outcome.screen.value);
    }
    for (const EventEntry& event : outcome.events) {
        text += wrapped(fmt::format("event {:<2}", event.id),
                        event.text.empty() ? "(wording unknown)" : event.text);
    }
    if (!good && !outcome.not_reached.empty() && !options.plan.what_if) {
        text += wrapped("never", "tried: " + joined(outcome.not_reached) + "  (--what-if tries them)");
    }
    return text;
}

}  // namespace

std::string walk_in_words(const ClientProfile& profile) {
    std::vector<std::string> stations;
    for (const Lookup& lookup : profile.lookups) {
        std::string station;
        switch (lookup.kind) {
            case LookupKind::srv:
                station = "SRV";
                break;
            case LookupKind::dhcp120:
                station = "DHCP 120";
                break;
            case LookupKind::web:
            case LookupKind::host:
                station = lookup.label.empty() ? "the domain itself" : lookup.label;
                break;
        }
        if (stations.empty() || stations.back() != station) stations.push_back(station);
    }
    std::string rule;
    switch (profile.stop.value) {
        case StopRule::stop_on_resolve:
            rule = "stops at the first name that resolves";
            break;
        case StopRule::stop_on_first_srv:
            rule = "stops at the first SRV record";
            break;
        case StopRule::continue_on_error:
            rule = "goes on after an error";
            break;
    }
    return joined(stations) + "; " + rule;
}

std::string to_text(const SigninReport& report, const SigninOptions& options, const ReportContext& context) {
    std::string text =
        fmt::format("{} as {}\n{}  asks {}; trusts {}\n\n",
                    options.user.address(),
                    options.profile.title,
                    wrapped("  looks up", walk_in_words(options.profile)),
                    endpoint_text(options.resolver.server.address, options.resolver.server.port),
                    options.roots.empty() ? "nobody (--ca)" : options.roots.string());
    if (!context.armed.empty()) {
        text += wrapped("ARMED", "the lab does wrong on purpose; what follows may come of it:");
        for (const std::string& line : context.armed) text += wrapped("", line);
        text += '\n';
    }
    Lines lines(context.colour);
    bool beyond = false;
    for (const ReportedStep& step : report.steps) {
        if (step.step.beyond && !beyond) {
            beyond = true;
            lines.begin_beyond();
        }
        say_step(lines, step);
    }
    text += lines.take() + result_text(report, options, context);
    if (report.resolver_unreachable) {
        text += wrapped(
            "note",
            fmt::format("nobody answers DNS at {}: is the lab running ({} serve)? --dns names another server",
                        endpoint_text(options.resolver.server.address, options.resolver.server.port),
                        context.fakeocs));
    }
    const auto ways = fixes(report, options, context);
    if (!ways.empty()) text += ways.size() == 1 ? "\nThis fixes it:\n" : "\nAny one of these fixes it:\n";
    char letter = 'a';
    for (const Fix& way : ways) {
        text += fmt::format("  {}  {}\n", letter++, way.what);
        for (const std::string& line : way.lines) text += fmt::format("     {}\n", line);
    }
    return text;
}

std::string explain_text(const SigninOptions& options) {
    std::string text = fmt::format("{} as {}: what it would do, in this order (nothing was asked)\n\n",
                                   options.user.address(),
                                   options.profile.title);
    int number = 0;
    for (const OutlinedLookup& lookup : outline(options.profile, options.user.domain())) {
        std::string ports;
        for (const std::uint16_t port : lookup.ports)
            ports += (ports.empty() ? ":" : ",") + std::to_string(port);
        text += fmt::format("{:2}  {:<8} {}{}  {}  {} ({})\n",
                            ++number,
                            to_string(lookup.kind),
                            lookup.name,
                            ports,
                            to_string(lookup.transport),
                            lookup.source,
                            to_string(lookup.confidence));
        if (lookup.kind == LookupKind::srv) {
            text += "             wants the record's target on the certificate\n";
        } else if (!lookup.reference.empty() && lookup.transport == Transport::tls) {
            text += fmt::format("             wants {} on the certificate\n", lookup.reference);
        }
    }
    text += fmt::format("\nstop rule    {} {} ({})\nname policy  {} {} ({})\ndomain rule  {} {} ({})\n",
                        to_string(options.profile.stop.value),
                        options.profile.stop.source,
                        to_string(options.profile.stop.confidence),
                        to_string(options.profile.name_policy.value),
                        options.profile.name_policy.source,
                        to_string(options.profile.name_policy.confidence),
                        to_string(options.profile.domain_rule.value),
                        options.profile.domain_rule.source,
                        to_string(options.profile.domain_rule.confidence));
    for (const Departure& departure : options.profile.departures) {
        text += fmt::format("{}: {}: {}\n", departure.how, departure.what, departure.why);
    }
    return text;
}

}  // namespace ocs::client
