#pragma once
// Client profiles of one's own, from YAML: a built-in profile and what is different. config/profiles.yaml
// shows every key.

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "discovery/client_profile.hpp"

namespace ocs::config {

inline constexpr std::size_t max_profile_lookups = 40;
inline constexpr std::size_t max_lookup_ports = 8;

/// Reads the file, a map `profiles:` from names to profiles, and keeps their order. All problems are reported
/// in one run. What the file says has Confidence::own; the rest is as in the base.
Results<std::vector<discovery::ClientProfile>> load_profiles(const std::filesystem::path& path);
Results<std::vector<discovery::ClientProfile>> parse_profiles(const std::string& file_name,
                                                              std::string_view text);

/// The profile of that name among one's own, then among the built-in ones.
Result<discovery::ClientProfile> find_profile(std::string_view name,
                                              std::span<const discovery::ClientProfile> own);

}  // namespace ocs::config
