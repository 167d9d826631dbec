#include "journal/sink.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <utility>

#include "core/files.hpp"

namespace ocs::journal {
namespace {

constexpr int look_again_ms = 100;  // how often a full pipe is asked whether waiting still makes sense

bool is_regular(int descriptor) {
    struct stat state {};
    return ::fstat(descriptor, &state) == 0 && S_ISREG(state.st_mode);
}

bool ends_in_half_a_line(int descriptor) {
    struct stat state {};
    if (::fstat(descriptor, &state) != 0 || !S_ISREG(state.st_mode) || state.st_size == 0) return false;
    char last = '\n';
    return ::pread(descriptor, &last, 1, state.st_size - 1) == 1 && last != '\n';
}

}  // namespace

Sink::Sink(std::string name, std::filesystem::path path, Format format)
    : name_(std::move(name)), path_(std::move(path)), format_(format) {}

Sink::Sink(std::string name, int descriptor, Format format)
    : name_(std::move(name)), descriptor_(descriptor), format_(format), may_block_(!is_regular(descriptor)) {}

Sink::~Sink() { close(); }

void Sink::close() {
    if (path_.empty()) return;
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
}

int Sink::columns() const {
    winsize size{};
    if (descriptor_ < 0 || !may_block_ || ::ioctl(descriptor_, TIOCGWINSZ, &size) != 0) return 0;
    return size.ws_col;
}

SinkStatus Sink::status() const { return {name_, failing_, written_, lost_}; }

int Sink::open() {
    if (path_.empty()) return 0;
    give_up_rest(wall_now());  // its first half is in the old file
    close();
    // Non-blocking, so that a named pipe without a reader is an error and not a server that hangs. Reading
    // is for a look at the last byte; a pipe that is open for reading would never notice its reader's end.
    descriptor_ = ::open(
        path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, private_file);
    if (descriptor_ < 0) return errno;
    may_block_ = !is_regular(descriptor_);
    if (may_block_) return 0;
    ::fchmod(descriptor_, private_file);
    const int reading = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    if (reading >= 0) {
        if (ends_in_half_a_line(reading)) {
            rest_ = "\n";
            rest_is_line_ = false;
        }
        ::close(reading);
    }
    return 0;
}

/// Writes `bytes` and takes from them what was written. A descriptor may block or not, as whoever opened it
/// chose; asking first and writing no more than a pipe takes at once never blocks.
int Sink::drain(std::string& bytes, const std::function<bool()>& keep_waiting) const {
    std::size_t written = 0;
    int error = 0;
    while (written < bytes.size() && error == 0) {
        std::size_t piece = bytes.size() - written;
        if (may_block_) {
            pollfd ready{descriptor_, POLLOUT, 0};
            const int answer = ::poll(&ready, 1, look_again_ms);
            if (answer == 0 && !keep_waiting()) error = EAGAIN;
            if (answer < 0 && errno != EINTR) error = errno;
            if (answer <= 0) continue;
            piece = std::min<std::size_t>(piece, PIPE_BUF);
        }
        const ssize_t count = ::write(descriptor_, bytes.data() + written, piece);
        if (count > 0) written += static_cast<std::size_t>(count);
        if (count == 0) error = EIO;
        if (count < 0 && errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK) error = errno;
    }
    bytes.erase(0, written);
    return error;
}

void Sink::lose(WallTime now) {
    if (lost_ == told_lost_) first_lost_ = now;
    ++lost_;
}

void Sink::give_up_rest(WallTime now) {
    if (!rest_.empty() && rest_is_line_) {
        --written_;
        lose(now);
    }
    rest_.clear();
}

/// The remainder of an earlier line, then the gap, then the line. What is begun goes on in rest_.
int Sink::put_whole(std::string_view line, WallTime now, const std::function<bool()>& keep_waiting) {
    if (const int error = drain(rest_, keep_waiting); error != 0) return error;
    const std::uint64_t lost = lost_;
    if (lost > told_lost_) {
        std::string event = gap(lost - told_lost_, now);
        const std::size_t size = event.size();
        const int error = drain(event, keep_waiting);
        if (event.size() < size) {
            told_lost_ = lost;
            rest_ = std::move(event);
            rest_is_line_ = false;
        }
        if (error != 0) return error;
    }
    rest_ = line;
    rest_is_line_ = true;
    const int error = drain(rest_, keep_waiting);
    if (error != 0 && rest_.size() == line.size()) rest_.clear();
    return rest_.empty() ? error : 0;  // a line that is begun will be there in the end
}

std::string Sink::put(std::string_view line, WallTime now, const std::function<bool()>& keep_waiting) {
    int error = descriptor_ < 0 ? open() : 0;
    if (error == 0) error = put_whole(line, now, keep_waiting);
    if (error == 0) {
        failing_ = false;
        ++written_;
        return "";
    }
    lose(now);
    if (error == EPIPE) {
        give_up_rest(now);
        close();  // the next reader gets whole lines
    }
    if (failing_.exchange(true)) return "";
    return fmt::format("{}: cannot write: {}; lost lines are counted",
                       name_,
                       error == EAGAIN ? "nobody reads it" : std::strerror(error));
}

std::string Sink::gap(std::uint64_t lost, WallTime now) const {
    if (is_json()) {
        return fmt::format("{{\"schema\":\"fakeocs.gap/1\",\"lost\":{},\"from\":\"{}\",\"to\":\"{}\"}}\n",
                           lost,
                           rfc3339(first_lost_),
                           rfc3339(now));
    }
    return fmt::format("{} gap: {} lost since {}\n",
                       local_clock(now),
                       lost == 1 ? "1 line" : fmt::format("{} lines", lost),
                       local_clock(first_lost_));
}

void complain(std::string_view line) {
    pollfd ready{STDERR_FILENO, POLLOUT, 0};
    if (::poll(&ready, 1, 0) != 1) return;
    const std::string whole = std::string(line.substr(0, PIPE_BUF - 1)) + "\n";
    [[maybe_unused]] const ssize_t count = ::write(STDERR_FILENO, whole.data(), whole.size());
}

}  // namespace ocs::journal
