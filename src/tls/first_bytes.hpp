#pragma once
// What a client that connects speaks, by its first bytes.

#include <cstdint>
#include <span>

#include "record/facts.hpp"

namespace ocs::tls {

/// Looks at what is there so far, so ask again when more came and the answer was `other`: a lone 'R' may
/// become REGISTER. Sixteen bytes always suffice. Pure; reads at most the first 16 bytes for the word
/// and 256 for the version that tells SIP and HTTP apart (OPTIONS is a method of both).
record::FirstBytes sniff_first_bytes(std::span<const std::uint8_t> bytes);

}  // namespace ocs::tls
