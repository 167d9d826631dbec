#pragma once
// A history in a folder of its own, and lines to put into it.

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "admin/history_reader.hpp"
#include "journal/store.hpp"

namespace ocs::admin {

struct StoredHistory {
    std::filesystem::path folder;
    std::unique_ptr<journal::Store> store;
    std::unique_ptr<HistoryReader> reader;

    StoredHistory() {
        std::string made = (std::filesystem::temp_directory_path() / "fakeocs-admin-XXXXXX").string();
        REQUIRE(::mkdtemp(made.data()) != nullptr);
        folder = made;
        journal::StoreOptions options;
        options.file = folder / "history.db";
        store = std::move(journal::Store::open(options).value());
        reader = std::make_unique<HistoryReader>(options.file);
    }
    StoredHistory(const StoredHistory&) = delete;
    StoredHistory& operator=(const StoredHistory&) = delete;
    ~StoredHistory() { std::filesystem::remove_all(folder); }

    void add(const std::vector<std::string>& lines) const {
        std::vector<journal::StoredRow> rows;
        for (const std::string& line : lines) {
            journal::LogLine read;
            REQUIRE_FALSE(journal::parse_log_line(line, read));
            rows.push_back(row_of(read));
        }
        REQUIRE(store->add(rows).value() == lines.size());
    }
};

inline std::string connection_line(int number, const std::string& attempt, const std::string& verdict) {
    return fmt::format(R"({{"schema":"fakeocs.handshake/1","id":"c{0}","time":"2026-11-24T10:00:{3:02}Z",)"
                       R"("client":{{"address":"192.0.2.1","port":5}},"verdict":"{2}","attempt":"{1}"}})",
                       number,
                       attempt,
                       verdict,
                       number % 60);
}

inline std::string question_line(int number, const std::string& attempt) {
    return fmt::format(R"({{"schema":"fakeocs.dns/1","id":"q{0}","time":"2026-11-24T10:00:{2:02}Z",)"
                       R"("client":{{"address":"192.0.2.1","port":5}},"name":"sip.a.test","attempt":"{1}"}})",
                       number,
                       attempt,
                       number % 60);
}

}  // namespace ocs::admin
