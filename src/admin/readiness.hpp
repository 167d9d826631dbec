#pragma once
// Whether the lab is ready, for supervisors and test suites.

#include "admin/control_api.hpp"

namespace ocs::admin {

/// {"ready", "problems"}. Ready (200) is a lab that serves clients what its configuration says: somebody
/// listens, and nothing of it is `down`. What else is wrong is told and not held against it, since serving
/// goes on: a log that cannot be written, a reload that was refused (the whole old configuration goes on).
/// With strict=true any problem is 503: for those who read the records, or have just changed the file.
/// Faults that are armed are told too, in "faults": they are wanted, and no problem.
/// On the lab's thread.
ApiReply show_ready(const Call& call, const ControlledLab& lab);

}  // namespace ocs::admin
