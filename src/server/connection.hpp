#pragma once
// A connection that is open, and the record it will leave.

#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>

#include "record/connection_record.hpp"
#include "server/hosting.hpp"
#include "server/wire.hpp"

namespace ocs::server {

namespace asio = boost::asio;
using asio::ip::tcp;

/// A record with what accept() told: id, time, both ends, listener.
record::ConnectionRecord open_record(const tcp::endpoint& peer,
                                     const tcp::endpoint& local,
                                     const std::string& listener);

/// What is known of it by now, read: its names, facts and `provisional` as they are.
record::Judgement judged(const record::ConnectionRecord& record, WallTime now);

/// The lab keeps it to count it and to interrupt() its wire.
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

}  // namespace ocs::server
