// Who gets in with what, how often somebody may be wrong, and what a browser is sent.
#include "admin/token_guard.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace ocs;
using namespace ocs::admin;

namespace {

constexpr WallTime now{std::chrono::seconds{1'800'000'000}};
const std::string token = "correct-horse-battery-staple";

Credentials get(const std::string& target,
                const std::string& authorization = "",
                const std::string& cookie = "") {
    return {"GET", target, authorization, cookie, "", "", "192.0.2.1"};
}

/// 0: let in.
int status(TokenGuard& guard, const Credentials& shown, WallTime at = now) {
    const auto reply = guard.answer(shown, at);
    return reply ? reply->status : 0;
}

std::string header(const ApiReply& reply, const std::string& name) {
    for (const auto& [key, value] : reply.headers)
        if (key == name) return value;
    return "";
}

/// "NAME=VALUE" of the session that a right token begins.
std::string log_in(TokenGuard& guard, WallTime at = now) {
    const auto reply = guard.answer({"POST", "/login", "", "", "", "token=" + token, "192.0.2.1"}, at);
    REQUIRE(reply);
    CHECK(reply->status == 303);
    CHECK(header(*reply, "Location") == "/");
    const std::string cookie = header(*reply, "Set-Cookie");
    CHECK(cookie.ends_with("; Path=/; Max-Age=43200; Secure; HttpOnly; SameSite=Strict"));
    CHECK(cookie.find(token) == std::string::npos);
    return cookie.substr(0, cookie.find(';'));
}

}  // namespace

TEST_CASE("token: who is let in") {
    struct Row {
        Credentials shown;
        int status;
        std::string why;
    };
    const Row rows[] = {
        {get("/livez"), 0, "supervisors have no token"},
        {get("/livez/x"), 401, "and nothing beside that is open"},
        {get("/readyz"), 401, ""},
        {get("/metrics"), 401, ""},
        {get("/api/v1/status"), 401, ""},
        {get("/app.js"), 401, "not even the dashboard's files"},
        {get("/ca.pem"), 401, "the CA has a door of its own"},
        {get("/api/v1/status", "Bearer " + token), 0, ""},
        {get("/api/v1/status", "bearer  " + token + " "),
         0,
         "the scheme's case does not matter (RFC 9110 11.1)"},
        {get("/api/v1/status", "Basic " + token), 401, "another scheme"},
        {get("/api/v1/status", token), 401, "no scheme"},
        {get("/api/v1/status", "Bearer "), 401, "nothing"},
        {get("/api/v1/status", "Bearer " + token + "x"), 401, "longer"},
        {get("/api/v1/status", "Bearer " + token.substr(1)), 401, "shorter"},
        {get("/api/v1/status?token=" + token), 401, "an address ends up in logs"},
        {get("/api/v1/status", "", "__Host-fakeocs=" + token), 401, "the token is no session"},
        {get("/api/v1/status", "", "__Host-fakeocs=9999999999."), 401, "no MAC"},
        {get("/api/v1/status", "", "__Host-fakeocs=9999999999." + std::string(64, '0')), 401, "a wrong one"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CAPTURE(row.shown.target);
        TokenGuard guard(token);
        CHECK(status(guard, row.shown) == row.status);
    }
    TokenGuard guard(token);
    const auto refused = guard.answer(get("/api/v1/status"), now);
    CHECK(header(*refused, "WWW-Authenticate") == "Bearer realm=\"fakeocs\"");
    CHECK(refused->body.find(token) == std::string::npos);
}

TEST_CASE("token: a browser is led to the form, and has a session that ends") {
    TokenGuard guard(token);
    Credentials page = get("/?view=hosts");
    page.accept = "text/html,application/xhtml+xml";
    CHECK(header(*guard.answer(page, now), "Location") == "/login");
    page.target = "/api/v1/status";
    CHECK(status(guard, page) == 401);
    const auto form = guard.answer(get("/login"), now);
    CHECK(form->status == 200);
    CHECK(form->body.find("<form method=\"post\" action=\"/login\">") != std::string::npos);
    CHECK(header(*form, "Content-Security-Policy").find("form-action 'self'") != std::string::npos);

    const std::string session = log_in(guard);
    CHECK(status(guard, get("/api/v1/status", "", session)) == 0);
    CHECK(status(guard, get("/api/v1/status", "", "a=b; " + session + "; c=d")) == 0);
    CHECK(status(guard, get("/", "", "x" + session)) == 401);
    CHECK(status(guard, get("/", "", session), now + TokenGuard::session - Micros(1)) == 0);
    CHECK(status(guard, get("/", "", session), now + TokenGuard::session) == 401);
    std::string later = session;
    later[later.find('=') + 1] = '9';  // ends later, says the client
    CHECK(status(guard, get("/", "", later)) == 401);
    TokenGuard restarted(token), another("another-token-of-this-lab");
    CHECK(status(restarted, get("/", "", session)) == 0);
    CHECK(status(another, get("/", "", session)) == 401);
}

TEST_CASE("token: a session is left by POST alone, and by who has one") {
    TokenGuard guard(token);
    const std::string cookie = log_in(guard);
    const Credentials leave{"POST", "/logout", "", cookie, "", "{}", "192.0.2.1"};
    CHECK(status(guard, get("/logout", "", cookie)) == 405);
    const auto left = guard.answer(leave, now);
    REQUIRE(left);
    CHECK(left->status == 200);
    CHECK(header(*left, "Set-Cookie") ==
          "__Host-fakeocs=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict");
    CHECK(status(guard, {"POST", "/logout", "", "", "", "{}", "192.0.2.1"}) == 401);
}

TEST_CASE("token: a session that was left opens nothing for whoever has a copy, and no other is touched") {
    TokenGuard guard(token);
    const std::string cookie = log_in(guard), other = log_in(guard);  // in the same second
    const auto leave = [&](const std::string& cookies) {
        return status(guard, {"POST", "/logout", "", cookies, "", "{}", "192.0.2.1"});
    };
    CHECK(guard.still_holds(get("/api/v1/events", "", cookie), now));
    CHECK(leave(cookie) == 200);
    CHECK(status(guard, get("/", "", cookie)) == 401);
    CHECK_FALSE(guard.still_holds(get("/api/v1/events", "", cookie), now));
    CHECK(leave(cookie) == 401);
    CHECK(status(guard, get("/", "", other)) == 0);
    CHECK(status(guard, get("/", "Bearer " + token, cookie)) == 0);  // scripts have no session
    CHECK(guard.still_holds(get("/", "Bearer " + token), now));
    const std::string third = log_in(guard);
    CHECK(leave(other + "; " + third) == 200);
    CHECK(status(guard, get("/", "", other)) == 401);
    CHECK(status(guard, get("/", "", third)) == 401);
}

TEST_CASE("token: the form takes a token with blanks around it, and says what is wrong") {
    TokenGuard guard(token);
    const auto post = [&](const std::string& body) {
        return status(guard, {"POST", "/login", "", "", "", body, "192.0.2.1"});
    };
    CHECK(post("token=+" + token + "%0D%0A") == 303);
    CHECK(post("token=wrong") == 403);
    CHECK(post("token=") == 403);
    CHECK(post("") == 403);
    CHECK(post("tokn=x") == 400);
    CHECK(post("token=%zz") == 400);
    CHECK(status(guard, {"PUT", "/login", "", "", "", "", "192.0.2.1"}) == 405);
}

TEST_CASE("token: who is wrong too often waits, alone, and not for ever") {
    TokenGuard guard(token);
    for (unsigned i = 0; i < TokenGuard::most_wrong; ++i)
        CHECK(status(guard, get("/metrics", "Bearer wrong-wrong-wrong-wrong")) == 401);
    CHECK(status(guard, get("/metrics", "Bearer " + token)) == 429);
    CHECK(status(guard, get("/login")) == 429);
    CHECK(status(guard, get("/livez")) == 0);
    CHECK(header(*guard.answer(get("/"), now), "Retry-After") == "60");
    Credentials other = get("/metrics", "Bearer " + token);
    other.peer = "192.0.2.2";
    CHECK(status(guard, other) == 0);
    CHECK(status(guard, get("/metrics", "Bearer " + token), now + TokenGuard::window) == 0);
    // An old cookie or none is no guess.
    for (unsigned i = 0; i < 3 * TokenGuard::most_wrong; ++i)
        CHECK(status(guard, get("/metrics", "", "__Host-fakeocs=1.2"), now + TokenGuard::window) == 401);
}

TEST_CASE("token: a thousand strangers fill no memory, and forgive nobody who is wrong now") {
    TokenGuard guard(token);
    for (std::size_t i = 0; i < 2 * TokenGuard::most_addresses; ++i) {
        Credentials shown = get("/metrics", "Bearer wrong-wrong-wrong-wrong");
        shown.peer = fmt::format("10.0.{}.{}", i / 256, i % 256);
        CHECK(status(guard, shown, now + Micros(static_cast<std::int64_t>(i))) == 401);
    }
    const WallTime at = now + std::chrono::seconds(1);
    for (unsigned i = 0; i < TokenGuard::most_wrong; ++i) status(guard, get("/", "Bearer wrong"), at);
    CHECK(status(guard, get("/", "Bearer " + token), at) == 429);
}

TEST_CASE("token: an IPv6 client is its /64") {
    CHECK(counted_as("2001:db8:1:2:3:4:5:6") == counted_as("2001:db8:1:2::1"));
    CHECK(counted_as("2001:db8:1:2::1") != counted_as("2001:db8:1:3::1"));
    CHECK(counted_as("fe80::1%eth0") == "fe80::");
    CHECK(counted_as("192.0.2.1") == "192.0.2.1");
}
