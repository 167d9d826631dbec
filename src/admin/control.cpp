#include "admin/control.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
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
constexpr std::uint64_t max_reply = 64 << 20;

using LocalStream = beast::basic_stream<stream_protocol>;

Error no_lab(const std::filesystem::path& folder) {
    return Error{"no lab runs on this state folder",
                 folder.string(),
                 "start one with fakeocs serve or fakeocs quickstart, or name its folder with --state-dir"};
}

/// Sends the request and reads the reply, all before the stream expires.
asio::awaitable<void> exchange(LocalStream& stream, const ApiRequest& request, Result<ApiReply>& result) {
    http::request<http::string_body> message(http::string_to_verb(request.method), request.target, 11);
    message.set(http::field::host, "localhost");
    message.set(http::field::content_type, "application/json");
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
                      std::string(response[http::field::allow]),
                      {}};
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

Result<ControlSocket> bind_control(asio::io_context& io, const std::filesystem::path& state_folder) {
    auto folder = SocketFolder::open(state_folder);
    if (folder.has_error()) return folder.error();
    const stream_protocol::endpoint endpoint(folder->socket_path());
    error_code error;
    folder->remove_socket();
    stream_protocol::acceptor acceptor(io);
    acceptor.open(endpoint.protocol(), error);
    if (!error) {
        // Nobody but the owner, from the first instant.
        const auto old_mask = ::umask(0177);
        acceptor.bind(endpoint, error);
        ::umask(old_mask);
    }
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
        return Error{"cannot listen: " + error.message(), (state_folder / control_socket_name).string(), ""};
    }
    return ControlSocket{std::move(*folder), std::move(acceptor)};
}

Result<ApiReply> ask_lab(const std::filesystem::path& state_folder,
                         const ApiRequest& request,
                         std::chrono::milliseconds patience) {
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
