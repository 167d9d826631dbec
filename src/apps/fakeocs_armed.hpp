#pragma once
// What the lab on this machine does wrong on purpose, for a sign-in that meets it: without a word of that the
// report of `fakeocs signin` would be one of the certificate.

#include <filesystem>
#include <string>
#include <vector>

#include "client/signin.hpp"

namespace ocs::apps {

/// The faults of a lab, a line each, and where it is met.
struct ArmedFaults {
    std::vector<std::string> of_connections;  ///< of TLS and SIP
    std::vector<std::string> of_dns;
    std::vector<std::string> listeners;  ///< "127.0.0.1:5061"
    std::string resolver;                ///< the same of its DNS; empty: it serves none
};

/// Asks the lab of this state folder, for a third of a second at most. Empty where none runs, or it does not
/// answer. Before the sign-in: one that is armed for the next connection is spent afterwards.
ArmedFaults ask_what_is_armed(const std::filesystem::path& state_folder);

/// Those that this sign-in may have met: of DNS where it asked that lab, of TLS and SIP where it did so or
/// connected to it.
std::vector<std::string> those_met(const ArmedFaults& armed,
                                   const client::SigninOptions& options,
                                   const client::SigninReport& report);

}  // namespace ocs::apps
