#include "journal/history.hpp"

#include <fmt/format.h>

#include "core/files.hpp"

namespace ocs::journal {

namespace {

constexpr Micros retry_interval{10'000'000};
constexpr std::uint64_t prune_every = 1000;  // rows

}  // namespace

std::string History::open(WallTime now) {
    // The state folder itself is made a little later, by whoever makes the first certificate.
    auto made = make_folder(options_.file.parent_path());
    if (made.has_error()) return fail(made.error(), now);
    auto opened = Store::open(options_);
    if (opened.has_error()) return fail(opened.error(), now);
    store_ = std::move(*opened);
    if (auto pruned = store_->prune(now); pruned.has_error()) return fail(pruned.error(), now);
    failing_ = false;
    return "";
}

std::string History::add(StoredRow row, WallTime now) {
    if (rows_.empty()) oldest_ = now;
    rows_.push_back(std::move(row));
    if (rows_.size() > waiting_limit) lose_oldest();
    const bool due = rows_.size() >= batch || now - oldest_ >= flush_interval || now < oldest_;
    return due ? flush(now) : "";
}

std::string History::flush(WallTime now) {
    if (rows_.empty() || (failing_ && now < retry_at_)) return "";
    if (!store_) {
        std::string problem = open(now);
        if (!store_) return problem;
    }
    return write(now);
}

std::string History::write(WallTime now) {
    std::vector<StoredRow> rows;
    if (lost_since_ > 0) {
        StoredRow gap;
        gap.time = first_lost_;
        gap.line = fmt::format(R"({{"schema":"fakeocs.gap/1","lost":{},"from":"{}","to":"{}"}})",
                               lost_since_,
                               rfc3339(first_lost_),
                               rfc3339(now));
        rows.push_back(std::move(gap));
    }
    rows.insert(rows.end(), rows_.begin(), rows_.end());
    auto added = store_->add(rows);
    if (added.has_error()) {
        // A broken handle stays broken: the next try opens anew.
        store_.reset();
        return fail(added.error(), now);
    }
    written_ += rows_.size();
    since_prune_ += rows_.size();
    rows_.clear();
    lost_since_ = 0;
    failing_ = false;
    if (since_prune_ < prune_every) return "";
    since_prune_ = 0;
    auto pruned = store_->prune(now);
    return pruned.has_error() ? fail(pruned.error(), now) : "";
}

std::string History::fail(const Error& error, WallTime now) {
    retry_at_ = now + retry_interval;
    if (failing_.exchange(true)) return "";
    return "history: " + to_string(error) + "; serving goes on, what is lost is counted";
}

void History::lose_oldest() {
    if (lost_since_ == 0) first_lost_ = rows_.front().time;
    rows_.pop_front();
    ++lost_since_;
    ++lost_;
}

SinkStatus History::status() const {
    return {"history " + options_.file.string(), failing_, written_, lost_};
}

}  // namespace ocs::journal
