#pragma once
// The history: every final record and event in one SQLite file, as the JSON line that docs/handshake-log.md
// describes, with what is searched by and the bytes it was made of beside it.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/clock.hpp"
#include "core/result.hpp"
#include "journal/log_line.hpp"
#include "record/connection_record.hpp"
#include "record/dns_event.hpp"
#include "record/sip_event.hpp"

namespace ocs::journal {

struct StoreOptions {
    std::filesystem::path file;                          ///< empty: no history is kept
    std::chrono::hours keep_for{24 * 30};                ///< older records are deleted
    std::uint64_t keep_records = 100'000;                ///< and the oldest beyond that many
    std::uint64_t keep_bytes = std::uint64_t{1} << 30U;  ///< and the oldest while the file is larger
};

/// A record as the store keeps it.
struct StoredRow {
    std::string key;  ///< what it is by nature, so that an import twice is one; empty: kept always (gaps)
    std::string attempt;
    std::string peer;
    WallTime time{};
    std::string line;  ///< JSON, with or without its line end
    record::EvidenceList evidence = {};
};
StoredRow row_of(const LogLine& line);
StoredRow row_of(const record::ConnectionRecord& record, std::string line);
StoredRow row_of(const record::DnsEvent& event, std::string line);
StoredRow row_of(const record::SipEvent& event, std::string line);

struct StoreQuery {
    std::uint64_t after = 0;   ///< sequence number: only what was stored later
    std::uint64_t before = 0;  ///< only what was stored earlier; 0: no limit
    std::optional<LineKind> kind;
    std::string id;  ///< with `kind`: of that connection or question; empty: all
    std::optional<WallTime> since;
    std::string attempt;  ///< whole id; empty: all
    bool newest_first = false;
    std::uint64_t limit = 0;  ///< 0: none
};

/// Sequence numbers rise and are never used twice, also after deletions: they name a place for those who
/// come back (Last-Event-ID). Write-ahead log: readers do not disturb the writer, and a killed process loses
/// only what was not added yet. Not for several threads: each opens its own.
class Store {
public:
    static constexpr int schema_version = 2;

    /// For the server: makes the file (0600), brings an older schema up to date. Fails for a file that is no
    /// database, and for one that a newer version made.
    static Result<std::unique_ptr<Store>> open(const StoreOptions& options);
    /// For those who only look. Fails if it is not there.
    static Result<std::unique_ptr<Store>> open_to_read(const std::filesystem::path& file);

    virtual ~Store() = default;

    /// All or none. Rows whose key is there already are left out, with their evidence. Answers how many were
    /// new.
    virtual Result<std::size_t> add(std::span<const StoredRow> rows) = 0;
    /// Deletes what is too old or too much, and the evidence that belonged to it alone. Answers how many
    /// rows.
    virtual Result<std::size_t> prune(WallTime now) = 0;
    /// While what is kept takes more room than it may: deletes the oldest, but never the last, some thousand
    /// at most. True: it is not done yet, ask again soon.
    ///
    /// It goes on to a sixteenth below the limit, and what comes later takes that room, so that the file
    /// stays about as large as it is. One that is larger than the limit is made smaller, some megabytes at a
    /// time. The write-ahead log beside it comes on top: as much as the largest batch, 16 MB once a reader is
    /// done.
    virtual Result<bool> shrink() = 0;
    /// In the order they were stored, or backwards, until `take` answers false.
    virtual Result<void> read(
        const StoreQuery& query,
        const std::function<bool(std::uint64_t sequence, std::string_view line)>& take) = 0;
    /// What was kept beside a row, by kind and in order. Nothing of a row that is not there, or was imported.
    virtual Result<record::EvidenceList> evidence(std::uint64_t sequence) = 0;
    virtual Result<std::uint64_t> last_sequence() = 0;  ///< 0: nothing was ever stored
    virtual Result<std::uint64_t> size() = 0;
};

}  // namespace ocs::journal
