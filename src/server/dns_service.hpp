#pragma once
// The lab DNS on the network: one address, UDP and TCP, on the lab's thread. What is answered is
// dns::answer's business; here are sockets, deadlines and events.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <vector>

#include "config/zones.hpp"
#include "dns/answer.hpp"
#include "journal/journal.hpp"
#include "server/dns_forward.hpp"
#include "server/wire.hpp"

namespace ocs::server {

/// UDP and TCP on one port, bound and not yet served.
struct DnsSockets {
    boost::asio::ip::udp::socket udp;
    boost::asio::ip::tcp::acceptor tcp;
    record::Endpoint endpoint;
};

/// Fails with what to do about it. `forward:` may not point here.
Result<DnsSockets> bind_dns(boost::asio::io_context& io, const config::DnsSettings& settings);

/// What the lab says at its start: zones, address, faults armed.
std::vector<std::string> dns_lines(const config::DnsSettings& settings, const record::Endpoint& endpoint);

/// Serves the zones. Outlives the io_context's run. Every message that comes in is one event in the journal,
/// written when its answer has left; while the journal is congested nothing is taken in.
///
/// TCP (RFC 7766): questions of a connection are answered in order, also when sent at once; a connection that
/// is silent, or slow with a message, for `idle_seconds` is closed; over `tcp_connections` new ones wait.
class DnsService {
public:
    DnsService(boost::asio::io_context& io,
               journal::Journal& journal,
               const config::DnsSettings& settings,
               DnsSockets sockets);

    [[nodiscard]] const record::Endpoint& endpoint() const { return endpoint_; }
    void start();
    void stop();  ///< at once: open connections and delayed answers end

    /// The records and faults in force; what is changed counts for the next question.
    [[nodiscard]] dns::Zones& zones() { return zones_; }
    [[nodiscard]] dns::Faults& faults() { return faults_; }
    /// A configuration read again: its zones take over if they differ from those read before, so that records
    /// changed while running survive a reload that is about something else. Faults stay. Answers what is to
    /// say.
    std::string reload(const config::DnsSettings& settings);

private:
    struct Exchange;

    Exchange begin(std::span<const std::uint8_t> query,
                   record::Endpoint client,
                   record::Endpoint local,
                   bool tcp);
    void finish(Exchange& exchange);
    boost::asio::awaitable<void> settle(Exchange& exchange);
    boost::asio::awaitable<void> pause(std::chrono::milliseconds span);
    boost::asio::awaitable<void> while_congested();
    boost::asio::awaitable<void> serve_udp();
    boost::asio::awaitable<void> answer_later(std::shared_ptr<Exchange> exchange,
                                              boost::asio::ip::udp::endpoint client);
    boost::asio::awaitable<void> accept_tcp();
    boost::asio::awaitable<void> serve_tcp(std::shared_ptr<Wire> wire, record::Endpoint client);

    boost::asio::io_context& io_;
    journal::Journal& journal_;
    config::DnsSettings settings_;
    dns::Zones zones_;
    dns::Faults faults_;
    boost::asio::ip::udp::socket udp_;
    boost::asio::ip::tcp::acceptor acceptor_;
    record::Endpoint endpoint_;
    bool stopping_ = false;
    std::size_t later_ = 0;  // UDP answers that are being waited for
    std::set<std::shared_ptr<Wire>> connections_;
    std::set<std::shared_ptr<DnsForward>> forwards_;
    std::set<boost::asio::steady_timer*> pauses_;
    boost::asio::steady_timer room_;  // cancelled when a TCP connection ends
};

}  // namespace ocs::server
