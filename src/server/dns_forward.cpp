#include "server/dns_forward.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <random>

namespace ocs::server {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;
using boost::system::error_code;

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr auto tuple = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t header_size = 12;
constexpr std::size_t max_message = 65535;

bool is_answer_to(const Bytes& answer, const Bytes& query) {
    return answer.size() >= header_size && answer[0] == query[0] && answer[1] == query[1] &&
           (answer[2] & 0x80U) != 0;
}

}  // namespace

DnsForward::DnsForward(const asio::any_io_executor& executor, const config::ResolverAddress& resolver)
    : address_(asio::ip::make_address(resolver.address.text())),
      port_(resolver.port),
      udp_(executor),
      tcp_(executor),
      timer_(executor) {}

asio::awaitable<Bytes> DnsForward::ask(Bytes query, bool tcp, MonotonicTime deadline) {
    timer_.expires_at(std::chrono::steady_clock::time_point(deadline.time_since_epoch()));
    timer_.async_wait([self = shared_from_this()](const error_code& error) {
        if (!error) self->cancel();
    });
    const std::array<std::uint8_t, 2> id = {query[0], query[1]};
    std::random_device random;
    const unsigned own = random();
    query[0] = static_cast<std::uint8_t>(own);
    query[1] = static_cast<std::uint8_t>(own >> 8U);
    Bytes answer;
    if (tcp) {
        answer = co_await by_tcp(std::move(query));
    } else {
        answer = co_await by_udp(std::move(query));
    }
    cancel();
    if (!answer.empty()) std::copy(id.begin(), id.end(), answer.begin());
    co_return answer;
}

void DnsForward::cancel() {
    error_code ignored;
    timer_.cancel();
    udp_.close(ignored);
    tcp_.close(ignored);
}

asio::awaitable<Bytes> DnsForward::by_udp(Bytes query) {
    error_code error;
    udp_.connect(udp::endpoint(address_, port_), error);
    if (error) co_return Bytes();
    auto sent = co_await udp_.async_send(asio::buffer(query), tuple);
    if (std::get<0>(sent)) co_return Bytes();
    Bytes answer(max_message);
    while (true) {
        answer.resize(max_message);
        auto got = co_await udp_.async_receive(asio::buffer(answer), tuple);
        if (std::get<0>(got)) co_return Bytes();
        answer.resize(std::get<1>(got));
        if (is_answer_to(answer, query)) co_return answer;
    }
}

asio::awaitable<Bytes> DnsForward::by_tcp(Bytes query) {
    auto connected = co_await tcp_.async_connect(tcp::endpoint(address_, port_), tuple);
    if (std::get<0>(connected)) co_return Bytes();
    std::array<std::uint8_t, 2> length = {static_cast<std::uint8_t>(query.size() >> 8U),
                                          static_cast<std::uint8_t>(query.size())};
    Bytes framed(length.begin(), length.end());
    framed.insert(framed.end(), query.begin(), query.end());
    auto sent = co_await asio::async_write(tcp_, asio::buffer(framed), tuple);
    if (std::get<0>(sent)) co_return Bytes();
    auto got_length = co_await asio::async_read(tcp_, asio::buffer(length), tuple);
    if (std::get<0>(got_length)) co_return Bytes();
    Bytes answer(static_cast<std::size_t>(length[0]) << 8U | length[1]);
    auto got = co_await asio::async_read(tcp_, asio::buffer(answer), tuple);
    if (std::get<0>(got) || !is_answer_to(answer, query)) co_return Bytes();
    co_return answer;
}

}  // namespace ocs::server
