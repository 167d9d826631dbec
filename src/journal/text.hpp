#pragma once
// A record as a person reads it: one line, and an indented explanation where the client did not go on.

#include <string>

#include "journal/explanation.hpp"

namespace ocs::journal {

struct TextStyle {
    Colour colour = Colour::never;
    Volume volume = Volume::normal;
    int columns = 0;  ///< of the terminal; 0: none, the record's line stays whole and the rest fits 80
};

/// Ends in a newline. All peer-sent text in it is escaped. Quiet leaves the explanation out; verbose
/// always adds it, and the record's id with the library's words. A command always stays on a line of its own.
std::string to_text(const record::ConnectionRecord& record,
                    const Explanation& explanation,
                    const TextStyle& style);

}  // namespace ocs::journal
