#pragma once
// DNS and SIP events as one line of JSON each, schemas "fakeocs.dns/1" and "fakeocs.sip/1":
// docs/handshake-log.md has every field.

#include <string>

#include "record/dns_event.hpp"
#include "record/sip_event.hpp"

namespace ocs::journal {

/// Ends in a newline. What is not known is left out; peer-sent text is escaped.
std::string to_json_line(const record::DnsEvent& event);
std::string to_json_line(const record::SipEvent& event);

}  // namespace ocs::journal
