#pragma once
// The name comparison of X509_check_host, OpenSSL 3.0, flags 0 (crypto/x509/v3_utl.c).

#include <string_view>

namespace ocs::discovery {

/// Whether a dNSName or common name covers `wanted`. `through_wildcard`: the '*' in it did.
struct OpensslMatch {
    bool covers = false;
    bool through_wildcard = false;
};
OpensslMatch openssl_match(std::string_view presented, std::string_view wanted);

}  // namespace ocs::discovery
