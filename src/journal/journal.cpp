#include "journal/journal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <variant>

#include "core/escape.hpp"
#include "journal/event_json.hpp"
#include "journal/event_text.hpp"
#include "journal/json.hpp"
#include "journal/text.hpp"

namespace ocs::journal {

namespace {

constexpr int patience_ms = 1000;  // how long a full pipe may hold the writer up before its sink fails

/// Writes all of it or says why not; `written` is how far it came. A descriptor may be non-blocking, for
/// example because it shares its description with somebody's terminal.
int write_all(int descriptor, std::string_view bytes, std::size_t& written) {
    written = 0;
    while (written < bytes.size()) {
        const ssize_t count = ::write(descriptor, bytes.data() + written, bytes.size() - written);
        if (count > 0) {
            written += static_cast<std::size_t>(count);
        } else if (count == 0) {
            return EIO;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            pollfd ready{descriptor, POLLOUT, 0};
            const int answer = ::poll(&ready, 1, patience_ms);
            if (answer == 0) return EAGAIN;
            if (answer < 0 && errno != EINTR) return errno;
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

/// One place where lines go. Used by the writer thread only, but for status().
class Sink {
public:
    Sink(std::string name, std::filesystem::path path, int descriptor, bool json)
        : name_(std::move(name)), path_(std::move(path)), descriptor_(descriptor), json_(json) {}
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;
    ~Sink() { close(); }

    [[nodiscard]] bool is_json() const { return json_; }
    [[nodiscard]] const std::string& name() const { return name_; }

    int open() {
        if (path_.empty()) return 0;
        close();
        descriptor_ = ::open(path_.c_str(),
                             O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
                             json_ ? 0600 : 0644);
        if (descriptor_ < 0) return errno;
        struct stat state {};
        if (json_ && ::fstat(descriptor_, &state) == 0 && S_ISREG(state.st_mode)) ::fchmod(descriptor_, 0600);
        return 0;
    }

    /// Empty, or what to tell people: the sink has begun to fail.
    std::string put(const std::string& line, WallTime now) {
        if (failing_ && descriptor_ < 0 && !path_.empty()) open();
        std::string bytes = torn_ ? "\n" : "";
        const std::uint64_t lost = lost_ - reported_lost_;
        if (lost > 0) bytes += gap(lost, now);
        const std::size_t before = bytes.size();
        bytes += line;
        std::size_t written = 0;
        int error = descriptor_ < 0 ? EBADF : write_all(descriptor_, bytes, written);
        if (written > 0) torn_ = bytes[written - 1] != '\n';
        if (lost > 0 && written >= before) reported_lost_ += lost;
        if (error == 0) {
            failing_ = false;
            ++written_;
            return "";
        }
        if (lost_ == reported_lost_) first_lost_ = now;
        ++lost_;
        if (failing_.exchange(true)) return "";
        return fmt::format("{}: cannot write: {}; lost lines are counted", name_, std::strerror(error));
    }

    [[nodiscard]] SinkStatus status() const { return {name_, failing_, written_, lost_}; }

private:
    void close() {
        if (!path_.empty() && descriptor_ >= 0) ::close(descriptor_);
        if (!path_.empty()) descriptor_ = -1;
    }

    [[nodiscard]] std::string gap(std::uint64_t lost, WallTime now) const {
        if (json_)
            return fmt::format("{{\"schema\":\"fakeocs.gap/1\",\"lost\":{},\"from\":\"{}\",\"to\":\"{}\"}}\n",
                               lost,
                               rfc3339(first_lost_),
                               rfc3339(now));
        return fmt::format(
            "{} gap: {} lines lost since {}\n", local_clock(now), lost, local_clock(first_lost_));
    }

    std::string name_;
    std::filesystem::path path_;  // empty: the descriptor is not ours
    int descriptor_;
    bool json_;
    bool torn_ = false;  // the last line written is incomplete
    WallTime first_lost_{};
    std::uint64_t reported_lost_ = 0;
    std::atomic<bool> failing_ = false;
    std::atomic<std::uint64_t> written_ = 0;
    std::atomic<std::uint64_t> lost_ = 0;
};

struct Reopen {};
using Item = std::variant<record::ConnectionRecord, record::DnsEvent, record::SipEvent, std::string, Reopen>;

class Writer final : public Journal {
public:
    explicit Writer(JournalOptions options)
        : options_(std::move(options)), lookups_(options_.lookups), attempts_(attempt_options()) {}

    ~Writer() override {
        {
            std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        arrived_.notify_all();
        if (thread_.joinable()) thread_.join();
    }

    Result<void> open() {
        const bool json_on_text = options_.json_file == "-";
        if (!options_.text_file.empty())
            sinks_.push_back(std::make_unique<Sink>(
                "text log " + options_.text_file.string(), options_.text_file, -1, false));
        else if (options_.text_descriptor >= 0)
            sinks_.push_back(std::make_unique<Sink>(
                json_on_text ? "JSON log" : "text log", "", options_.text_descriptor, json_on_text));
        if (!options_.json_file.empty() && !json_on_text)
            sinks_.push_back(std::make_unique<Sink>(
                "JSON log " + options_.json_file.string(), options_.json_file, -1, true));
        for (auto& sink : sinks_)
            if (const int error = sink->open(); error != 0)
                return Error{
                    fmt::format("cannot open {}: {}", visible(sink->name()), std::strerror(error)), "", ""};
        thread_ = std::thread([this] { run(); });
        return {};
    }

    void write(record::ConnectionRecord record) override { push(std::move(record)); }
    void write(record::DnsEvent event) override {
        lookups_.add(event);
        push(std::move(event));
    }
    void write(record::SipEvent event) override { push(std::move(event)); }
    void note(std::string line) override { push(std::move(line)); }
    void reopen() override { push(Reopen{}); }

    [[nodiscard]] bool congested() const override { return congested_; }

    void set_on_drained(std::function<void()> on_drained) override {
        std::lock_guard lock(mutex_);
        on_drained_ = std::move(on_drained);
    }

    void flush() override {
        std::unique_lock lock(mutex_);
        const std::uint64_t goal = pushed_;
        done_.wait(lock, [&] { return handled_ >= goal; });
    }

    [[nodiscard]] std::vector<SinkStatus> status() const override {
        std::vector<SinkStatus> all;
        for (const auto& sink : sinks_) all.push_back(sink->status());
        return all;
    }

    Lookups& lookups() override { return lookups_; }

private:
    [[nodiscard]] AttemptOptions attempt_options() const {
        AttemptOptions made = options_.attempts;
        if (!made.prefix.empty()) return made;
        std::string stamp = rfc3339(wall_now()).substr(0, 19);
        std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
        made.prefix = fmt::format("{}-{:x}-", stamp, ::getpid());
        return made;
    }

    void push(Item item) {
        {
            std::lock_guard lock(mutex_);
            queue_.push_back(std::move(item));
            ++pushed_;
            if (queue_.size() >= options_.queue_limit) congested_ = true;
        }
        arrived_.notify_one();
    }

    void run() {
        std::unique_lock lock(mutex_);
        for (;;) {
            arrived_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
            if (queue_.empty()) return;
            Item item = std::move(queue_.front());
            queue_.pop_front();
            std::function<void()> drained;
            if (congested_ && queue_.size() <= options_.queue_limit / 2) {
                congested_ = false;
                drained = on_drained_;
            }
            lock.unlock();
            handle(item);
            if (drained) drained();
            lock.lock();
            ++handled_;
            done_.notify_all();
        }
    }

    void handle(Item& item) {
        if (auto* record = std::get_if<record::ConnectionRecord>(&item)) {
            attempts_.join(*record);
            const Explanation explanation = explain(*record, options_.commands);
            for (auto& sink : sinks_) {
                if (sink->is_json() && record->provisional) continue;
                put(*sink,
                    sink->is_json() ? to_json_line(*record)
                                    : to_text(*record, explanation, options_.colour, options_.volume));
            }
        } else if (auto* query = std::get_if<record::DnsEvent>(&item)) {
            put_event(*query);
        } else if (auto* message = std::get_if<record::SipEvent>(&item)) {
            put_event(*message);
        } else if (const auto* line = std::get_if<std::string>(&item)) {
            tell(*line, nullptr);
        } else {
            for (auto& sink : sinks_)
                if (const int error = sink->open(); error != 0)
                    tell(fmt::format("{}: cannot reopen: {}", visible(sink->name()), std::strerror(error)),
                         sink.get());
        }
    }

    /// A DNS or SIP event. A quiet text log has connections only.
    template <class Event>
    void put_event(Event& event) {
        attempts_.join(event);
        for (auto& sink : sinks_) {
            if (sink->is_json())
                put(*sink, to_json_line(event));
            else if (options_.volume != Volume::quiet)
                put(*sink, to_text(event, options_.volume));
        }
    }

    void put(Sink& sink, const std::string& line) {
        const std::string complaint = sink.put(line, wall_now());
        if (!complaint.empty()) tell(complaint, &sink);
    }

    /// A line for people, in every text sink but `except`; on standard error if it is bad news for no other.
    void tell(const std::string& line, const Sink* except) {
        bool told = false;
        for (auto& sink : sinks_) {
            if (sink->is_json() || sink.get() == except) continue;
            const std::string complaint = sink->put(line + '\n', wall_now());
            if (!complaint.empty()) say_on_stderr(complaint);
            told = told || !sink->status().failing;
        }
        if (!told && except != nullptr) say_on_stderr(line);
    }

    static void say_on_stderr(const std::string& line) {
        std::size_t written = 0;
        write_all(STDERR_FILENO, line + '\n', written);
    }

    JournalOptions options_;
    Lookups lookups_;
    Attempts attempts_;                         // the writer thread's
    std::vector<std::unique_ptr<Sink>> sinks_;  // fixed once the thread runs
    mutable std::mutex mutex_;
    std::condition_variable arrived_, done_;
    std::deque<Item> queue_;
    std::function<void()> on_drained_;
    std::uint64_t pushed_ = 0, handled_ = 0;
    bool stopping_ = false;
    std::atomic<bool> congested_ = false;
    std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<Journal>> Journal::start(JournalOptions options) {
    auto writer = std::make_unique<Writer>(std::move(options));
    if (auto opened = writer->open(); opened.has_error()) return opened.error();
    return std::unique_ptr<Journal>(std::move(writer));
}

}  // namespace ocs::journal
