#include "admin/http_server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <variant>

#include "admin/http_connection.hpp"

namespace ocs::admin {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::local::stream_protocol;
using boost::system::error_code;

namespace {

constexpr auto tuple = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds error_pause{100};

}  // namespace

/// Where clients come in.
struct HttpServer::Door {
    std::variant<tcp::acceptor, stream_protocol::acceptor> acceptor;
    GuardRules rules;
    std::size_t open = 0;
};

Result<void> HttpServer::listen(tcp::acceptor acceptor, GuardRules rules) {
    error_code error;
    acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) return Error{"cannot listen: " + error.message(), "", ""};
    doors_.push_back(std::make_shared<Door>(Door{std::move(acceptor), std::move(rules)}));
    return {};
}

void HttpServer::listen(stream_protocol::acceptor acceptor) {
    doors_.push_back(std::make_shared<Door>(Door{std::move(acceptor), GuardRules{true, false, {}}}));
}

void HttpServer::start(const ControlledLab& lab) {
    lab_ = &lab;
    for (const auto& door : doors_) asio::co_spawn(io_, accept(door), asio::detached);
}

void HttpServer::stop() {
    stopping_ = true;
    error_code ignored;
    for (const auto& door : doors_)
        std::visit([&](auto& acceptor) { acceptor.close(ignored); }, door->acceptor);
    feed_.stop();
    for (const auto& connection : open_) connection->cancel();
}

asio::awaitable<void> HttpServer::accept(std::shared_ptr<Door> door) {
    asio::steady_timer pause(io_);
    while (!stopping_) {
        error_code error;
        std::optional<SocketStream::socket_type> socket;
        if (auto* acceptor = std::get_if<tcp::acceptor>(&door->acceptor)) {
            auto accepted = co_await acceptor->async_accept(tuple);
            error = std::get<0>(accepted);
            if (!error) {
                std::get<1>(accepted).set_option(tcp::no_delay(true), error);
                socket.emplace(std::move(std::get<1>(accepted)));
            }
        } else {
            auto& local = std::get<stream_protocol::acceptor>(door->acceptor);
            auto accepted = co_await local.async_accept(tuple);
            error = std::get<0>(accepted);
            if (!error) socket.emplace(std::move(std::get<1>(accepted)));
        }
        if (stopping_) co_return;
        if (!socket) {  // no descriptors, say
            pause.expires_after(error_pause);
            co_await pause.async_wait(tuple);
            continue;
        }
        const std::size_t most = door->rules.ca_only ? limits_.ca_connections : limits_.connections;
        if (door->open >= most) continue;  // it closes here
        const auto connection = std::make_shared<Connection>(std::move(*socket), *this, door->rules);
        open_.insert(connection);
        ++door->open;
        auto done = [this, connection, door](const std::exception_ptr&) {
            --door->open;
            open_.erase(connection);
        };
        asio::co_spawn(io_, connection->run(), std::move(done));
    }
}

}  // namespace ocs::admin
