#pragma once
// Sessions of browsers that were left before their end. They are signed, not kept, so a copy of the cookie
// would hold on without this list.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "core/clock.hpp"
#include "core/result.hpp"

namespace ocs::admin {

inline constexpr const char* left_sessions_file_name = "api-sessions-left";

/// Bounded: where more are left than it holds, all that begun before the oldest of them count as left, too.
/// Nothing in it is secret. On one thread.
class LeftSessions {
public:
    static constexpr std::size_t most = 1024;

    /// In memory alone: a restart would not know of them.
    LeftSessions() = default;
    /// Those of the file, which need not be there yet. Fails with its place where it cannot be read.
    static Result<LeftSessions> load(std::filesystem::path file);

    /// `end`: of the session, in seconds since 1970.
    [[nodiscard]] bool has(const std::string& id, std::int64_t end) const;
    /// From now on, also where it fails: then the file does not have it. What has ended by now is forgotten.
    Result<void> add(const std::string& id, std::int64_t end, WallTime now);

private:
    void take(const std::string& id, std::int64_t end);
    [[nodiscard]] std::string text() const;

    std::filesystem::path file_;
    std::map<std::string, std::int64_t> ends_;  // by id
    std::int64_t all_until_ = 0;  // sessions that end then or before were left, whatever their id
};

}  // namespace ocs::admin
