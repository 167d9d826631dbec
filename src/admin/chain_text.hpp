#pragma once
// Certificates as files: PEM and DER. Public parts only.

#include <string>

#include "tls/virtual_hosts.hpp"

namespace ocs::admin {

/// Both load the certificate where that was not done yet, and fail where it cannot be.
Result<std::string> chain_pem(tls::VirtualHost& host);  ///< leaf first, as it is sent
Result<std::string> leaf_der(tls::VirtualHost& host);

}  // namespace ocs::admin
