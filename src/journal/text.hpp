#pragma once
// A record as a person reads it: one line, and an indented explanation where the client did not go on.

#include <string>

#include "journal/explanation.hpp"

namespace ocs::journal {

/// Ends in a newline. All peer-sent text in it is escaped. Quiet leaves the explanation out; verbose
/// always adds it, and the record's id with the library's words.
std::string to_text(const record::ConnectionRecord& record,
                    const Explanation& explanation,
                    Colour colour,
                    Volume volume);

}  // namespace ocs::journal
