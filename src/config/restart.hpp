#pragma once
// What a running lab cannot change: it stays as it was at the start, whatever a reload brings.

#include <string>
#include <vector>

#include "config/settings.hpp"

namespace ocs::config {

/// Puts what cannot change back into `now`, with where it came from. Returns what the new file wanted
/// otherwise: "another admin section needs a restart".
std::vector<std::string> keep_until_restart(const Settings& then, Settings& now);

}  // namespace ocs::config
