// What a client speaks, by its first bytes, as they come in.

#include <algorithm>

#include "core/escape.hpp"
#include "property.hpp"
#include "tls/first_bytes.hpp"

using namespace ocs;
using fuzz::require;
using record::FirstBytes;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::span<const std::uint8_t> bytes(data, size);
    const tls::FirstBytesGuess whole = tls::sniff_first_bytes(bytes);
    require((whole.kind == FirstBytes::none) == bytes.empty(), "no bytes are none, and only they");
    require(!record::to_string(whole.kind).empty(), "each answer has a word");
    if (whole.kind == FirstBytes::tls) require(data[0] == 0x16, "TLS starts with a handshake record");
    if (whole.kind == FirstBytes::sslv2_hello) require(data[0] >= 0x80, "an SSLv2 frame has its top bit set");

    for (std::size_t have = 0; have < std::min<std::size_t>(size, 600); ++have) {
        const tls::FirstBytesGuess early = tls::sniff_first_bytes(bytes.first(have));
        if (!early.settled) continue;
        require(whole.settled && whole.kind == early.kind, "what is settled stays", to_string(early.kind));
        break;
    }

    const std::string line = tls::first_line(fuzz::text_of(data, size));
    require(line.size() <= tls::first_line_limit + std::string_view(" (not kept)").size(),
            "the first line is bounded");
    require(line.find('\n') == std::string::npos, "the first line is one line");
    for (const std::string_view header : {"Authorization", "Proxy-Authorization"}) {
        if (!equal_ignoring_case(line.substr(0, header.size()), header)) continue;
        const auto colon = line.find_first_not_of(" \t", header.size());
        if (colon == std::string::npos || line[colon] != ':') continue;
        require(line.substr(colon + 1) == " (not kept)", "a credential is kept nowhere", line);
    }
    return 0;
}
