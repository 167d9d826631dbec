// Old keys are kept no longer than a reissue can be undone.
#include <doctest/doctest.h>

#include "admin/hosts.hpp"

using namespace ocs;
using namespace ocs::admin;

namespace {

constexpr WallTime now{Micros{1'000'000}};

Reissues::Files files(const std::string& key) { return {{"key.pem", key}}; }

}  // namespace

TEST_CASE("reissues: what was before is there until its time, and not longer though nobody asks") {
    boost::asio::io_context io;
    Reissues reissues(io, std::chrono::milliseconds(20));
    reissues.keep("front01", files("old"), now);
    REQUIRE(reissues.find("front01") != nullptr);
    CHECK(reissues.find("front01")->files == files("old"));
    CHECK(rfc3339(reissues.find("front01")->until) == "1970-01-01T00:00:01.020000Z");
    CHECK(reissues.find("front02") == nullptr);
    io.run();  // the timer alone
    CHECK(reissues.find("front01") == nullptr);
}

TEST_CASE("reissues: another reissue of the same host begins a time of its own") {
    boost::asio::io_context io;
    Reissues reissues(io, std::chrono::milliseconds(20));
    reissues.keep("front01", files("old"), now);
    reissues.keep("front01", files("older by now"), now);
    io.run_one();  // the first timer, cancelled with what it was for
    REQUIRE(reissues.find("front01") != nullptr);
    CHECK(reissues.find("front01")->files == files("older by now"));
    io.run();
    CHECK(reissues.find("front01") == nullptr);
}

TEST_CASE("reissues: an undo forgets, the end of the lab forgets all, and neither keeps the thread") {
    boost::asio::io_context io;
    Reissues reissues(io);
    reissues.keep("front01", files("old"), now);
    reissues.keep("front02", files("old"), now);
    reissues.forget("front01");
    CHECK(reissues.find("front01") == nullptr);
    reissues.stop();
    CHECK(reissues.find("front02") == nullptr);
    reissues.keep("front03", files("late"), now);
    CHECK(reissues.find("front03") == nullptr);
    io.run();  // ends at once: no timer is left
}
