#include "server/admission.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <atomic>
#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

using namespace ocs;
using server::Admission;

namespace {

namespace json = boost::json;

/// A journal whose JSON lines can be read back.
class Lines {
public:
    Lines() : path_(std::filesystem::temp_directory_path() / ("admission-" + std::to_string(::getpid()))) {
        std::filesystem::remove(path_);
        journal::JournalOptions options;
        options.text_descriptor = -1;
        options.json_file = path_;
        journal_ = journal::Journal::start(std::move(options)).value();
    }
    ~Lines() { std::filesystem::remove(path_); }

    journal::Journal& journal() { return *journal_; }
    std::vector<json::object> read() {
        journal_->flush();
        std::vector<json::object> lines;
        std::ifstream file(path_);
        for (std::string line; std::getline(file, line);) lines.push_back(json::parse(line).as_object());
        return lines;
    }

private:
    std::filesystem::path path_;
    std::unique_ptr<journal::Journal> journal_;
};

record::ConnectionRecord from(const std::string& address, std::uint16_t port) {
    record::ConnectionRecord record;
    record.id = "test-" + std::to_string(port);
    record.client = {address, port};
    return record;
}

constexpr MonotonicTime at(int seconds) { return MonotonicTime{Micros{seconds * 1'000'000}}; }

}  // namespace

TEST_CASE("admission: the limits, in total and per address") {
    Lines lines;
    Admission admission(lines.journal());
    config::LimitSettings limits;
    limits.connections = 3;
    limits.connections_per_address = 2;
    CHECK(admission.enter("192.0.2.1", limits) == "");
    CHECK(admission.enter("192.0.2.1", limits) == "");
    CHECK(admission.enter("192.0.2.1", limits) == "connections per address");
    CHECK(admission.open() == 2);
    CHECK(admission.enter("192.0.2.2", limits) == "");
    CHECK(admission.enter("192.0.2.3", limits) == "connections in total");
    CHECK(admission.open() == 3);
    admission.leave("192.0.2.1");
    CHECK(admission.enter("192.0.2.1", limits) == "");
}

TEST_CASE("admission: threads that enter at once share one limit") {
    Lines lines;
    Admission admission(lines.journal());
    config::LimitSettings limits;
    limits.connections = 1000;
    limits.connections_per_address = 100;
    std::atomic<int> entered = 0;
    const auto enter_many = [&] {
        for (int i = 0; i < 500; ++i) entered += admission.enter("192.0.2.1", limits).empty() ? 1 : 0;
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back(enter_many);
    for (std::thread& thread : threads) thread.join();
    CHECK(entered == 100);
    CHECK(admission.open() == 100);
}

TEST_CASE("admission: one record for the first refusal of a client, one for the rest of 10 s") {
    Lines lines;
    Admission admission(lines.journal());
    admission.turn_away(from("192.0.2.1", 1001), "connections per address", at(100));
    admission.turn_away(from("192.0.2.1", 1002), "connections per address", at(103));
    admission.turn_away(from("192.0.2.2", 2001), "connections in total", at(103));
    admission.turn_away(from("192.0.2.1", 1003), "connections per address", at(107));
    admission.write_counts(at(109), false);
    CHECK(lines.read().size() == 2);  // each client's first
    admission.write_counts(at(110), false);
    admission.turn_away(from("192.0.2.1", 1004), "connections per address", at(111));
    admission.write_counts(at(111), true);

    const auto all = lines.read();
    REQUIRE(all.size() == 4);
    struct Row {
        std::int64_t port, count, span;
    };
    const Row rows[] = {
        {1001, 1, 0},
        {2001, 1, 0},
        {1002, 2, 4'000'000},  // of 1002 and 1003; the client that came once has no second record
        {1004, 1, 0},          // a new window
    };
    for (std::size_t i = 0; i < std::size(rows); ++i) {
        CAPTURE(i);
        CHECK(all[i].at("verdict").as_string() == "turned-away");
        CHECK(all[i].at("ended").as_string() == "by-us");
        CHECK(all[i].at("client").at("port").to_number<std::int64_t>() == rows[i].port);
        CHECK(all[i].at("turned_away").at("count").to_number<std::int64_t>() == rows[i].count);
        CHECK(all[i].at("turned_away").at("span_us").to_number<std::int64_t>() == rows[i].span);
    }
}
