// Text from peers on its way to a terminal, a log line and a shell.

#include "core/clock.hpp"
#include "core/escape.hpp"
#include "property.hpp"

using namespace ocs;
using fuzz::require;

namespace {

/// What a POSIX shell makes of one word of shell_quoted(): quotes taken off, nothing else expanded.
std::string unquoted(std::string_view word) {
    std::string text;
    for (std::size_t i = 0; i < word.size(); ++i) {
        if (word[i] == '\'') {
            for (++i; i < word.size() && word[i] != '\''; ++i) text += word[i];
            require(i < word.size(), "quotes close", word);
        } else if (word[i] == '\\') {
            ++i;
            require(i < word.size(), "a backslash quotes something", word);
            text += word[i];
        } else {
            require(std::string_view(" \t\n\"$`&|;<>()*?[]#~!{}").find(word[i]) == std::string_view::npos,
                    "what a shell obeys is quoted",
                    word);
            text += word[i];
        }
    }
    return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = fuzz::text_of(data, size);
    for (const std::size_t limit : {std::size_t{20}, std::size_t{300}}) {
        const std::string shown = visible(text, limit);
        require(fuzz::is_printable(shown), "visible text is printable ASCII", shown);
        require(shown.size() <= limit + 32, "visible text is bounded", shown);
    }
    require(quoted(text).starts_with('\'') && quoted(text).ends_with('\''), "quoted text is in quotes");
    const std::string folded = ascii_lower(text);
    require(folded.size() == size && equal_ignoring_case(folded, text), "folding case changes case only");
    require(is_valid_utf8(folded) == is_valid_utf8(text), "folding case keeps UTF-8 what it is");
    if (text.find('\0') == std::string_view::npos) {
        require(unquoted(shell_quoted(text)) == text, "a shell reads the word as it was", shell_quoted(text));
    }
    const WallTime now{std::chrono::sys_days{std::chrono::year{2026} / 11 / 24}};
    if (const auto time = parse_time(text, now)) {
        const auto again = parse_time(rfc3339(*time).substr(0, 19) + "Z", now);
        require(
            again && std::chrono::floor<std::chrono::seconds>(*time) == *again, "a time reads back", text);
    } else {
        require(fuzz::is_printable(time.error().what), "an error can be shown", time.error().what);
    }
    return 0;
}
