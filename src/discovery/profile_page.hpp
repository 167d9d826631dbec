#pragma once
// A profile as rows for people: what `fakeocs profiles --show` prints and what docs/clients.md holds.

#include <span>
#include <string>
#include <vector>

#include "discovery/client_profile.hpp"

namespace ocs::discovery {

/// One datum. Where no source has it, `value` reads "unknown" with what is carried out instead behind it.
struct ProfileRow {
    std::string what;   ///< "stop rule"
    std::string value;  ///< "stop-on-resolve", "unknown; carried out as stop-on-resolve"
    std::string source;
    Confidence confidence = Confidence::unknown;
    std::string note;
};
/// Every datum of the profile, in reading order: lookups first, what is not carried out last.
std::vector<ProfileRow> describe(const ClientProfile& profile);

/// The rows as lines of text, the source and the mark behind each value, the note below it.
std::string profile_text(const ClientProfile& profile);

/// One line a profile: its name, its title, how it stops.
std::string profile_list(std::span<const ClientProfile> profiles);

/// The whole of docs/clients.md.
std::string profiles_markdown(std::span<const ClientProfile> profiles);

}  // namespace ocs::discovery
