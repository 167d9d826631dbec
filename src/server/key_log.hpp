#pragma once
// The NSS key log: whoever has it can read the traffic, so it is off unless asked for, and private.

#include <filesystem>
#include <mutex>
#include <string_view>

#include "core/result.hpp"

namespace ocs::server {

/// A regular file, made with mode 0600 and set to it where it is there already. Safe to use from several
/// threads.
class KeyLog {
public:
    explicit KeyLog(std::filesystem::path path) : path_(std::move(path)) {}  ///< empty: no key log
    KeyLog(const KeyLog&) = delete;
    KeyLog& operator=(const KeyLog&) = delete;
    ~KeyLog();

    /// Opens it, or opens it again after log rotation. No path: does nothing.
    Result<void> open();
    /// One line, at once. False once, when it begins to fail.
    bool write(std::string_view line);
    [[nodiscard]] bool is_on() const { return !path_.empty(); }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    const std::filesystem::path path_;
    std::mutex mutex_;
    int descriptor_ = -1;
    bool failing_ = false;
};

}  // namespace ocs::server
