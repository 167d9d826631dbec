#include "config/history_settings.hpp"

#include "config/fields.hpp"

namespace ocs::config {

void read_history(const yaml::Value& value, const std::filesystem::path& folder, HistorySettings& settings) {
    yaml::Map map(value);
    read_flag(map, "keep", settings.keep);
    read_path(map, "file", settings.file);
    read_integer(map, "days", 1, 36'500, settings.days);
    read_integer(map, "records", 100, 100'000'000, settings.records);
    read_integer(map, "megabytes", 1, 10'000'000, settings.megabytes);
    read_flag(map, "capture", settings.capture);
    map.finish();
    if (!settings.file.empty() && settings.file.is_relative()) settings.file = folder / settings.file;
}

void read_timeline(const yaml::Value& value, TimelineSettings& settings) {
    yaml::Map map(value);
    read_seconds(map, "window_seconds", settings.window_seconds);
    map.finish();
}

}  // namespace ocs::config
