#pragma once
// What the API needs before it may be on the network: a certificate, and the token.

#include <string>
#include <vector>

#include "admin/http_server.hpp"
#include "config/settings.hpp"
#include "core/clock.hpp"
#include "core/ip_address.hpp"

namespace ocs::server {

inline constexpr const char* api_certificate_folder = "api-tls";  ///< in the state folder

struct ApiAccess {
    admin::GuardRules rules;
    std::optional<admin::DoorCertificate> certificate;
    std::vector<std::string> lines;  ///< for people: what was made, where the token is
};

/// Without `admin: tls:` only the rules. Else makes what is missing: the token (0600), and, where the
/// configuration names no certificate, one of the lab CA for the names and addresses there are, anew when
/// these have changed or it has expired. The CA must be there. Fails with the place.
Result<ApiAccess> api_access(const config::Settings& settings, WallTime now);

/// The names and addresses the API can be asked by: localhost, those of the configuration, and the address it
/// is bound to, or all this machine has.
std::vector<std::string> api_names(const config::AdminSettings& settings,
                                   const std::vector<IpAddress>& of_this_machine);

}  // namespace ocs::server
