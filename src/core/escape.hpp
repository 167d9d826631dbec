#pragma once
// Text that a peer, a certificate or a file has written is shown only after it has been through here.

#include <cstddef>
#include <string>
#include <string_view>

namespace ocs {

/// Makes every character that a reader could miss or a terminal could obey visible.
///
/// Printable ASCII stays, except the backslash (`\\`). Control characters, DEL, and bytes that are
/// no valid UTF-8 become `\xNN`; every other non-ASCII character becomes `\u{200b}`. A blank at
/// either end becomes `\x20`, since it is the one that costs people hours. Text that would grow
/// past `limit` output characters is cut and ends in `…(+N bytes)`, N counting input bytes.
std::string visible(std::string_view text, std::size_t limit = 300);

/// The text that visible() was given. What has no such form (cut, or never escaped) stays as it is.
std::string from_visible(std::string_view text);

/// `text` in single quotes after visible(): for error messages.
std::string quoted(std::string_view text, std::size_t limit = 120);

/// True for well-formed UTF-8 (no overlong forms, no surrogates, at most U+10FFFF).
bool is_valid_utf8(std::string_view text);

/// How many bytes at the start of `text` are well-formed UTF-8: all of them, or up to the first bad one.
std::size_t valid_utf8_prefix(std::string_view text);

/// Lower-cases ASCII letters only; all other bytes stay.
std::string ascii_lower(std::string_view text);

/// Compares without regard to ASCII case.
bool equal_ignoring_case(std::string_view a, std::string_view b);

/// A word for a POSIX shell: unchanged where nothing needs quoting, else in single quotes.
std::string shell_quoted(std::string_view text);

}  // namespace ocs
