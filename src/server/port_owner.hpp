#pragma once
// Who has a port, as far as this process may know.

#include <cstdint>
#include <string>

namespace ocs::server {

/// " (process 4711, fakeocs)" for the process that listens on the port, or empty: it belongs to another user,
/// or nobody has it.
std::string port_owner(std::uint16_t port, bool tcp);

}  // namespace ocs::server
