#pragma once
// The settings in force as JSON: config/in_force.hpp has what is in them, and what is not.

#include <boost/json/object.hpp>

#include "admin/control_api.hpp"
#include "config/in_force.hpp"

namespace ocs::admin {

/// {"schema":1,"settings":[{"key","value","from","where"}…],"hosts":{"total","first","shown"}}. `from` is one
/// of default, file, quickstart, variable, flag; `where` is left out for a default.
boost::json::object config_json(const config::Settings& settings, config::HostRange hosts);

/// `first` and `limit` (1 to longest_host_range) choose the hosts. Fails for what is no such number.
Result<config::HostRange> number_range(const Query& query);
/// The same; with `host`, that of the host with this id alone. Fails where none has it, too.
Result<config::HostRange> host_range(const Query& query, const config::Settings& settings);

/// What the lab runs on now; `host` is the id of one, in place of a range. 400: a number that cannot be read,
/// also beside `host`; 404: no such host. On the lab's thread.
ApiReply show_config(const Call& call, const ControlledLab& lab);

}  // namespace ocs::admin
