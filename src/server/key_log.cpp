#include "server/key_log.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "core/files.hpp"

namespace ocs::server {

KeyLog::~KeyLog() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

Result<void> KeyLog::open() {
    if (path_.empty()) return {};
    const auto refuse = [&](const std::string& why) {
        return Error{"cannot open the key log: " + why, path_, ""};
    };
    const int opened =
        ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, private_file);
    if (opened < 0) return refuse(std::strerror(errno));
    struct stat state {};
    // A pipe could hold up every session; whoever can write a file cannot.
    const bool good =
        ::fstat(opened, &state) == 0 && S_ISREG(state.st_mode) && ::fchmod(opened, private_file) == 0;
    if (!good) {
        ::close(opened);
        return refuse("no regular file of ours");
    }
    const std::lock_guard lock(mutex_);
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = opened;
    failing_ = false;
    return {};
}

bool KeyLog::write(std::string_view line) {
    const std::string whole = std::string(line) + "\n";
    const std::lock_guard lock(mutex_);
    const bool written =
        ::write(descriptor_, whole.data(), whole.size()) == static_cast<ssize_t>(whole.size());
    const bool begins_to_fail = !written && !failing_;
    failing_ = !written;
    return !begins_to_fail;
}

}  // namespace ocs::server
