#pragma once
// What of a ClientHello tells the TLS library that made it, and the rules that go by it. They ask for what
// outlives versions: the order of extensions and signature algorithms, and values that only one library has.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "record/client_family.hpp"

namespace ocs::record {

/// A hello without what differs by connection: GREASE, server name, padding, the order of a browser's dice.
struct HelloShape {
    const ClientHelloFacts* hello = nullptr;  ///< of the caller; outlives it
    bool grease = false;                      ///< RFC 8701, among suites or extensions
    bool signalling = false;                  ///< TLS_EMPTY_RENEGOTIATION_INFO_SCSV
    std::vector<std::uint16_t> suites;        ///< of TLS; no signalling values, no cipher kinds of SSL 2.0
    std::vector<std::uint16_t> extensions;    ///< without server_name and padding
    std::vector<std::uint16_t> signatures;
};
HelloShape shape_of(const ClientHelloFacts& hello);

/// "SSLv2 framing, 11 suites, no extensions", "31 suites"
std::string first_words(const HelloShape& shape);

struct HelloRule {
    ClientFamily family;
    Confidence confidence;
    std::string_view name;   ///< for people
    std::string_view basis;  ///< what of the hello it goes by, and who looks the same
    bool (*fits)(const HelloShape& shape);
};

/// The first rule that fits, or null. Where a rule was tried against is said in its table.
const HelloRule* rule_for(const HelloShape& shape);

}  // namespace ocs::record
