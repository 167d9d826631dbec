#include "admin/live.hpp"

#include <fmt/format.h>

#include <charconv>

#include "admin/handshakes.hpp"
#include "core/escape.hpp"

namespace ocs::admin {
namespace {

std::string_view event_name(const journal::LogLine& line) {
    switch (line.kind) {
        case journal::LineKind::connection:
            return line.provisional ? "silent" : "handshake";
        case journal::LineKind::dns:
            return "dns";
        case journal::LineKind::sip:
            return "sip";
        case journal::LineKind::gap:
            break;
    }
    return "gap";
}

Result<std::optional<std::uint64_t>> asked_after(const Call& call) {
    const std::string& last_id = call.request.last_event_id;
    const auto parameter = call.query.find("after");
    if (last_id.empty() && parameter == call.query.end()) return std::optional<std::uint64_t>();
    const std::string& text = last_id.empty() ? parameter->second : last_id;
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value > INT64_MAX) {
        return Error{ocs::quoted(text) + " is no place in the history", "", "the id of an event, a number"};
    }
    return std::optional(value);
}

/// The first row that is still there, or 0.
Result<std::uint64_t> first_sequence(HistoryReader& history) {
    journal::StoreQuery query;
    query.limit = 1;
    std::uint64_t first = 0;
    auto done = history.read(query, [&](std::uint64_t sequence, std::string_view) {
        first = sequence;
        return false;
    });
    if (done.has_error()) return done.error();
    return first;
}

}  // namespace

Result<Opening> open_events(const Call& call, HistoryReader& history) {
    auto filter = filter_of(call.query);
    if (filter.has_error()) return filter.error();
    const auto asked = asked_after(call);
    if (asked.has_error()) return asked.error();
    Opening opening{{std::move(*filter), 0, history.is_kept()}, "retry: 1000\n\n"};
    // A history that cannot be read yet is begun by the journal when it can: what is stored then, is new.
    const auto last = history.last_sequence();
    const std::uint64_t now = last.has_value() ? *last : 0;
    opening.position.after = asked->value_or(now);
    opening.text += event_text(
        "hello",
        fmt::format(R"({{"schema":"fakeocs.hello/1","last":{},"resumes":{}}})", now, opening.position.stored),
        std::nullopt);
    if (!asked->has_value() || !opening.position.stored) return opening;
    const auto first = first_sequence(history);
    std::string why;
    if (**asked > now) {
        why = "the history was begun anew";
        opening.position.after = 0;
    } else if (first.has_value() && *first > **asked + 1) {
        why = "what lies between is not kept any more";
    }
    if (!why.empty()) {
        opening.text += event_text(
            "gap", fmt::format(R"({{"schema":"fakeocs.missed/1","why":"{}"}})", why), std::nullopt);
    }
    return opening;
}

Result<std::string> more_events(Position& position, HistoryReader& history, std::size_t rows) {
    journal::StoreQuery query;
    query.after = position.after;
    query.limit = rows;
    std::string text;
    auto done = history.read(query, [&](std::uint64_t sequence, std::string_view line) {
        position.after = sequence;
        journal::LogLine read;
        if (!journal::parse_log_line(line, read) && position.filter.matches(read))
            text += event_text(event_name(read), with_sequence(sequence, line), sequence);
        return true;
    });
    if (done.has_error()) return done.error();
    return text;
}

std::string passing_event(const Position& position, const std::string& line) {
    journal::LogLine read;
    if (!journal::parse_log_line(line, read)) {
        if (!position.filter.matches(read)) return "";
        return event_text(event_name(read), line, std::nullopt);
    }
    // A connection of which nothing is known yet but that it is there.
    return position.filter.empty() ? event_text("seen", line, std::nullopt) : "";
}

std::string event_text(std::string_view name, std::string_view data, std::optional<std::uint64_t> id) {
    const std::string number = id ? fmt::format("id: {}\n", *id) : "";
    return fmt::format("{}event: {}\ndata: {}\n\n", number, name, data);
}

}  // namespace ocs::admin
