#pragma once
// What an index of very many certificates needs of each file, at a tenth of the price of loading it.

#include <string>
#include <string_view>

#include "core/result.hpp"
#include "discovery/name_policy.hpp"

namespace ocs::pki {

struct Glance {
    bool has_certificate = false;
    bool has_key = false;             ///< a PEM private key, whatever its kind
    discovery::PresentedNames names;  ///< of the first certificate
};

/// Looks at PEM text. Most of what loading costs is OpenSSL decoding public keys, so this walks over them in
/// the DER and reads subject and extensions only; names are those that presented_names() tells. Whether the
/// rest holds together is for load_pem() to find. Fails where the first certificate is none.
Result<Glance> glance_at_pem(std::string_view text);

/// The names of a certificate's DER; fails where it has not the shape of RFC 5280 §4.1.
Result<discovery::PresentedNames> names_in_der(std::string_view der);

}  // namespace ocs::pki
