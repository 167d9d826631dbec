#include "journal/journal.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
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
#include "journal/history.hpp"
#include "journal/json.hpp"
#include "journal/sink.hpp"
#include "journal/text.hpp"

namespace ocs::journal {

namespace {

constexpr std::chrono::seconds patience{1};  // with a full sink, once the journal is to end

// Under load the writer looks for more only so often: to wake it for each record costs both threads more than
// the record does. The first one after a quiet time is written at once.
constexpr std::chrono::milliseconds breath{5};

struct Reopen {};
struct Flush {
    std::function<void()> done;  // or empty
};
struct Seen {
    record::ConnectionRecord record;
};
using Item = std::
    variant<record::ConnectionRecord, record::DnsEvent, record::SipEvent, std::string, Reopen, Flush, Seen>;

class Writer final : public Journal {
public:
    explicit Writer(JournalOptions options)
        : options_(std::move(options)), lookups_(options_.lookups), attempts_(attempt_options()) {}

    ~Writer() override {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
            give_up_at_ = monotonic_now() + patience;
        }
        arrived_.notify_all();
        if (thread_.joinable()) thread_.join();
        for (const auto& sink : sinks_) {
            sink->give_up_rest(wall_now());
            const SinkStatus status = sink->status();
            if (status.lost == 0) continue;
            complain(fmt::format(
                "{}: {} of {} lines lost", status.name, status.lost, status.lost + status.written));
        }
    }

    Result<void> open() {
        const bool json_on_text = options_.json_file == "-";
        if (!options_.text_file.empty()) {
            add_sink("text log " + options_.text_file.string(), options_.text_file, Sink::Format::text);
        } else if (options_.text_descriptor >= 0) {
            add_sink("text log", options_.text_descriptor, Sink::Format::text);
        }
        if (json_on_text) {
            add_sink("JSON log", options_.json_descriptor, Sink::Format::json);
        } else if (!options_.json_file.empty()) {
            add_sink("JSON log " + options_.json_file.string(), options_.json_file, Sink::Format::json);
        }
        for (auto& sink : sinks_)
            if (const int error = sink->open(); error != 0)
                return Error{
                    fmt::format("cannot open {}: {}", visible(sink->name()), std::strerror(error)), "", ""};
        if (!options_.history.file.empty()) history_ = std::make_unique<History>(options_.history);
        thread_ = std::thread([this] { run(); });
        return {};
    }

    void write(record::ConnectionRecord record) override { push(std::move(record)); }
    void seen(const record::ConnectionRecord& record) override {
        if (is_watched()) push(Seen{record});
    }
    void write(record::DnsEvent event) override {
        lookups_.add(event);
        push(std::move(event));
    }
    void write(record::SipEvent event) override { push(std::move(event)); }
    [[nodiscard]] bool keeps_evidence() const override { return !options_.history.file.empty(); }
    void note(std::string line) override { push(std::move(line)); }
    void reopen() override { push(Reopen{}); }

    [[nodiscard]] bool congested() const override { return congested_; }

    void set_on_drained(std::function<void()> on_drained) override {
        std::lock_guard lock(mutex_);
        on_drained_ = std::move(on_drained);
    }

    void flush() override {
        push(Flush{});
        std::unique_lock lock(mutex_);
        const std::uint64_t goal = pushed_;
        done_.wait(lock, [&] { return handled_ >= goal; });
    }
    void flush(std::function<void()> done) override { push(Flush{std::move(done)}); }

    [[nodiscard]] std::vector<SinkStatus> status() const override {
        std::vector<SinkStatus> all;
        for (const auto& sink : sinks_) all.push_back(sink->status());
        if (history_) all.push_back(history_->status());
        return all;
    }

    Lookups& lookups() override { return lookups_; }

private:
    [[nodiscard]] bool is_watched() const {
        return options_.observer != nullptr && options_.observer->is_watched();
    }

    /// How long rows wait for company before they are stored: not while somebody wants to see them.
    [[nodiscard]] Micros rest() const {
        return is_watched() && !history_->failing() ? Micros{0} : History::flush_interval;
    }

    [[nodiscard]] AttemptOptions attempt_options() const {
        AttemptOptions made = options_.attempts;
        made.forwarders = options_.lookups.forwarders;
        if (!made.prefix.empty()) return made;
        std::string stamp = rfc3339(wall_now()).substr(0, 19);
        std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
        made.prefix = fmt::format("{}-{:x}-", stamp, ::getpid());
        return made;
    }

    template <class Where>
    void add_sink(std::string name, Where where, Sink::Format format) {
        sinks_.push_back(std::make_unique<Sink>(std::move(name), std::move(where), format));
    }

    void push(Item item) {
        bool wake = false;
        {
            std::lock_guard lock(mutex_);
            const bool hurries = std::holds_alternative<Flush>(item) || std::holds_alternative<Reopen>(item);
            queue_.push_back(std::move(item));
            ++pushed_;
            if (queue_.size() >= options_.queue_limit) congested_ = true;
            hurried_ = hurried_ || hurries || congested_;
            wake = hurried_ || asleep_;
            asleep_ = false;
        }
        if (wake) arrived_.notify_one();
    }

    void run() {
        if (history_) note_stored(history_->open(wall_now()));
        std::unique_lock lock(mutex_);
        for (;;) {
            wait(lock);
            if (queue_.empty()) {
                lock.unlock();
                if (history_) note_stored(history_->tend(wall_now()));
                lock.lock();
                if (stopping_ && queue_.empty()) return;
                continue;
            }
            hurried_ = false;
            while (!queue_.empty()) handle_next(lock);
            arrived_.wait_for(lock, breath, [&] { return stopping_ || hurried_; });
        }
    }

    /// Until there is something to write, or the history's rows have waited long enough.
    void wait(std::unique_lock<std::mutex>& lock) {
        const auto due = [&] { return stopping_ || !queue_.empty(); };
        asleep_ = true;
        if (history_ && history_->waiting())
            arrived_.wait_for(lock, rest(), due);
        else if (history_)
            arrived_.wait_for(lock, History::prune_interval, due);
        else
            arrived_.wait(lock, due);
        asleep_ = false;
    }

    void handle_next(std::unique_lock<std::mutex>& lock) {
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

    void handle(Item& item) {
        if (auto* record = std::get_if<record::ConnectionRecord>(&item)) {
            attempts_.join(*record);
            const Explanation explanation = explain(*record, options_.commands);
            if (!record->provisional) put_json(*record);
            if (record->provisional && is_watched()) pass(to_json_line(*record));
            for (auto& sink : sinks_)
                if (!sink->is_json())
                    put(*sink,
                        to_text(*record, explanation, {options_.colour, options_.volume, sink->columns()}));
        } else if (auto* query = std::get_if<record::DnsEvent>(&item)) {
            put_event(*query);
        } else if (auto* message = std::get_if<record::SipEvent>(&item)) {
            put_event(*message);
        } else if (const auto* line = std::get_if<std::string>(&item)) {
            tell(*line, nullptr);
        } else if (const auto* seen_now = std::get_if<Seen>(&item)) {
            const record::ConnectionRecord& opened = seen_now->record;
            pass(to_seen_line(opened, attempts_.under_way(opened.client.address, opened.started)));
        } else if (const auto* flushes = std::get_if<Flush>(&item)) {
            if (history_) note_stored(history_->flush(wall_now()));
            if (flushes->done) flushes->done();
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
        put_json(event);
        if (options_.volume == Volume::quiet) return;
        for (auto& sink : sinks_)
            if (!sink->is_json()) put(*sink, to_text(event, options_.volume));
    }

    /// To everything that takes JSON: made once.
    template <class Record>
    void put_json(const Record& record) {
        if (options_.observer != nullptr) options_.observer->recorded(record);
        const bool passing = is_watched() && (!history_ || history_->failing());
        const bool wanted =
            passing || history_ ||
            std::any_of(sinks_.begin(), sinks_.end(), [](const auto& sink) { return sink->is_json(); });
        if (!wanted) return;
        std::string line = to_json_line(record);
        for (auto& sink : sinks_)
            if (sink->is_json()) put(*sink, line);
        if (passing) pass(line);
        if (history_) note_stored(history_->add(row_of(record, std::move(line)), wall_now()));
    }

    /// Bad news about the history, for people; that there is more in it, for those who watch.
    void note_stored(const std::string& complaint) {
        if (!complaint.empty()) tell(complaint, nullptr);
        if (history_->written() == told_written_) return;
        told_written_ = history_->written();
        if (options_.observer != nullptr) options_.observer->stored();
    }

    /// For those who watch alone.
    void pass(std::string line) const {
        if (line.ends_with('\n')) line.pop_back();
        options_.observer->passes(std::move(line));
    }

    void put(Sink& sink, const std::string& line) {
        const std::string complaint = sink.put(line, wall_now(), waits_);
        if (!complaint.empty()) tell(complaint, &sink);
    }

    /// A line for people, in every text sink but `except`; on standard error if it is bad news for no other.
    void tell(const std::string& line, const Sink* except) {
        bool told = false;
        for (auto& sink : sinks_) {
            if (sink->is_json() || sink.get() == except) continue;
            const std::string complaint = sink->put(line + '\n', wall_now(), waits_);
            if (!complaint.empty()) complain(complaint);
            told = told || !sink->status().failing;
        }
        if (!told && except != nullptr) complain(line);
    }

    /// A slow sink is waited for as long as it takes, but not when the program is to end.
    bool keep_waiting() {
        const std::lock_guard lock(mutex_);
        return !stopping_ || monotonic_now() < give_up_at_;
    }

    JournalOptions options_;
    Lookups lookups_;
    Attempts attempts_;                         // the writer thread's
    std::vector<std::unique_ptr<Sink>> sinks_;  // fixed once the thread runs
    std::unique_ptr<History> history_;          // null: none is kept
    std::uint64_t told_written_ = 0;            // rows of it that the observer knows of
    mutable std::mutex mutex_;
    std::condition_variable arrived_, done_;
    std::deque<Item> queue_;
    std::function<void()> on_drained_;
    std::uint64_t pushed_ = 0, handled_ = 0;
    bool asleep_ = false;   // the writer waits for the next item, however long
    bool hurried_ = false;  // something came that is not to wait for the writer's breath
    bool stopping_ = false;
    MonotonicTime give_up_at_{};
    const std::function<bool()> waits_ = [this] { return keep_waiting(); };
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
