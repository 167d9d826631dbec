#include "server/privileges.hpp"

#include <cap-ng.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "core/escape.hpp"

namespace ocs::server {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t account_bytes = std::size_t{64} << 10U;  // of one line of the account database

bool can_enter(const fs::path& folder) { return ::access(folder.c_str(), X_OK) == 0; }

std::string chown_line(const fs::path& folder, const User& user) {
    return fmt::format("chown -R {}: {}", shell_quoted(user.name), shell_quoted(folder.string()));
}

/// The topmost folder on the way that this process may not pass; empty: the way is free.
fs::path barred_above(const fs::path& absolute) {
    fs::path way;
    for (const fs::path& part : absolute.parent_path()) {
        way /= part;
        std::error_code ignored;
        if (fs::exists(way, ignored) && !can_enter(way)) return way;
    }
    return {};
}

/// The first entry, the folder itself included, that this process cannot use; empty: there is none.
fs::path barred_inside(const fs::path& folder) {
    if (::access(folder.c_str(), R_OK | W_OK | X_OK) != 0) return folder;
    std::error_code error;
    fs::recursive_directory_iterator at(folder, error);
    for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
        if (at->is_symlink(error)) continue;
        const int needed = R_OK | W_OK | (at->is_directory(error) ? X_OK : 0);
        if (::access(at->path().c_str(), needed) != 0) return at->path();
    }
    return error ? folder : fs::path();
}

}  // namespace

Result<User> find_user(const std::string& name, const std::string& place) {
    passwd account{};
    passwd* found = nullptr;
    std::vector<char> text(account_bytes);
    const int error = ::getpwnam_r(name.c_str(), &account, text.data(), text.size(), &found);
    if (found != nullptr) return User{name, account.pw_uid, account.pw_gid};
    return Error{
        "no account " + ocs::quoted(name) + (error != 0 ? ": " + std::string(std::strerror(error)) : ""),
        place,
        "adduser --system --group " + shell_quoted(name)};
}

Result<std::optional<User>> user_to_become(const std::string& name, const std::string& place) {
    if (name.empty()) return std::optional<User>();
    auto user = find_user(name, place);
    if (user.has_error()) return user.error();
    const bool is_already = ::geteuid() == user->uid && ::getuid() == user->uid;
    if (is_already || ::geteuid() == 0) return std::optional<User>(std::move(*user));
    return Error{
        "only root can become user " + ocs::quoted(name),
        place,
        "start it as root" + (user->uid == 0 ? "" : " or as " + visible(name)) + ", or leave user: out"};
}

Result<void> become(const User& user) {
    if (::geteuid() == user.uid && ::getuid() == user.uid) return {};
    const auto fail = [&](const std::string& why) {
        return Error{"cannot become user " + ocs::quoted(user.name) + ": " + why, "", ""};
    };
    capng_clear(CAPNG_SELECT_BOTH);
    const auto kept = static_cast<capng_type_t>(CAPNG_EFFECTIVE | CAPNG_PERMITTED);
    int failed = capng_update(CAPNG_ADD, kept, CAP_NET_BIND_SERVICE);
    // Sets the groups, all three group and user ids, then the capabilities, in this order.
    if (failed == 0) {
        failed = capng_change_id(static_cast<int>(user.uid), static_cast<int>(user.gid), CAPNG_INIT_SUPP_GRP);
    }
    if (failed != 0) return fail(fmt::format("{} (step {})", std::strerror(errno), -failed));
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fail(std::strerror(errno));
    const bool is_back = user.uid != 0 && ::setuid(0) == 0;
    if (is_back || ::getuid() != user.uid || ::geteuid() != user.uid)
        return fail("the old one is still there");
    // The kernel gives the /proc entries of a process that changed its user to root; ours are read by us.
    ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    return {};
}

Result<void> check_folder(const fs::path& folder, const User& user) {
    std::error_code error;
    const fs::path absolute = fs::absolute(folder, error).lexically_normal();
    if (const fs::path barred = barred_above(absolute); !barred.empty()) {
        return Error{"user " + ocs::quoted(user.name) + " cannot enter " + visible(barred.string()),
                     folder.string(),
                     "a state folder elsewhere, or: chmod o+x " + shell_quoted(barred.string())};
    }
    if (!fs::exists(absolute, error) && !error) {
        fs::path above = absolute.parent_path();
        while (!fs::exists(above, error) && above.has_relative_path()) above = above.parent_path();
        if (::access(above.c_str(), W_OK | X_OK) == 0) return {};
        return Error{"user " + ocs::quoted(user.name) + " cannot make the state folder",
                     folder.string(),
                     "mkdir -p " + shell_quoted(folder.string()) + " && " + chown_line(folder, user)};
    }
    const fs::path barred = barred_inside(absolute);
    if (barred.empty()) return {};
    return Error{"user " + ocs::quoted(user.name) + " cannot read and write " + visible(barred.string()),
                 folder.string(),
                 chown_line(folder, user)};
}

}  // namespace ocs::server
