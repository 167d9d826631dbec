#include "server/session.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <optional>

#include "core/escape.hpp"
#include "server/web_reply.hpp"
#include "tls/engine.hpp"
#include "tls/first_bytes.hpp"
#include "tls/verdict.hpp"

namespace ocs::server {
namespace {

using record::Ended;
using record::FirstBytes;

constexpr auto tuple = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t read_size = 16 * 1024;
constexpr std::size_t longest_line = 256;       // of what is kept of a first line
constexpr std::size_t longest_head = 8 * 1024;  // of an HTTP request
constexpr Micros silence{2'000'000};            // client-behaviour §1 no. 10: a person before a dialog
constexpr Micros drain_time{1'000'000};

Micros to_micros(double seconds) { return Micros{static_cast<std::int64_t>(seconds * 1e6)}; }

std::span<const std::uint8_t> as_bytes(const char* data, std::size_t size) {
    return {reinterpret_cast<const std::uint8_t*>(data), size};
}

/// The first line without its end. A line that could carry a credential is not kept.
std::string first_line_of(std::string_view text) {
    std::string_view line = text.substr(0, text.find_first_of("\r\n"));
    if (equal_ignoring_case(line.substr(0, 14), "authorization:")) return "Authorization: (not kept)";
    return std::string(line.substr(0, longest_line));
}

void arm(const std::shared_ptr<Connection>& connection, Micros from_now) {
    connection->timed_out = false;
    const std::uint64_t run = ++connection->timer_run;
    connection->timer.expires_after(std::max(from_now, Micros{0}));
    connection->timer.async_wait([connection, run](const boost::system::error_code& error) {
        if (error || run != connection->timer_run) return;
        connection->timed_out = true;
        boost::system::error_code ignored;
        connection->socket.cancel(ignored);
    });
}

/// Reads once, for at most `limit`. 0 bytes: `end` says why.
struct Read {
    std::size_t count = 0;
    std::optional<record::CloseKind> end;
    bool timed_out = false;
};

asio::awaitable<Read> read_once(std::shared_ptr<Connection> connection,
                                std::vector<char>& buffer,
                                Micros limit) {
    arm(connection, limit);
    const auto room = asio::buffer(buffer);
    auto result = co_await connection->socket.async_read_some(room, tuple);
    ++connection->timer_run;
    const boost::system::error_code error = std::get<0>(result);
    Read read;
    read.count = std::get<1>(result);
    if (error == asio::error::operation_aborted) {
        read.timed_out = true;
    } else if (error == asio::error::eof) {
        read.end = record::CloseKind::fin;
    } else if (error) {
        read.end = record::CloseKind::reset;
    }
    co_return read;
}

/// Sends what the engine has; false where the socket takes no more (input is still to be read).
asio::awaitable<bool> send_output(std::shared_ptr<Connection> connection, tls::Engine& engine, Micros limit) {
    while (!engine.output().empty()) {
        const std::string flight(engine.output());
        arm(connection, limit);
        const auto bytes = asio::buffer(flight);
        auto result = co_await asio::async_write(connection->socket, bytes, tuple);
        ++connection->timer_run;
        const std::size_t sent = std::get<1>(result);
        if (sent > 0) engine.output_sent(sent, connection->age());
        if (std::get<0>(result)) co_return false;
    }
    co_return true;
}

void note_wanted(Connection& connection, journal::Journal& journal) {
    auto& record = connection.record;
    record.wanted = tls::wanted_name(record.facts);
    journal::complete_wanted(record, journal.lookups());
    if (record.certificate || record.facts.virtual_host.empty()) return;
    const auto& sni = record.facts.hello ? record.facts.hello->sni.name : std::string();
    auto match = connection.hosting->hosts->find(sni);
    const auto host = match ? match->host : connection.hosting->policy.default_host;
    if (host) record.certificate = host->certificate();
}

record::Judgement judge_now(const Connection& connection, bool provisional) {
    const auto& record = connection.record;
    tls::VerdictContext context;
    std::optional<discovery::NameVerdict> name;
    context.certificate = record.certificate.get();
    if (record.lookups && !record.lookups->name.empty()) context.looked_up = record.lookups->confidence;
    if (record.certificate && record.wanted) {
        name =
            discovery::compare_names(record.policies.front(), record.certificate->names, record.wanted->text);
        context.name = &*name;
    }
    context.now = wall_now();
    context.provisional = provisional;
    return tls::judge(record.facts, context);
}

void write_record(Connection& connection, Services& services, bool provisional) {
    note_wanted(connection, services.journal);
    auto& record = connection.record;
    record.duration = connection.age();
    record.provisional = provisional;
    record.certificate_shown = record.facts.certificate_sent;
    record.judgement = judge_now(connection, provisional);
    services.journal.write(record);
}

/// What the client says first inside TLS, and the answer to it where it is HTTP.
void converse(Connection& connection, Services& services, tls::Engine& engine, std::string& said) {
    auto& facts = connection.record.facts;
    const std::string plain = engine.take_plaintext();
    if (plain.empty()) return;
    if (facts.answered) facts.answer_followed = true;
    if (said.size() < longest_head) said += plain;
    if (!facts.first_data_at) facts.first_data_at = connection.age();
    record::FirstData first;
    first.kind = tls::sniff_first_bytes(as_bytes(said.data(), said.size()));
    first.first_line = first_line_of(said);
    facts.first_data = first;
    if (facts.answered || engine.ended()) return;
    if (first.kind == FirstBytes::http && http_head_complete(said)) {
        note_wanted(connection, services.journal);
        engine.write(web_reply(said, connection.record));
        engine.close();
        facts.answered = true;
    }
}

/// How long the next read may take, and which deadline that is.
struct Deadline {
    Micros left{};
    Ended kind = Ended::hello_deadline;
    bool provisional = false;
};

Deadline next_deadline(const Connection& connection,
                       const config::LimitSettings& limits,
                       bool shown,
                       Micros last_activity) {
    const auto& facts = connection.record.facts;
    const Micros age = connection.age();
    if (!facts.hello_complete) return {to_micros(limits.hello_seconds) - age, Ended::hello_deadline, false};
    if (!facts.handshake_finished)
        return {to_micros(limits.handshake_seconds) - age, Ended::handshake_deadline, false};
    const Micros idle = last_activity + to_micros(limits.idle_seconds) - age;
    const Micros quiet = facts.finished_at.value_or(age) + silence - age;
    if (!shown && facts.data_bytes == 0 && quiet < idle) return {quiet, Ended::idle_deadline, true};
    return {idle, Ended::idle_deadline, false};
}

asio::awaitable<void> run_tls(std::shared_ptr<Connection> connection,
                              Services& services,
                              tls::Engine& engine,
                              std::vector<char>& buffer,
                              std::size_t have) {
    auto& facts = connection->record.facts;
    std::string said;
    bool shown = false;
    Micros last_activity = connection->age();
    engine.receive(as_bytes(buffer.data(), have), last_activity);
    while (true) {
        converse(*connection, services, engine, said);
        const bool sent =
            co_await send_output(connection, engine, to_micros(services.limits.handshake_seconds));
        if (engine.ended() || facts.answered) co_return;
        if (facts.bytes_in > services.limits.bytes) {
            facts.ended = Ended::byte_limit;
            co_return;
        }
        const Deadline deadline = next_deadline(*connection, services.limits, shown, last_activity);
        const Read read = co_await read_once(connection, buffer, sent ? deadline.left : drain_time);
        if (connection->stopping) {
            facts.ended = Ended::shutdown;
            co_return;
        }
        if (read.timed_out && deadline.provisional && sent) {
            shown = true;
            write_record(*connection, services, true);
            continue;
        }
        if (read.timed_out) {
            facts.ended = deadline.kind;
            co_return;
        }
        last_activity = connection->age();
        if (read.end) {
            facts.closed_at = last_activity;
            engine.receive_end(*read.end, last_activity);
            co_return;
        }
        engine.receive(as_bytes(buffer.data(), read.count), last_activity);
    }
}

/// Shuts our half, reads what still comes (a late alert, too), then closes: a close over unread input
/// becomes a reset that destroys our own alert (design decision 3).
asio::awaitable<void> close_gently(std::shared_ptr<Connection> connection,
                                   tls::Engine* engine,
                                   std::vector<char>& buffer) {
    if (engine != nullptr) {
        if (engine->established() && !engine->ended()) engine->close();
        co_await send_output(connection, *engine, drain_time);
    }
    boost::system::error_code ignored;
    connection->socket.shutdown(tcp::socket::shutdown_send, ignored);
    const Micros until = connection->age() + drain_time;
    auto& facts = connection->record.facts;
    while (connection->age() < until && facts.close != record::CloseKind::reset && !facts.closed_at) {
        const Read read = co_await read_once(connection, buffer, until - connection->age());
        if (read.timed_out) break;
        if (read.end) {
            facts.closed_at = connection->age();
            break;
        }
        if (engine != nullptr && !engine->ended()) {
            engine->receive(as_bytes(buffer.data(), read.count), connection->age());
        }
    }
    connection->socket.close(ignored);
}

std::string next_id() {
    static std::atomic<std::uint64_t> counter{0};
    static const std::string run = [] {
        std::string stamp = rfc3339(wall_now()).substr(0, 19);
        std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
        return fmt::format("{}-{:x}", stamp, getpid());
    }();
    return fmt::format("{}-{}", run, ++counter);
}

record::Endpoint endpoint_of(const tcp::endpoint& endpoint) {
    return {endpoint.address().to_string(), endpoint.port()};
}

}  // namespace

Connection::Connection(tcp::socket accepted,
                       std::string listener_name,
                       std::shared_ptr<const Hosting> serving)
    : socket(std::move(accepted)),
      timer(socket.get_executor()),
      hosting(std::move(serving)),
      accepted_at(monotonic_now()) {
    boost::system::error_code error;
    socket.set_option(tcp::no_delay(true), error);
    record.id = next_id();
    record.started = wall_now();
    record.listener = std::move(listener_name);
    const auto peer = socket.remote_endpoint(error);
    if (!error) record.client = endpoint_of(peer);
    const auto here = socket.local_endpoint(error);
    if (!error) record.local = endpoint_of(here);
    record.sni_required = hosting->policy.refuse_unknown_names;
}

asio::awaitable<void> run_session(std::shared_ptr<Connection> connection, Services& services) {
    connection->record.policies = services.policies;
    services.journal.lookups().connected(connection->record.client.address, connection->record.started);
    auto& facts = connection->record.facts;
    std::vector<char> buffer(read_size);
    std::string opening;
    std::unique_ptr<tls::Engine> engine;

    // The first bytes decide; an SSLv2-framed hello needs three to be told from garbage.
    while (opening.empty() || (opening.size() < 3 && (static_cast<unsigned char>(opening[0]) & 0x80U) != 0)) {
        const Micros left = to_micros(services.limits.hello_seconds) - connection->age();
        const Read read = co_await read_once(connection, buffer, left);
        if (read.count > 0 && !facts.first_byte_at) facts.first_byte_at = connection->age();
        opening.append(buffer.data(), read.count);
        if (read.end) {
            facts.close = *read.end;
            facts.closed_at = connection->age();
            break;
        }
        if (read.timed_out) {
            facts.ended = connection->stopping ? Ended::shutdown : Ended::hello_deadline;
            break;
        }
    }
    facts.first_bytes = tls::sniff_first_bytes(as_bytes(opening.data(), opening.size()));
    const bool is_tls = facts.first_bytes == FirstBytes::tls || facts.first_bytes == FirstBytes::sslv2_hello;
    if (is_tls && !facts.closed_at && facts.ended == Ended::by_client) {
        tls::EngineOptions options;
        options.hosts = connection->hosting->hosts;
        options.policy = connection->hosting->policy;
        options.key_log = services.key_log;
        auto made = tls::make_openssl_engine(options, facts);
        if (made.has_value()) {
            engine = std::move(*made);
            std::copy(opening.begin(), opening.end(), buffer.begin());
            co_await run_tls(connection, services, *engine, buffer, opening.size());
        } else {
            facts.refusal = record::TlsRefusal::internal;
            facts.library_text = to_string(made.error());
        }
    } else if (!is_tls) {
        facts.bytes_in = opening.size();  // the engine counts what goes through it
        facts.first_line = first_line_of(opening);
    }
    co_await close_gently(connection, engine.get(), buffer);
    write_record(*connection, services, false);
}

}  // namespace ocs::server
