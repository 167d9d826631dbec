#pragma once
// What every answer of the front end is made of. For this room only.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sip/front_end.hpp"

namespace ocs::sip {

/// Status line, Via with what the receiver adds, From, To with its tag, Call-ID, CSeq, Server (RFC 3261
/// §8.2.6).
Message start_answer(const Message& request, int status, const FrontEndSettings& settings, const Peer& peer);

Header diagnostics_header(const Diagnostics& diagnostics, const Peer& peer);

/// The value of ms-received-cid: the same for one connection.
std::string connection_id(const Peer& peer);

std::uint64_t fnv1a(std::string_view text, std::uint64_t hash = 0xCBF29CE484222325U);
std::string quoted_string(std::string_view text);                            ///< RFC 3261 §25.1
std::optional<unsigned> read_seconds(std::optional<std::string_view> text);  ///< too large: the largest

/// True if a piece like "rport" or "expires=7200" is the parameter of this name, case aside.
bool is_parameter(std::string_view piece, std::string_view name);

/// The answer to a REGISTER by the rules; empty: never.
std::optional<Message> answer_to_register(const Message& request,
                                          const FrontEndSettings& settings,
                                          const Peer& peer);

}  // namespace ocs::sip
