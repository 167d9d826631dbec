#include "admin/http_server.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <variant>

#include "admin/http_connection.hpp"
#include "admin/token_guard.hpp"
#include "ossl/errors.hpp"

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
    std::unique_ptr<asio::ssl::context> tls;  // null: in clear
    std::size_t open = 0;
};

namespace {

/// No tickets and no cache: there is nothing here that would be worth them.
Result<std::unique_ptr<asio::ssl::context>> tls_context(const DoorCertificate& certificate) {
    auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
    SSL_CTX* handle = context->native_handle();
    static_cast<void>(ossl::take_errors());  // an older failure on this thread is not ours
    SSL_CTX_set_min_proto_version(handle, TLS1_2_VERSION);
    SSL_CTX_set_options(handle, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_num_tickets(handle, 0);
    SSL_CTX_set_session_cache_mode(handle, SSL_SESS_CACHE_OFF);
    error_code error;
    context->use_certificate_chain(asio::buffer(certificate.chain), error);
    if (!error) context->use_private_key(asio::buffer(certificate.key), asio::ssl::context::pem, error);
    if (!error && SSL_CTX_check_private_key(handle) != 1) error = asio::error::invalid_argument;
    if (error) {
        return Error{"the API's certificate cannot be used: " + error.message(),
                     "",
                     "a PEM chain with the leaf first, and its PEM key"};
    }
    return context;
}

}  // namespace

Result<void> HttpServer::listen(tcp::acceptor acceptor,
                                GuardRules rules,
                                const std::optional<DoorCertificate>& certificate) {
    std::unique_ptr<asio::ssl::context> tls;
    if (certificate) {
        auto made = tls_context(*certificate);
        if (made.has_error()) return made.error();
        tls = std::move(*made);
    }
    error_code error;
    acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) return Error{"cannot listen: " + error.message(), "", ""};
    doors_.push_back(std::make_shared<Door>(Door{std::move(acceptor), std::move(rules), std::move(tls)}));
    return {};
}

void HttpServer::listen(stream_protocol::acceptor acceptor) {
    doors_.push_back(std::make_shared<Door>(Door{std::move(acceptor), GuardRules{true, false, {}}, nullptr}));
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

/// True where this address has as many connections as one may.
bool HttpServer::has_many(const std::string& peer) const {
    const auto own = std::count_if(
        open_.begin(), open_.end(), [&](const auto& connection) { return connection->peer() == peer; });
    return static_cast<std::size_t>(own) >= limits_.tls_connections_per_address;
}

asio::awaitable<void> HttpServer::accept(std::shared_ptr<Door> door) {
    asio::steady_timer pause(io_);
    while (!stopping_) {
        error_code error;
        std::optional<SocketStream::socket_type> socket;
        std::string peer;
        if (auto* acceptor = std::get_if<tcp::acceptor>(&door->acceptor)) {
            auto accepted = co_await acceptor->async_accept(tuple);
            error = std::get<0>(accepted);
            if (!error) {
                std::get<1>(accepted).set_option(tcp::no_delay(true), error);
                peer = counted_as(std::get<1>(accepted).remote_endpoint(error).address().to_string());
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
        if (door->open >= most || (door->tls && has_many(peer))) continue;  // it closes here
        const auto connection = std::make_shared<Connection>(
            std::move(*socket), door->tls.get(), *this, door->rules, std::move(peer));
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
