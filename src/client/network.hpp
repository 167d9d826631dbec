#pragma once
// Sockets as the sign-in runner needs them: one question to a DNS server, one TCP connection, each with
// its deadline. All functions belong to the thread that runs the io_context; no exception leaves them.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/ip_address.hpp"

namespace ocs::client {

namespace asio = boost::asio;

/// An address to send to.
struct Remote {
    IpAddress address = IpAddress::parse("127.0.0.1").value();
    std::uint16_t port = 0;
};

enum class NetworkOutcome { ok, refused, timed_out, unreachable, closed };

/// What came back from a DNS server, or why nothing did.
struct Reply {
    NetworkOutcome outcome = NetworkOutcome::ok;
    std::vector<std::uint8_t> bytes;
    std::string problem;  ///< the system's words; empty where outcome is ok or timed_out
    Micros took{};
};

/// One datagram, then the first answer whose id is the query's (RFC 5452 §4: others are waited past).
asio::awaitable<Reply> ask_by_udp(Remote server, std::vector<std::uint8_t> query, Micros limit);
/// The same over TCP with its two-byte length (RFC 1035 §4.2.2).
asio::awaitable<Reply> ask_by_tcp(Remote server, std::vector<std::uint8_t> query, Micros limit);

/// Shared by an operation and the timer that may end it.
struct DeadlineWatch {
    bool over = false;   ///< the operation is done: the timer must not touch the socket
    bool fired = false;  ///< the timer ended it
};

/// A TCP connection. Reads and writes end at their deadline; after one has failed the stream is over.
class Stream {
public:
    explicit Stream(const asio::any_io_executor& executor) : socket_(executor), timer_(executor) {}
    ~Stream();
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    asio::awaitable<NetworkOutcome> connect(Remote server, Micros limit);
    asio::awaitable<NetworkOutcome> write(std::string bytes, Micros limit);
    /// At least one byte into `bytes` (replacing what was there), or why not; `closed` is the server's end.
    asio::awaitable<NetworkOutcome> read(std::string& bytes, Micros limit);
    void end();  ///< our half: the server hears no more, and may still be read
    /// Ends our half and closes; reads nothing more.
    void close();

    [[nodiscard]] const std::string& problem() const { return problem_; }  ///< the system's words
    [[nodiscard]] std::string local_address() const;
    [[nodiscard]] std::uint16_t local_port() const;

private:
    NetworkOutcome outcome_of(const boost::system::error_code& error);

    asio::ip::tcp::socket socket_;
    asio::steady_timer timer_;
    std::string problem_;
    std::shared_ptr<DeadlineWatch> watch_;
};

}  // namespace ocs::client
