#pragma once

#include <string>
#include <vector>

#include "ossl/handles.hpp"

namespace ocs::ossl {

/// The certificates that this side of a connection sends, the leaf first, in DER. Empty: it has none.
std::vector<std::string> chain_der(const SSL* ssl);

}  // namespace ocs::ossl
