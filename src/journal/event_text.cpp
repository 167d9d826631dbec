#include "journal/event_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/escape.hpp"
#include "journal/attempts.hpp"

namespace ocs::journal {

namespace {

constexpr std::size_t most_answers = 4;  // on a line; JSON has them all

}  // namespace

std::string answer_words(const record::DnsEvent& event) {
    std::string words;
    for (std::size_t i = 0; i < event.answers.size() && i < most_answers; ++i)
        words += (i == 0 ? "" : ", ") + visible(event.answers[i]);
    if (event.answers.size() > most_answers)
        words += fmt::format(" and {} more", event.answers.size() - most_answers);
    const bool plain = event.outcome == record::DnsOutcome::answered && !event.answers.empty();
    if (!plain) {
        std::string outcome(record::to_string(event.outcome));
        std::replace(outcome.begin(), outcome.end(), '-', ' ');
        words = words.empty() ? outcome : outcome + ", " + words;
    }
    if (event.truncated) words += ", truncated";
    if (!event.fault.empty()) words += " (fault: " + visible(event.fault) + ")";
    return words;
}

std::string line_head(WallTime at, std::string_view attempt) {
    std::string head = local_clock(at) + ' ';
    if (!attempt.empty()) head.append(short_attempt(attempt)) += ' ';
    return head;
}

std::string to_text(const record::DnsEvent& event, Volume volume) {
    std::string line = fmt::format("{}dns {} {} {}: {}",
                                   line_head(event.at, event.attempt),
                                   visible(event.client.address),
                                   visible(event.type),
                                   event.name.empty() ? "." : visible(event.name),
                                   answer_words(event));
    if (volume == Volume::verbose)
        line += fmt::format(
            " [{} {} {}]", visible(event.id), event.tcp ? "tcp" : "udp", milliseconds(event.took));
    return line + '\n';
}

std::string to_text(const record::SipEvent& event, Volume volume) {
    const auto& message = event.message;
    std::string line = fmt::format("{}sip {} {}",
                                   line_head(event.at, event.attempt),
                                   visible(event.client),
                                   visible(message.method, 64));
    if (message.status != 0) {
        line += fmt::format(" answered {} {}", message.status, visible(message.reason, 120));
    } else {
        if (!message.user.empty()) line += " " + visible(message.user, 120);
        if (!message.user_agent.empty()) line += " (" + visible(message.user_agent, 120) + ")";
        if (message.has_credentials) line += " with credentials, which are not kept";
    }
    if (!message.problem.empty()) line += ": " + visible(message.problem, 120);
    if (volume == Volume::verbose) line += " [" + visible(event.connection) + "]";
    return line + '\n';
}

}  // namespace ocs::journal
