#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ocs {

/// The known word a writer probably meant: the one with the fewest edits, if that is at most a third
/// of its length (and at least one edit is allowed). Case does not count.
std::optional<std::string> nearest(std::string_view word, std::span<const std::string> known);

}  // namespace ocs
