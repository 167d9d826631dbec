#include "admin/token_guard.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "admin/control_api.hpp"
#include "core/escape.hpp"
#include "core/ip_address.hpp"

namespace ocs::admin {
namespace {

using Digest = std::array<unsigned char, 32>;

// Nothing but the form itself: whoever sees it is nobody yet.
constexpr const char* form_policy =
    "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

Digest sha256(std::string_view text) {
    Digest digest{};
    EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
    return digest;
}

/// The time it takes says nothing about either text, not even its length.
bool is_same(std::string_view left, std::string_view right) {
    const Digest a = sha256(left), b = sha256(right);
    return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

std::string_view trimmed(std::string_view text) {
    const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

std::string_view after_scheme(std::string_view authorization) {
    constexpr std::string_view scheme = "bearer ";
    if (!equal_ignoring_case(authorization.substr(0, scheme.size()), scheme)) return {};
    return trimmed(authorization.substr(scheme.size()));
}

ApiReply form(int status, std::string_view problem) {
    ApiReply reply{status, "text/html; charset=utf-8", "", "", {}};
    // Under no-referrer a browser posts the form with "Origin: null", which the guard refuses (Fetch
    // standard, "append a request Origin header").
    reply.headers = {{"Content-Security-Policy", form_policy}, {"Referrer-Policy", "same-origin"}};
    reply.body = fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>fakeocs: sign in</title>"
        "<meta name=\"viewport\" content=\"width=device-width\"><meta name=\"color-scheme\" content=\"light "
        "dark\">"
        "</head><body><main><h1>fakeocs</h1>\n{}<form method=\"post\" action=\"/login\">"
        "<p><label for=\"token\">The lab's token</label></p>"
        "<p><input id=\"token\" name=\"token\" type=\"password\" autocomplete=\"current-password\" required "
        "autofocus></p>"
        "<p><button>Sign in</button></p></form>\n"
        "<p>It is in the file <code>api-token</code> in the lab's state folder.</p></main></body></html>\n",
        problem.empty() ? "" : fmt::format("<p role=\"alert\"><strong>{}</strong></p>\n", problem));
    return reply;
}

ApiReply go_to(const char* path) {
    ApiReply reply{303, "text/plain; charset=utf-8", "", "", {}};
    reply.headers = {{"Location", path}};
    return reply;
}

ApiReply unknown_client(const Credentials& shown) {
    const bool shows_pages = shown.accept.find("text/html") != std::string::npos;
    if (shown.method == "GET" && shows_pages && !is_api_path(shown.target)) return go_to("/login");
    ApiReply reply = failure(
        401,
        Error{"the lab's token is needed", "", "Authorization: Bearer, with what is in the file api-token"});
    reply.headers = {{"WWW-Authenticate", "Bearer realm=\"fakeocs\""}};
    return reply;
}

std::string cookie_line(std::string_view value, std::chrono::seconds age) {
    return fmt::format("{}={}; Path=/; Max-Age={}; Secure; HttpOnly; SameSite=Strict",
                       TokenGuard::cookie_name,
                       value,
                       age.count());
}

/// What tells one session from another. It opens nothing: the MAC does. Empty: there are no random bytes.
std::string new_session_id() {
    std::array<unsigned char, 16> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return "";
    std::string id;
    for (const unsigned char byte : bytes) id += fmt::format("{:02x}", byte);
    return id;
}

}  // namespace

std::string counted_as(const std::string& peer) {
    const auto address = IpAddress::parse(peer.substr(0, peer.find('%')));
    if (address.has_error() || !address->is_v6()) return peer;
    auto bytes = address->bytes();
    std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
    return IpAddress::from_bytes(bytes).value().text();
}

bool is_login_path(std::string_view target) { return path_of(target) == "/login"; }

std::optional<ApiReply> TokenGuard::answer(const Credentials& shown, WallTime now) {
    const std::string_view path = path_of(shown.target);
    if (path == "/livez") return std::nullopt;
    if (must_wait(shown.peer, now)) {
        ApiReply reply = failure(429, Error{"too many wrong tokens from this address", "", "wait a minute"});
        reply.headers = {{"Retry-After", std::to_string(window.count())}};
        return reply;
    }
    if (path == "/login") return log_in(shown, now);
    if (!shown.authorization.empty()) {
        if (is_token(after_scheme(shown.authorization))) return std::nullopt;
        note_wrong(shown.peer, now);
        return unknown_client(shown);
    }
    const auto sessions = sessions_in(shown.cookie, now);
    if (sessions.empty()) return unknown_client(shown);
    if (path == "/logout") return log_out(shown, sessions, now);
    return std::nullopt;
}

bool TokenGuard::still_holds(const Credentials& shown, WallTime now) const {
    if (!shown.authorization.empty()) return is_token(after_scheme(shown.authorization));
    return !sessions_in(shown.cookie, now).empty();
}

ApiReply TokenGuard::log_in(const Credentials& shown, WallTime now) {
    if (shown.method == "GET") return form(200, "");
    if (shown.method != "POST") {
        ApiReply refused = failure(405, Error{ocs::quoted(shown.method) + " is not for '/login'", "", ""});
        refused.allow = "GET, POST";
        return refused;
    }
    const auto fields = read_query(shown.body, {"token"});
    if (fields.has_error()) return form(400, "This is not the form's content.");
    const auto token = fields->find("token");
    if (token == fields->end() || !is_token(trimmed(token->second))) {
        note_wrong(shown.peer, now);
        return form(403, "That is not the token.");
    }
    const auto ends = std::chrono::floor<std::chrono::seconds>(now + session).time_since_epoch();
    const std::string id = new_session_id();
    if (id.empty()) return failure(500, Error{"no random bytes for a session", "", ""});
    const std::string begun = fmt::format("{}.{}", ends.count(), id);
    ApiReply reply = go_to("/");
    reply.headers.emplace_back("Set-Cookie", cookie_line(begun + "." + mac_of(begun), session));
    return reply;
}

/// The browser forgets the cookie, and a copy of it opens nothing any more.
ApiReply TokenGuard::log_out(const Credentials& shown, const std::vector<Session>& sessions, WallTime now) {
    if (shown.method != "POST") {
        ApiReply refused = failure(405, Error{ocs::quoted(shown.method) + " is not for '/logout'", "", ""});
        refused.allow = "POST";
        return refused;
    }
    ApiReply reply{200, "application/json", "{}\n", "", {}};
    for (const Session& one : sessions) {
        const auto kept = left_.add(one.id, one.end, now);
        if (kept.has_error()) {
            reply = failure(500,
                            Error{"the session has ended, but a restart will not know: " + kept.error().what,
                                  "",
                                  "delete api-token in the state folder: the next start ends all sessions"});
        }
    }
    reply.headers = {{"Set-Cookie", cookie_line("", std::chrono::seconds(0))}};
    return reply;
}

bool TokenGuard::is_token(std::string_view text) const { return !text.empty() && is_same(text, token_); }

std::vector<TokenGuard::Session> TokenGuard::sessions_in(std::string_view cookies, WallTime now) const {
    std::vector<Session> found;
    const std::string name = std::string(cookie_name) + "=";
    while (!cookies.empty()) {
        const std::size_t semicolon = std::min(cookies.find(';'), cookies.size());
        const std::string_view pair = trimmed(cookies.substr(0, semicolon));
        cookies.remove_prefix(std::min(semicolon + 1, cookies.size()));
        if (!pair.starts_with(name)) continue;
        const std::string_view value = pair.substr(name.size());
        const std::size_t last = value.rfind('.');
        if (last == std::string_view::npos) continue;
        const std::string_view begun = value.substr(0, last);
        if (!is_same(value.substr(last + 1), mac_of(begun))) continue;
        // Only now is it ours: a number, a dot, an id. One of an older version has no id, and could not be
        // left.
        const std::size_t dot = begun.find('.');
        if (dot == std::string_view::npos || dot + 1 == begun.size()) continue;
        Session own{std::string(begun.substr(dot + 1)), 0};
        std::from_chars(begun.data(), begun.data() + dot, own.end);
        if (now >= WallTime(std::chrono::seconds(own.end))) continue;
        if (!left_.has(own.id, own.end)) found.push_back(std::move(own));
    }
    return found;
}

std::string TokenGuard::mac_of(std::string_view begun) const {
    const std::string message = "session until " + std::string(begun);
    Digest mac{};
    unsigned length = mac.size();
    HMAC(EVP_sha256(),
         token_.data(),
         static_cast<int>(token_.size()),
         reinterpret_cast<const unsigned char*>(message.data()),
         message.size(),
         mac.data(),
         &length);
    std::string hex;
    for (const unsigned char byte : mac) hex += fmt::format("{:02x}", byte);
    return hex;
}

void TokenGuard::note_wrong(const std::string& peer, WallTime now) {
    if (wrong_.size() >= most_addresses && !wrong_.contains(peer)) {
        std::erase_if(wrong_, [&](const auto& entry) { return now - entry.second.since >= window; });
        if (wrong_.size() >= most_addresses) {
            wrong_.erase(std::min_element(wrong_.begin(), wrong_.end(), [](const auto& a, const auto& b) {
                return a.second.since < b.second.since;
            }));
        }
    }
    Wrong& wrong = wrong_[peer];
    if (wrong.times == 0 || now - wrong.since >= window) wrong = {0, now};
    ++wrong.times;
}

bool TokenGuard::must_wait(const std::string& peer, WallTime now) const {
    const auto found = wrong_.find(peer);
    return found != wrong_.end() && found->second.times >= most_wrong && now - found->second.since < window;
}

}  // namespace ocs::admin
