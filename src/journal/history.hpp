#pragma once
// The store as the journal's writer sees it: batches, and a failing disk that holds nobody up.

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "journal/journal.hpp"
#include "journal/store.hpp"

namespace ocs::journal {

/// Used by the writer's thread only, but for status().
///
/// Rows wait in memory until flush(), at most `flush_interval` or `batch` of them; one transaction takes all.
/// While the store cannot be opened or written they wait on, up to `waiting_limit`; beyond that the oldest
/// are lost and counted, and the first row after recovery is the gap's. It is tried again every ten seconds.
/// Beyond `waiting_bytes` rows wait without their evidence, and that is said.
class History {
public:
    static constexpr Micros flush_interval{250'000};
    static constexpr Micros prune_interval{600'000'000};  ///< a quiet lab forgets, too
    static constexpr std::size_t batch = 500;
    static constexpr std::size_t waiting_limit = 20'000;
    static constexpr std::size_t batch_bytes = std::size_t{4} << 20U;     ///< of evidence: then it is written
    static constexpr std::size_t waiting_bytes = std::size_t{32} << 20U;  ///< of it that may wait

    explicit History(StoreOptions options) : options_(std::move(options)) {}

    /// Opens and prunes. Empty, or what to tell people; serving goes on without it.
    std::string open(WallTime now);
    /// Takes the row; writes if it is time to. The answer is as open()'s: said once, when it begins to fail.
    std::string add(StoredRow row, WallTime now);
    std::string flush(WallTime now);
    /// To be called now and then, at least every prune_interval: writes what waits, deletes what is too old.
    std::string tend(WallTime now);

    /// There is something to do soon: rows that wait, or more to delete than was done at once.
    [[nodiscard]] bool waiting() const { return !rows_.empty() || shrinking_; }
    [[nodiscard]] bool failing() const { return failing_; }
    [[nodiscard]] std::uint64_t written() const { return written_; }  ///< rows that can be read by now
    [[nodiscard]] SinkStatus status() const;

private:
    std::string fail(const Error& error, WallTime now);
    void lose_oldest();
    bool spare_memory(StoredRow& row);
    std::string write(WallTime now);
    std::string prune(WallTime now);
    std::string shrink(WallTime now);
    [[nodiscard]] bool must_prune(WallTime now) const;

    StoreOptions options_;
    std::unique_ptr<Store> store_;
    std::deque<StoredRow> rows_;
    WallTime oldest_{};    // when the first of them came
    WallTime retry_at_{};  // not before, while failing
    WallTime first_lost_{};
    std::uint64_t lost_since_ = 0;   // since the last gap row
    std::uint64_t since_prune_ = 0;  // rows
    WallTime pruned_at_{};
    bool shrinking_ = false;          // the file is larger than it may be: more is to be done
    std::size_t evidence_bytes_ = 0;  // of the rows that wait
    bool told_of_evidence_ = false;   // since it last could be written
    std::atomic<bool> failing_ = false;
    std::atomic<std::uint64_t> written_ = 0;
    std::atomic<std::uint64_t> lost_ = 0;
};

}  // namespace ocs::journal
