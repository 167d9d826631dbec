#pragma once
// DNS and SIP events as one line of JSON each, schemas "fakeocs.dns/1" and "fakeocs.sip/1":
// docs/handshake-log.md has every field.

#include <string>

#include "record/connection_record.hpp"
#include "record/dns_event.hpp"
#include "record/sip_event.hpp"

namespace ocs::journal {

/// Ends in a newline. What is not known is left out; peer-sent text is escaped.
std::string to_json_line(const record::DnsEvent& event);
std::string to_json_line(const record::SipEvent& event);

/// A connection that was accepted, schema "fakeocs.seen/1": only in the live feed. `attempt` is the one that
/// is under way, or empty. No newline at the end.
std::string to_seen_line(const record::ConnectionRecord& record, const std::string& attempt);

}  // namespace ocs::journal
