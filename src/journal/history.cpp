#include "journal/history.hpp"

#include <fmt/format.h>

#include "core/files.hpp"

namespace ocs::journal {

namespace {

constexpr Micros retry_interval{10'000'000};
constexpr std::uint64_t prune_every = 1000;  // rows

std::size_t bytes_of(const StoredRow& row) {
    std::size_t sum = 0;
    for (const auto& evidence : row.evidence) sum += evidence.bytes->size();
    return sum;
}

}  // namespace

std::string History::open(WallTime now) {
    // The state folder itself is made a little later, by whoever makes the first certificate.
    auto made = make_folder(options_.file.parent_path());
    if (made.has_error()) return fail(made.error(), now);
    auto opened = Store::open(options_);
    if (opened.has_error()) return fail(opened.error(), now);
    store_ = std::move(*opened);
    pruned_at_ = now;
    if (auto pruned = store_->prune(now); pruned.has_error()) return fail(pruned.error(), now);
    failing_ = false;
    return shrink(now);
}

std::string History::tend(WallTime now) {
    std::string problem = flush(now);
    if (!problem.empty() || failing_ || !store_) return problem;
    if (shrinking_) problem = shrink(now);
    return problem.empty() && must_prune(now) ? prune(now) : problem;
}

/// Also where the clock was put back: what is old is then a matter of the new time.
bool History::must_prune(WallTime now) const {
    return since_prune_ >= prune_every || now - pruned_at_ >= prune_interval || now < pruned_at_;
}

std::string History::prune(WallTime now) {
    since_prune_ = 0;
    pruned_at_ = now;
    auto pruned = store_->prune(now);
    return pruned.has_error() ? fail(pruned.error(), now) : "";
}

std::string History::add(StoredRow row, WallTime now) {
    if (rows_.empty()) oldest_ = now;
    const bool spared = spare_memory(row);
    rows_.push_back(std::move(row));
    if (rows_.size() > waiting_limit) lose_oldest();
    const bool due = rows_.size() >= batch || evidence_bytes_ >= batch_bytes ||
                     now - oldest_ >= flush_interval || now < oldest_;
    std::string problem = due ? flush(now) : "";
    if (!spared || told_of_evidence_ || !problem.empty()) return problem;
    told_of_evidence_ = true;
    return "history: too much waits to be written; until it is, records come without hello, chain and SIP "
           "text";
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
    evidence_bytes_ = 0;
    told_of_evidence_ = false;
    lost_since_ = 0;
    failing_ = false;
    std::string problem = shrink(now);
    return problem.empty() && must_prune(now) ? prune(now) : problem;
}

/// As much as it may of what is too much for the file's limit.
std::string History::shrink(WallTime now) {
    const auto more = store_->shrink();
    if (more.has_error()) return fail(more.error(), now);
    shrinking_ = *more;
    return "";
}

std::string History::fail(const Error& error, WallTime now) {
    retry_at_ = now + retry_interval;
    shrinking_ = false;
    if (failing_.exchange(true)) return "";
    return "history: " + to_string(error) + "; serving goes on, what is lost is counted";
}

void History::lose_oldest() {
    if (lost_since_ == 0) first_lost_ = rows_.front().time;
    evidence_bytes_ -= bytes_of(rows_.front());
    rows_.pop_front();
    ++lost_since_;
    ++lost_;
}

/// True: the row's evidence is given up.
bool History::spare_memory(StoredRow& row) {
    const std::size_t bytes = bytes_of(row);
    if (evidence_bytes_ + bytes <= waiting_bytes) {
        evidence_bytes_ += bytes;
        return false;
    }
    row.evidence.clear();
    return true;
}

SinkStatus History::status() const {
    return {"history " + options_.file.string(), failing_, written_, lost_};
}

}  // namespace ocs::journal
