#pragma once

#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/result.hpp"

namespace ocs::journal {

struct ZipEntry {
    std::string name;  ///< with '/' between folders
    std::string bytes;
};
/// An archive in memory, its files dated `time`. Fails where there is no memory, or two names are the same.
Result<std::string> zip(const std::vector<ZipEntry>& entries, WallTime time);

}  // namespace ocs::journal
