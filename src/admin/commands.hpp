#pragma once
// Commands that the dashboard shows where there is nothing to show yet. Each can be pasted (design decision
// 15): with this program's own path, and the folder and addresses of this very lab where they are not the
// defaults.

#include <boost/json/object.hpp>

#include "admin/control_api.hpp"

namespace ocs::admin {

/// {"domain", "signin", "ready", "log"}, with "s_client" where somebody listens and "dig" where DNS is
/// served. The domain is that of the first zone, else of the first name a virtual host has, else
/// contoso.test. On the lab's thread.
boost::json::object commands_json(const LabStatus& status, const ControlledLab& lab);

}  // namespace ocs::admin
