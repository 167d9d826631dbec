#pragma once
// An attempt as one file to hand on (journal/export.hpp).

#include "admin/control_api.hpp"

namespace ocs::admin {

/// "fakeocs 0.1.0": what files say that made them.
std::string program_of(const ControlledLab& lab);

/// application/zip. `redact=1`: without what identifies people and machines. 404: no such attempt or
/// connection.
ApiReply export_attempt(const Call& call, const ControlledLab& lab);

}  // namespace ocs::admin
