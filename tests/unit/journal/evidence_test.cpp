#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>

#include "journal/history.hpp"
#include "journal/sqlite.hpp"
#include "journal/store.hpp"
#include "log_lines.hpp"

using namespace ocs;
using namespace ocs::journal;
using namespace ocs::journal::test;
using record::EvidenceKind;

namespace {

const std::string leaf("\x30\x03leaf\0with a NUL", 16);
const std::string intermediate = "\x30\x04intermediate";

record::Evidence piece(EvidenceKind kind, std::string bytes) {
    return {kind, record::make_bytes(std::move(bytes))};
}

StoredRow visit(double at, const std::string& id, record::EvidenceList evidence) {
    auto record = connection(at);
    record.id = id;
    record.evidence = std::move(evidence);
    return row_of(record, to_json_line(record));
}

StoredRow usual_visit(double at, const std::string& id) {
    return visit(at,
                 id,
                 {piece(EvidenceKind::hello, "hello of " + id),
                  piece(EvidenceKind::certificate, leaf),
                  piece(EvidenceKind::certificate, intermediate)});
}

std::string shown(const Result<record::EvidenceList>& evidence) {
    if (evidence.has_error()) return to_string(evidence.error());
    std::string all;
    for (const auto& one : *evidence) all += std::string(to_string(one.kind)) + "=" + *one.bytes + ";";
    return all;
}

std::int64_t count(const Folder& folder, const std::string& of) {
    auto database = Database::open(folder.file(), Database::Mode::read_only);
    return database->number("SELECT count(*) FROM " + of).value();
}

/// As fakeocs 0.1 made it before there was evidence: its own SQL, not ours of today.
void make_schema_1(const Folder& folder) {
    auto database = Database::open(folder.file(), Database::Mode::read_write);
    REQUIRE(database.has_value());
    for (const char* sql : {"PRAGMA auto_vacuum=INCREMENTAL",
                            "PRAGMA journal_mode=WAL",
                            "CREATE TABLE events ("
                            "  sequence INTEGER PRIMARY KEY AUTOINCREMENT,"
                            "  key TEXT UNIQUE,"
                            "  attempt TEXT NOT NULL,"
                            "  peer TEXT NOT NULL,"
                            "  time INTEGER NOT NULL,"
                            "  line TEXT NOT NULL);"
                            "CREATE INDEX events_by_time ON events (time);"
                            "CREATE INDEX events_by_attempt ON events (attempt);",
                            "PRAGMA application_id=1868788529; PRAGMA user_version=1",
                            "INSERT INTO events (key, attempt, peer, time, line) VALUES"
                            " ('connection x-1', 'x-a1', '192.168.56.20', 1795500001000000, '{\"old\":1}'),"
                            " ('dns x-d1', 'x-a1', '192.168.56.20', 1795500002000000, '{\"old\":2}');"
                            "DELETE FROM events WHERE sequence = 2"})
        REQUIRE(!database->run(sql).has_error());
}

}  // namespace

TEST_CASE("evidence: it comes back by kind and in order, byte for byte, and only with its own row") {
    const Folder folder("evidence");
    auto store = Store::open({folder.file()});
    REQUIRE(store.has_value());
    REQUIRE((*store)
                ->add(std::vector<StoredRow>{usual_visit(1, "x-1"),
                                             visit(2, "x-2", {}),
                                             visit(3, "x-3", {piece(EvidenceKind::hello, "")})})
                .value() == 3);
    CHECK(shown((*store)->evidence(1)) ==
          "certificate=" + leaf + ";certificate=" + intermediate + ";hello=hello of x-1;");
    CHECK(shown((*store)->evidence(2)).empty());
    CHECK(shown((*store)->evidence(3)) == "hello=;");
    CHECK(shown((*store)->evidence(99)).empty());
    auto reader = Store::open_to_read(folder.file());
    REQUIRE(reader.has_value());
    CHECK(shown((*reader)->evidence(1)) == shown((*store)->evidence(1)));
}

TEST_CASE("evidence: a certificate is stored once, however many connections were shown it") {
    const Folder folder("evidence");
    auto store = Store::open({folder.file()});
    REQUIRE(store.has_value());
    for (int i = 0; i < 5; ++i)
        REQUIRE((*store)->add(std::vector<StoredRow>{usual_visit(1, "x-" + std::to_string(i))}).has_value());
    CHECK(count(folder, "blobs") == 5 + 2);
    CHECK(count(folder, "evidence") == 15);
    // By another process, which knows none of the numbers.
    store = Store::open({folder.file()});
    REQUIRE((*store)->add(std::vector<StoredRow>{usual_visit(1, "x-other")}).has_value());
    CHECK(count(folder, "blobs") == 6 + 2);
    // What is there already brings no evidence either.
    CHECK((*store)
              ->add(std::vector<StoredRow>{visit(1, "x-1", {piece(EvidenceKind::hello, "late")})})
              .value() == 0);
    CHECK(count(folder, "blobs") == 6 + 2);
}

TEST_CASE("evidence: what is deleted takes with it what belonged to it alone") {
    const Folder folder("evidence");
    StoreOptions options{folder.file()};
    options.keep_for = std::chrono::hours(1);
    options.keep_records = 2;
    auto store = Store::open(options);
    REQUIRE(store.has_value());
    REQUIRE((*store)
                ->add(std::vector<StoredRow>{
                    usual_visit(1, "x-1"), usual_visit(4000, "x-2"), usual_visit(4001, "x-3")})
                .has_value());
    CHECK((*store)->prune(second(4002)).value() == 1);
    CHECK(count(folder, "blobs") == 2 + 2);
    CHECK(shown((*store)->evidence(1)).empty());
    CHECK(shown((*store)->evidence(2)).find("hello of x-2") != std::string::npos);
    CHECK((*store)->prune(second(90000)).value() == 2);
    CHECK(count(folder, "evidence") == 0);
    CHECK(count(folder, "blobs") == 0);
    // Numbers of blobs begin anew; what is shown now is what is stored now.
    REQUIRE((*store)->add(std::vector<StoredRow>{usual_visit(90000, "x-4")}).has_value());
    CHECK(shown((*store)->evidence(4)) ==
          "certificate=" + leaf + ";certificate=" + intermediate + ";hello=hello of x-4;");
}

TEST_CASE("evidence: a history of schema 1 is brought up to date, with what is in it") {
    const Folder folder("evidence");
    make_schema_1(folder);
    {
        auto reader = Store::open_to_read(folder.file());
        REQUIRE(reader.has_value());
        CHECK((*reader)->size().value() == 1);
        CHECK(shown((*reader)->evidence(1)).empty());
        CHECK(count(folder, "pragma_user_version WHERE user_version = 1") == 1);  // reading changes nothing
    }
    auto store = Store::open({folder.file()});
    REQUIRE(store.has_value());
    CHECK(count(folder, "pragma_user_version WHERE user_version = 2") == 1);
    CHECK((*store)->size().value() == 1);
    CHECK(shown((*store)->evidence(1)).empty());
    CHECK((*store)->add(std::vector<StoredRow>{usual_visit(1, "x-1")}).value() == 0);  // its key is there
    REQUIRE((*store)->add(std::vector<StoredRow>{usual_visit(3, "x-2")}).value() == 1);
    CHECK((*store)->last_sequence().value() == 4);  // 2 was deleted, 3 was ignored: neither is used again
    CHECK(shown((*store)->evidence(4)).find("hello of x-2") != std::string::npos);
    CHECK(Store::open({folder.file()}).has_value());
}

TEST_CASE("evidence: while nothing can be written only so much of it waits, and that is said once") {
    const Folder folder("evidence");
    std::ofstream(folder.path / "later") << "in the way";
    const auto file = folder.path / "later" / "history.db";
    History history({file});
    CHECK(!history.open(second(0)).empty());
    const auto large = piece(EvidenceKind::hello, std::string(record::most_evidence, 'x'));
    const std::size_t most = History::waiting_bytes / record::most_evidence;
    std::string said;
    for (std::size_t i = 0; i < most + 5; ++i)
        said += history.add(visit(1, "x-" + std::to_string(i), {large}), second(1));
    CHECK(
        said ==
        "history: too much waits to be written; until it is, records come without hello, chain and SIP text");
    std::filesystem::remove(folder.path / "later");
    CHECK(history.flush(second(11)).empty());
    CHECK(history.add(visit(12, "x-after", {large}), second(12)).empty());
    CHECK(history.flush(second(13)).empty());
    auto store = Store::open_to_read(file);
    REQUIRE(store.has_value());
    CHECK((*store)->size().value() == most + 6);
    CHECK(history.status().lost == 0);
    CHECK((*store)->evidence(1).value().size() == 1);
    CHECK((*store)->evidence(most).value().size() == 1);
    CHECK((*store)->evidence(most + 1).value().empty());
    CHECK((*store)->evidence(most + 6).value().size() == 1);
}

namespace {

/// Runs in a process of its own whose files may not grow beyond a size. Answers what went wrong, by number.
int fill_a_small_disk(const std::filesystem::path& file) {
    std::signal(SIGXFSZ, SIG_IGN);
    History history({file});
    if (!history.open(second(0)).empty()) return 1;
    const rlimit small{rlim_t{512} << 10U, RLIM_INFINITY};
    if (::setrlimit(RLIMIT_FSIZE, &small) != 0) return 2;
    std::mt19937 random(7);
    std::string said;
    int visits = 0;
    double now = 1;
    for (; said.empty() && visits < 10'000; ++visits, now += 0.3) {
        std::string hello(4000, ' ');
        for (char& c : hello) c = static_cast<char>(random());
        said = history.add(visit(now, "x-" + std::to_string(visits), {piece(EvidenceKind::hello, hello)}),
                           second(now));
    }
    const std::string place = "history: " + file.string() + ": cannot write: ";
    if (!said.starts_with(place)) return std::fprintf(stderr, "%s\n", said.c_str()), 3;
    if (said.find("serving goes on, what is lost is counted") == std::string::npos) return 4;
    if (!history.failing() || history.written() == 0) return 5;
    // It goes on: rows wait, nothing is said twice, what was written can be read.
    for (int i = 0; i < 3; ++i, now += 0.3)
        if (!history.add(usual_visit(now, "y-" + std::to_string(i)), second(now)).empty()) return 6;
    auto reader = Store::open_to_read(file);
    if (!reader.has_value() || (*reader)->size().value() != history.written()) return 7;
    const rlimit roomy{RLIM_INFINITY, RLIM_INFINITY};
    if (::setrlimit(RLIMIT_FSIZE, &roomy) != 0) return 8;
    if (!history.flush(second(now + 11)).empty() || history.failing()) return 9;
    if (history.written() != static_cast<std::uint64_t>(visits) + 3 || history.status().lost != 0) return 10;
    auto again = Store::open_to_read(file);
    if (!again.has_value() || (*again)->size().value() != history.written()) return 11;
    return (*again)->evidence(static_cast<std::uint64_t>(visits) + 3).value().size() == 3 ? 0 : 12;
}

}  // namespace

TEST_CASE("evidence: a disk that is full is said once, holds nobody up, and loses nothing once it has room") {
    const Folder folder("evidence");
    const pid_t child = ::fork();
    if (child == 0) ::_exit(fill_a_small_disk(folder.file()));
    int state = 0;
    ::waitpid(child, &state, 0);
    REQUIRE(WIFEXITED(state));
    CHECK(WEXITSTATUS(state) == 0);
    auto check = Database::open(folder.file(), Database::Mode::read_only);
    CHECK(check->number("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'").value() ==
          1);
    CHECK(count(folder, "evidence WHERE blob NOT IN (SELECT id FROM blobs)") == 0);
    CHECK(count(folder, "blobs WHERE id NOT IN (SELECT blob FROM evidence)") == 0);
}
