#pragma once
// ClientHello, decoded from raw bytes with every length bounded. Nothing here fails: what does not
// parse is left out and named in `parse_problem`, since a refused hello is what people want to read.

#include <cstddef>
#include <cstdint>
#include <span>

#include "record/facts.hpp"

namespace ocs::tls {

/// A handshake message from its type byte (1) on, without record headers (RFC 8446 §4.1.2). Bytes past
/// the message's own length are not looked at. `record_version` is the caller's to set.
record::ClientHelloFacts parse_client_hello(std::span<const std::uint8_t> handshake_message);

/// A hello in SSLv2 framing, from its type byte (1) on, without the two-byte length (RFC 5246 §E.2).
record::ClientHelloFacts parse_sslv2_hello(std::span<const std::uint8_t> message);

/// Of what a client sent first: where the record ends that completes its ClientHello, in either framing. All
/// of it where that is still to come, or what is there is no hello.
std::size_t hello_end(std::span<const std::uint8_t> stream);

/// The body of a server_name extension (RFC 6066 §3).
record::SniFact parse_server_name(std::span<const std::uint8_t> extension);

}  // namespace ocs::tls
