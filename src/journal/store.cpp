#include "journal/store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>

#include "core/escape.hpp"
#include "journal/evidence_tables.hpp"
#include "journal/sqlite.hpp"

namespace ocs::journal {

namespace {

constexpr std::int64_t application_id = 0x6f637331;  // "ocs1": `file` and we tell our files from others

// AUTOINCREMENT: a number is never used again, whatever was deleted.
constexpr const char* schema_1 =
    "CREATE TABLE events ("
    "  sequence INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  key TEXT UNIQUE,"
    "  attempt TEXT NOT NULL,"
    "  peer TEXT NOT NULL,"
    "  time INTEGER NOT NULL,"  // microseconds since 1970, UTC
    "  line TEXT NOT NULL);"
    "CREATE INDEX events_by_time ON events (time);"
    "CREATE INDEX events_by_attempt ON events (attempt);";

constexpr std::int64_t deleted_at_once = 3200;                        // rows, in one transaction
constexpr std::int64_t longest_step = 16;                             // rows, between two looks at the room
constexpr std::uint64_t much_freed = 64 * 1024;                       // bytes, by a step
constexpr const char* give_back = "PRAGMA incremental_vacuum(1000)";  // pages, of what is free at its end

std::int64_t number_of(WallTime time) { return time.time_since_epoch().count(); }

/// Ends in a blank; '!' is the character after it. Gaps have no key.
std::string key_prefix(LineKind kind) {
    switch (kind) {
        case LineKind::connection:
            return "connection ";
        case LineKind::dns:
            return "dns ";
        case LineKind::sip:
            return "sip ";
        case LineKind::gap:
            break;
    }
    return "gap ";
}

std::string connection_key(const std::string& id) { return key_prefix(LineKind::connection) + id; }
std::string question_key(const std::string& id) { return key_prefix(LineKind::dns) + id; }
/// A message has no id: its connection, time, direction and what it is name it.
std::string message_key(
    const std::string& connection, WallTime at, bool from_client, const std::string& method, int status) {
    return fmt::format(
        "sip {} {} {} {} {}", connection, number_of(at), from_client ? "from" : "to", method, status);
}

/// Ends the transaction it began, unless that was done.
class Transaction {
public:
    explicit Transaction(Database& database) : database_(database) {}
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction() {
        if (open_) (void)database_.run("ROLLBACK");
    }
    Result<void> begin() {
        auto done = database_.run("BEGIN IMMEDIATE");
        open_ = !done.has_error();
        return done;
    }
    Result<void> commit() {
        auto done = database_.run("COMMIT");
        open_ = done.has_error();
        return done;
    }

private:
    Database& database_;
    bool open_ = false;
};

class SqliteStore final : public Store {
public:
    SqliteStore(Database database, StoreOptions options)
        : database_(std::move(database)), options_(std::move(options)), evidence_(database_) {}

    Result<void> prepare_to_write() {
        // NORMAL with a write-ahead log: a killed process loses nothing, a power cut at most the last
        // moments.
        for (const char* pragma : {"PRAGMA auto_vacuum=INCREMENTAL",
                                   "PRAGMA journal_mode=WAL",
                                   "PRAGMA synchronous=NORMAL",
                                   "PRAGMA journal_size_limit=16777216"})
            if (auto done = database_.run(pragma); done.has_error()) return done;
        return migrate();
    }

    /// Fails for what is no history of ours.
    Result<std::int64_t> version() {
        auto application = database_.number("PRAGMA application_id");
        if (application.has_error()) return application.error();
        auto version = database_.number("PRAGMA user_version");
        if (version.has_error()) return version.error();
        auto tables = database_.number("SELECT count(*) FROM sqlite_master");
        if (tables.has_error()) return tables.error();
        if (*application != application_id && *tables > 0)
            return Error{
                "this database is not a history of fakeocs", options_.file.string(), "name another file"};
        if (*version > schema_version)
            return Error{fmt::format("a newer fakeocs made this history: schema {}, this one knows {}",
                                     *version,
                                     int{schema_version}),
                         options_.file.string(),
                         "use the newer one, or name another file"};
        return *version;
    }

    Result<std::size_t> add(std::span<const StoredRow> rows) override {
        Transaction transaction(database_);
        if (auto begun = transaction.begin(); begun.has_error()) return begun.error();
        auto statement = database_.prepare(
            "INSERT OR IGNORE INTO events (key, attempt, peer, time, line) VALUES (?1, ?2, ?3, ?4, ?5)");
        if (statement.has_error()) return statement.error();
        std::size_t added = 0;
        for (const StoredRow& row : rows) {
            auto is_new = add_row(*statement, row);
            if (is_new.has_error()) evidence_.forget();
            if (is_new.has_error()) return is_new.error();
            added += *is_new ? 1 : 0;
        }
        if (auto done = transaction.commit(); done.has_error()) {
            evidence_.forget();
            return done.error();
        }
        return added;
    }

    Result<std::size_t> prune(WallTime now) override {
        auto deleted = database_.prepare(
            "DELETE FROM events WHERE time < ?1 OR sequence <= (SELECT max(sequence) FROM events) - ?2");
        if (deleted.has_error()) return deleted.error();
        deleted->bind(1, number_of(now - options_.keep_for));
        deleted->bind(2, static_cast<std::int64_t>(options_.keep_records));
        deleted->step();
        if (deleted->failed()) return database_.error("cannot write");
        const auto count = static_cast<std::size_t>(database_.changes());
        evidence_.forget();
        if (count > 0) (void)database_.run(give_back);
        return count;
    }

    Result<bool> shrink() override {
        auto room = room_taken();
        if (room.has_error()) return room.error();
        if (room->used <= options_.keep_bytes && room->file <= options_.keep_bytes) return false;
        bool more = false;
        if (room->used > options_.keep_bytes) {
            auto left = delete_oldest(options_.keep_bytes - options_.keep_bytes / 16);
            if (left.has_error()) return left.error();
            more = *left;
        }
        room = room_taken();
        if (room.has_error()) return room.error();
        if (room->file <= options_.keep_bytes) return more;
        if (auto done = database_.run(give_back); done.has_error()) return done.error();
        return more || room->file > room->used;
    }

    Result<void> read(const StoreQuery& query,
                      const std::function<bool(std::uint64_t, std::string_view)>& take) override {
        std::string sql = "SELECT sequence, line FROM events WHERE sequence > ?1 AND time >= ?2";
        if (!query.attempt.empty()) sql += " AND attempt = ?3";
        if (query.before > 0) sql += " AND sequence < ?4";
        // The plus keeps SQLite from reading by this index: the order is that of the numbers.
        if (query.kind) sql += query.id.empty() ? " AND +key >= ?5 AND +key < ?6" : " AND key = ?5";
        sql += query.newest_first ? " ORDER BY sequence DESC" : " ORDER BY sequence";
        if (query.limit > 0) sql += fmt::format(" LIMIT {}", query.limit);
        auto rows = database_.prepare(sql);
        if (rows.has_error()) return rows.error();
        rows->bind(1, static_cast<std::int64_t>(query.after));
        rows->bind(2, query.since ? number_of(*query.since) : std::numeric_limits<std::int64_t>::min());
        if (!query.attempt.empty()) rows->bind(3, query.attempt);
        if (query.before > 0) rows->bind(4, static_cast<std::int64_t>(query.before));
        const std::string prefix = query.kind ? key_prefix(*query.kind) : "";
        const std::string key = prefix + query.id;
        const std::string end = prefix.empty() ? "" : prefix.substr(0, prefix.size() - 1) + '!';
        if (query.kind) rows->bind(5, key);
        if (query.kind && query.id.empty()) rows->bind(6, end);
        while (rows->step())
            if (!take(static_cast<std::uint64_t>(rows->number(0)), rows->text(1))) return {};
        if (rows->failed()) return database_.error("cannot read");
        return {};
    }

    Result<record::EvidenceList> evidence(std::uint64_t sequence) override {
        // A history that an older one made, read while nobody serves, has none yet.
        const auto made_by = version();
        if (made_by.has_error()) return made_by.error();
        if (*made_by < 2) return record::EvidenceList{};
        return evidence_.read(sequence);
    }

    Result<std::uint64_t> last_sequence() override {
        return positive(database_.number("SELECT seq FROM sqlite_sequence WHERE name = 'events'"));
    }

    Result<std::uint64_t> size() override {
        return positive(database_.number("SELECT count(*) FROM events"));
    }

private:
    struct Room {
        std::uint64_t file = 0, used = 0;  // bytes; the rest of the file is free
    };

    Result<Room> room_taken() {
        std::uint64_t numbers[3] = {};
        const char* const pragmas[] = {"PRAGMA page_size", "PRAGMA page_count", "PRAGMA freelist_count"};
        for (std::size_t i = 0; i < std::size(pragmas); ++i) {
            const auto number = positive(database_.number(pragmas[i]));
            if (number.has_error()) return number.error();
            numbers[i] = *number;
        }
        return Room{numbers[0] * numbers[1], numbers[0] * (numbers[1] - numbers[2])};
    }

    /// In one transaction, a few rows at a time: what a row takes is known once it is gone. True: there is
    /// more to delete.
    Result<bool> delete_oldest(std::uint64_t until_used) {
        Transaction transaction(database_);
        if (auto begun = transaction.begin(); begun.has_error()) return begun.error();
        evidence_.forget();
        auto room = room_taken();
        if (room.has_error()) return room.error();
        std::int64_t left = deleted_at_once, step = 1;
        bool more = true;
        while (more && left > 0) {
            const auto done = database_.run(
                fmt::format("DELETE FROM events WHERE sequence IN (SELECT sequence FROM events WHERE "
                            "sequence < (SELECT max(sequence) FROM events) ORDER BY sequence LIMIT {})",
                            step));
            if (done.has_error()) return done.error();
            const auto now = room_taken();
            if (now.has_error()) return now.error();
            more = now->used > until_used && database_.changes() > 0;
            left -= step;
            // Large ones one by one, so that no more goes than has to.
            step = now->used + much_freed < room->used ? 1 : std::min({step * 2, longest_step, left});
            room = now;
        }
        if (auto done = transaction.commit(); done.has_error()) return done.error();
        return more;
    }

    /// False: it is there already.
    Result<bool> add_row(Statement& insert, const StoredRow& row) {
        std::string_view line = row.line;
        if (line.ends_with('\n')) line.remove_suffix(1);
        if (row.key.empty())
            insert.bind_null(1);
        else
            insert.bind(1, row.key);
        insert.bind(2, row.attempt);
        insert.bind(3, row.peer);
        insert.bind(4, number_of(row.time));
        insert.bind(5, line);
        insert.step();
        if (insert.failed()) return database_.error("cannot write");
        const bool is_new = database_.changes() > 0;
        insert.reset();
        if (!is_new || row.evidence.empty()) return is_new;
        auto kept = evidence_.add(database_.last_row(), row.evidence);
        if (kept.has_error()) return kept.error();
        return true;
    }

    static Result<std::uint64_t> positive(Result<std::int64_t> number) {
        if (number.has_error()) return number.error();
        return static_cast<std::uint64_t>(*number);
    }

    /// From whatever version there is, step by step, in one transaction.
    Result<void> migrate() {
        Transaction transaction(database_);
        if (auto begun = transaction.begin(); begun.has_error()) return begun;
        const auto from = version();
        if (from.has_error()) return from.error();
        for (std::int64_t next = *from + 1; next <= schema_version; ++next) {
            if (auto made = database_.run(next == 1 ? schema_1 : EvidenceTables::schema); made.has_error())
                return made;
        }
        const std::string stamp = fmt::format(
            "PRAGMA application_id={}; PRAGMA user_version={}", application_id, int{schema_version});
        if (*from < schema_version)
            if (auto stamped = database_.run(stamp); stamped.has_error()) return stamped;
        return transaction.commit();
    }

    Database database_;
    StoreOptions options_;
    EvidenceTables evidence_;
};

}  // namespace

StoredRow row_of(const LogLine& line) {
    StoredRow row{"", line.attempt, line.peer, line.time, line.raw};
    switch (line.kind) {
        case LineKind::connection:
            row.key = connection_key(line.id);
            break;
        case LineKind::dns:
            row.key = question_key(line.id);
            break;
        case LineKind::sip:
            row.key = message_key(line.id, line.time, line.from_client, line.method, line.status);
            break;
        case LineKind::gap:
            break;
    }
    return row;
}

StoredRow row_of(const record::ConnectionRecord& record, std::string line) {
    return {connection_key(record.id),
            record.attempt,
            record.client.address,
            record.started,
            std::move(line),
            record.evidence};
}

StoredRow row_of(const record::DnsEvent& event, std::string line) {
    return {question_key(event.id),
            event.attempt,
            event.client.address,
            event.at,
            std::move(line),
            event.evidence};
}

StoredRow row_of(const record::SipEvent& event, std::string line) {
    const auto& message = event.message;
    const bool from_client = message.direction == record::Direction::from_client;
    return {message_key(event.connection, event.at, from_client, visible(message.method), message.status),
            event.attempt,
            event.client,
            event.at,
            std::move(line),
            event.evidence};
}

Result<std::unique_ptr<Store>> Store::open(const StoreOptions& options) {
    auto database = Database::open(options.file, Database::Mode::read_write);
    if (database.has_error()) return database.error();
    auto store = std::make_unique<SqliteStore>(std::move(*database), options);
    if (auto ready = store->prepare_to_write(); ready.has_error()) return ready.error();
    return std::unique_ptr<Store>(std::move(store));
}

Result<std::unique_ptr<Store>> Store::open_to_read(const std::filesystem::path& file) {
    auto database = Database::open(file, Database::Mode::read_only);
    if (database.has_error()) return database.error();
    auto store = std::make_unique<SqliteStore>(std::move(*database), StoreOptions{file, {}, 0});
    const auto version = store->version();
    if (version.has_error()) return version.error();
    if (*version < 1) return Error{"nothing is in this history", file.string(), ""};
    return std::unique_ptr<Store>(std::move(store));
}

}  // namespace ocs::journal
