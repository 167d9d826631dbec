#pragma once
// Files as this project reads and writes them: bounded on the way in, whole or not at all on the way out.

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace ocs {

inline constexpr mode_t private_file = 0600;  ///< anything that holds a key
inline constexpr mode_t public_file = 0644;
inline constexpr mode_t private_folder = 0700;

/// Reads a whole regular file of at most `limit` bytes. Fails for folders, devices and larger files.
Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit = std::size_t{1} << 20U);

enum class Sync { yes, no };

/// Writes a temporary file beside `path`, made with `mode` from its first instant, and renames it
/// over `path`: a reader sees the old bytes or the new ones, and a key is never readable by others.
/// Root's files belong to the folder's owner: a server that became that user must be able to read them.
/// `Sync::no` does not wait for the disk: for what can be made again after a power cut.
Result<void> write_file(const std::filesystem::path& path,
                        std::string_view bytes,
                        mode_t mode,
                        Sync sync = Sync::yes);

/// Makes the folder (and its parents) if it is not there; a new one gets `mode`, and
/// made by root the owner of its parent.
Result<void> make_folder(const std::filesystem::path& path, mode_t mode = private_folder);

}  // namespace ocs
