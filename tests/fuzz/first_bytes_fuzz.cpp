// What a client speaks, by its first bytes.

#include <algorithm>

#include "property.hpp"
#include "tls/first_bytes.hpp"

using namespace ocs;
using fuzz::require;
using record::FirstBytes;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::span<const std::uint8_t> bytes(data, size);
    const FirstBytes kind = tls::sniff_first_bytes(bytes);
    require((kind == FirstBytes::none) == bytes.empty(), "no bytes are none, and only they");
    require(tls::sniff_first_bytes(bytes.first(std::min<std::size_t>(size, 256))) == kind,
            "bytes past the 256th change nothing");
    if (kind == FirstBytes::tls) require(data[0] == 0x16, "TLS starts with a handshake record");
    if (kind == FirstBytes::sslv2_hello) require(data[0] >= 0x80, "an SSLv2 frame has its top bit set");
    require(!record::to_string(kind).empty(), "each answer has a word");
    // A word that is complete stays what it is, unless it is one that SIP and HTTP share.
    if (size >= 16 && kind != FirstBytes::other && kind != FirstBytes::http) {
        require(tls::sniff_first_bytes(bytes.first(16)) != FirstBytes::none, "sixteen bytes are never none");
    }
    return 0;
}
