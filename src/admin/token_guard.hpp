#pragma once
// Who may use the API from the network: whoever has the token. Pure; the transport asks before every answer.

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "admin/api_request.hpp"
#include "admin/left_sessions.hpp"
#include "core/clock.hpp"

namespace ocs::admin {

/// What a request shows of itself. Header fields as sent; empty: not sent.
struct Credentials {
    std::string method;
    std::string target;
    std::string authorization;
    std::string cookie;
    std::string accept;
    std::string body;  ///< of the login form
    std::string peer;  ///< the client, as counted_as() tells
};

/// Scripts send `Authorization: Bearer TOKEN`. A browser posts the token to /login once and has a cookie from
/// then on, which is not the token but an HMAC under it with an id and an end, so it survives a restart and
/// ends with another token. A POST to /logout has the browser forget it, and ends it for whoever has a copy.
/// /livez is open. Tokens are compared in constant time.
///
/// A client that was wrong `most_wrong` times waits out `window`, also with the right token. On one thread.
class TokenGuard {
public:
    static constexpr unsigned most_wrong = 10;
    static constexpr std::chrono::seconds window{60};
    static constexpr std::chrono::hours session{12};
    static constexpr std::size_t most_addresses = 1024;  ///< that are remembered
    static constexpr const char* cookie_name = "__Host-fakeocs";

    explicit TokenGuard(std::string token, LeftSessions left = LeftSessions{})
        : token_(std::move(token)), left_(std::move(left)) {}

    /// The answer in place of what was asked for: a refusal (401, 403, 429), or the login form. Empty: it may
    /// be answered.
    std::optional<ApiReply> answer(const Credentials& shown, WallTime now);
    /// Whether what was let in once still would be: an answer that takes its time asks again.
    [[nodiscard]] bool still_holds(const Credentials& shown, WallTime now) const;

private:
    struct Wrong {
        unsigned times = 0;
        WallTime since{};
    };
    struct Session {
        std::string id;
        std::int64_t end = 0;  ///< seconds since 1970
    };

    [[nodiscard]] bool is_token(std::string_view text) const;
    /// Those that hold: a browser has one.
    [[nodiscard]] std::vector<Session> sessions_in(std::string_view cookies, WallTime now) const;
    [[nodiscard]] std::string mac_of(std::string_view begun) const;
    ApiReply log_in(const Credentials& shown, WallTime now);
    ApiReply log_out(const Credentials& shown, const std::vector<Session>& sessions, WallTime now);
    void note_wrong(const std::string& peer, WallTime now);
    [[nodiscard]] bool must_wait(const std::string& peer, WallTime now) const;

    std::string token_;
    LeftSessions left_;
    std::map<std::string, Wrong> wrong_;
};

/// What counts as one client: an address, or the /64 of an IPv6 one, since who has one has all of them.
std::string counted_as(const std::string& peer);

/// True for the path of the login form, whose POST is not JSON.
bool is_login_path(std::string_view target);

}  // namespace ocs::admin
