#pragma once
// The token of the API in the state folder: api-token, mode 0600, one line.

#include <filesystem>
#include <string>

#include "core/result.hpp"

namespace ocs::admin {

inline constexpr const char* token_file_name = "api-token";

struct TokenFile {
    std::string token;
    std::filesystem::path path;
    bool made_now = false;
};

/// Reads it, or makes it with 256 random bits. Somebody may have put an own one there: at least 20 characters
/// of printable ASCII without blanks. Fails for one that others can read, with what to do.
Result<TokenFile> ensure_token(const std::filesystem::path& state_folder);

}  // namespace ocs::admin
