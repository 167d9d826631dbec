#pragma once
// From root to an ordinary account, once the ports below 1024 are bound (`user:` in the configuration).

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>

#include "core/result.hpp"

namespace ocs::server {

struct User {
    std::string name;
    uid_t uid = 0;
    gid_t gid = 0;  ///< its primary group
};

/// The account of this name, which the configuration has at `place`. Fails where there is none.
Result<User> find_user(const std::string& name, const std::string& place);

/// The same, empty for no name; fails where this process is neither root nor that user, too.
Result<std::optional<User>> user_to_become(const std::string& name, const std::string& place);

/// Makes this process that user, with that user's groups, for good: programs it starts gain nothing
/// (no_new_privs). CAP_NET_BIND_SERVICE alone stays. To be called before the first thread starts, since
/// user and capabilities are each thread's own. Where the process is that user already it does nothing.
Result<void> become(const User& user);

/// Fails, with the command that helps, where this process, which is that user, cannot read and change
/// everything in the folder. A folder that is not there is one that can be made.
Result<void> check_folder(const std::filesystem::path& folder, const User& user);

}  // namespace ocs::server
