#include "admin/control.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

namespace ocs::admin {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::local::stream_protocol;
using boost::system::error_code;

namespace {

constexpr auto tuple = asio::as_tuple(asio::use_awaitable);
constexpr std::uint32_t max_headers = 8 << 10;
constexpr std::uint64_t max_body = 64 << 10;
constexpr std::uint64_t max_reply = 64 << 20;
constexpr std::size_t max_connections = 16;
constexpr std::chrono::seconds patience{10};
constexpr std::chrono::milliseconds error_pause{100};

using LocalStream = beast::basic_stream<stream_protocol>;

ApiReply refusal(const error_code& error) {
    if (error == http::error::body_limit)
        return failure(413, Error{"the body is longer than 64 KiB", "", ""});
    if (error == http::error::header_limit)
        return failure(431, Error{"the headers are longer than 8 KiB", "", ""});
    return failure(400, Error{"this is no HTTP request: " + error.message(), "", ""});
}

http::response<http::string_body> to_response(const ApiReply& reply, unsigned version) {
    http::response<http::string_body> response(static_cast<http::status>(reply.status), version);
    response.set(http::field::content_type, reply.content_type);
    if (!reply.allow.empty()) response.set(http::field::allow, reply.allow);
    response.keep_alive(false);
    response.body() = reply.body;
    response.prepare_payload();
    return response;
}

Error no_lab(const std::filesystem::path& folder) {
    return Error{"no lab runs on this state folder",
                 folder.string(),
                 "start one with fakeocs serve or fakeocs quickstart, or name its folder with --state-dir"};
}

/// Sends the request and reads the reply, all within `patience`.
asio::awaitable<void> exchange(LocalStream& stream, const ApiRequest& request, Result<ApiReply>& result) {
    http::request<http::string_body> message(http::string_to_verb(request.method), request.target, 11);
    message.set(http::field::host, "localhost");
    message.body() = request.body;
    message.prepare_payload();
    auto sent = co_await http::async_write(stream, message, tuple);
    beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(max_reply);
    error_code error = std::get<0>(sent);
    if (!error) {
        auto got = co_await http::async_read(stream, buffer, parser, tuple);
        error = std::get<0>(got);
    }
    if (error) {
        result = Error{"the lab does not answer: " + error.message(), "", ""};
        co_return;
    }
    const auto& response = parser.get();
    result = ApiReply{static_cast<int>(response.result_int()),
                      std::string(response[http::field::content_type]),
                      response.body(),
                      std::string(response[http::field::allow])};
}

}  // namespace

Result<SocketFolder> SocketFolder::open(const std::filesystem::path& folder) {
    const int descriptor = ::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return Error{std::string("cannot open folder: ") + std::strerror(errno), folder.string(), ""};
    return SocketFolder(descriptor);
}

SocketFolder::SocketFolder(SocketFolder&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

SocketFolder::~SocketFolder() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

std::string SocketFolder::socket_path() const {
    return fmt::format("/proc/self/fd/{}/{}", descriptor_, control_socket_name);
}

void SocketFolder::remove_socket() const { ::unlinkat(descriptor_, control_socket_name, 0); }

struct ControlSocket::Stream {
    explicit Stream(stream_protocol::socket socket) : http(std::move(socket)) {}
    LocalStream http;
};

ControlSocket::ControlSocket(asio::io_context& io, Handler handler)
    : io_(io), handler_(std::move(handler)), acceptor_(io) {}

ControlSocket::~ControlSocket() {
    if (folder_) folder_->remove_socket();
}

Result<void> ControlSocket::bind(const std::filesystem::path& state_folder) {
    auto folder = SocketFolder::open(state_folder);
    if (folder.has_error()) return folder.error();
    const stream_protocol::endpoint endpoint(folder->socket_path());
    error_code error;
    folder->remove_socket();
    acceptor_.open(endpoint.protocol(), error);
    if (!error) {
        // Nobody but the owner, from the first instant.
        const auto old_mask = ::umask(0177);
        acceptor_.bind(endpoint, error);
        ::umask(old_mask);
    }
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
        return Error{"cannot listen: " + error.message(), (state_folder / control_socket_name).string(), ""};
    }
    folder_.emplace(std::move(*folder));
    return {};
}

void ControlSocket::start() { asio::co_spawn(io_, accept(), asio::detached); }

void ControlSocket::stop() {
    stopping_ = true;
    error_code ignored;
    acceptor_.close(ignored);
    for (const auto& stream : open_) stream->http.cancel();
}

asio::awaitable<void> ControlSocket::accept() {
    asio::steady_timer pause(io_);
    while (!stopping_) {
        auto accepted = co_await acceptor_.async_accept(tuple);
        if (stopping_) co_return;
        if (std::get<0>(accepted)) {  // no descriptors, say
            pause.expires_after(error_pause);
            co_await pause.async_wait(tuple);
            continue;
        }
        if (open_.size() >= max_connections) continue;  // it closes here
        const auto stream = std::make_shared<Stream>(std::move(std::get<1>(accepted)));
        open_.insert(stream);
        asio::co_spawn(io_, serve(stream), asio::detached);
    }
}

asio::awaitable<void> ControlSocket::serve(std::shared_ptr<Stream> stream) {
    beast::flat_buffer buffer;
    http::request_parser<http::string_body> parser;
    parser.header_limit(max_headers);
    parser.body_limit(max_body);
    stream->http.expires_after(patience);
    auto got = co_await http::async_read(stream->http, buffer, parser, tuple);
    const error_code error = std::get<0>(got);
    const bool gone = error == http::error::end_of_stream || error == beast::error::timeout ||
                      error == asio::error::operation_aborted;
    if (!gone) {
        ApiReply reply;
        if (error) {
            reply = refusal(error);
        } else {
            const auto& request = parser.get();
            reply = handler_(
                {std::string(request.method_string()), std::string(request.target()), request.body()});
        }
        const auto response = to_response(reply, error ? 11 : parser.get().version());
        auto sent = co_await http::async_write(stream->http, response, tuple);
        static_cast<void>(sent);  // whoever asked is gone; what was asked is done
    }
    stream->http.close();
    open_.erase(stream);
}

Result<ApiReply> ask_lab(const std::filesystem::path& state_folder, const ApiRequest& request) {
    const auto folder = SocketFolder::open(state_folder);
    if (folder.has_error()) return no_lab(state_folder);
    asio::io_context io;
    LocalStream stream(io);
    error_code error;
    stream.socket().connect(stream_protocol::endpoint(folder->socket_path()), error);
    if (error == asio::error::access_denied) {
        return Error{"the lab is somebody else's",
                     (state_folder / control_socket_name).string(),
                     "ask as the user who started it"};
    }
    if (error) return no_lab(state_folder);
    Result<ApiReply> result = ApiReply();
    stream.expires_after(patience);
    asio::co_spawn(io, exchange(stream, request, result), asio::detached);
    io.run();
    return result;
}

}  // namespace ocs::admin
