#pragma once
// TLS alerts by number: RFC name, and what Schannel calls it on the side that receives it.

#include <cstdint>
#include <string>
#include <string_view>

namespace ocs::record {

std::string_view alert_name(
    std::uint8_t code);  ///< "bad_certificate" (RFC 8446 §6, RFC 5246 §7.2); "unassigned" if none
std::string_view schannel_name(
    std::uint8_t code);  ///< "CERT_UNKNOWN 0x80090327": facts sheet §3.4 [81]; empty if not listed
std::string tls_version_name(std::uint16_t version);  ///< 0x0304 → "TLS 1.3"; "SSL 3.0"; "0x7f1c" for others

}  // namespace ocs::record
