#pragma once
// Binding to an address, and what to tell a person when that fails: who has the port, which one is free,
// which addresses there are, how to use a port below 1024.

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <string>

#include "core/ip_address.hpp"
#include "core/result.hpp"

namespace ocs::server {

struct BindRequest {
    IpAddress address = IpAddress::parse("127.0.0.1").value();
    std::uint16_t port = 0;
    std::string flag;   ///< that sets this port, "--port"; empty: none does
    std::string place;  ///< in the configuration, "lab.yaml:12:5"; empty: it is a default
};

/// Binds without SO_REUSEPORT, so that a taken port is an error and not a silent share (design decision 5);
/// not yet listening. An IPv6 socket takes no IPv4.
Result<boost::asio::ip::tcp::acceptor> bind_tcp(boost::asio::io_context& context, const BindRequest& request);

/// A further socket of the address that `first`, of bind_tcp, has: the kernel spreads connections over those
/// that listen. Neither listens yet. Nobody else gets a share: without the option bind() is refused, and the
/// kernel grants it to sockets of one user only.
Result<boost::asio::ip::tcp::acceptor> bind_beside(boost::asio::io_context& context,
                                                   boost::asio::ip::tcp::acceptor& first,
                                                   const BindRequest& request);

/// The error for a failed bind of a TCP or UDP socket.
Error bind_error(const BindRequest& request, bool tcp, const boost::system::error_code& error);

}  // namespace ocs::server
