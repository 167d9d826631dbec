#pragma once
// HTTP/1.1 over whatever listens: the dashboard's port and the Unix socket.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "admin/control_api.hpp"
#include "admin/feed.hpp"
#include "admin/http_guard.hpp"
#include "admin/test_connection.hpp"

namespace ocs::admin {

/// What one client may take of it. Beside these: 8 KiB of headers, 64 KiB of body.
struct HttpLimits {
    std::chrono::milliseconds patience{10'000};  ///< with a request once it has begun, and with its answer
    std::chrono::milliseconds handshake{5'000};  ///< of TLS
    std::chrono::milliseconds idle{30'000};      ///< between the requests of one connection
    std::chrono::milliseconds heartbeat{10'000};
    std::chrono::milliseconds storing{1'000};  ///< what is asked for may be stored first, if that is quick
    /// Of each door by itself, so that strangers at one do not keep anybody from another.
    std::size_t connections = 64;
    std::size_t ca_connections = 32;  ///< where the lab network asks for the CA
    std::size_t tls_connections_per_address =
        16;                    ///< where the network asks: one machine cannot fill the door
    std::size_t streams = 32;  ///< connections that wait or watch, of all doors
};

/// PEM texts: the certificate with its chain, leaf first, and its key.
struct DoorCertificate {
    std::string chain;
    std::string key;
};

/// Keeps connections open between requests. All on one thread.
class HttpServer {
public:
    /// The feed outlives the server.
    HttpServer(boost::asio::io_context& io, Feed& feed, HttpLimits limits = {})
        : io_(io), feed_(feed), limits_(limits), tests_(io, feed) {}

    /// Takes acceptors that are bound; they listen from here on. With a certificate they speak TLS 1.2
    /// and 1.3 only; fails where that cannot be used.
    Result<void> listen(boost::asio::ip::tcp::acceptor acceptor,
                        GuardRules rules,
                        const std::optional<DoorCertificate>& certificate = std::nullopt);
    void listen(boost::asio::local::stream_protocol::acceptor acceptor);

    /// The lab outlives the server. It has a history.
    void start(const ControlledLab& lab);
    /// No new connections; open ones end where they stand. The io_context runs out of work then.
    void stop();

private:
    class Connection;
    struct Door;

    boost::asio::awaitable<void> accept(std::shared_ptr<Door> door);
    [[nodiscard]] bool has_many(const std::string& peer) const;

    boost::asio::io_context& io_;
    Feed& feed_;
    const HttpLimits limits_;
    TestConnections tests_;
    const ControlledLab* lab_ = nullptr;
    std::vector<std::shared_ptr<Door>> doors_;
    std::set<std::shared_ptr<Connection>> open_;
    std::size_t streams_ = 0;  // connections that wait or watch
    bool stopping_ = false;
};

}  // namespace ocs::admin
