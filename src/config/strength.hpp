#pragma once
// Whether OpenSSL would serve what a recipe makes: known before a key is made.

#include <optional>

#include "config/settings.hpp"

namespace ocs::config {

/// Why a certificate made from `recipe` cannot be loaded at OpenSSL's security level (0 to 5), or empty.
/// OpenSSL's own words for it mislead: a leaf signed with SHA-1 is "ca md too weak" to it
/// (SSL_CTX_set_security_level(3); measured on 3.0, the test asks the library again).
std::optional<Error> unservable(const pki::Recipe& recipe, int level);

}  // namespace ocs::config
