// How the timeline is drawn: to_tree() of timeline.hpp.

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "journal/attempts.hpp"
#include "journal/timeline.hpp"
#include "record/alerts.hpp"

namespace ocs::journal {

namespace {

constexpr std::size_t most_names = 6;
constexpr std::size_t time_width = 12;

struct Step {
    WallTime at;
    std::string text;
    std::vector<Step> below;
};

std::string listed(const std::vector<std::string>& words, std::size_t most) {
    std::string text;
    for (std::size_t i = 0; i < words.size() && i < most; ++i) text += (i == 0 ? "" : ", ") + words[i];
    if (words.size() > most) text += fmt::format(" and {} more", words.size() - most);
    return text;
}

std::string endpoint(const std::string& address, std::uint16_t port) {
    const bool v6 = address.find(':') != std::string::npos;
    return v6 ? fmt::format("[{}]:{}", address, port) : fmt::format("{}:{}", address, port);
}

Step question(const LogLine& line) {
    std::string answer = listed(line.answers, most_names);
    if (line.outcome != "answered" || answer.empty()) {
        std::string outcome = line.outcome;
        std::replace(outcome.begin(), outcome.end(), '-', ' ');
        answer = answer.empty() ? outcome : outcome + ", " + answer;
    }
    if (line.truncated) answer += ", truncated";
    if (!line.fault.empty()) answer += " (fault: " + line.fault + ")";
    const std::string name = line.name.empty() ? "." : line.name;
    return {line.time, fmt::format("DNS {} {}: {}", line.type, name, answer), {}};
}

Step message(const LogLine& line) {
    std::string text = "SIP " + line.method;
    if (line.status != 0) {
        text += fmt::format(" answered {} {}", line.status, line.reason);
    } else {
        if (!line.user.empty()) text += " " + line.user;
        if (!line.user_agent.empty()) text += " (" + line.user_agent + ")";
    }
    if (!line.problem.empty()) text += ": " + line.problem;
    return {line.time, std::move(text), {}};
}

std::string hello_text(const LogLine& line) {
    std::string text = "TLS ClientHello";
    if (line.offered_version != 0) text += ", up to " + record::tls_version_name(line.offered_version);
    return text + (line.has_sni ? ", sni=" + line.sni : ", sni=none");
}

/// The outcome, what may be its cause, and the names on both sides.
Step outcome(const LogLine& line) {
    Step step{line.time + line.duration, line.verdict, {}};
    if (!line.detail.empty()) step.text += ": " + line.detail;
    if (line.provisional) step.text += " (so far)";
    const auto add = [&](std::string text) { step.below.push_back({step.at, std::move(text), {}}); };
    if (!line.fault.empty()) add("the fault '" + line.fault + "' was armed on purpose");
    if (!line.causes.empty()) add(fmt::format("{}: {}", line.confidence, listed(line.causes, most_names)));
    if (!line.wanted.empty()) {
        std::string text = "wanted " + line.wanted + ", known by " + line.wanted_source;
        if (!line.wanted_confidence.empty()) text += ", " + line.wanted_confidence;
        if (!line.asked.empty()) text += ": asked for " + line.asked;
        add(std::move(text));
    }
    if (!line.presented.empty()) add("certificate has " + listed(line.presented, most_names));
    for (const std::string& reason : line.reasons) add("because " + reason);
    return step;
}

Step connection(const LogLine& line) {
    Step step{line.time, "TCP " + endpoint(line.peer, line.peer_port), {}};
    if (!line.local.empty()) step.text += " to " + endpoint(line.local, line.local_port);
    const auto add = [&](std::optional<Micros> at, std::string text) {
        if (at) step.below.push_back({line.time + *at, std::move(text), {}});
    };
    if (line.has_hello) add(line.hello_at.value_or(Micros{0}), hello_text(line));
    if (!line.vhost.empty())
        add(line.certificate_at, fmt::format("TLS certificate of {} ({})", line.vhost, line.host_choice));
    std::string finished = "TLS Finished";
    if (line.version != 0) finished += ", " + record::tls_version_name(line.version);
    if (!line.cipher_suite.empty()) finished += ", " + line.cipher_suite;
    add(line.finished_at, finished);
    for (const LogAlert& alert : line.alerts)
        add(alert.at,
            fmt::format("TLS alert {} {} {} the client, {} Finished",
                        alert.code,
                        alert.name,
                        alert.from_client ? "from" : "to",
                        alert.after_finished ? "after" : "before"));
    if (!line.first_line.empty()) add(line.data_at.value_or(Micros{0}), "says " + line.first_line);
    step.below.push_back(outcome(line));
    return step;
}

void draw(std::string& out, const std::vector<Step>& steps, const std::string& indent, WallTime first) {
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const bool last = i + 1 == steps.size();
        const std::string delta = "+" + milliseconds(steps[i].at - first);
        out += fmt::format("{:>{}} {}{} {}\n", delta, time_width, indent, last ? "└" : "├", steps[i].text);
        draw(out, steps[i].below, indent + (last ? "  " : "│ "), first);
    }
}

void sort_by_time(std::vector<Step>& steps) {
    std::stable_sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) { return a.at < b.at; });
}

/// Best first: signed in, then anything the client went on with, then the last outcome.
std::string overall(const std::vector<LogLine>& lines) {
    std::string last;
    for (const std::string_view best : {"signed-in", "accepted"})
        for (const LogLine& line : lines)
            if (line.verdict == best) return line.verdict;
    for (const LogLine& line : lines)
        if (line.kind == LineKind::connection) last = line.verdict;
    return last.empty() ? "no connection" : last;
}

std::string users_of(const std::vector<LogLine>& lines) {
    std::vector<std::string> users;
    for (const LogLine& line : lines)
        if (!line.user.empty() && std::find(users.begin(), users.end(), line.user) == users.end())
            users.push_back(line.user);
    return listed(users, most_names);
}

std::vector<Step> steps_of(const AttemptView& attempt) {
    std::vector<Step> steps;
    std::vector<std::string> connections;  // by the step's place
    for (std::size_t i = attempt.shown; i < attempt.lines.size(); ++i) {
        const LogLine& line = attempt.lines[i];
        if (line.kind == LineKind::sip || line.kind == LineKind::gap) continue;
        steps.push_back(line.kind == LineKind::dns ? question(line) : connection(line));
        connections.push_back(line.kind == LineKind::connection ? line.id : "");
    }
    for (std::size_t i = attempt.shown; i < attempt.lines.size(); ++i) {
        const LogLine& line = attempt.lines[i];
        if (line.kind != LineKind::sip) continue;
        const auto of = std::find(connections.begin(), connections.end(), line.id);
        if (of != connections.end() && !line.id.empty())
            steps[static_cast<std::size_t>(of - connections.begin())].below.push_back(message(line));
        else
            steps.push_back(message(line));  // its connection is still open
    }
    for (Step& step : steps) sort_by_time(step.below);
    sort_by_time(steps);
    return steps;
}

std::string date_and_clock(WallTime time) { return local_date(time) + " " + local_clock(time); }

}  // namespace

std::string to_tree(const AttemptView& attempt) {
    if (attempt.lines.empty()) return "";
    const LogLine& head = attempt.lines.front();
    if (head.kind == LineKind::gap)
        return fmt::format("gap: {} lines lost from {} to {}\n",
                           head.lost,
                           date_and_clock(head.time),
                           date_and_clock(head.until));
    const WallTime first = std::accumulate(
        attempt.lines.begin(), attempt.lines.end(), head.time, [](WallTime earliest, const LogLine& line) {
            return std::min(earliest, line.time);
        });
    const std::string_view id = short_attempt(attempt.id);
    std::string out = fmt::format("{}  {}  {}", id.empty() ? "-" : id, date_and_clock(first), head.peer);
    const std::string users = users_of(attempt.lines);
    if (!users.empty()) out += "  " + users;
    out += "  " + overall(attempt.lines) + (attempt.shown > 0 ? ", goes on" : "") + "\n";
    draw(out, steps_of(attempt), "", first);
    if (attempt.left_out > 0)
        out += fmt::format("{:>{}} and {} more records\n", "", time_width, attempt.left_out);
    if (!attempt.beside.empty())
        out += fmt::format(
            "{:>{}} beside it, from the same address: {}; look-ups and handshakes name no user and may be of "
            "either\n",
            "note:",
            time_width,
            listed(attempt.beside, most_names));
    return out;
}

}  // namespace ocs::journal
