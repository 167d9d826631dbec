#pragma once
// What a client that connects speaks, by its first bytes: on the socket, and again inside TLS.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "record/facts.hpp"

namespace ocs::tls {

struct FirstBytesGuess {
    record::FirstBytes kind = record::FirstBytes::none;
    bool settled = false;  ///< more bytes change nothing: the kind is certain, its first line is whole
};

/// Looks at what is there so far; ask again with more until it is settled: a lone 'R' may become REGISTER.
/// Blank lines before a request are skipped (RFC 3261 §7.5). Pure; looks at the first 512 bytes, and at
/// most first_line_limit of the line: where that is no end, a longer line settles too.
FirstBytesGuess sniff_first_bytes(std::span<const std::uint8_t> bytes);

inline constexpr std::size_t first_line_limit = 256;

/// The first line of a text protocol after blank lines, raw, without its end, at most first_line_limit
/// bytes. A line that carries a credential (an Authorization or Proxy-Authorization header) ends after
/// the colon in " (not kept)", which comes on top of the limit: its value is kept nowhere (design decision
/// 10).
std::string first_line(std::string_view bytes);

}  // namespace ocs::tls
