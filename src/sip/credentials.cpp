// A message as it came, without what a credential said.

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "core/escape.hpp"
#include "sip/message.hpp"

namespace ocs::sip {
namespace {

constexpr std::string_view word = "authorization";
constexpr std::string_view blanks = " \t";
constexpr std::string_view breakers("\r\n\0", 3);

/// Where the next word stands that may name a credential: at the start of a line, or before a colon.
std::size_t find_name(std::string_view text, std::string_view lower, std::size_t from) {
    for (std::size_t at = lower.find(word, from); at != std::string_view::npos;
         at = lower.find(word, at + 1)) {
        const std::size_t next = text.find_first_not_of(blanks, at + word.size());
        if (next != std::string_view::npos && text[next] == ':') return at;
        const std::size_t line = text.find_last_of(breakers, at) + 1;  // npos + 1 is the start
        const std::string_view before = lower.substr(line, at - line);
        const std::size_t name = std::min(before.find_first_not_of(blanks), before.size());
        if (before.substr(name).empty() || before.substr(name) == "proxy-") return at;
    }
    return std::string_view::npos;
}

/// The end of the header that has `from` in it, folded lines included; before its line end.
std::size_t header_end(std::string_view text, std::size_t from) {
    for (std::size_t end = text.find('\n', from); end != std::string_view::npos;
         end = text.find('\n', end + 1)) {
        const bool folded = end + 1 < text.size() && blanks.find(text[end + 1]) != std::string_view::npos;
        if (!folded) return end > from && text[end - 1] == '\r' ? end - 1 : end;
    }
    return text.size();
}

/// "Kerberos" of a value; nothing where it is no scheme that is known.
std::string_view scheme_of(std::string_view value) {
    constexpr std::string_view schemes[] = {
        "basic", "bearer", "digest", "kerberos", "negotiate", "ntlm", "tls-dsk"};
    const std::string_view first = value.substr(0, value.find_first_of(blanks));
    const bool known = std::any_of(std::begin(schemes), std::end(schemes), [&](std::string_view scheme) {
        return ascii_lower(first) == scheme;
    });
    return known && first.size() < value.size() ? first : std::string_view{};
}

}  // namespace

std::string without_credentials(std::string_view text) {
    const std::string lower = ascii_lower(text);
    std::string kept;
    std::size_t done = 0;
    for (std::size_t at = find_name(text, lower, 0); at != std::string_view::npos;
         at = find_name(text, lower, done)) {
        const std::size_t end = header_end(text, at);
        std::size_t value = text.find_first_not_of(" \t:", at + word.size());
        value = std::min(value, end);
        const std::string_view scheme = scheme_of(text.substr(value, end - value));
        kept += text.substr(done, at + word.size() - done);
        kept += ": ";
        kept += scheme;
        if (!scheme.empty()) kept += ' ';
        kept += fmt::format("({} bytes not kept)", end - value - scheme.size());
        done = end;
    }
    kept += text.substr(done);
    return kept;
}

}  // namespace ocs::sip
