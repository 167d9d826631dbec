#pragma once
// IPv4 and IPv6 addresses as values: 4 or 16 bytes in network order.

#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace ocs {

class IpAddress {
public:
    /// Dotted quad or RFC 4291 text; no port, no brackets, no zone.
    static Result<IpAddress> parse(std::string_view text);
    /// 4 or 16 bytes in network order, as in an iPAddress of a certificate; fails for any other length.
    static Result<IpAddress> from_bytes(std::span<const std::uint8_t> bytes);

    [[nodiscard]] std::string text() const;  ///< canonical (RFC 5952)
    [[nodiscard]] const std::vector<std::uint8_t>& bytes() const { return bytes_; }
    [[nodiscard]] bool is_v6() const { return bytes_.size() == 16; }
    [[nodiscard]] bool is_loopback() const;

    auto operator<=>(const IpAddress&) const = default;

private:
    explicit IpAddress(std::vector<std::uint8_t> bytes) : bytes_(std::move(bytes)) {}
    std::vector<std::uint8_t> bytes_;
};

}  // namespace ocs
