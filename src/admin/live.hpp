#pragma once
// The live feed as text/event-stream (HTML standard, server-sent events), and the words of its events.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "admin/control_api.hpp"
#include "admin/history_reader.hpp"
#include "journal/filter.hpp"

namespace ocs::admin {

/// What a stream was asked for, and how far it is.
struct Position {
    journal::Filter filter;
    std::uint64_t after = 0;  ///< sequence number of the last row that was looked at
    bool stored = true;       ///< false: no history is kept, all records pass by
};

/// Where a stream begins: behind Last-Event-ID, behind `after`, or now. The text is what the client is told
/// first: `event: hello`, and `event: gap` where rows it has not seen are not there any more.
struct Opening {
    Position position;
    std::string text;
};
Result<Opening> open_events(const Call& call, HistoryReader& history);

/// Events of the rows after `position`, which moves on; at most `rows` are looked at. Empty: there is no
/// more.
Result<std::string> more_events(Position& position, HistoryReader& history, std::size_t rows);

/// `event: seen`, `silent` or `record`, without an id: what passes by and is in no history. Empty: the filter
/// does not hold.
std::string passing_event(const Position& position, const std::string& line);

/// One event. `data` is one line.
std::string event_text(std::string_view name, std::string_view data, std::optional<std::uint64_t> id);

}  // namespace ocs::admin
