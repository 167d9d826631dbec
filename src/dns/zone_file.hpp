#pragma once
// Zones from standard zone files (RFC 1035 §5).

#include <string>
#include <string_view>

#include "core/result.hpp"
#include "dns/zone.hpp"

namespace ocs::dns {

inline constexpr std::size_t max_zone_file = std::size_t{1} << 20U;

/// Reads a zone. `name` is the origin to start with. Every problem is reported, each with `file:line` (the
/// line a record begins on), up to 50.
///
/// $ORIGIN and $TTL are obeyed; $INCLUDE and $GENERATE are refused. Exactly one SOA, at the top. ldns parses
/// the data; checked here because it does not: numbers out of range (it takes port 99999 modulo 65536), types
/// that are not served, owners outside the zone, classes but IN, the SOA. A record without TTL has that of
/// $TTL, else `ttl`.
Results<Zone> parse_zone_file(const std::string& file_name,
                              std::string_view text,
                              const Name& name,
                              std::uint32_t ttl = 0);

}  // namespace ocs::dns
