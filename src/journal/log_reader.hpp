#pragma once
// A JSON Lines file as it streams by: lines out of pieces of bytes, and a count of what could not be read.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "journal/log_line.hpp"

namespace ocs::journal {

/// What could not be read. A line that was cut off counts as no JSON.
struct UnreadLines {
    std::uint64_t broken = 0;    ///< no JSON, or no time
    std::uint64_t foreign = 0;   ///< another schema
    std::uint64_t too_long = 0;  ///< over LogReader::longest_line
    std::uint64_t first = 0;     ///< number of the first of them, from 1
    std::string first_problem;   ///< "no JSON"

    [[nodiscard]] std::uint64_t total() const { return broken + foreign + too_long; }
};
/// "3 of 120 lines could not be read: 1 broken, 2 of another schema; the first is line 17 (no JSON)"
std::string to_string(const UnreadLines& unread, std::uint64_t lines);

/// Takes bytes, gives records. Holds at most one line.
class LogReader {
public:
    static constexpr std::size_t longest_line = std::size_t{1} << 20U;

    explicit LogReader(std::function<void(LogLine)> take) : take_(std::move(take)) {}

    void feed(std::string_view bytes);
    /// No more bytes come: what is left is a line, or the beginning of one.
    void finish();

    [[nodiscard]] std::uint64_t lines() const { return lines_; }  ///< that were not empty
    [[nodiscard]] const UnreadLines& unread() const { return unread_; }

private:
    void line(std::string_view text);
    void problem(std::uint64_t UnreadLines::*kind, std::string_view words);

    std::function<void(LogLine)> take_;
    std::string rest_;
    bool skipping_ = false;  // the rest of a line that is too long
    std::uint64_t number_ = 0, lines_ = 0;
    UnreadLines unread_;
};

}  // namespace ocs::journal
