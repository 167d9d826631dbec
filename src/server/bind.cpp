#include "server/bind.hpp"

#include <fmt/format.h>
#include <ifaddrs.h>

#include <boost/asio/ip/udp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <filesystem>
#include <set>

#include "core/escape.hpp"
#include "record/connection_record.hpp"
#include "server/port_owner.hpp"

namespace ocs::server {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;

constexpr int ports_to_try = 200;

template <class Protocol>
bool is_free(const asio::ip::address& address, std::uint16_t port) {
    asio::io_context context;
    boost::system::error_code error;
    const typename Protocol::endpoint endpoint(address, port);
    typename Protocol::socket socket(context);
    socket.open(endpoint.protocol(), error);
    if (!error) socket.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) socket.bind(endpoint, error);
    return !error;
}

/// The next port that could be bound now, or 0.
std::uint16_t free_port_after(const BindRequest& request, bool tcp_port) {
    const auto address = asio::ip::make_address(request.address.text());
    for (int port = request.port + 1; port <= 65535 && port <= request.port + ports_to_try; ++port) {
        const auto candidate = static_cast<std::uint16_t>(port);
        if (tcp_port ? is_free<tcp>(address, candidate) : is_free<udp>(address, candidate)) return candidate;
    }
    return 0;
}

std::string own_addresses() {
    ifaddrs* all = nullptr;
    if (getifaddrs(&all) != 0) return "";
    std::set<std::string> seen;
    std::string list;
    for (const ifaddrs* at = all; at != nullptr; at = at->ifa_next) {
        if (at->ifa_addr == nullptr) continue;
        const int family = at->ifa_addr->sa_family;
        if (family != AF_INET && family != AF_INET6) continue;
        char text[INET6_ADDRSTRLEN] = {};
        const void* bytes =
            family == AF_INET
                ? static_cast<const void*>(&reinterpret_cast<sockaddr_in*>(at->ifa_addr)->sin_addr)
                : &reinterpret_cast<sockaddr_in6*>(at->ifa_addr)->sin6_addr;
        if (inet_ntop(family, bytes, text, sizeof text) == nullptr) continue;
        if (std::string_view(text).starts_with("fe80") || !seen.insert(text).second) continue;
        list += (list.empty() ? "" : ", ") + fmt::format("{} ({})", text, at->ifa_name);
    }
    freeifaddrs(all);
    return list;
}

std::string other_port(const BindRequest& request, std::uint16_t port) {
    if (!request.flag.empty()) return fmt::format("{} {}", request.flag, port);
    if (!request.place.empty()) return fmt::format("port: {} at {}", port, request.place);
    return fmt::format("--port 0 (any free one, for all), or a configuration with port: {}", port);
}

using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

boost::system::error_code open_and_bind(tcp::acceptor& acceptor, const tcp::endpoint& wanted, bool share) {
    boost::system::error_code error;
    acceptor.open(wanted.protocol(), error);
    if (!error && wanted.protocol() == tcp::v6()) acceptor.set_option(asio::ip::v6_only(true), error);
    // Without it, connections of an earlier run that still linger would hold the port.
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error && share) acceptor.set_option(ReusePort(true), error);
    if (!error) acceptor.bind(wanted, error);
    return error;
}

std::string this_program() {
    std::error_code error;
    const auto path = std::filesystem::read_symlink("/proc/self/exe", error);
    return error ? "fakeocs" : shell_quoted(path.string());
}

}  // namespace

Error bind_error(const BindRequest& request, bool tcp, const boost::system::error_code& error) {
    const record::Endpoint wanted{request.address.text(), request.port};
    Error problem(
        fmt::format("cannot listen on {}: {}", to_string(wanted), ascii_lower(error.message())), "", "");
    if (error == boost::system::errc::address_in_use) {
        problem.what += port_owner(request.port, tcp);
        const std::uint16_t free = free_port_after(request, tcp);
        problem.hint = free != 0 ? other_port(request, free) + ", which is free" : other_port(request, 0);
    } else if (error == boost::system::errc::permission_denied) {
        problem.hint = fmt::format(
            "sudo sysctl net.ipv4.ip_unprivileged_port_start={}\n"
            "       or: sudo setcap cap_net_bind_service=+ep {}\n"
            "       or: {}",
            request.port,
            this_program(),
            other_port(request, static_cast<std::uint16_t>(request.port + 8000)));
    } else if (error == boost::system::errc::address_not_available) {
        problem.hint = "an address of this machine: " + own_addresses();
    }
    return problem;
}

Result<tcp::acceptor> bind_tcp(asio::io_context& context, const BindRequest& request) {
    const tcp::endpoint wanted(asio::ip::make_address(request.address.text()), request.port);
    tcp::acceptor acceptor(context);
    const auto error = open_and_bind(acceptor, wanted, false);
    if (error) return bind_error(request, true, error);
    return acceptor;
}

Result<tcp::acceptor> bind_beside(asio::io_context& context,
                                  tcp::acceptor& first,
                                  const BindRequest& request) {
    boost::system::error_code error;
    const tcp::endpoint wanted = first.local_endpoint(error);  // port 0 has become one
    if (!error) first.set_option(ReusePort(true), error);
    tcp::acceptor acceptor(context);
    if (!error) error = open_and_bind(acceptor, wanted, true);
    if (error) return bind_error(request, true, error);
    return acceptor;
}

}  // namespace ocs::server
