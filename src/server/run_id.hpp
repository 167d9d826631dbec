#pragma once

#include <string>

namespace ocs::server {

/// What the ids of this run begin with, so that they are unique over restarts: "20261124T055900-1f3a".
const std::string& run_id();

}  // namespace ocs::server
