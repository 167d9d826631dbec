#include "core/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <vector>

namespace ocs {
namespace {

class Descriptor {
public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int get() const { return fd_; }

private:
    int fd_;
};

Error system_failure(const std::string& what, const std::filesystem::path& path, int code) {
    return Error{what + ": " + std::generic_category().message(code), path.string(), ""};
}

Result<void> write_all(int fd, std::string_view bytes, const std::filesystem::path& path, Sync sync) {
    while (!bytes.empty()) {
        const ssize_t written = write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return system_failure("cannot write", path, errno);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    if (sync == Sync::yes && fsync(fd) != 0) return system_failure("cannot write", path, errno);
    return {};
}

/// What root makes in the folder of a server that runs as somebody else is for that server to read.
bool give_to_owner_of(const std::filesystem::path& folder, int fd) {
    struct stat owner {};
    if (geteuid() != 0 || stat(folder.empty() ? "." : folder.c_str(), &owner) != 0) return true;
    return owner.st_uid == 0 || fchown(fd, owner.st_uid, owner.st_gid) == 0;
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit) {
    // O_NONBLOCK: opening a FIFO must not wait for a writer.
    const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (file.get() < 0) return system_failure("cannot open file", path, errno);
    struct stat status {};
    if (fstat(file.get(), &status) != 0) return system_failure("cannot read file", path, errno);
    if (!S_ISREG(status.st_mode)) return Error{"not a regular file", path.string(), ""};
    std::string bytes;
    std::vector<char> chunk(std::size_t{64} << 10U);
    while (true) {
        const ssize_t got = read(file.get(), chunk.data(), chunk.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return system_failure("cannot read file", path, errno);
        if (got == 0) return bytes;
        bytes.append(chunk.data(), static_cast<std::size_t>(got));
        if (bytes.size() > limit) {
            return Error{"file is larger than " + std::to_string(limit) + " bytes", path.string(), ""};
        }
    }
}

Result<void> write_file(const std::filesystem::path& path, std::string_view bytes, mode_t mode, Sync sync) {
    std::string temporary = path.string() + ".XXXXXX";
    const Descriptor file(mkostemp(temporary.data(), O_CLOEXEC));  // made with mode 0600
    if (file.get() < 0) return system_failure("cannot write", path, errno);
    auto written = write_all(file.get(), bytes, path, sync);
    if (written.has_value() && mode != private_file && fchmod(file.get(), mode) != 0) {
        written = system_failure("cannot set mode", path, errno);
    }
    if (written.has_value() && !give_to_owner_of(path.parent_path(), file.get())) {
        written = system_failure("cannot set owner", path, errno);
    }
    if (written.has_value() && rename(temporary.c_str(), path.c_str()) != 0) {
        written = system_failure("cannot rename into place", path, errno);
    }
    if (written.has_error()) unlink(temporary.c_str());
    return written;
}

Result<void> make_folder(const std::filesystem::path& path, mode_t mode) {
    if (path.empty() || path == path.root_path()) return {};
    struct stat status {};
    if (stat(path.c_str(), &status) == 0) {
        if (S_ISDIR(status.st_mode)) return {};
        return Error{"not a folder", path.string(), ""};
    }
    if (path.has_parent_path() && path.parent_path() != path) {
        auto parent = make_folder(path.parent_path(), mode);
        if (parent.has_error()) return parent;
    }
    if (mkdir(path.c_str(), mode) != 0 && errno != EEXIST)
        return system_failure("cannot make folder", path, errno);
    const Descriptor made(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
    if (made.get() >= 0 && !give_to_owner_of(path.parent_path(), made.get()))
        return system_failure("cannot set owner", path, errno);
    return {};
}

}  // namespace ocs
