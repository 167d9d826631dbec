#pragma once

#include <string>
#include <string_view>

namespace ocs::ossl {

/// RFC 4648 §4, on one line.
std::string base64(std::string_view bytes);
/// A certificate's DER as PEM, in lines of 64 (RFC 7468).
std::string pem_of_certificate(std::string_view der);

}  // namespace ocs::ossl
