#pragma once
// One question passed on to another resolver.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <vector>

#include "config/zones.hpp"
#include "core/clock.hpp"

namespace ocs::server {

/// Asks once, by the way the client asked, from a port of its own and with an id of its own, so that nobody
/// who does not see the traffic can answer in the resolver's place. Shared by the coroutine and the deadline.
class DnsForward : public std::enable_shared_from_this<DnsForward> {
public:
    DnsForward(const boost::asio::any_io_executor& executor, const config::ResolverAddress& resolver);

    /// The answer, with the id of `query`; empty where none came until the deadline. `query` has a header.
    boost::asio::awaitable<std::vector<std::uint8_t>> ask(std::vector<std::uint8_t> query,
                                                          bool tcp,
                                                          MonotonicTime deadline);
    void cancel();

private:
    boost::asio::awaitable<std::vector<std::uint8_t>> by_udp(std::vector<std::uint8_t> query);
    boost::asio::awaitable<std::vector<std::uint8_t>> by_tcp(std::vector<std::uint8_t> query);

    boost::asio::ip::address address_;
    std::uint16_t port_;
    boost::asio::ip::udp::socket udp_;
    boost::asio::ip::tcp::socket tcp_;
    boost::asio::steady_timer timer_;
};

}  // namespace ocs::server
