#pragma once
// The faults of TLS and SIP in the API: listed, armed, lifted. Those of the lab DNS are in control_dns.hpp.

#include "admin/control_api.hpp"
#include "admin/metrics.hpp"

namespace ocs::admin {

/// {"faults": […]}, in the order of arming.
ApiReply list_armed(const Call& call, const ControlledLab& lab);
/// Arms what the body says, by the rules of the `faults:` section: 201 with the fault, 400 for what it may
/// not be.
ApiReply arm(const Call& call, const ControlledLab& lab);
/// The one with this id, or all: {"lifted": N}.
ApiReply lift_armed(const Call& call, const ControlledLab& lab);

/// What is armed, a line each: for those who ask whether the lab is well.
boost::json::array fault_lines(const ControlledLab& lab);
/// How many are armed of each kind there is, those of DNS too. On the lab's thread.
std::vector<ArmedCount> count_armed(const ControlledLab& lab);

}  // namespace ocs::admin
