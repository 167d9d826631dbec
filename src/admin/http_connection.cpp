#include "admin/http_connection.hpp"

#include <boost/asio/as_tuple.hpp>
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
#include "admin/live.hpp"
#include "admin/static_files.hpp"

namespace ocs::admin {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

namespace {

constexpr auto tuple = asio::as_tuple(asio::use_awaitable);
constexpr std::uint32_t max_headers = 8 << 10;
constexpr std::uint64_t max_body = 64 << 10;
constexpr std::chrono::seconds patience{10};
constexpr std::chrono::seconds idle{30};  // between the requests of one connection
constexpr std::chrono::seconds heartbeat{10};
constexpr std::size_t rows_at_once = 200;  // of a stream that catches up
constexpr std::size_t most_streams = 32;
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
    return error == http::error::end_of_stream || error == beast::error::timeout ||
           error == asio::error::operation_aborted || error == asio::error::connection_reset;
}

std::string text_of(beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace

struct HttpServer::Connection::Request {
    ApiRequest request;
    AskedBy asked;
    unsigned version = 11;
    bool head_only = false;
    bool keep_alive = false;
    std::optional<ApiReply> refusal;  ///< it could not be read
};

/// False: there is nobody to answer.
asio::awaitable<bool> HttpServer::Connection::read(Request& into) {
    http::request_parser<http::string_body> parser;
    parser.header_limit(max_headers);
    parser.body_limit(max_body);
    stream_.expires_after(used_ ? idle : patience);
    auto got = co_await http::async_read(stream_, buffer_, parser, tuple);
    const error_code error = std::get<0>(got);
    if (is_gone(error)) co_return false;
    if (error) {
        into.refusal = unreadable(error);
        co_return true;
    }
    auto& message = parser.get();
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
                  text_of(message[http::field::content_type])};
    into.version = message.version();
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
    const bool goes_on = request.keep_alive && !request.refusal;
    response.keep_alive(goes_on);
    response.body() = reply.body;
    response.prepare_payload();
    if (request.head_only) response.body().clear();
    stream_.expires_after(patience);
    http::response_serializer<http::string_body> serializer(response);
    if (request.head_only) {
        auto sent = co_await http::async_write_header(stream_, serializer, tuple);
        co_return goes_on && !std::get<0>(sent);
    }
    auto sent = co_await http::async_write(stream_, serializer, tuple);
    co_return goes_on && !std::get<0>(sent);
}

asio::awaitable<bool> HttpServer::Connection::send(std::string text) {
    stream_.expires_after(patience);
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
    if (server_.streams_ < most_streams) return std::nullopt;
    return failure(503, Error{"too many wait or watch already", "", "32 may; close one of them"});
}

/// The next connection that matches, as soon as it is stored.
asio::awaitable<ApiReply> HttpServer::Connection::wait(const Found& found) {
    if (auto refusal = take_stream()) co_return std::move(*refusal);
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
    std::optional<ApiReply> reply;
    stream_.expires_never();
    while (!reply) {
        watcher->news = false;
        watcher->passing.clear();
        auto line = next_handshake(*filter, history, *after);
        if (line.has_error() && !history.is_kept()) {
            reply = failure(503, line.error());
        } else if (line.has_value() && !line->empty()) {
            reply = ApiReply{200, "application/json", *line + "\n", "", {}};
        } else if (std::chrono::steady_clock::now() >= until || feed.stopped()) {
            reply = failure(404, Error{"no connection matched in time", "", ""});
        } else {
            co_await feed.news(watcher, until);
        }
    }
    co_return std::move(*reply);
}

/// Sends events until the client is gone; the reply is a refusal.
asio::awaitable<std::optional<ApiReply>> HttpServer::Connection::watch(const ApiRequest& request,
                                                                       const Found& found) {
    if (auto refusal = take_stream()) co_return refusal;
    HistoryReader& history = *server_.lab_->history;
    const Call call{request, found.query, ""};
    auto opening = open_events(call, history);
    if (opening.has_error()) co_return failure(400, opening.error());
    http::response<http::empty_body> head(http::status::ok, 11);
    set_guards(head);
    head.set(http::field::content_type, "text/event-stream");
    head.set(http::field::cache_control, "no-store");
    head.keep_alive(false);
    http::response_serializer<http::empty_body> serializer(head);
    stream_.expires_after(patience);
    Feed& feed = server_.feed_;
    const Place place(server_);
    const std::shared_ptr<Watcher>& watcher = place.watcher();
    auto sent = co_await http::async_write_header(stream_, serializer, tuple);
    bool there = !std::get<0>(sent);
    std::string text = std::move(opening->text);
    Position& position = opening->position;
    while (there) {
        watcher->news = false;
        if (watcher->missed > 0) {
            text += event_text(
                "gap", R"({"schema":"fakeocs.missed/1","why":"more than can be shown passed by"})", {});
            watcher->missed = 0;
        }
        for (const auto& line : watcher->passing) text += passing_event(position, *line);
        watcher->passing.clear();
        const std::uint64_t from = position.after;
        const auto more = more_events(position, history, rows_at_once);
        if (more.has_value()) text += *more;
        const bool all = position.after == from;
        if (!text.empty()) {
            std::string batch = std::exchange(text, std::string());
            there = co_await send(std::move(batch));
        }
        if (!there || feed.stopped()) break;
        if (!all) continue;
        const auto until = std::chrono::steady_clock::now() + heartbeat;
        co_await feed.news(watcher, until);
        if (std::chrono::steady_clock::now() >= until) text = ": alive\n\n";
    }
    co_return std::nullopt;
}

asio::awaitable<void> HttpServer::Connection::run() {
    bool goes_on = true;
    while (goes_on) {
        Request request;
        const bool there = co_await read(request);
        if (!there) break;
        std::optional<ApiReply> reply = std::move(request.refusal);
        request.refusal.reset();
        if (reply) request.keep_alive = false;
        if (!reply) reply = refusal_of(request.asked, rules_);
        if (!reply && rules_.ca_only && !is_ca_path(request.request.target))
            reply = failure(404, Error{"this port has the lab's CA only", "", "/ca"});
        if (!reply && !is_api_path(request.request.target)) reply = static_reply(request.request);
        if (!reply && request.request.target == "/api/openapi.json") reply = static_reply(request.request);
        if (!reply) {
            Found found = find_route(request.request);
            const auto kind = found.route == nullptr ? Route::Kind::answer : found.route->kind;
            if (kind == Route::Kind::events && !request.head_only) {
                auto refusal = co_await watch(request.request, found);
                if (!refusal) break;
                reply = std::move(refusal);
            } else if (kind == Route::Kind::wait) {
                auto waited = co_await wait(found);
                reply = std::move(waited);
            } else {
                reply = handle(request.request, *server_.lab_);
            }
        }
        const bool usable = co_await write(*reply, request);
        goes_on = usable && !server_.stopping_;
        used_ = true;
    }
    stream_.close();
}

}  // namespace ocs::admin
