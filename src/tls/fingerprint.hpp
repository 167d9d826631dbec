#pragma once
// Names for the shape of a ClientHello, as other tools write them: two hellos of one client build share
// them. They tell a client's family, never who it is.

#include <string>

#include "record/facts.hpp"

namespace ocs::tls {

/// JA3 (the Salesforce definition of 2017): version, suites, extensions, groups and point formats in the
/// client's order, decimal, GREASE left out.
std::string ja3_text(const record::ClientHelloFacts& hello);  ///< "769,47-53-5,0-10-11,23-24-25,0"
std::string ja3(const record::ClientHelloFacts& hello);       ///< its MD5, hex

/// JA4 (the FoxIO definition): version, SNI or not, counts, ALPN; then SHA-256 of the sorted suites, and of
/// the sorted extensions with the signature algorithms, twelve hex digits each.
std::string ja4_text(
    const record::ClientHelloFacts& hello);              ///< JA4_r, with the lists in place of the hashes
std::string ja4(const record::ClientHelloFacts& hello);  ///< "t13d1516h2_8daaf6152771_e5627efa2ab1"

}  // namespace ocs::tls
