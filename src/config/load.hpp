#pragma once
// Settings from YAML. config/fakeocs.yaml shows every key; keys are the fields of settings.hpp.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "core/result.hpp"

namespace ocs::config {

/// Reads the file. All problems are reported in one run, each with its place and, where there is one, a hint.
Results<Settings> load_settings(const std::filesystem::path& path);

/// The same for text at hand; `file_name` is for messages, and relative certificate paths start in its
/// folder.
Results<Settings> parse_settings(const std::string& file_name, std::string_view text);

/// What could be read, with everything that is wrong: for those who look further even so.
struct Inspection {
    Settings settings;
    std::vector<Error> errors;
};
Inspection inspect_settings(const std::filesystem::path& path);

/// Every key there is, as "listeners[].port", in the order in which it is read.
std::vector<std::string> known_keys();

}  // namespace ocs::config
