#pragma once
// The small page a browser, curl or a typed GET gets: what the server saw of this very connection.

#include <optional>
#include <string>
#include <string_view>

#include "record/connection_record.hpp"

namespace ocs::server {

/// True when `request` holds a whole HTTP head (bare newlines count too).
bool http_head_complete(std::string_view request);

/// The whole answer, Connection: close. JSON where the request's Accept asks for it, else text.
/// Nothing of the request but its Accept is looked at, and nothing of it is repeated.
std::string web_reply(std::string_view request, const record::ConnectionRecord& so_far);

}  // namespace ocs::server
