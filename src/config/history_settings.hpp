#pragma once
// The `history:` and `timeline:` sections: what is kept, and which records belong together.

#include <cstdint>
#include <filesystem>

#include "yaml/reader.hpp"

namespace ocs::config {

struct HistorySettings {
    bool keep = true;
    std::filesystem::path file;       ///< empty: history.db in the state folder
    int days = 30;                    ///< what is older is deleted
    std::uint64_t records = 100'000;  ///< and the oldest beyond that many
    std::uint64_t megabytes = 1024;   ///< and the oldest while the file is larger; of 2^20 bytes
    bool capture = false;  ///< what goes over the wire, and the keys to read it, stand in the history too
    bool operator==(const HistorySettings&) const = default;
};

struct TimelineSettings {
    double window_seconds = 30;  ///< a look-up tells the wanted name of a connection at most that much later,
                                 ///< and that much quiet ends an attempt
    bool operator==(const TimelineSettings&) const = default;
};

void read_history(const yaml::Value& value,
                  const std::filesystem::path& folder,
                  HistorySettings& settings);  ///< a relative path is taken from `folder`
void read_timeline(const yaml::Value& value, TimelineSettings& settings);

}  // namespace ocs::config
