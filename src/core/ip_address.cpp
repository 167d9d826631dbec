#include "core/ip_address.hpp"

#include <arpa/inet.h>

#include <array>

#include "core/escape.hpp"

namespace ocs {

Result<IpAddress> IpAddress::parse(std::string_view text) {
    const std::string copy(text);  // inet_pton wants a terminated string; a NUL inside ends it early
    std::array<std::uint8_t, 16> bytes{};
    if (copy.find('\0') == std::string::npos && copy.size() < INET6_ADDRSTRLEN) {
        if (inet_pton(AF_INET, copy.c_str(), bytes.data()) == 1) {
            return IpAddress(std::vector<std::uint8_t>(bytes.begin(), bytes.begin() + 4));
        }
        if (inet_pton(AF_INET6, copy.c_str(), bytes.data()) == 1) {
            return IpAddress(std::vector<std::uint8_t>(bytes.begin(), bytes.end()));
        }
    }
    return Error{quoted(text) + " is not an IP address", "", ""};
}

Result<IpAddress> IpAddress::from_bytes(std::span<const std::uint8_t> bytes) {
    if (bytes.size() != 4 && bytes.size() != 16) {
        return Error{"an IP address has 4 or 16 bytes, not " + std::to_string(bytes.size()), "", ""};
    }
    return IpAddress(std::vector<std::uint8_t>(bytes.begin(), bytes.end()));
}

std::string IpAddress::text() const {
    std::array<char, INET6_ADDRSTRLEN> out{};
    inet_ntop(is_v6() ? AF_INET6 : AF_INET, bytes_.data(), out.data(), out.size());
    return out.data();
}

bool IpAddress::is_loopback() const {
    return is_v6() ? text() == "::1" || text().starts_with("::ffff:127.") : bytes_[0] == 127;
}

}  // namespace ocs
