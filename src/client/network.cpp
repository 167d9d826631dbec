#include "client/network.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace ocs::client {
namespace {

using asio::ip::tcp;
using asio::ip::udp;

constexpr auto tuple = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t largest_datagram = 65535;

asio::ip::address to_asio(const IpAddress& address) { return asio::ip::make_address(address.text()); }

NetworkOutcome classify(const boost::system::error_code& error) {
    if (!error) return NetworkOutcome::ok;
    if (error == asio::error::connection_refused) return NetworkOutcome::refused;
    if (error == asio::error::eof || error == asio::error::connection_reset ||
        error == asio::error::broken_pipe) {
        return NetworkOutcome::closed;
    }
    if (error == asio::error::timed_out) return NetworkOutcome::timed_out;
    return NetworkOutcome::unreachable;
}

/// Cancels `socket`'s operation at the deadline, unless the watch is over by then: a timer that has
/// already fired cannot be cancelled, and its handler may run after the socket is gone.
template <class Socket>
std::shared_ptr<DeadlineWatch> watch_deadline(asio::steady_timer& timer, Socket& socket, Micros limit) {
    auto watch = std::make_shared<DeadlineWatch>();
    timer.expires_after(std::max(limit, Micros{0}));
    timer.async_wait([watch, &socket](const boost::system::error_code& error) {
        if (error || watch->over) return;
        watch->fired = true;
        boost::system::error_code ignored;
        socket.cancel(ignored);
    });
    return watch;
}

void finish(Reply& reply, const boost::system::error_code& error, DeadlineWatch& watch) {
    watch.over = true;
    reply.outcome = watch.fired && error ? NetworkOutcome::timed_out : classify(error);
    if (reply.outcome == NetworkOutcome::ok) return;
    reply.bytes.clear();
    if (reply.outcome != NetworkOutcome::timed_out) reply.problem = error.message();
}

bool same_id(const std::vector<std::uint8_t>& query, const std::uint8_t* answer, std::size_t size) {
    return query.size() >= 2 && size >= 2 && query[0] == answer[0] && query[1] == answer[1];
}

}  // namespace

asio::awaitable<Reply> ask_by_udp(Remote server, std::vector<std::uint8_t> query, Micros limit) {
    const auto executor = co_await asio::this_coro::executor;
    const auto begun = monotonic_now();
    Reply reply;
    udp::socket socket(executor);
    asio::steady_timer timer(executor);
    const udp::endpoint peer(to_asio(server.address), server.port);
    boost::system::error_code error;
    socket.open(peer.protocol(), error);
    // Connected: the system then reports a closed port, and answers from elsewhere never arrive.
    if (!error) socket.connect(peer, error);
    if (!error) socket.send(asio::buffer(query), 0, error);
    std::vector<std::uint8_t> room(largest_datagram);
    const auto watch = watch_deadline(timer, socket, limit);
    while (!error) {
        const auto buffer = asio::buffer(room);
        const auto got = co_await socket.async_receive(buffer, tuple);
        error = std::get<0>(got);
        const std::size_t size = std::get<1>(got);
        if (error || !same_id(query, room.data(), size)) continue;
        room.resize(size);
        reply.bytes = std::move(room);
        break;
    }
    timer.cancel();
    finish(reply, error, *watch);
    reply.took = monotonic_now() - begun;
    co_return reply;
}

asio::awaitable<Reply> ask_by_tcp(Remote server, std::vector<std::uint8_t> query, Micros limit) {
    const auto executor = co_await asio::this_coro::executor;
    const auto begun = monotonic_now();
    Reply reply;
    tcp::socket socket(executor);
    asio::steady_timer timer(executor);
    const auto watch = watch_deadline(timer, socket, limit);
    const tcp::endpoint peer(to_asio(server.address), server.port);
    const auto connected = co_await socket.async_connect(peer, tuple);
    boost::system::error_code error = std::get<0>(connected);
    if (!error) {
        std::vector<std::uint8_t> framed{static_cast<std::uint8_t>(query.size() >> 8U),
                                         static_cast<std::uint8_t>(query.size() & 0xffU)};
        framed.insert(framed.end(), query.begin(), query.end());
        const auto bytes = asio::buffer(framed);
        const auto written = co_await asio::async_write(socket, bytes, tuple);
        error = std::get<0>(written);
    }
    std::array<std::uint8_t, 2> length{};
    if (!error) {
        const auto bytes = asio::buffer(length);
        const auto got = co_await asio::async_read(socket, bytes, tuple);
        error = std::get<0>(got);
    }
    if (!error) {
        reply.bytes.resize(static_cast<std::size_t>(length[0]) << 8U | length[1]);
        const auto bytes = asio::buffer(reply.bytes);
        const auto got = co_await asio::async_read(socket, bytes, tuple);
        error = std::get<0>(got);
    }
    if (!error && !same_id(query, reply.bytes.data(), reply.bytes.size())) {
        error = asio::error::invalid_argument;
    }
    timer.cancel();
    finish(reply, error, *watch);
    reply.took = monotonic_now() - begun;
    co_return reply;
}

Stream::~Stream() {
    if (watch_) watch_->over = true;
}

NetworkOutcome Stream::outcome_of(const boost::system::error_code& error) {
    timer_.cancel();
    watch_->over = true;
    const NetworkOutcome outcome = error && watch_->fired ? NetworkOutcome::timed_out : classify(error);
    if (outcome != NetworkOutcome::ok) problem_ = watch_->fired ? "no answer in time" : error.message();
    return outcome;
}

asio::awaitable<NetworkOutcome> Stream::connect(Remote server, Micros limit) {
    watch_ = watch_deadline(timer_, socket_, limit);
    const tcp::endpoint peer(to_asio(server.address), server.port);
    const auto result = co_await socket_.async_connect(peer, tuple);
    boost::system::error_code ignored;
    if (!std::get<0>(result)) socket_.set_option(tcp::no_delay(true), ignored);
    co_return outcome_of(std::get<0>(result));
}

asio::awaitable<NetworkOutcome> Stream::write(std::string bytes, Micros limit) {
    watch_ = watch_deadline(timer_, socket_, limit);
    const auto buffer = asio::buffer(bytes);
    const auto result = co_await asio::async_write(socket_, buffer, tuple);
    co_return outcome_of(std::get<0>(result));
}

asio::awaitable<NetworkOutcome> Stream::read(std::string& bytes, Micros limit) {
    bytes.resize(16384);
    watch_ = watch_deadline(timer_, socket_, limit);
    const auto buffer = asio::buffer(bytes);
    const auto result = co_await socket_.async_read_some(buffer, tuple);
    bytes.resize(std::get<1>(result));
    co_return outcome_of(std::get<0>(result));
}

void Stream::end() {
    boost::system::error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
}

void Stream::close() {
    timer_.cancel();
    end();
    boost::system::error_code ignored;
    socket_.close(ignored);
}

std::string Stream::local_address() const {
    boost::system::error_code error;
    const auto here = socket_.local_endpoint(error);
    return error ? std::string() : here.address().to_string();
}

std::uint16_t Stream::local_port() const {
    boost::system::error_code error;
    const auto here = socket_.local_endpoint(error);
    return error ? std::uint16_t{0} : here.port();
}

}  // namespace ocs::client
