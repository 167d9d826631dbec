#pragma once
// What the zones say to a question, before it becomes a message (RFC 1034 §4.3.2).

#include <cstdint>
#include <optional>
#include <vector>

#include "dns/answer.hpp"

namespace ocs::dns {

struct Lookup {
    Outcome outcome = Outcome::refused;
    bool authoritative = false;
    std::vector<Record> answers;
    std::vector<Record> authority;
    std::vector<Record> additional;
};

/// Looks up `name`. With `wrong_target` the records of the name point there instead, or the name becomes its
/// alias (fault.hpp). Outside the zones: refused.
Lookup look_up(const Zones& zones, const Name& name, std::uint16_t type, const Name* wrong_target = nullptr);

/// The SOA as it goes with an answer "no": cached no longer than its minimum (RFC 2308 §3). Empty outside the
/// zones.
std::optional<Record> negative_soa(const Zones& zones, const Name& name);

}  // namespace ocs::dns
