#include "config/history_settings.hpp"

#include <doctest/doctest.h>

#include <string>

#include "config/load.hpp"

using namespace ocs;
using namespace ocs::config;

namespace {

const std::string host = "hosts:\n  - {id: pool, names: [a.test], certificate: {load: {pfx: a.pfx}}}\n";

}  // namespace

TEST_CASE("history settings: a history is kept unless one says no") {
    const auto settings = parse_settings("/etc/f.yaml", host);
    REQUIRE(settings.has_value());
    CHECK(settings->history.keep);
    CHECK(settings->history.file.empty());
    CHECK(settings->history.megabytes == 1024);
    CHECK(settings->timeline.window_seconds == 30);
    const auto other =
        parse_settings("/etc/f.yaml",
                       host +
                           "history: {keep: false, file: h.db, days: 7, records: 100, megabytes: 5}\n"
                           "timeline: {window_seconds: 2.5}\n");
    REQUIRE(other.has_value());
    CHECK(!other->history.keep);
    CHECK(other->history.file == "/etc/h.db");
    CHECK(other->history.days == 7);
    CHECK(other->history.records == 100);
    CHECK(other->history.megabytes == 5);
    CHECK(other->timeline.window_seconds == 2.5);
}

TEST_CASE("history settings: numbers out of range and unknown keys are reported") {
    const auto settings = parse_settings(
        "f.yaml", host + "history: {days: 0, record: 5, megabytes: 0}\ntimeline: {window_seconds: 0}\n");
    REQUIRE(settings.has_error());
    CHECK(settings.error().size() == 4);
}
