#pragma once
// One server per state folder: two would change each other's certificates (design decision 5).

#include <filesystem>

#include "core/result.hpp"

namespace ocs::server {

/// Holds `server.lock` in the state folder until it is destroyed; a crash frees it too. Readers and
/// fakeocs-certgen need no lock: they meet the server through whole files.
class StateLock {
public:
    StateLock() = default;
    StateLock(StateLock&& other) noexcept;
    StateLock& operator=(StateLock&& other) noexcept;
    StateLock(const StateLock&) = delete;
    StateLock& operator=(const StateLock&) = delete;
    ~StateLock();

    /// Makes the folder where it is not there. Fails, with the other one's process id, where a server has it.
    static Result<StateLock> take(const std::filesystem::path& state_dir);

private:
    explicit StateLock(int descriptor) : descriptor_(descriptor) {}
    int descriptor_ = -1;
};

}  // namespace ocs::server
