#pragma once
// ClientHellos as bytes, whole or wrong on purpose.

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

namespace ocs::tls {

using Bytes = std::vector<std::uint8_t>;

inline Bytes number(std::size_t value, std::size_t width) {
    Bytes bytes(width);
    for (std::size_t i = 0; i < width; ++i)
        bytes[width - 1 - i] = static_cast<std::uint8_t>(value >> (8 * i));
    return bytes;
}
inline Bytes join(std::initializer_list<Bytes> parts) {
    Bytes whole;
    for (const Bytes& part : parts) whole.insert(whole.end(), part.begin(), part.end());
    return whole;
}
inline Bytes block(std::size_t width, const Bytes& body) { return join({number(body.size(), width), body}); }
inline Bytes text(std::string_view words) { return {words.begin(), words.end()}; }
inline Bytes numbers(std::initializer_list<std::size_t> values, std::size_t width) {
    Bytes all;
    for (const std::size_t value : values) all = join({all, number(value, width)});
    return all;
}

inline Bytes extension(std::size_t type, const Bytes& body) {
    return join({number(type, 2), block(2, body)});
}
inline Bytes name_entry(std::string_view name, std::uint8_t type = 0) {
    return join({Bytes{type}, block(2, text(name))});
}
inline Bytes server_name(std::string_view name) { return block(2, name_entry(name)); }

/// The message from its type byte on. `after_compression` is the block of extensions, or nothing.
inline Bytes hello_message(std::size_t version, const Bytes& suites, const Bytes& after_compression) {
    const Bytes body = join({number(version, 2),
                             Bytes(32, 0x55),
                             block(1, {}),
                             block(2, suites),
                             block(1, Bytes{0}),
                             after_compression});
    return join({Bytes{1}, block(3, body)});
}

/// Cut into handshake records of at most `size` bytes.
inline Bytes records(const Bytes& message, std::size_t size = 16384) {
    Bytes all;
    for (std::size_t at = 0; at < message.size(); at += size) {
        const std::size_t end = std::min(at + size, message.size());
        const Bytes piece(message.begin() + static_cast<std::ptrdiff_t>(at),
                          message.begin() + static_cast<std::ptrdiff_t>(end));
        all = join({all, Bytes{0x16, 3, 1}, block(2, piece)});
    }
    return all;
}

/// In SSLv2 framing: 24-bit cipher kinds, no extensions (RFC 5246 §E.2).
inline Bytes sslv2_hello(std::size_t version, const Bytes& kinds) {
    const Bytes body = join({Bytes{1},
                             number(version, 2),
                             number(kinds.size(), 2),
                             number(0, 2),
                             number(16, 2),
                             kinds,
                             Bytes(16, 0x77)});
    return join({number(0x8000U | body.size(), 2), body});
}

/// What Windows XP with Internet Explorer 8 offers (facts sheet §7.2): RC4, DES and export suites, no
/// extension.
inline const Bytes xp_suites =
    numbers({0x0004, 0x0005, 0x000a, 0x0009, 0x0064, 0x0062, 0x0003, 0x0006, 0x0013, 0x0012, 0x0063}, 2);
/// Vista with Internet Explorer 7 (the same).
inline const Bytes vista_suites = numbers(
    {0x002f, 0x0035, 0x0005, 0x000a, 0xc009, 0xc00a, 0xc013, 0xc014, 0x0032, 0x0038, 0x0013, 0x0004}, 2);
inline Bytes vista_extensions(std::string_view sni) {
    return block(2,
                 join({extension(0, server_name(sni)),
                       extension(5, Bytes{1, 0, 0, 0, 0}),
                       extension(10, block(2, numbers({23, 24, 25}, 2))),
                       extension(11, block(1, Bytes{0})),
                       extension(0xff01, Bytes{0})}));
}

}  // namespace ocs::tls
