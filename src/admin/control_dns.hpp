#pragma once
// The DNS part of the API: records, faults, exports. control_api.hpp says which request gets here.

#include <boost/json/array.hpp>
#include <functional>
#include <string>

#include "admin/api_request.hpp"
#include "dns/fault.hpp"
#include "dns/zone.hpp"

namespace ocs::admin {

/// The records and faults in force. Refers to what outlives it.
struct ControlledDns {
    dns::Zones& zones;
    dns::Faults& faults;
    std::function<void(std::string)> note;  ///< each change is a line in the journal
};

ApiReply list_records(const Query& query, const ControlledDns& dns);
ApiReply add_record(const std::string& body, const ControlledDns& dns);
ApiReply delete_records(const Query& query, const ControlledDns& dns);
/// What is armed, a line each: "SRV sip.contoso.test: nxdomain, next 2".
boost::json::array fault_lines(const ControlledDns& dns);
ApiReply list_faults(const Query& query, const ControlledDns& dns);
ApiReply arm_fault(const std::string& body, const ControlledDns& dns);
ApiReply lift_faults(const Query& query, const ControlledDns& dns);
ApiReply export_zones(const Query& query, const ControlledDns& dns);

}  // namespace ocs::admin
