#include "journal/sqlite.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/escape.hpp"

namespace ocs::journal {

namespace {

constexpr int busy_milliseconds = 1000;  // another process, such as an import, may hold the file

}  // namespace

Result<Database> Database::open(const std::filesystem::path& path, Mode mode) {
    const std::string shown = visible(path.string());
    if (mode == Mode::read_write) {
        // SQLite gives its own files the mode of this one.
        const int made = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (made < 0) return Error{std::string("cannot open: ") + std::strerror(errno), shown, ""};
        ::close(made);
    }
    sqlite3* raw = nullptr;
    const int flags = mode == Mode::read_write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
    const int code = sqlite3_open_v2(path.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX, nullptr);
    Database database(raw, shown);
    if (code != SQLITE_OK) return Error{std::string("cannot open: ") + sqlite3_errstr(code), shown, ""};
    sqlite3_busy_timeout(raw, busy_milliseconds);
    return database;
}

Error Database::error(std::string_view doing) const {
    return {std::string(doing) + ": " + visible(sqlite3_errmsg(handle_.get())), path_, ""};
}

Result<void> Database::run(const std::string& sql) {
    if (sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
        return error("cannot write");
    return {};
}

Result<std::int64_t> Database::number(const std::string& sql) {
    auto statement = prepare(sql);
    if (statement.has_error()) return statement.error();
    if (statement->step()) return statement->number(0);
    if (statement->failed()) return error("cannot read");
    return std::int64_t{0};
}

Result<Statement> Database::prepare(std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    const int length = static_cast<int>(sql.size());
    if (sqlite3_prepare_v2(handle_.get(), sql.data(), length, &statement, nullptr) != SQLITE_OK)
        return error("cannot read");
    return Statement(statement);
}

void Statement::bind(int index, std::string_view text) {
    sqlite3_bind_text(handle_.get(), index, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
}

void Statement::bind_bytes(int index, std::string_view bytes) {
    sqlite3_bind_blob64(handle_.get(), index, bytes.data(), bytes.size(), SQLITE_STATIC);
}

void Statement::bind(int index, std::int64_t number) { sqlite3_bind_int64(handle_.get(), index, number); }

void Statement::bind_null(int index) { sqlite3_bind_null(handle_.get(), index); }

bool Statement::step() {
    const int code = sqlite3_step(handle_.get());
    failed_ = code != SQLITE_ROW && code != SQLITE_DONE;
    return code == SQLITE_ROW;
}

void Statement::reset() {
    sqlite3_reset(handle_.get());
    sqlite3_clear_bindings(handle_.get());
}

std::string_view Statement::text(int column) const {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(handle_.get(), column));
    if (bytes == nullptr) return {};
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column))};
}

std::string_view Statement::bytes(int column) const {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(handle_.get(), column));
    if (bytes == nullptr) return {};
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column))};
}

std::int64_t Statement::number(int column) const { return sqlite3_column_int64(handle_.get(), column); }

}  // namespace ocs::journal
