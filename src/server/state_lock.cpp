#include "server/state_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include "core/files.hpp"

namespace ocs::server {
namespace {

/// " (process 4711)", as the file has it.
std::string owner(int descriptor) {
    std::array<char, 24> text{};
    const ssize_t count = ::pread(descriptor, text.data(), text.size(), 0);
    int pid = 0;
    if (count > 0) std::from_chars(text.data(), text.data() + count, pid);
    return pid > 0 ? fmt::format(" (process {})", pid) : "";
}

}  // namespace

StateLock::StateLock(StateLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

StateLock& StateLock::operator=(StateLock&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

StateLock::~StateLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

Result<StateLock> StateLock::take(const std::filesystem::path& state_dir) {
    if (auto made = make_folder(state_dir); made.has_error()) return made.error();
    const auto path = state_dir / "server.lock";
    StateLock lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, private_file));
    if (lock.descriptor_ < 0) {
        return Error{fmt::format("cannot open the lock: {}", std::strerror(errno)), path.string(), ""};
    }
    if (::flock(lock.descriptor_, LOCK_EX | LOCK_NB) != 0) {
        return Error{"another fakeocs" + owner(lock.descriptor_) + " serves this state folder",
                     state_dir.string(),
                     "stop that one, or give this one a folder of its own: --state-dir DIR"};
    }
    const std::string pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(lock.descriptor_, 0) != 0 ||
        ::pwrite(lock.descriptor_, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
        return Error{fmt::format("cannot write the lock: {}", std::strerror(errno)), path.string(), ""};
    }
    return lock;
}

}  // namespace ocs::server
