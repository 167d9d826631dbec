// fakeocs log: the first line is a filter, the rest a JSON Lines file of anybody. Whatever they hold, every
// line is counted, and what is drawn can be shown on a terminal.

#include "journal/filter.hpp"
#include "journal/log_reader.hpp"
#include "journal/store.hpp"
#include "journal/timeline.hpp"
#include "property.hpp"

using namespace ocs;
using fuzz::require;

namespace {

/// The tree's own signs are UTF-8; everything else is ASCII.
void require_drawable(const std::string& tree) {
    for (const char c : tree) {
        const bool control = static_cast<unsigned char>(c) < 0x20 && c != '\n';
        require(!control && c != 0x7f, "a tree has no control characters", tree);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = fuzz::text_of(data, size);
    const std::size_t end = text.find('\n');
    const auto filter = journal::Filter::parse(text.substr(0, end), WallTime{});
    if (filter.has_error()) {
        require(!filter.error().what.empty(), "an error says what");
        require(fuzz::is_printable(filter.error().what), "an error can be shown", filter.error().what);
        require(fuzz::is_printable(filter.error().hint), "a hint can be shown", filter.error().hint);
    }
    if (end == std::string_view::npos) return 0;

    journal::Timeline timeline;
    std::vector<journal::LogLine> lines;
    journal::LogReader reader([&](journal::LogLine line) {
        require(!row_of(line).line.empty(), "a line that was read can be stored");
        if (filter.has_value()) (void)filter->matches(line);
        lines.push_back(line);
        timeline.add(std::move(line));
    });
    reader.feed(text.substr(end + 1));
    reader.finish();
    require(reader.lines() == reader.unread().total() + lines.size(), "every line is read or counted");

    std::size_t drawn = 0;
    for (const auto& attempt : timeline.take_all()) {
        require_drawable(to_tree(attempt));
        if (filter.has_value()) (void)filter->matches(attempt.lines);
        drawn += attempt.lines.size() + attempt.left_out;
    }
    require(drawn == lines.size(), "every record is in one attempt");
    return 0;
}
