#pragma once
// The list of revoked certificates (RFC 5280 §5), for those that are revoked on purpose.

#include <string>
#include <string_view>

#include "pki/encode.hpp"

namespace ocs::pki {

/// The DER of `issuer`'s list: what `before` (DER, or empty) revokes if `issuer` signed it, and `revoked`
/// where it is not null. Valid as long as the issuer, so that it never expires before it.
Result<std::string> make_crl(const Authority& issuer,
                             std::string_view before,
                             const X509* revoked,
                             WallTime now);

}  // namespace ocs::pki
