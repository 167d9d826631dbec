#include "server/dns_service.hpp"

#include <fmt/format.h>

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "core/escape.hpp"
#include "dns/question.hpp"
#include "server/bind.hpp"
#include "server/greeting.hpp"
#include "server/run_id.hpp"

namespace ocs::server {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;
using boost::system::error_code;

namespace {

constexpr auto tuple = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t max_message = 65535;
constexpr std::size_t most_later = 500;  // UDP answers waited for; beyond it questions are dropped
constexpr int bind_attempts = 20;        // for port 0: a port that is free for TCP may be taken for UDP
constexpr std::chrono::milliseconds error_pause{100};
constexpr std::chrono::milliseconds congested_pause{50};

record::DnsOutcome outcome_of(dns::Outcome outcome) {
    switch (outcome) {
        case dns::Outcome::answered:
        case dns::Outcome::referral:
            return record::DnsOutcome::answered;
        case dns::Outcome::no_data:
            return record::DnsOutcome::no_data;
        case dns::Outcome::nx_domain:
            return record::DnsOutcome::nx_domain;
        case dns::Outcome::refused:
            return record::DnsOutcome::refused;
        case dns::Outcome::server_failure:
            return record::DnsOutcome::servfail;
        case dns::Outcome::not_implemented:
            return record::DnsOutcome::not_implemented;
        case dns::Outcome::format_error:
            return record::DnsOutcome::format_error;
        case dns::Outcome::forward:
            return record::DnsOutcome::forwarded;
        case dns::Outcome::dropped:
            break;
    }
    return record::DnsOutcome::dropped;
}

std::string next_id() {
    static std::atomic<std::uint64_t> counter{0};
    return fmt::format("{}-d{}", run_id(), ++counter);
}

template <class Endpoint>
record::Endpoint endpoint_of(const Endpoint& endpoint) {
    return {journal::plain_address(endpoint.address().to_string()), endpoint.port()};
}

void note_records(record::DnsEvent& event,
                  const std::vector<dns::Record>& answers,
                  const std::vector<dns::Record>& additional) {
    for (const dns::Record& record : answers) {
        event.answers.push_back(summary(record));
        if (const auto* address = record.address()) event.addresses.push_back(address->text());
        const auto* srv = record.srv();
        if (srv == nullptr) continue;
        record::DnsTarget target{ascii_lower(srv->target.text()), srv->port, {}};
        for (const dns::Record& other : additional) {
            if (other.address() != nullptr && other.owner == srv->target) {
                target.addresses.push_back(other.address()->text());
            }
        }
        event.targets.push_back(std::move(target));
    }
}

std::vector<std::uint8_t> framed(const std::vector<std::uint8_t>& message) {
    std::vector<std::uint8_t> bytes = {static_cast<std::uint8_t>(message.size() >> 8U),
                                       static_cast<std::uint8_t>(message.size())};
    bytes.insert(bytes.end(), message.begin(), message.end());
    return bytes;
}

/// False: the client left, was too slow, or the lab wants to stop.
asio::awaitable<bool> read_exactly(Wire& wire, std::span<std::uint8_t> room, MonotonicTime deadline) {
    while (!room.empty()) {
        const auto read = wire.read_now(room);
        room = room.subspan(read.count);
        if (room.empty()) break;
        if (read.end || wire.interrupted() || monotonic_now() >= deadline) co_return false;
        if (read.count == 0) co_await wire.readable(deadline);
    }
    co_return true;
}

asio::awaitable<bool> write_all(Wire& wire, std::span<const std::uint8_t> bytes, MonotonicTime deadline) {
    std::string_view rest(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    while (!rest.empty()) {
        const auto sent = wire.write_now(rest);
        rest.remove_prefix(sent.count);
        if (rest.empty()) break;
        if (sent.broken || wire.interrupted() || monotonic_now() >= deadline) co_return false;
        if (sent.count == 0) co_await wire.writable(deadline);
    }
    co_return true;
}

void keep(record::DnsEvent& event, record::EvidenceKind kind, std::span<const std::uint8_t> message) {
    event.evidence.push_back({kind, record::make_bytes(std::string(message.begin(), message.end()))});
}

Micros span_of(double seconds) { return Micros(static_cast<std::int64_t>(seconds * 1e6)); }

}  // namespace

/// One question on its way to its answer.
struct DnsService::Exchange {
    MonotonicTime begun{};
    std::vector<std::uint8_t> query;  // kept only where it has to be passed on
    dns::Answer answer;
    record::DnsEvent event;
};

Result<DnsSockets> bind_dns(asio::io_context& io, const config::DnsSettings& settings) {
    const auto address = asio::ip::make_address(settings.address.text());
    const BindRequest request{settings.address, settings.port, settings.flag, settings.place};
    for (int attempt = 1;; ++attempt) {
        auto acceptor = bind_tcp(io, request);
        if (acceptor.has_error()) return acceptor.error();
        error_code error;
        const udp::endpoint wanted(address, acceptor->local_endpoint(error).port());
        udp::socket socket(io);
        if (!error) socket.open(wanted.protocol(), error);
        if (!error && wanted.protocol() == udp::v6()) socket.set_option(asio::ip::v6_only(true), error);
        if (!error) socket.bind(wanted, error);
        if (!error) acceptor->listen(asio::socket_base::max_listen_connections, error);
        if (error && settings.port == 0 && attempt < bind_attempts) continue;
        if (error) return bind_error(request, false, error);
        const auto& forward = settings.forward;
        if (forward && forward->address == settings.address && forward->port == wanted.port()) {
            return Error{
                "forward points to this DNS itself", settings.place, "name the resolver the lab had before"};
        }
        return DnsSockets{std::move(socket), std::move(*acceptor), endpoint_of(wanted)};
    }
}

std::vector<std::string> dns_lines(const config::DnsSettings& settings, const record::Endpoint& endpoint) {
    std::vector<std::string> lines;
    for (const dns::Zone& zone : settings.zones.all()) {
        lines.push_back(row("zone", fmt::format("{} ({} records)", zone.name().text(), zone.size())));
    }
    lines.push_back(fmt::format("listening dns {} (udp, tcp)", to_string(endpoint)));
    for (const dns::Fault& fault : settings.faults.all()) {
        lines.push_back(row(
            "guard", fmt::format("armed for DNS questions about {}: {}", fault.name.text(), summary(fault))));
    }
    return lines;
}

DnsService::DnsService(asio::io_context& io,
                       journal::Journal& journal,
                       const config::DnsSettings& settings,
                       DnsSockets sockets)
    : io_(io),
      journal_(journal),
      settings_(settings),
      zones_(settings.zones),
      faults_(settings.faults),
      udp_(std::move(sockets.udp)),
      acceptor_(std::move(sockets.tcp)),
      endpoint_(std::move(sockets.endpoint)),
      room_(io) {}

void DnsService::start() {
    asio::co_spawn(io_, serve_udp(), asio::detached);
    asio::co_spawn(io_, accept_tcp(), asio::detached);
}

void DnsService::stop() {
    stopping_ = true;
    error_code ignored;
    acceptor_.close(ignored);
    udp_.close(ignored);
    room_.cancel();
    for (const auto& wire : connections_) wire->interrupt();
    for (const auto& forward : forwards_) forward->cancel();
    for (auto* timer : pauses_) timer->cancel();
}

std::string DnsService::reload(const config::DnsSettings& settings) {
    const auto all = [](const dns::Zones& zones) {
        std::vector<dns::Record> records;
        for (const dns::Zone& zone : zones.all()) {
            const auto some = zone.all();
            records.insert(records.end(), some.begin(), some.end());
        }
        return records;
    };
    std::string said;
    if (all(settings.zones) != all(settings_.zones)) {
        zones_ = settings.zones;
        said = "DNS zones are those of the file again";
    }
    const bool moved = settings.address != settings_.address || settings.port != settings_.port;
    if (moved) said += std::string(said.empty() ? "" : "; ") + "a new DNS address or port needs a restart";
    settings_ = settings;
    return said;
}

DnsService::Exchange DnsService::begin(std::span<const std::uint8_t> query,
                                       record::Endpoint client,
                                       record::Endpoint local,
                                       bool tcp) {
    Exchange exchange;
    exchange.begun = monotonic_now();
    exchange.event.id = next_id();
    exchange.event.at = wall_now();
    exchange.event.client = std::move(client);
    exchange.event.local = std::move(local);
    exchange.event.tcp = tcp;
    dns::AnswerOptions options;
    options.transport = tcp ? dns::Transport::tcp : dns::Transport::udp;
    options.forward = settings_.forward.has_value();
    try {
        exchange.answer = dns::answer(query, zones_, faults_, options);
    } catch (const std::exception& problem) {  // out of memory, say: the next question is answered again
        journal_.note("problem: a DNS question could not be answered: " + visible(problem.what()));
        exchange.event.outcome = record::DnsOutcome::servfail;
        return exchange;
    }
    if (journal_.keeps_evidence()) keep(exchange.event, record::EvidenceKind::dns_query, query);
    if (exchange.answer.fault) faults_.spend(*exchange.answer.fault);
    const dns::Facts& facts = exchange.answer.facts;
    exchange.event.name = facts.name;
    exchange.event.type = facts.type;
    exchange.event.outcome = outcome_of(facts.outcome);
    exchange.event.truncated = facts.truncated;
    exchange.event.fault = facts.fault;
    note_records(exchange.event, facts.answers, facts.additional);
    if (facts.outcome == dns::Outcome::forward) exchange.query.assign(query.begin(), query.end());
    return exchange;
}

void DnsService::finish(Exchange& exchange) {
    exchange.event.took = monotonic_now() - exchange.begun;
    if (journal_.keeps_evidence() && !exchange.answer.bytes.empty())
        keep(exchange.event, record::EvidenceKind::dns_answer, exchange.answer.bytes);
    journal_.write(std::move(exchange.event));
}

/// Waits where the answer is delayed, asks where another resolver has it.
asio::awaitable<void> DnsService::settle(Exchange& exchange) {
    if (exchange.answer.delay.count() > 0) co_await pause(exchange.answer.delay);
    if (exchange.answer.facts.outcome != dns::Outcome::forward || !settings_.forward || stopping_) co_return;
    const auto forward = std::make_shared<DnsForward>(io_.get_executor(), *settings_.forward);
    forwards_.insert(forward);
    const MonotonicTime deadline = monotonic_now() + span_of(settings_.forward_seconds);
    exchange.answer.bytes = co_await forward->ask(exchange.query, exchange.event.tcp, deadline);
    forwards_.erase(forward);
    if (exchange.answer.bytes.empty()) {
        exchange.event.outcome = record::DnsOutcome::servfail;
        exchange.answer.bytes = dns::server_failure(exchange.query);
        co_return;
    }
    // For the event only: the client gets the bytes as they came.
    dns::Question question;
    question.id = static_cast<std::uint16_t>(exchange.query[0] << 8U | exchange.query[1]);
    const auto name = dns::Name::parse(exchange.event.name.empty() ? "." : exchange.event.name);
    const auto type = dns::type_number(exchange.event.type);
    if (name.has_error() || !type) co_return;
    question.name = *name;
    question.type = static_cast<dns::Type>(*type);
    const auto response = dns::decode(question, exchange.answer.bytes);
    if (response.has_error()) co_return;
    exchange.event.truncated = response->truncated;
    note_records(exchange.event, response->answers, response->additional);
}

asio::awaitable<void> DnsService::pause(std::chrono::milliseconds span) {
    asio::steady_timer timer(io_, span);
    pauses_.insert(&timer);
    auto ended = co_await timer.async_wait(tuple);
    static_cast<void>(ended);
    pauses_.erase(&timer);
}

asio::awaitable<void> DnsService::while_congested() {
    while (journal_.congested() && !stopping_) co_await pause(congested_pause);
}

asio::awaitable<void> DnsService::serve_udp() {
    std::vector<std::uint8_t> room(max_message);
    udp::endpoint from;
    while (!stopping_) {
        co_await while_congested();
        auto got = co_await udp_.async_receive_from(asio::buffer(room), from, tuple);
        if (stopping_) co_return;
        if (std::get<0>(got)) {
            co_await pause(error_pause);
            continue;
        }
        const std::span<const std::uint8_t> query(room.data(), std::get<1>(got));
        const auto exchange = std::make_shared<Exchange>(begin(query, endpoint_of(from), endpoint_, false));
        const bool later =
            exchange->answer.delay.count() > 0 || exchange->answer.facts.outcome == dns::Outcome::forward;
        if (later && later_ >= most_later) {
            exchange->event.outcome = record::DnsOutcome::dropped;
            exchange->answer.bytes.clear();
            finish(*exchange);
        } else if (later) {
            ++later_;
            asio::co_spawn(io_, answer_later(exchange, from), asio::detached);
        } else {
            if (!exchange->answer.bytes.empty()) {
                auto sent = co_await udp_.async_send_to(asio::buffer(exchange->answer.bytes), from, tuple);
                static_cast<void>(sent);  // the client may be gone; its question still was asked
            }
            finish(*exchange);
        }
    }
}

asio::awaitable<void> DnsService::answer_later(std::shared_ptr<Exchange> exchange, udp::endpoint client) {
    co_await settle(*exchange);
    --later_;
    if (!stopping_ && !exchange->answer.bytes.empty()) {
        auto sent = co_await udp_.async_send_to(asio::buffer(exchange->answer.bytes), client, tuple);
        static_cast<void>(sent);
    }
    finish(*exchange);
}

asio::awaitable<void> DnsService::accept_tcp() {
    while (!stopping_) {
        co_await while_congested();
        while (connections_.size() >= static_cast<std::size_t>(settings_.tcp_connections) && !stopping_) {
            room_.expires_at(asio::steady_timer::time_point::max());
            auto woken = co_await room_.async_wait(tuple);
            static_cast<void>(woken);
        }
        if (stopping_) co_return;
        tcp::endpoint peer;
        auto accepted = co_await acceptor_.async_accept(peer, tuple);
        if (stopping_) co_return;
        if (std::get<0>(accepted)) {  // no descriptors, say: the listener survives
            co_await pause(error_pause);
            continue;
        }
        const auto wire = std::make_shared<Wire>(std::move(std::get<1>(accepted)));
        connections_.insert(wire);
        asio::co_spawn(io_, serve_tcp(wire, endpoint_of(peer)), asio::detached);
    }
}

asio::awaitable<void> DnsService::serve_tcp(std::shared_ptr<Wire> wire, record::Endpoint client) {
    std::vector<std::uint8_t> room(max_message);
    const record::Endpoint local = endpoint_of(wire->local_endpoint());
    while (!stopping_) {
        co_await while_congested();
        const MonotonicTime deadline = monotonic_now() + span_of(settings_.idle_seconds);
        std::span<std::uint8_t> message(room.data(), 2);
        const bool has_length = co_await read_exactly(*wire, message, deadline);
        if (!has_length) break;
        message = {room.data(), static_cast<std::size_t>(room[0]) << 8U | room[1]};
        const bool whole = co_await read_exactly(*wire, message, deadline);
        if (!whole) break;
        Exchange exchange = begin(message, client, local, true);
        co_await settle(exchange);
        bool sent = true;
        if (!exchange.answer.bytes.empty()) {
            const auto bytes = framed(exchange.answer.bytes);
            const MonotonicTime until = monotonic_now() + span_of(settings_.idle_seconds);
            sent = co_await write_all(*wire, bytes, until);
        }
        finish(exchange);
        if (!sent) break;
    }
    wire->close();
    connections_.erase(wire);
    room_.cancel();
}

}  // namespace ocs::server
