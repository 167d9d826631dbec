#pragma once
// Titles of the sources that the data of this room name in square brackets.

#include <span>
#include <string_view>

namespace ocs::discovery {

struct Source {
    std::string_view key;  ///< "25", "finch"
    std::string_view title;
};
/// In the order of their numbers, own runs last.
std::span<const Source> sources();

}  // namespace ocs::discovery
