#include "journal/sink.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <csignal>
#include <filesystem>
#include <future>
#include <string>

#include "core/files.hpp"

using namespace ocs;
using namespace ocs::journal;

namespace {

const WallTime now{std::chrono::seconds(1'800'000'000)};
bool no_patience() { return false; }

struct Folder {
    std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("sink-" + std::to_string(::getpid()));
    Folder() { std::filesystem::create_directory(path); }
    ~Folder() { std::filesystem::remove_all(path); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
};

std::string contents(const std::filesystem::path& path) { return read_file(path).value(); }

/// All that is in the pipe, which others may still write to.
std::string drained(int reading) {
    std::string all;
    char buffer[65536];
    ::fcntl(reading, F_SETFL, O_NONBLOCK);
    for (ssize_t count = 0; (count = ::read(reading, buffer, sizeof buffer)) > 0;)
        all.append(buffer, static_cast<std::size_t>(count));
    return all;
}

struct Pipe {
    int reading = -1, writing = -1;
    Pipe() {
        int ends[2];
        REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
        reading = ends[0];
        writing = ends[1];
        ::fcntl(writing, F_SETPIPE_SZ, 4096);
    }
    ~Pipe() {
        if (reading >= 0) ::close(reading);
        ::close(writing);
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
};

record::ConnectionRecord record_of(int number) {
    record::ConnectionRecord record;
    record.id = std::to_string(number);
    return record;
}

}  // namespace

TEST_CASE("sink: a full disk is said once, lost lines are counted, the gap is the first line after it") {
    const Folder folder;
    const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
    REQUIRE(full >= 0);
    Sink sink("JSON log", full, Sink::Format::json);
    CHECK(sink.put("a\n", now, no_patience) ==
          "JSON log: cannot write: No space left on device; lost lines are counted");
    CHECK(sink.put("b\n", now + std::chrono::seconds(5), no_patience) == "");
    CHECK(sink.status().failing);
    CHECK(sink.status().lost == 2);
    const auto good = folder.path / "good";
    const int file = ::open(good.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    REQUIRE(::dup2(file, full) == full);
    CHECK(sink.put("c\n", now + std::chrono::seconds(9), no_patience) == "");
    CHECK(contents(good) ==
          "{\"schema\":\"fakeocs.gap/1\",\"lost\":2,\"from\":\"2027-01-15T08:00:00.000000Z\","
          "\"to\":\"2027-01-15T08:00:09.000000Z\"}\nc\n");
    CHECK_FALSE(sink.status().failing);
    CHECK(sink.put("d\n", now, no_patience) == "");
    CHECK(contents(good).ends_with("}\nc\nd\n"));
    ::close(full);
    ::close(file);
}

TEST_CASE("sink: a line that was cut off is completed once there is room") {
    const Pipe pipe;
    Sink sink("text log", pipe.writing, Sink::Format::text);
    const std::string line = std::string(10'000, 'x') + "\n";  // more than the pipe holds
    CHECK(sink.put(line, now, no_patience) == "");
    std::string taken = drained(pipe.reading);
    CHECK(taken.size() > 1000);
    CHECK(taken.size() < line.size());
    int lost = 0;
    while (taken.size() < line.size()) {
        if (sink.put("lost\n", now, no_patience) != "") lost = 1;
        taken += drained(pipe.reading);
    }
    CHECK(taken.starts_with(line));
    CHECK(lost == 1);
    sink.put("end\n", now, no_patience);
    taken += drained(pipe.reading);
    CHECK(taken.find(" lost since ") != std::string::npos);
}

TEST_CASE("sink: a file is private, is made again by open, and never begins in half a line") {
    const Folder folder;
    const auto path = folder.path / "log";
    REQUIRE(write_file(path, "half a li", public_file).has_value());
    Sink sink("text log", path, Sink::Format::text);
    REQUIRE(sink.open() == 0);
    sink.put("one\n", now, no_patience);
    CHECK(contents(path) == "half a li\none\n");
    struct stat state {};
    REQUIRE(::stat(path.c_str(), &state) == 0);
    CHECK((state.st_mode & 0777U) == 0600);
    std::filesystem::rename(path, folder.path / "old");
    sink.put("two\n", now, no_patience);
    REQUIRE(sink.open() == 0);
    sink.put("three\n", now, no_patience);
    CHECK(contents(folder.path / "old") == "half a li\none\ntwo\n");
    CHECK(contents(path) == "three\n");
    CHECK(Sink("x", folder.path / "no/such/folder", Sink::Format::text).open() == ENOENT);
}

TEST_CASE("sink: a pipe without a reader fails, and the next reader gets the gap and whole lines") {
    const Folder folder;
    const auto path = folder.path / "fifo";
    std::signal(SIGPIPE, SIG_IGN);  // as the lab does
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    Sink sink("JSON log", path, Sink::Format::json);
    CHECK(sink.open() == ENXIO);
    int reading = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    REQUIRE(sink.open() == 0);
    CHECK(sink.put("a\n", now, no_patience) == "");
    CHECK(drained(reading) == "a\n");
    ::close(reading);
    CHECK(sink.put("b\n", now, no_patience).find("Broken pipe") != std::string::npos);
    CHECK(sink.put("c\n", now, no_patience) == "");
    reading = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    CHECK(sink.put("d\n", now, no_patience) == "");
    const std::string seen = drained(reading);
    CHECK(seen.find("\"lost\":2") != std::string::npos);
    CHECK(seen.ends_with("}\nd\n"));
    ::close(reading);
}

TEST_CASE("journal: a pipe nobody reads stops the listeners, loses nothing, and starts them again") {
    Pipe pipe;
    const Folder folder;
    JournalOptions options;
    options.text_descriptor = -1;
    options.json_file = "-";
    options.json_descriptor = pipe.writing;
    options.queue_limit = 8;
    auto journal = Journal::start(options);
    REQUIRE(journal.has_value());
    std::promise<void> drained_once;
    journal.value()->set_on_drained([&] { drained_once.set_value(); });
    int written = 0;
    while (!journal.value()->congested()) journal.value()->write(record_of(written++));
    CHECK(written >= 8);
    CHECK_FALSE(journal.value()->status()[0].failing);
    std::string all;
    const auto resumed = drained_once.get_future();
    while (resumed.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready)
        all += drained(pipe.reading);
    CHECK_FALSE(journal.value()->congested());
    while (std::count(all.begin(), all.end(), '\n') < written) all += drained(pipe.reading);
    CHECK(journal.value()->status()[0].lost == 0);
    for (int i = 0; i < written; ++i) {
        const std::size_t end = all.find('\n');
        CHECK(boost::json::parse(all.substr(0, end)).at("id").as_string() == std::to_string(i));
        all.erase(0, end + 1);
    }
}

TEST_CASE("journal: a pipe nobody reads does not keep the program from ending") {
    Pipe pipe;
    JournalOptions options;
    options.text_descriptor = pipe.writing;
    auto journal = Journal::start(options);
    REQUIRE(journal.has_value());
    for (int i = 0; i < 20; ++i) journal.value()->note(std::string(1000, 'x'));
    journal.value().reset();  // a second of patience, then it is over
    CHECK(drained(pipe.reading).size() > 1000);
}
