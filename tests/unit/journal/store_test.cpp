#include "journal/store.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>

#include "journal/history.hpp"
#include "journal/sqlite.hpp"
#include "log_lines.hpp"

using namespace ocs;
using namespace ocs::journal;
using namespace ocs::journal::test;

namespace {

/// A folder of its own, gone at the end.
StoredRow row(double at, const std::string& id, const std::string& attempt = "x-a1") {
    auto event = question(at, "sip.contoso.test", attempt);
    event.id = id;
    return row_of(event, to_json_line(event));
}

/// What a row is worth without its evidence, a killed process would show.
StoredRow with_hello(StoredRow row) {
    const std::string id = row.key.substr(row.key.find(' ') + 1);
    row.evidence = {{record::EvidenceKind::hello, record::make_bytes("hello of " + id)}};
    return row;
}

constexpr std::size_t large = std::size_t{64} << 10U;

/// With that many bytes of evidence, which are no other row's.
StoredRow with_bytes(StoredRow row, std::size_t size) {
    std::string bytes(size, 'x');
    bytes.replace(0, row.key.size(), row.key);
    row.evidence = {{record::EvidenceKind::capture, record::make_bytes(std::move(bytes))}};
    return row;
}

/// Of the database as whoever opens it sees it, what is in the write-ahead log included.
std::uint64_t file_size(const Folder& folder) {
    auto database = Database::open(folder.file(), Database::Mode::read_only);
    REQUIRE(database.has_value());
    return static_cast<std::uint64_t>(database->number("PRAGMA page_count").value() *
                                      database->number("PRAGMA page_size").value());
}

std::vector<std::string> ids(Store& store, const StoreQuery& query = {}) {
    std::vector<std::string> all;
    const auto done = store.read(query, [&](std::uint64_t, std::string_view line) {
        all.push_back(read(std::string(line)).id);
        return true;
    });
    if (done.has_error()) FAIL_CHECK(to_string(done.error()));
    return all;
}

std::size_t added(Store& store, const std::vector<StoredRow>& rows) {
    const auto count = store.add(rows);
    if (count.has_error()) FAIL_CHECK(to_string(count.error()));
    return count.has_error() ? 0 : *count;
}

}  // namespace

TEST_CASE("store: rows come back in their order, backwards, after a place, of an attempt, since a time") {
    const Folder folder("store");
    auto store = Store::open(folder.options());
    REQUIRE(store.has_value());
    Store& history = **store;
    CHECK(history.last_sequence().value() == 0);
    CHECK(added(history, {row(1, "d1"), row(2, "d2", "x-a2"), row(3, "d3")}) == 3);
    using Ids = std::vector<std::string>;
    struct Row {
        StoreQuery query;
        Ids ids;
        std::string why;
    };
    const Row rows[] = {
        {{}, {"d1", "d2", "d3"}, "all"},
        {{1, 0, {}, "", {}, "", false, 0}, {"d2", "d3"}, "after a sequence number"},
        {{0, 0, {}, "", second(2), "", false, 0}, {"d2", "d3"}, "since a time, that one included"},
        {{0, 0, {}, "", {}, "x-a1", false, 0}, {"d1", "d3"}, "of an attempt"},
        {{0, 0, {}, "", {}, "", true, 2}, {"d3", "d2"}, "the newest two"},
    };
    for (const Row& expected : rows) {
        CAPTURE(expected.why);
        CHECK(ids(history, expected.query) == expected.ids);
    }
    int taken = 0;
    CHECK(!history.read({}, [&](std::uint64_t, std::string_view) { return ++taken < 2; }).has_error());
    CHECK(taken == 2);
    struct stat state {};
    REQUIRE(::stat((folder.path / "history.db").c_str(), &state) == 0);
    CHECK((state.st_mode & 0777U) == 0600);
}

TEST_CASE("store: what is there already is not stored again, in whatever way it comes") {
    const Folder folder("store");
    auto store = Store::open(folder.options());
    REQUIRE(store.has_value());
    auto said = message(1, "alice@contoso.test");
    const std::string lines[] = {
        to_json_line(connection(1)), to_json_line(question(1, "a.test")), to_json_line(said)};
    CHECK(added(**store,
                {row_of(connection(1), lines[0]),
                 row_of(question(1, "a.test"), lines[1]),
                 row_of(said, lines[2])}) == 3);
    std::vector<StoredRow> again;
    for (const std::string& line : lines) again.push_back(row_of(read(line)));
    CHECK(added(**store, again) == 0);
    said.message.status = 200;
    CHECK(added(**store, {row_of(said, to_json_line(said))}) == 1);
    const StoredRow gap =
        row_of(read(R"({"schema":"fakeocs.gap/1","lost":1,"from":"2026-11-24T05:59:00Z"})"));
    CHECK(added(**store, {gap, gap}) == 2);
}

TEST_CASE("store: what is too old or too much is deleted, and sequence numbers are not used again") {
    const Folder folder("store");
    StoreOptions options = folder.options();
    options.keep_for = std::chrono::hours(1);
    options.keep_records = 3;
    auto store = Store::open(options);
    REQUIRE(store.has_value());
    added(**store, {row(1, "d1"), row(4000, "d2"), row(4001, "d3"), row(4002, "d4"), row(4003, "d5")});
    CHECK((*store)->prune(second(4004)).value() == 2);
    CHECK(ids(**store) == std::vector<std::string>{"d3", "d4", "d5"});
    CHECK((*store)->prune(second(9000)).value() == 3);
    CHECK((*store)->last_sequence().value() == 5);
    added(**store, {row(9000, "d6")});
    CHECK((*store)->last_sequence().value() == 6);
}

TEST_CASE("store: a file that grows too large loses its oldest, and what comes later takes their room") {
    const Folder folder("store");
    StoreOptions options = folder.options();
    options.keep_bytes = std::uint64_t{2} << 20U;
    auto store = Store::open(options);
    REQUIRE(store.has_value());
    const std::uint64_t batch = std::uint64_t{8} * large;
    std::vector<std::string> all;
    for (int i = 0; i < 20; ++i) {
        std::vector<StoredRow> rows;
        for (int j = 0; j < 8; ++j) {
            all.push_back("d" + std::to_string(all.size()));
            rows.push_back(with_bytes(row(1, all.back()), large));
        }
        CHECK(added(**store, rows) == 8);
        CHECK((*store)->shrink().has_value());
        CHECK(file_size(folder) <= options.keep_bytes + 2 * batch);
    }
    while ((*store)->shrink().value()) {
    }
    CHECK(file_size(folder) <= options.keep_bytes);
    const auto left = ids(**store);
    CHECK(left.size() > 20);  // 30 of them fit
    CHECK(left == std::vector<std::string>(all.end() - static_cast<long>(left.size()), all.end()));
    CHECK((*store)->last_sequence().value() == all.size());
    CHECK((*store)->evidence(all.size()).value().at(0).bytes->size() == large);
}

TEST_CASE("store: one record may be larger than all that may be kept: it stays until the next one comes") {
    const Folder folder("store");
    StoreOptions options = folder.options();
    options.keep_bytes = std::uint64_t{1} << 20U;
    auto store = Store::open(options);
    added(**store, {row(1, "small"), with_bytes(row(2, "huge"), std::size_t{3} << 20U)});
    for (int i = 0; i < 10; ++i) CHECK((*store)->shrink().has_value());
    CHECK(ids(**store) == std::vector<std::string>{"huge"});
    CHECK(!(*store)->shrink().value());
    added(**store, {row(3, "next")});
    while ((*store)->shrink().value()) {
    }
    CHECK(ids(**store) == std::vector<std::string>{"next"});
    CHECK(file_size(folder) <= options.keep_bytes);
}

TEST_CASE("store: of very many that are too much only some thousand go at once") {
    const Folder folder("store");
    StoreOptions options = folder.options();
    options.keep_bytes = std::uint64_t{256} << 10U;
    auto store = Store::open(options);
    std::vector<StoredRow> rows;
    for (int i = 0; i < 8000; ++i) rows.push_back(row(1, "d" + std::to_string(i)));
    added(**store, rows);
    CHECK((*store)->shrink().value());
    CHECK((*store)->size().value() == 8000 - 200 * 16);
    while ((*store)->shrink().value()) {
    }
    CHECK((*store)->size().value() < 1000);
    CHECK((*store)->size().value() > 100);
    CHECK(file_size(folder) <= options.keep_bytes);
}

TEST_CASE("store: what cannot be a history is refused with what it is") {
    const Folder folder("store");
    const auto file = folder.path / "history.db";
    CHECK(Store::open_to_read(file).error().what == "cannot open: unable to open database file");
    std::ofstream(file)
        << "this is a text file of some length, and no database at all, whatever its name says";
    CHECK(Store::open({file}).error().what.find("file is not a database") != std::string::npos);
    std::filesystem::remove(file);
    {
        auto other = Database::open(file, Database::Mode::read_write);
        REQUIRE(!other->run("CREATE TABLE shopping (item TEXT)").has_error());
    }
    CHECK(Store::open({file}).error().what == "this database is not a history of fakeocs");
    std::filesystem::remove(file);
    {
        auto later = Database::open(file, Database::Mode::read_write);
        REQUIRE(!later->run("PRAGMA application_id=0x6f637331; PRAGMA user_version=7").has_error());
    }
    const auto newer = Store::open({file});
    CHECK(newer.error().what == "a newer fakeocs made this history: schema 7, this one knows 2");
    CHECK(newer.error().where == file.string());
    CHECK(Store::open({folder.path / "none" / "history.db"}).error().what ==
          "cannot open: No such file or directory");
}

TEST_CASE("store: a killed process leaves what was added, whole") {
    const Folder folder("store");
    int pipe_ends[2];
    REQUIRE(::pipe(pipe_ends) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        auto store = Store::open(folder.options());
        std::uint64_t count = 0;
        // Tells of each batch after it was added, and goes on until it is killed.
        while (store.has_value() &&
               (*store)->add(std::vector<StoredRow>{with_hello(row(1, std::to_string(count)))}).has_value()) {
            ++count;
            if (::write(pipe_ends[1], &count, sizeof count) != sizeof count) break;
        }
        ::_exit(1);
    }
    ::close(pipe_ends[1]);
    std::uint64_t told = 0;
    while (told < 50) REQUIRE(::read(pipe_ends[0], &told, sizeof told) == sizeof told);
    ::kill(child, SIGKILL);
    int state = 0;
    ::waitpid(child, &state, 0);
    REQUIRE(WIFSIGNALED(state));
    for (std::uint64_t more = 0; ::read(pipe_ends[0], &more, sizeof more) == sizeof more;) told = more;
    ::close(pipe_ends[0]);
    auto store = Store::open(folder.options());
    REQUIRE(store.has_value());
    CHECK((*store)->size().value() >= told);
    CHECK((*store)->size().value() <= told + 1);
    const auto last = (*store)->evidence((*store)->last_sequence().value());
    REQUIRE(last->size() == 1);
    CHECK(*last->front().bytes == "hello of " + std::to_string((*store)->size().value() - 1));
    auto check = Database::open(folder.path / "history.db", Database::Mode::read_only);
    CHECK(check->number("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'").value() ==
          1);
}

TEST_CASE("history: rows are written in batches, by number or by time") {
    const Folder folder("store");
    History history(folder.options());
    CHECK(history.open(second(0)).empty());
    CHECK(history.add(row(1, "d1"), second(1)).empty());
    CHECK(history.waiting());
    CHECK(history.status().written == 0);
    history.add(row(2, "d2"), second(1.3));
    CHECK(!history.waiting());
    CHECK(history.status().written == 2);
    for (std::size_t i = 0; i < History::batch; ++i) history.add(row(3, "e" + std::to_string(i)), second(2));
    CHECK(!history.waiting());
}

TEST_CASE("history: what is too old goes while the lab serves, though nothing new comes") {
    const Folder folder("store");
    StoreOptions options = folder.options();
    options.keep_for = std::chrono::hours(1);
    History history(options);
    CHECK(history.open(second(0)).empty());
    history.add(row(-10, "old"), second(0));
    history.add(row(3000, "newer"), second(3000));  // time to write, and to look what is too old: nothing is
    const auto left = [&] { return ids(*Store::open_to_read(options.file).value()); };
    CHECK(left() == std::vector<std::string>{"old", "newer"});
    CHECK(history.tend(second(3599)).empty());
    CHECK(left().size() == 2);  // too old since 3590, but it is looked for every ten minutes
    CHECK(history.tend(second(3600)).empty());
    CHECK(left() == std::vector<std::string>{"newer"});
    CHECK(history.tend(second(7300)).empty());
    CHECK(left().empty());
}

TEST_CASE(
    "history: one that is too large shrinks while the lab serves, step by step, though nothing new comes") {
    const Folder folder("store");
    StoreOptions options = folder.options();
    {
        History history(options);
        for (int i = 0; i < 100; ++i)
            history.add(with_bytes(row(1, "d" + std::to_string(i)), large), second(1));
        history.flush(second(1));
        CHECK(!history.waiting());
    }
    options.keep_bytes = std::uint64_t{1} << 20U;
    History history(options);
    CHECK(history.open(second(2)).empty());
    int steps = 0;
    for (; history.waiting() && steps < 100; ++steps) CHECK(history.tend(second(2)).empty());
    CHECK(steps > 0);
    CHECK(!history.waiting());
    CHECK(file_size(folder) <= options.keep_bytes);
    // And each batch that is written is held against the limit.
    for (int i = 0; i < 100; ++i) {
        history.add(with_bytes(row(3, "e" + std::to_string(i)), large), second(3));
        history.flush(second(3));
    }
    const auto left = ids(*Store::open_to_read(options.file).value());
    CHECK(left.size() < 20);
    CHECK(left.back() == "e99");
}

TEST_CASE("history: one that cannot be opened is said once, waited for, and its gap is told") {
    const Folder folder("store");
    StoreOptions options = folder.options();
    options.file = folder.path / "later" / "history.db";
    std::ofstream(folder.path / "later") << "in the way";
    History history(options);
    CHECK(history.open(second(0)) == "history: " + (folder.path / "later").string() +
                                         ": not a folder; serving goes on, what is lost is counted");
    CHECK(history.status().failing);
    for (std::size_t i = 0; i < History::waiting_limit + 5; ++i)
        CHECK(history.add(row(1, "d" + std::to_string(i)), second(1)).empty());
    CHECK(history.status().lost == 5);
    std::filesystem::remove(folder.path / "later");
    CHECK(history.flush(second(5)).empty());
    CHECK(history.status().failing);  // it is not time to try again
    CHECK(history.flush(second(11)).empty());
    CHECK(!history.status().failing);
    auto store = Store::open_to_read(options.file);
    REQUIRE(store.has_value());
    CHECK((*store)->size().value() == History::waiting_limit + 1);
    std::string first;
    CHECK(!(*store)
               ->read({},
                      [&](std::uint64_t, std::string_view line) {
                          first = line;
                          return false;
                      })
               .has_error());
    const LogLine gap = read(first);
    CHECK(gap.kind == LineKind::gap);
    CHECK(gap.lost == 5);
}

TEST_CASE("history: the journal writes to it, and goes on without it") {
    const Folder folder("store");
    JournalOptions options;
    options.text_descriptor = -1;
    options.text_file = folder.path / "text";
    options.history = folder.options();
    {
        auto journal = Journal::start(options);
        REQUIRE(journal.has_value());
        auto silent = connection(1);
        silent.provisional = true;
        journal.value()->write(silent);
        journal.value()->write(question(1, "sip.contoso.test"));
        journal.value()->write(connection(1));
        journal.value()->flush();
        auto store = Store::open_to_read(options.history.file);
        REQUIRE(store.has_value());
        CHECK((*store)->size().value() == 2);
        journal.value()->write(message(2, "alice@contoso.test"));
        std::promise<std::uint64_t> rows;
        journal.value()->flush([&] { rows.set_value((*store)->size().value()); });
        CHECK(rows.get_future().get() == 3);
    }
    auto store = Store::open_to_read(options.history.file);
    REQUIRE(store.has_value());
    CHECK((*store)->size().value() == 3);
    std::uint64_t same = 0;
    std::string attempt;
    CHECK(!(*store)
               ->read({},
                      [&](std::uint64_t, std::string_view line) {
                          const LogLine got = read(std::string(line));
                          if (attempt.empty()) attempt = got.attempt;
                          same += got.attempt == attempt ? 1 : 0;
                          return true;
                      })
               .has_error());
    CHECK(same == 3);
    options.history.file = folder.path / "text" / "history.db";
    auto journal = Journal::start(options);
    REQUIRE(journal.has_value());
    journal.value()->write(connection(3));
    journal.value()->flush();
    const auto status = journal.value()->status();
    REQUIRE(status.size() == 2);
    CHECK(status[0].written > 0);
    CHECK(status[1].failing);
    std::ifstream text(options.text_file);
    std::string said((std::istreambuf_iterator<char>(text)), {});
    CHECK(said.find("history: ") != std::string::npos);
}
