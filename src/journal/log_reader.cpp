#include "journal/log_reader.hpp"

#include <fmt/format.h>

namespace ocs::journal {

std::string to_string(const UnreadLines& unread, std::uint64_t lines) {
    std::string kinds;
    const auto add = [&](std::uint64_t count, std::string_view words) {
        if (count > 0) kinds += fmt::format("{}{} {}", kinds.empty() ? "" : ", ", count, words);
    };
    add(unread.broken, "broken");
    add(unread.foreign, "of another schema");
    add(unread.too_long, "too long");
    return fmt::format("{} of {} lines could not be read: {}; the first is line {} ({})",
                       unread.total(),
                       lines,
                       kinds,
                       unread.first,
                       unread.first_problem);
}

void LogReader::feed(std::string_view bytes) {
    while (!bytes.empty()) {
        const std::size_t end = bytes.find('\n');
        const std::string_view piece = bytes.substr(0, end);
        if (skipping_) {
            skipping_ = end == std::string_view::npos;
        } else if (rest_.size() + piece.size() > longest_line) {
            ++number_;
            ++lines_;
            problem(&UnreadLines::too_long, "over 1 MiB");
            rest_.clear();
            rest_.shrink_to_fit();
            skipping_ = end == std::string_view::npos;
        } else if (end == std::string_view::npos) {
            rest_ += piece;
        } else if (rest_.empty()) {
            line(piece);
        } else {
            rest_ += piece;
            line(rest_);
            rest_.clear();
        }
        if (end == std::string_view::npos) return;
        bytes.remove_prefix(end + 1);
    }
}

void LogReader::finish() {
    if (!rest_.empty()) line(rest_);
    rest_.clear();
    skipping_ = false;
}

void LogReader::line(std::string_view text) {
    ++number_;
    if (text.find_first_not_of(" \t\r") == std::string_view::npos) return;
    ++lines_;
    LogLine read;
    const auto wrong = parse_log_line(text, read);
    if (!wrong) {
        take_(std::move(read));
        return;
    }
    const bool foreign = *wrong == LineProblem::foreign;
    problem(foreign ? &UnreadLines::foreign : &UnreadLines::broken, to_string(*wrong));
}

void LogReader::problem(std::uint64_t UnreadLines::*kind, std::string_view words) {
    ++(unread_.*kind);
    if (unread_.first != 0) return;
    unread_.first = number_;
    unread_.first_problem = words;
}

}  // namespace ocs::journal
