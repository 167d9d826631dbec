#pragma once
// How much work a PFX asks for before it can be told whether the password opens it.

#include <cstdint>

#include "core/result.hpp"
#include "ossl/handles.hpp"

namespace ocs::pki {

/// Of all key derivations of a file together: OpenSSL and Windows write 2048 in each of three, OWASP
/// recommends 600 000 for PBKDF2. A file may ask for 2^31 in each, and a start or reload would hang.
inline constexpr std::int64_t max_pfx_rounds = 2'000'000;

/// Adds up the rounds of the MAC, of each encrypted part and of each encrypted key (of scrypt: N·r·p), and
/// opens the encrypted parts, which may hold keys, once the rounds so far are known to be few. Fails where
/// they are more than max_pfx_rounds; what cannot be parsed or opened is left to the reader of the file.
Result<void> check_pfx_rounds(PKCS12* file, const std::string& password);

}  // namespace ocs::pki
