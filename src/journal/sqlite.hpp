#pragma once
// SQLite at arm's length: handles that close themselves, failures as Error. Internal to the journal.

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace ocs::journal {

class Statement;

/// One connection to a database file. Not for several threads.
class Database {
public:
    enum class Mode { read_only, read_write };

    /// Read-write makes the file with mode 0600 if it is not there.
    static Result<Database> open(const std::filesystem::path& path, Mode mode);

    Result<void> run(const std::string& sql);             ///< statements without results
    Result<std::int64_t> number(const std::string& sql);  ///< the first column of the first row
    Result<Statement> prepare(std::string_view sql);
    [[nodiscard]] std::int64_t changes() const { return sqlite3_changes64(handle_.get()); }
    [[nodiscard]] std::int64_t last_row() const { return sqlite3_last_insert_rowid(handle_.get()); }
    [[nodiscard]] Error error(std::string_view doing) const;  ///< what SQLite says now, with the file's path

private:
    struct Close {
        void operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }
    };
    Database(sqlite3* handle, std::string path) : handle_(handle), path_(std::move(path)) {}

    std::unique_ptr<sqlite3, Close> handle_;
    std::string path_;
};

/// A prepared statement. Outlived by its database.
class Statement {
public:
    explicit Statement(sqlite3_stmt* handle) : handle_(handle) {}

    void bind(int index, std::string_view text);  ///< from 1; the text must stay until step()
    void bind(int index, std::int64_t number);
    void bind_bytes(int index, std::string_view bytes);  ///< as text, but a BLOB
    void bind_null(int index);
    /// True: there is a row. False: done, or failed; then failed() holds and Database::error() says why.
    bool step();
    [[nodiscard]] bool failed() const { return failed_; }
    void reset();
    [[nodiscard]] std::string_view text(int column) const;   ///< from 0; valid until the next step()
    [[nodiscard]] std::string_view bytes(int column) const;  ///< of a BLOB, the same
    [[nodiscard]] std::int64_t number(int column) const;

private:
    struct Finalize {
        void operator()(sqlite3_stmt* handle) const noexcept { sqlite3_finalize(handle); }
    };
    std::unique_ptr<sqlite3_stmt, Finalize> handle_;
    bool failed_ = false;
};

}  // namespace ocs::journal
