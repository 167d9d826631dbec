#pragma once
// A record as one line of JSON, schema "fakeocs.handshake/1": docs/handshake-log.md has every field.

#include <string>

#include "record/connection_record.hpp"

namespace ocs::journal {

/// Ends in a newline. What is not known is left out; peer-sent text is escaped.
std::string to_json_line(const record::ConnectionRecord& record);

}  // namespace ocs::journal
