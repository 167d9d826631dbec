#include "admin/http_connection.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <utility>

#include "admin/ca_page.hpp"
#include "admin/handshakes.hpp"
#include "admin/http_head.hpp"
#include "admin/live.hpp"
#include "admin/static_files.hpp"
#include "admin/token_guard.hpp"
#include "core/escape.hpp"

namespace ocs::admin {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

namespace {

constexpr auto tuple = asio::as_tuple(asio::use_awaitable);
constexpr std::uint32_t max_headers = 8 << 10;
constexpr std::uint64_t max_body = 64 << 10;
// Rows of the history that are looked at before others have their turn.
constexpr std::size_t rows_watched_at_once = 200;
constexpr std::size_t rows_waited_at_once = 1000;
constexpr std::size_t most_unread = 256 << 10;  // that is taken from a client which has its answer
constexpr std::chrono::seconds farewell{2};
constexpr std::uint64_t longest_wait = 600;  // seconds
constexpr std::uint64_t usual_wait = 30;

// Nothing but what this program serves runs, frames it or is sent anywhere else.
constexpr const char* content_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

template <class Message>
void set_guards(Message& message) {
    message.set(http::field::server, "fakeocs");
    message.set("Content-Security-Policy", content_policy);
    message.set("X-Content-Type-Options", "nosniff");
    message.set("X-Frame-Options", "DENY");
    message.set("Referrer-Policy", "no-referrer");
    message.set("Cross-Origin-Resource-Policy", "same-origin");
}

ApiReply unreadable(const error_code& error) {
    if (error == http::error::body_limit)
        return failure(413, Error{"the body is longer than 64 KiB", "", ""});
    if (error == http::error::header_limit || error == http::error::buffer_overflow)
        return failure(431, Error{"the headers are longer than 8 KiB", "", ""});
    return failure(400, Error{"this is no HTTP request: " + error.message(), "", ""});
}

bool is_gone(const error_code& error) {
    return error == http::error::end_of_stream || error == asio::error::eof ||
           error == beast::error::timeout || error == asio::error::operation_aborted ||
           error == asio::error::connection_reset;
}

std::string text_of(beast::string_view text) { return {text.data(), text.size()}; }

/// What the parser takes, and two servers could read in two ways; or which the guard must not guess at.
std::optional<ApiReply> ambiguity_of(const http::request<http::string_body>& message) {
    if (!message.target().starts_with('/'))
        return failure(400, Error{"the request's target is no path", "", ""});
    for (const auto* name : {"Host",
                             "Origin",
                             "Sec-Fetch-Site",
                             "Content-Type",
                             "Authorization",
                             "Cookie",
                             "Content-Length",
                             "Transfer-Encoding"}) {
        if (message.count(name) > 1)
            return failure(400, Error{"header " + ocs::quoted(name) + " is there more than once", "", ""});
    }
    const auto encoding = message.find(http::field::transfer_encoding);
    if (encoding != message.end() && !equal_ignoring_case(text_of(encoding->value()), "chunked"))
        return failure(400, Error{"the only transfer encoding is chunked", "", ""});
    return std::nullopt;
}

}  // namespace

struct HttpServer::Connection::Request {
    ApiRequest request;
    AskedBy asked;
    Credentials shown;  ///< where a token is needed
    unsigned version = 11;
    bool head_only = false;
    bool keep_alive = false;
    std::optional<ApiReply> refusal;  ///< it could not be read
};

/// False: no TLS came about, or not in time.
asio::awaitable<bool> HttpServer::Connection::shake_hands() {
    if (stream_.tls() == nullptr) co_return true;
    stream_.socket().expires_after(server_.limits_.handshake);
    auto done = co_await stream_.tls()->async_handshake(asio::ssl::stream_base::server, tuple);
    co_return !std::get<0>(done);
}

/// Until the head of a request is in the buffer. An error: there is none, or too much of one.
asio::awaitable<error_code> HttpServer::Connection::read_head() {
    const HttpLimits& limits = server_.limits_;
    stream_.socket().expires_after(used_ && buffer_.size() == 0 ? limits.idle : limits.patience);
    error_code error;
    while (!error && !head_is_over(seen())) {
        if (buffer_.size() >= max_headers) co_return http::error::header_limit;
        const bool first = buffer_.size() == 0;
        auto room = buffer_.prepare(max_headers - buffer_.size());
        auto got = co_await stream_.async_read_some(room, tuple);
        error = std::get<0>(got);
        buffer_.commit(std::get<1>(got));
        if (first) stream_.socket().expires_after(limits.patience);
    }
    co_return error;
}

std::string_view HttpServer::Connection::seen() const {
    return {static_cast<const char*>(buffer_.data().data()), buffer_.size()};
}

/// False: there is nobody to answer.
asio::awaitable<bool> HttpServer::Connection::read(Request& into) {
    auto error = co_await read_head();
    if (const auto problem = head_problem(seen()); !problem.empty()) {
        into.refusal = failure(400, Error{problem, "", ""});
        co_return true;
    }
    http::request_parser<http::string_body> parser;
    parser.header_limit(max_headers);
    parser.body_limit(max_body);
    if (!error) {
        auto got = co_await http::async_read(stream_, buffer_, parser, tuple);
        error = std::get<0>(got);
    }
    if (is_gone(error)) co_return false;
    if (error) {
        into.refusal = unreadable(error);
        co_return true;
    }
    auto& message = parser.get();
    into.version = message.version();
    into.refusal = ambiguity_of(message);
    if (into.refusal) co_return true;
    into.request = {text_of(message.method_string()),
                    text_of(message.target()),
                    std::move(message.body()),
                    text_of(message["Last-Event-ID"]),
                    text_of(message[http::field::if_none_match])};
    into.head_only = into.request.method == "HEAD";
    if (into.head_only) into.request.method = "GET";
    into.asked = {into.request.method,
                  text_of(message[http::field::host]),
                  text_of(message[http::field::origin]),
                  text_of(message["Sec-Fetch-Site"]),
                  text_of(message[http::field::content_type]),
                  rules_.token && is_login_path(into.request.target)};
    if (rules_.token) {
        into.shown = {into.request.method,
                      into.request.target,
                      text_of(message[http::field::authorization]),
                      text_of(message[http::field::cookie]),
                      text_of(message[http::field::accept]),
                      into.request.body,
                      peer_};
    }
    into.keep_alive = message.keep_alive() && !server_.stopping_;
    co_return true;
}

/// True: the connection can be used on.
asio::awaitable<bool> HttpServer::Connection::write(const ApiReply& reply, const Request& request) {
    http::response<http::string_body> response(static_cast<http::status>(reply.status), request.version);
    set_guards(response);
    response.set(http::field::content_type, reply.content_type);
    response.set(http::field::cache_control, "no-store");
    if (!reply.allow.empty()) response.set(http::field::allow, reply.allow);
    for (const auto& [name, value] : reply.headers) response.set(name, value);
    const bool goes_on = request.keep_alive;
    response.keep_alive(goes_on);
    response.body() = reply.body;
    response.prepare_payload();
    if (request.head_only) response.body().clear();
    stream_.socket().expires_after(server_.limits_.patience);
    http::response_serializer<http::string_body> serializer(response);
    if (request.head_only) {
        auto sent = co_await http::async_write_header(stream_, serializer, tuple);
        co_return goes_on && !std::get<0>(sent);
    }
    auto sent = co_await http::async_write(stream_, serializer, tuple);
    co_return goes_on && !std::get<0>(sent);
}

asio::awaitable<bool> HttpServer::Connection::send(std::string text) {
    stream_.socket().expires_after(server_.limits_.patience);
    auto sent = co_await asio::async_write(stream_, asio::buffer(text), tuple);
    co_return !std::get<0>(sent);
}

/// One of the connections that wait or watch, as long as it lives.
class HttpServer::Connection::Place {
public:
    explicit Place(HttpServer& server) : server_(server), watcher_(server.feed_.watch()) {
        ++server_.streams_;
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() {
        --server_.streams_;
        server_.feed_.leave(watcher_);
    }
    [[nodiscard]] const std::shared_ptr<Watcher>& watcher() const { return watcher_; }

private:
    HttpServer& server_;
    std::shared_ptr<Watcher> watcher_;
};

/// The refusal where too many wait or watch already.
std::optional<ApiReply> HttpServer::Connection::take_stream() const {
    const std::size_t most = server_.limits_.streams;
    if (server_.streams_ < most) return std::nullopt;
    return failure(
        503, Error{"too many wait or watch already", "", fmt::format("{} may; close one of them", most)});
}

/// False: the session it was asked with has been left, or has ended.
bool HttpServer::Connection::may_still_see(const Request& request) const {
    return !rules_.token || rules_.token->still_holds(request.shown, wall_now());
}

/// Others are answered before this goes on.
asio::awaitable<void> HttpServer::Connection::let_others() {
    const auto executor = co_await asio::this_coro::executor;
    co_await asio::post(executor, asio::use_awaitable);
}

/// Until what waits is in the history; not for ever, since a log that nobody reads holds the writer up.
asio::awaitable<void> HttpServer::Connection::store_first() {
    const auto& store_now = server_.lab_->store_now;
    if (!store_now) co_return;
    const auto executor = co_await asio::this_coro::executor;
    auto timer = std::make_shared<asio::steady_timer>(executor, server_.limits_.storing);
    store_now([executor, timer] { asio::post(executor, [timer] { timer->cancel(); }); });
    auto waited = co_await timer->async_wait(tuple);
    static_cast<void>(waited);
}

/// Reads while we wait or watch, to learn that the client is gone. What it says meanwhile is dropped: a
/// connection that waited ends with its answer.
asio::awaitable<void> HttpServer::Connection::notice_leaving(std::shared_ptr<Watcher> watcher) {
    std::array<char, 1024> dropped;
    std::size_t heard = 0;
    while (!gone_) {
        auto got = co_await stream_.async_read_some(asio::buffer(dropped), tuple);
        heard += std::get<1>(got);
        gone_ = std::get<0>(got) || heard > most_unread;
    }
    watcher->timer.cancel();
}

/// The next connection that matches, as soon as it is stored. Empty: the client is gone.
asio::awaitable<std::optional<ApiReply>> HttpServer::Connection::wait(const Found& found) {
    if (auto refusal = take_stream()) co_return refusal;
    HistoryReader& history = *server_.lab_->history;
    const auto filter = filter_of(found.query);
    if (filter.has_error()) co_return failure(400, filter.error());
    const auto seconds = read_number(found.query, "timeout", 0, longest_wait, usual_wait);
    if (seconds.has_error()) co_return failure(400, seconds.error());
    const auto last = history.last_sequence();
    auto after = read_number(found.query, "after", 0, INT64_MAX, last.has_value() ? *last : 0);
    if (after.has_error()) co_return failure(400, after.error());
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(*seconds);
    Feed& feed = server_.feed_;
    const Place place(server_);
    const std::shared_ptr<Watcher>& watcher = place.watcher();
    stream_.socket().expires_never();
    const auto executor = co_await asio::this_coro::executor;
    asio::co_spawn(
        executor, notice_leaving(watcher), [self = shared_from_this()](const std::exception_ptr&) {});
    std::optional<ApiReply> reply;
    while (!reply && !gone_) {
        watcher->news = false;
        watcher->passing.clear();
        auto step = next_handshake(*filter, history, *after, rows_waited_at_once);
        if (step.has_error() && !history.is_kept()) {
            reply = failure(503, step.error());
        } else if (step.has_value() && !step->line.empty()) {
            reply = ApiReply{200, "application/json", step->line + "\n", "", {}};
        } else if (step.has_value() && step->more) {
            co_await let_others();
        } else if (std::chrono::steady_clock::now() >= until || feed.stopped()) {
            reply = failure(404, Error{"no connection matched in time", "", ""});
        } else {
            co_await feed.news(watcher, until);
        }
    }
    const bool left = gone_;
    stream_.socket().cancel();  // the reading
    if (left) co_return std::nullopt;
    co_return reply;
}

/// Sends events until the client is gone; the reply is a refusal.
asio::awaitable<std::optional<ApiReply>> HttpServer::Connection::watch(const Request& request,
                                                                       const Found& found) {
    if (auto refusal = take_stream()) co_return refusal;
    HistoryReader& history = *server_.lab_->history;
    const Call call{request.request, found.query, ""};
    auto opening = open_events(call, history);
    if (opening.has_error()) co_return failure(400, opening.error());
    http::response<http::empty_body> head(http::status::ok, 11);
    set_guards(head);
    head.set(http::field::content_type, "text/event-stream");
    head.set(http::field::cache_control, "no-store");
    head.keep_alive(false);
    http::response_serializer<http::empty_body> serializer(head);
    stream_.socket().expires_after(server_.limits_.patience);
    Feed& feed = server_.feed_;
    const Place place(server_);
    const std::shared_ptr<Watcher>& watcher = place.watcher();
    auto sent = co_await http::async_write_header(stream_, serializer, tuple);
    bool there = !std::get<0>(sent);
    stream_.socket().expires_never();  // each event has its own time
    const auto executor = co_await asio::this_coro::executor;
    asio::co_spawn(
        executor, notice_leaving(watcher), [self = shared_from_this()](const std::exception_ptr&) {});
    std::string text = std::move(opening->text);
    Position& position = opening->position;
    while (there && !gone_) {
        watcher->news = false;
        if (watcher->missed > 0) {
            text += event_text(
                "gap", R"({"schema":"fakeocs.missed/1","why":"more than can be shown passed by"})", {});
            watcher->missed = 0;
        }
        for (const auto& line : watcher->passing) text += passing_event(position, *line);
        watcher->passing.clear();
        const std::uint64_t from = position.after;
        const auto more = more_events(position, history, rows_watched_at_once);
        if (more.has_value()) text += *more;
        const bool all = position.after == from;
        if (!text.empty() && !may_still_see(request)) break;
        if (!text.empty()) {
            std::string batch = std::exchange(text, std::string());
            there = co_await send(std::move(batch));
        }
        if (!there || feed.stopped()) break;
        if (!all) {
            co_await let_others();
            continue;
        }
        const auto until = std::chrono::steady_clock::now() + server_.limits_.heartbeat;
        co_await feed.news(watcher, until);
        if (std::chrono::steady_clock::now() >= until) text = ": alive\n\n";
    }
    co_return std::nullopt;
}

/// Empty: it was a stream, or nobody is there to be answered.
asio::awaitable<std::optional<ApiReply>> HttpServer::Connection::answer(Request& request) {
    const ApiRequest& asked = request.request;
    if (auto refusal = refusal_of(request.asked, rules_)) co_return refusal;
    if (rules_.token) {
        if (auto instead = rules_.token->answer(request.shown, wall_now())) {
            request.keep_alive = false;  // who is nobody yet holds no place
            co_return instead;
        }
    }
    if (rules_.ca_only && !is_ca_path(asked.target))
        co_return failure(404, Error{"this port has the lab's CA only", "", "/ca"});
    if (!is_api_path(asked.target) || asked.target == "/api/openapi.json") co_return static_reply(asked);
    Found found = find_route(asked);
    const auto kind = found.route == nullptr ? Route::Kind::answer : found.route->kind;
    if (kind == Route::Kind::wait) {
        request.keep_alive = false;
        auto waited = co_await wait(found);
        if (waited && !may_still_see(request)) co_return std::nullopt;
        co_return std::move(waited);
    }
    if (kind == Route::Kind::events && !request.head_only) {
        request.keep_alive = false;
        auto refusal = co_await watch(request, found);
        co_return std::move(refusal);
    }
    if (kind == Route::Kind::test) {
        auto tested = co_await server_.tests_.answer(asked.body, *server_.lab_);
        if (!may_still_see(request)) co_return std::nullopt;
        co_return std::move(tested);
    }
    if (found.route != nullptr && found.route->stores_first) {
        co_await store_first();
        if (!may_still_see(request)) co_return std::nullopt;
    }
    co_return handle(asked, *server_.lab_);
}

/// A close over what the client has sent and we have not read would be a reset, and take our answer with it.
asio::awaitable<void> HttpServer::Connection::close_gently() {
    stream_.socket().expires_after(farewell);
    if (stream_.tls() != nullptr && !gone_) {  // our close_notify, or the client takes the end for a cut
        auto done = co_await stream_.tls()->async_shutdown(tuple);
        static_cast<void>(done);
        co_return stream_.socket().close();
    }
    error_code ignored;
    stream_.socket().socket().shutdown(asio::socket_base::shutdown_send, ignored);
    std::array<char, 4096> dropped;
    std::size_t heard = 0;
    bool there = !ignored && !gone_;
    while (there && heard < most_unread) {
        auto got = co_await stream_.async_read_some(asio::buffer(dropped), tuple);
        heard += std::get<1>(got);
        there = !std::get<0>(got);
    }
    stream_.socket().close();
}

asio::awaitable<void> HttpServer::Connection::run() {
    bool goes_on = co_await shake_hands();
    bool answered = false;
    while (goes_on) {
        Request request;
        const bool there = co_await read(request);
        if (!there) break;
        std::optional<ApiReply> reply = std::move(request.refusal);
        request.refusal.reset();
        if (reply) {
            request.keep_alive = false;
        } else {
            auto found = co_await answer(request);
            reply = std::move(found);
        }
        if (!reply) break;
        goes_on = co_await write(*reply, request);
        answered = !goes_on;
        goes_on = goes_on && !server_.stopping_;
        used_ = true;
    }
    if (answered && !server_.stopping_) co_await close_gently();
    stream_.socket().close();
}

}  // namespace ocs::admin
