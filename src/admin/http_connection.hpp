#pragma once
// One HTTP connection of the API, from its first request to its last. Internal to admin: it costs its user
// Beast's compile time.

#include <boost/beast/core/flat_buffer.hpp>
#include <memory>
#include <optional>
#include <string>

#include "admin/byte_stream.hpp"
#include "admin/http_server.hpp"

namespace ocs::admin {

class HttpServer::Connection : public std::enable_shared_from_this<Connection> {
public:
    /// `tls` (null: in clear), server and rules outlive it. `peer`: as counted_as() tells, empty for the
    /// Unix socket.
    Connection(SocketStream::socket_type socket,
               boost::asio::ssl::context* tls,
               HttpServer& server,
               const GuardRules& rules,
               std::string peer)
        : stream_(std::move(socket), tls), server_(server), rules_(rules), peer_(std::move(peer)) {}

    /// Serves until the client has had enough, or we have.
    boost::asio::awaitable<void> run();
    void cancel() { stream_.socket().cancel(); }
    [[nodiscard]] const std::string& peer() const { return peer_; }

private:
    struct Request;
    class Place;

    boost::asio::awaitable<bool> shake_hands();
    boost::asio::awaitable<bool> read(Request& request);
    boost::asio::awaitable<std::optional<ApiReply>> answer(Request& request);
    boost::asio::awaitable<bool> write(const ApiReply& reply, const Request& request);
    boost::asio::awaitable<std::optional<ApiReply>> wait(const Found& found);
    boost::asio::awaitable<std::optional<ApiReply>> watch(const Request& request, const Found& found);
    boost::asio::awaitable<bool> send(std::string text);
    boost::asio::awaitable<boost::system::error_code> read_head();
    boost::asio::awaitable<void> notice_leaving(std::shared_ptr<Watcher> watcher);
    boost::asio::awaitable<void> let_others();
    boost::asio::awaitable<void> store_first();
    boost::asio::awaitable<void> close_gently();
    [[nodiscard]] std::string_view seen() const;
    [[nodiscard]] std::optional<ApiReply> take_stream() const;
    [[nodiscard]] bool may_still_see(const Request& request) const;

    ByteStream stream_;
    HttpServer& server_;
    const GuardRules& rules_;
    const std::string peer_;
    boost::beast::flat_buffer buffer_;
    bool used_ = false;  // a request was answered
    bool gone_ = false;  // the client closed while we waited or watched
};

}  // namespace ocs::admin
