#pragma once
// Which cipher suites this lab could ever agree on: what a client offers is held against it.

#include <cstdint>
#include <string_view>

namespace ocs::tls {

enum class SuiteSupport {
    yes,     ///< "yes": at security level 0, with a certificate whose key fits and a version in common
    off,     ///< "off": OpenSSL has it, but does not offer it by default: no encryption, no certificate, PSK
    absent,  ///< "absent": this OpenSSL was built without it, as Debian's is without RC4 and 3DES
    signal,  ///< "signal": no suite, but a sign (GREASE, SCSV)
};
std::string_view to_string(SuiteSupport support);

/// By its number in a ClientHello; those of SSLv2 have three bytes and are absent. From any thread.
SuiteSupport suite_support(std::uint32_t suite);

}  // namespace ocs::tls
