#pragma once

#include <string>
#include <string_view>

namespace ocs::ossl {

/// The 32 octets of SHA-256, not spelled out.
std::string sha256(std::string_view bytes);

/// SHA-1, spelled out: the thumbprint that Windows shows of a certificate's DER. For people to compare only.
std::string thumbprint(std::string_view der);

}  // namespace ocs::ossl
