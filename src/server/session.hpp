#pragma once
// One connection from accept to close: sniffs, feeds the TLS engine, answers, closes gently, records.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "journal/journal.hpp"
#include "server/hosting.hpp"

namespace ocs::server {

namespace asio = boost::asio;
using asio::ip::tcp;

/// What sessions share; outlives them all. One thread.
struct Services {
    journal::Journal& journal;
    config::LimitSettings limits;
    std::vector<discovery::NamePolicy> policies;
    std::function<void(std::string_view line)> key_log;
};

/// A connection that is open. Shared by its session and by the timer that may cancel its reads.
struct Connection {
    Connection(tcp::socket accepted, std::string listener_name, std::shared_ptr<const Hosting> serving);

    tcp::socket socket;
    asio::steady_timer timer;
    std::shared_ptr<const Hosting> hosting;
    record::ConnectionRecord record;
    MonotonicTime accepted_at;
    std::uint64_t timer_run = 0;  ///< an older run of the timer is not obeyed
    bool timed_out = false;       ///< the timer ended the pending operation
    bool stopping = false;        ///< the lab is shutting down

    [[nodiscard]] Micros age() const { return monotonic_now() - accepted_at; }
};

/// Runs the connection and writes its one record, on every path.
asio::awaitable<void> run_session(std::shared_ptr<Connection> connection, Services& services);

}  // namespace ocs::server
