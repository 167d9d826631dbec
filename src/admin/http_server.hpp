#pragma once
// HTTP/1.1 over whatever listens: the dashboard's port and the Unix socket.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <functional>
#include <memory>
#include <set>
#include <vector>

#include "admin/control_api.hpp"
#include "admin/feed.hpp"
#include "admin/http_guard.hpp"

namespace ocs::admin {

/// Keeps connections open between requests. Limits: 8 KiB of headers, 64 KiB of body, 10 s for a request and
/// for its answer, 30 s between requests, 64 connections of which 32 may wait or watch. All on one thread.
class HttpServer {
public:
    /// The feed outlives the server.
    HttpServer(boost::asio::io_context& io, Feed& feed) : io_(io), feed_(feed) {}

    /// Takes acceptors that are bound; they listen from here on.
    Result<void> listen(boost::asio::ip::tcp::acceptor acceptor, GuardRules rules);
    void listen(boost::asio::local::stream_protocol::acceptor acceptor);

    /// The lab outlives the server. It has a history.
    void start(const ControlledLab& lab);
    /// No new connections; open ones end where they stand. The io_context runs out of work then.
    void stop();

private:
    class Connection;
    struct Door;

    boost::asio::awaitable<void> accept(std::shared_ptr<Door> door);

    boost::asio::io_context& io_;
    Feed& feed_;
    const ControlledLab* lab_ = nullptr;
    std::vector<std::shared_ptr<Door>> doors_;
    std::set<std::shared_ptr<Connection>> open_;
    std::size_t streams_ = 0;  // connections that wait or watch
    bool stopping_ = false;
};

}  // namespace ocs::admin
