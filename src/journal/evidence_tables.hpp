#pragma once
// The bytes beside the rows of the history, each stored once. Internal to the journal.

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "core/result.hpp"
#include "journal/sqlite.hpp"
#include "record/evidence.hpp"

namespace ocs::journal {

/// Blobs by their SHA-256, and what refers to them: sequence number of a row, kind, position among those of
/// its kind. Triggers delete with a row what belonged to it alone, in the transaction that deletes the row.
class EvidenceTables {
public:
    static const char* const schema;  ///< what they add to a database that has `events`

    /// The database outlives this.
    explicit EvidenceTables(Database& database) : database_(database) {}

    /// Within the caller's transaction. Kinds come in groups, each in its order.
    Result<void> add(std::int64_t sequence, const record::EvidenceList& evidence);
    Result<record::EvidenceList> read(std::uint64_t sequence);
    /// After a deletion, and after a transaction that was undone: numbers of blobs are not what they were.
    void forget() { known_.clear(); }

private:
    Result<std::int64_t> blob_of(const record::Evidence& evidence);
    Result<std::int64_t> find_or_insert(const std::string& digest, std::string_view bytes);

    Database& database_;
    std::optional<Statement> find_, insert_, link_;
    struct Known {
        record::Bytes bytes;  // held, so that its address stays its own
        std::int64_t blob = 0;
    };
    std::unordered_map<const std::string*, Known>
        known_;  // certificates: those of one host are the same bytes
};

}  // namespace ocs::journal
