#pragma once
// One connection from accept to close: sniffs, feeds the TLS engine, answers, closes gently, records.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "journal/journal.hpp"
#include "server/hosting.hpp"
#include "server/talk.hpp"
#include "server/wire.hpp"

namespace ocs::server {

namespace asio = boost::asio;
using asio::ip::tcp;

/// What the sessions of one thread share; outlives them all.
struct Services {
    journal::Journal& journal;
    config::LimitSettings limits;
    std::vector<discovery::NamePolicy> policies;
    std::function<void(std::string_view line)> key_log;  ///< empty: none
    MakeSpeaker sip;                                     ///< who answers SIP; empty: nobody
    config::AutodiscoverSettings autodiscover;
    double sip_keep_alive_seconds = 300;  ///< how often a SIP client is told to say that it is alive
    bool capture = false;                 ///< what goes over the wire is kept, with the keys to read it
    /// Every session reads into it and hands it on before it waits again, so that silent connections hold no
    /// buffer of their own.
    std::vector<std::uint8_t> read_buffer = std::vector<std::uint8_t>(32 * 1024);
};

/// A record with what accept() told: id, time, both ends, listener.
record::ConnectionRecord open_record(const tcp::endpoint& peer,
                                     const tcp::endpoint& local,
                                     const std::string& listener);

/// A connection that is open. The lab keeps it to count it and to interrupt() its wire.
struct Connection {
    /// `peer` as accept() told it: a socket whose client has reset it does not know any more.
    Connection(tcp::socket accepted,
               const tcp::endpoint& peer,
               const std::string& listener_name,
               std::shared_ptr<const Hosting> serving);

    Wire wire;
    std::shared_ptr<const Hosting> hosting;
    record::ConnectionRecord record;
    MonotonicTime accepted_at;
    std::shared_ptr<record::WireCapture> capture;  ///< null: none is kept

    [[nodiscard]] Micros age() const { return monotonic_now() - accepted_at; }
};

/// Runs the connection and writes its one record, on every path. Does not throw.
asio::awaitable<void> run_session(std::shared_ptr<Connection> connection, Services& services);

}  // namespace ocs::server
