#pragma once
// The lab's API: requests to replies, without a transport, so that a Unix socket and a dashboard serve the
// same.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "admin/api_request.hpp"
#include "admin/control_dns.hpp"
#include "core/clock.hpp"
#include "journal/journal.hpp"
#include "record/connection_record.hpp"

namespace ocs::admin {

struct LabStatus {
    std::string version;
    WallTime started;
    std::vector<record::Endpoint> listeners;
    std::optional<record::Endpoint> dns;
    std::size_t connections = 0;  ///< open now
    std::vector<journal::SinkStatus> sinks;
};

/// What the API reaches of the running lab.
struct ControlledLab {
    std::function<LabStatus()> status;
    std::optional<ControlledDns> dns;  ///< empty: the lab serves none
};

/// Answers one request. JSON in both directions; a failure is `{"error": {"what": …, "hint": …}}`.
///
///   GET    /v1/status
///   GET    /v1/dns/records                 zones with their records, names absolute
///   POST   /v1/dns/records                 {name, type, value, ttl?}: 201; 409 where the zone does not take
///   it DELETE /v1/dns/records?name=&type=     type left out: all of the name; 404 if none GET
///   /v1/dns/faults POST   /v1/dns/faults                  {name, type?, fault, delay_ms?, target?, next?}:
///   201 DELETE /v1/dns/faults?name=&type=|id=  neither: all of them; 404 if none was armed by that name GET
///   /v1/dns/export?for=&zone=       text; for: bind, dnsmasq, windows; zone left out: all
///
/// Names and values are read as in the configuration's dns section. 400 for what cannot be read, 404 for
/// other paths, 405 for other methods, 503 for DNS where the lab serves none.
ApiReply handle(const ApiRequest& request, const ControlledLab& lab);

}  // namespace ocs::admin
