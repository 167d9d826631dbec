#pragma once

#include <string>
#include <string_view>

namespace ocs::ossl {

/// The 32 octets of SHA-256, not spelled out.
std::string sha256(std::string_view bytes);

}  // namespace ocs::ossl
