// Which sessions were left, over a restart too, and never too many of them.
#include "admin/left_sessions.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin/token_guard.hpp"
#include "core/files.hpp"

using namespace ocs;
using namespace ocs::admin;

namespace {

constexpr std::int64_t begin = 1'800'000'000;
constexpr WallTime now{std::chrono::seconds{begin}};

struct Folder {
    std::filesystem::path path;
    Folder() {
        std::string made = (std::filesystem::temp_directory_path() / "fakeocs-left-XXXXXX").string();
        REQUIRE(::mkdtemp(made.data()) != nullptr);
        path = made;
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { std::filesystem::remove_all(path); }

    [[nodiscard]] std::filesystem::path file() const { return path / left_sessions_file_name; }
    [[nodiscard]] LeftSessions load() const { return LeftSessions::load(file()).value(); }
};

const std::string token = "correct-horse-battery-staple";

Credentials with_cookie(const std::string& method, const std::string& target, const std::string& cookie) {
    return {method, target, "", cookie, "", "{}", "192.0.2.1"};
}

std::string log_in(TokenGuard& guard) {
    const auto reply = guard.answer({"POST", "/login", "", "", "", "token=" + token, "192.0.2.1"}, now);
    REQUIRE(reply);
    const std::string line = reply->headers.back().second;
    return line.substr(0, line.find(';'));
}

}  // namespace

TEST_CASE("left sessions: are known after a restart, until they would have ended") {
    const Folder folder;
    LeftSessions left = folder.load();
    CHECK_FALSE(left.has("a", begin + 60));
    CHECK(left.add("a", begin + 60, now).has_value());
    CHECK(left.add("b", begin + 90, now).has_value());
    struct stat about {};
    REQUIRE(::stat(folder.file().c_str(), &about) == 0);
    CHECK((about.st_mode & 0777U) == 0600U);
    LeftSessions again = folder.load();
    CHECK(again.has("a", begin + 60));
    CHECK(again.has("b", begin + 90));
    CHECK_FALSE(again.has("c", begin + 90));
    CHECK(again.add("c", begin + 99, now + std::chrono::seconds(60)).has_value());
    CHECK(read_file(folder.file()).value() == fmt::format("{} b\n{} c\n", begin + 90, begin + 99));
}

TEST_CASE("left sessions: of more than fit, the oldest stand for all that began before them") {
    const Folder folder;
    LeftSessions left = folder.load();
    for (std::size_t i = 0; i < LeftSessions::most + 2; ++i) {
        const auto number = static_cast<std::int64_t>(i);
        REQUIRE(left.add(fmt::format("s{}", i), begin + 60 + number, now).has_value());
    }
    for (const LeftSessions& one : {left, folder.load()}) {
        CHECK(one.has("s0", begin + 60));
        CHECK(one.has("s1025", begin + 60 + 1025));
        CHECK(one.has("somebody else's", begin + 61));  // closed rather than open
        CHECK_FALSE(one.has("somebody else's", begin + 62));
    }
}

TEST_CASE("left sessions: a file that is none says so") {
    const Folder folder;
    for (const std::string text : {"x", "12", "12 ", "12x a", "99999999999999999999 a", "12 a\n\n13 b\n"}) {
        CAPTURE(text);
        REQUIRE(write_file(folder.file(), text, private_file).has_value());
        const auto read = LeftSessions::load(folder.file());
        REQUIRE(read.has_error());
        CHECK(read.error().what == "this is no session that was left");
        CHECK(read.error().where.starts_with(folder.file().string() + ":"));
    }
}

TEST_CASE("left sessions: the guard keeps them") {
    const Folder folder;
    TokenGuard guard(token, folder.load());
    const std::string left = log_in(guard), kept = log_in(guard);
    CHECK(guard.answer(with_cookie("POST", "/logout", left), now)->status == 200);
    TokenGuard restarted(token, folder.load());
    CHECK(restarted.answer(with_cookie("GET", "/", left), now)->status == 401);
    CHECK_FALSE(restarted.answer(with_cookie("GET", "/", kept), now));
}

TEST_CASE("left sessions: one that no restart will know of has ended all the same, and that is said") {
    const Folder folder;
    TokenGuard guard(token, LeftSessions::load(folder.path / "no" / "folder").value());
    const std::string cookie = log_in(guard);
    const auto reply = guard.answer(with_cookie("POST", "/logout", cookie), now);
    REQUIRE(reply);
    CHECK(reply->status == 500);
    CHECK(reply->body.find("a restart will not know") != std::string::npos);
    CHECK(reply->headers.front().second.starts_with("__Host-fakeocs=; "));
    CHECK(guard.answer(with_cookie("GET", "/", cookie), now)->status == 401);
}
