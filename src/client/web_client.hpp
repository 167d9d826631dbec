#pragma once
// Autodiscover as Lync asks for it: one GET, and what the answer says of SIP servers (facts sheet §6.7).

#include <string>
#include <string_view>

#include "discovery/plan_steps.hpp"

namespace ocs::client {

/// The bytes of the GET. Text of the request has been made by the plan, from checked names.
std::string web_request(const discovery::WebRequest& request);

/// Reads a whole HTTP answer (at most 256 KiB count; the rest is not looked at) into `answer`: status,
/// redirect link, SIP servers. XML or JSON, whatever the server calls it. What cannot be read stays empty.
void read_web_answer(std::string_view bytes, discovery::WebAnswer& answer);

}  // namespace ocs::client
