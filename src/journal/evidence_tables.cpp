#include "journal/evidence_tables.hpp"

#include "ossl/digest.hpp"

namespace ocs::journal {

namespace {

constexpr std::size_t most_known = 1000;

Result<Statement*> prepared(std::optional<Statement>& statement, Database& database, std::string_view sql) {
    if (statement) return &*statement;
    auto made = database.prepare(sql);
    if (made.has_error()) return made.error();
    statement = std::move(*made);
    return &*statement;
}

}  // namespace

const char* const EvidenceTables::schema =
    "CREATE TABLE blobs ("
    "  id INTEGER PRIMARY KEY,"
    "  digest BLOB NOT NULL UNIQUE,"  // SHA-256
    "  bytes BLOB NOT NULL);"
    "CREATE TABLE evidence ("
    "  sequence INTEGER NOT NULL,"  // of the row in events
    "  kind TEXT NOT NULL,"
    "  position INTEGER NOT NULL,"
    "  blob INTEGER NOT NULL,"
    "  PRIMARY KEY (sequence, kind, position)) WITHOUT ROWID;"
    "CREATE INDEX evidence_by_blob ON evidence (blob);"
    "CREATE TRIGGER event_deleted AFTER DELETE ON events BEGIN"
    "  DELETE FROM evidence WHERE sequence = old.sequence; END;"
    "CREATE TRIGGER evidence_deleted AFTER DELETE ON evidence"
    "  WHEN NOT EXISTS (SELECT 1 FROM evidence WHERE blob = old.blob) BEGIN"
    "  DELETE FROM blobs WHERE id = old.blob; END;";

Result<void> EvidenceTables::add(std::int64_t sequence, const record::EvidenceList& evidence) {
    std::int64_t position = 0;
    for (std::size_t i = 0; i < evidence.size(); ++i) {
        position = i > 0 && evidence[i].kind == evidence[i - 1].kind ? position + 1 : 0;
        const auto blob = blob_of(evidence[i]);
        if (blob.has_error()) return blob.error();
        const auto link =
            prepared(link_,
                     database_,
                     "INSERT INTO evidence (sequence, kind, position, blob) VALUES (?1, ?2, ?3, ?4)");
        if (link.has_error()) return link.error();
        (*link)->bind(1, sequence);
        (*link)->bind(2, to_string(evidence[i].kind));
        (*link)->bind(3, position);
        (*link)->bind(4, *blob);
        (*link)->step();
        if ((*link)->failed()) return database_.error("cannot write");
        (*link)->reset();
    }
    return {};
}

Result<std::int64_t> EvidenceTables::blob_of(const record::Evidence& evidence) {
    const bool is_shared = evidence.kind == record::EvidenceKind::certificate;
    if (is_shared) {
        const auto known = known_.find(evidence.bytes.get());
        if (known != known_.end()) return known->second.blob;
    }
    auto blob = find_or_insert(ossl::sha256(*evidence.bytes), *evidence.bytes);
    if (!is_shared || blob.has_error()) return blob;
    if (known_.size() >= most_known) known_.clear();
    known_.emplace(evidence.bytes.get(), Known{evidence.bytes, *blob});
    return blob;
}

Result<std::int64_t> EvidenceTables::find_or_insert(const std::string& digest, std::string_view bytes) {
    const auto insert =
        prepared(insert_, database_, "INSERT OR IGNORE INTO blobs (digest, bytes) VALUES (?1, ?2)");
    if (insert.has_error()) return insert.error();
    (*insert)->bind_bytes(1, digest);
    (*insert)->bind_bytes(2, bytes);
    (*insert)->step();
    if ((*insert)->failed()) return database_.error("cannot write");
    const bool is_new = database_.changes() > 0;
    (*insert)->reset();
    if (is_new) return database_.last_row();
    const auto find = prepared(find_, database_, "SELECT id FROM blobs WHERE digest = ?1");
    if (find.has_error()) return find.error();
    (*find)->bind_bytes(1, digest);
    const bool found = (*find)->step();
    const std::int64_t id = found ? (*find)->number(0) : 0;
    (*find)->reset();
    if (!found) return database_.error("cannot read");
    return id;
}

Result<record::EvidenceList> EvidenceTables::read(std::uint64_t sequence) {
    auto rows = database_.prepare(
        "SELECT kind, bytes FROM evidence JOIN blobs ON blobs.id = blob WHERE sequence = ?1"
        " ORDER BY kind, position");
    if (rows.has_error()) return rows.error();
    rows->bind(1, static_cast<std::int64_t>(sequence));
    record::EvidenceList list;
    while (rows->step()) {
        const auto kind = record::evidence_kind(rows->text(0));
        if (kind) list.push_back({*kind, record::make_bytes(std::string(rows->bytes(1)))});
    }
    if (rows->failed()) return database_.error("cannot read");
    return list;
}

}  // namespace ocs::journal
