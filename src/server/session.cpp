#include "server/session.hpp"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>

#include "core/escape.hpp"
#include "journal/pcapng.hpp"
#include "server/strike.hpp"
#include "tls/client_hello.hpp"
#include "tls/engine.hpp"
#include "tls/first_bytes.hpp"
#include "tls/verdict.hpp"

namespace ocs::server {
namespace {

using record::CloseKind;
using record::Ended;
using record::FirstBytes;
using record::TlsRefusal;

constexpr Micros silence{2'000'000};  // after it, a person sits before a dialog (client-behaviour §1 no. 10)
constexpr Micros drain_time{1'000'000};
constexpr Micros resend_look{1000};
constexpr Micros write_patience{10'000'000};       // for a client that does not read
constexpr std::uint64_t drain_bytes = 256 * 1024;  // what a client may still send after our close

Micros to_micros(double seconds) { return Micros{static_cast<std::int64_t>(seconds * 1e6)}; }

std::string_view as_text(std::span<const std::uint8_t> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
std::span<const std::uint8_t> as_bytes(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

class Session {
public:
    Session(Connection& connection, Services& services)
        : connection_(connection),
          services_(services),
          limits_(services.limits),
          autodiscover_(services.autodiscover),
          facts_(connection.record.facts),
          talk_(connection.record, services.sip, autodiscover_),
          fault_(services.faults, services.journal, connection.record) {}

    asio::awaitable<void> run();
    void write_record(bool provisional);

private:
    /// How long the next wait may take, and what it is that is over then.
    struct Deadline {
        MonotonicTime at;
        Ended kind = Ended::hello_deadline;
        bool provisional = false;  ///< not the end: two seconds of silence after Finished
    };

    asio::awaitable<void> sniff();
    asio::awaitable<void> run_tls();
    asio::awaitable<void> run_plain();
    asio::awaitable<void> hold_answer();
    asio::awaitable<void> flush(MonotonicTime deadline);
    asio::awaitable<void> pause(Micros time);
    asio::awaitable<void> close_gently();
    asio::awaitable<void> reset();

    void take(std::span<const std::uint8_t> bytes);
    void keep_opening(std::string_view bytes);
    [[nodiscard]] record::EvidenceList evidence();
    void look_for_early_end();
    void note_end(CloseKind kind);
    void converse();
    void converse_in_clear(std::string_view said);
    [[nodiscard]] std::string_view output() const;
    void output_sent(std::size_t count);
    void note_wanted();
    [[nodiscard]] std::function<void(std::string_view)> key_log() const;
    [[nodiscard]] Deadline next_deadline() const;
    [[nodiscard]] Micros idle_limit() const;
    /// True where nothing came and it is time to end; notes why.
    bool is_over(const Deadline& deadline);
    bool is_stuck();
    /// How long a client may leave unread what we send it.
    [[nodiscard]] Micros patience() const {
        return std::min(write_patience, to_micros(limits_.idle_seconds));
    }
    [[nodiscard]] MonotonicTime since_accept(Micros time) const { return connection_.accepted_at + time; }

    Connection& connection_;
    Services& services_;
    // A reload changes them for the next connections only.
    const config::LimitSettings limits_;
    const config::AutodiscoverSettings autodiscover_;
    record::ConnectionFacts& facts_;
    Talk talk_;
    std::unique_ptr<tls::Engine> engine_;  // null: it is not TLS
    std::string plain_output_;             // of SIP in clear: what is still to be sent
    std::string opening_;                  // what came until the ClientHello was whole, where that is kept
    Micros last_activity_{};
    Struck fault_;
    Micros held_{};  // time that a fault took: no deadline counts it
    bool looked_for_early_end_ = false;
    bool broken_ = false;  // the socket takes nothing any more
    bool stuck_ = false;   // the client did not read what was last sent, for as long as we wait
    bool shown_ = false;   // the provisional record was written
    bool closing_ = false;
};

asio::awaitable<void> Session::run() {
    fault_.ask_at_accept();
    if (!fault_.ends(record::FaultPoint::accept)) {
        co_await sniff();
        if (engine_) co_await run_tls();
        if (facts_.in_clear) co_await run_plain();
    }
    closing_ = true;
    if (fault_.has_reset())
        co_await reset();
    else
        co_await close_gently();
}

/// Reads until it is clear what the client speaks; TLS goes to an engine.
asio::awaitable<void> Session::sniff() {
    std::string opening;
    const Deadline deadline{since_accept(to_micros(limits_.hello_seconds))};
    tls::FirstBytesGuess guess;
    while (!guess.settled) {
        co_await connection_.wire.readable(deadline.at);
        const Wire::Read read = connection_.wire.read_now(services_.read_buffer);
        if (read.count == 0 && !read.end && is_over(deadline)) break;
        if (read.count > 0) last_activity_ = connection_.age();
        if (read.count > 0 && !facts_.first_byte_at) facts_.first_byte_at = last_activity_;
        if (read.end) note_end(*read.end);
        if (read.end) break;
        opening += as_text(std::span(services_.read_buffer).first(read.count));
        guess = tls::sniff_first_bytes(as_bytes(opening));
    }
    facts_.first_bytes = guess.kind;
    if (guess.kind != FirstBytes::tls && guess.kind != FirstBytes::sslv2_hello) {
        facts_.bytes_in = opening.size();  // else the engine counts
        facts_.first_line = tls::first_line(opening);
        const bool is_open = facts_.ended == Ended::by_client && !facts_.closed_at;
        const bool is_sip = guess.kind == FirstBytes::sip || guess.kind == FirstBytes::crlf;
        facts_.in_clear = is_sip && guess.settled && connection_.hosting->plain_sip;
        if (facts_.in_clear) converse_in_clear(opening);
        if (is_open && !facts_.in_clear) facts_.ended = Ended::by_us;
        co_return;
    }
    keep_opening(opening);
    if (!guess.settled) {
        facts_.bytes_in = opening.size();
        co_return;
    }
    tls::EngineOptions options;
    options.hosts = connection_.hosting->hosts;
    options.policy = connection_.hosting->policy;
    options.key_log = key_log();
    options.strike = [this](const tls::ChosenHost& chosen) {
        if (services_.faults.any()) note_wanted();
        return fault_.ask_at_hello(chosen);
    };
    auto made = tls::make_openssl_engine(std::move(options), facts_);
    if (made.has_value()) {
        engine_ = std::move(*made);
        engine_->receive(as_bytes(opening), last_activity_);
    } else {
        facts_.refusal = TlsRefusal::internal;
        facts_.ended = Ended::by_us;
        facts_.library_text = to_string(made.error());
    }
}

asio::awaitable<void> Session::run_tls() {
    while (true) {
        if (fault_.ends(record::FaultPoint::hello)) co_return;
        if (facts_.handshake_finished && fault_.ends(record::FaultPoint::finished)) co_return;
        converse();
        look_for_early_end();
        co_await hold_answer();
        if (facts_.ended != Ended::by_client) co_return;
        co_await flush(since_accept(connection_.age() + patience()));
        if (is_stuck()) co_return;
        if (facts_.certificate_sent && fault_.ends(record::FaultPoint::certificate)) co_return;
        if (engine_->ended()) {
            const bool refused = facts_.refusal != TlsRefusal::none &&
                                 facts_.refusal != TlsRefusal::peer_alert &&
                                 facts_.refusal != TlsRefusal::unexpected_end;
            const bool by_fault = facts_.fault && facts_.fault->ended_it;
            if (refused || by_fault) facts_.ended = Ended::by_us;
            co_return;
        }
        if (talk_.over()) facts_.ended = Ended::by_us;
        if (facts_.bytes_in > limits_.bytes) facts_.ended = Ended::byte_limit;
        if (facts_.ended != Ended::by_client) co_return;

        const Deadline deadline = next_deadline();
        co_await connection_.wire.readable(deadline.at);
        const Wire::Read read = connection_.wire.read_now(services_.read_buffer);
        take(std::span(services_.read_buffer).first(read.count));
        if (read.end) {
            note_end(*read.end);
            co_return;
        }
        if (read.count == 0 && is_over(deadline)) co_return;
    }
}

std::function<void(std::string_view)> Session::key_log() const {
    if (!connection_.capture) return services_.key_log;
    return [shared = services_.key_log, own = connection_.capture](std::string_view line) {
        own->add_key(line);
        if (shared) shared(line);
    };
}

/// SIP without TLS: the same talk, on the socket itself. The opening has been heard.
asio::awaitable<void> Session::run_plain() {
    while (true) {
        co_await flush(since_accept(connection_.age() + patience()));
        if (is_stuck() || facts_.closed_at) co_return;
        if (talk_.over()) facts_.ended = Ended::by_us;
        if (facts_.bytes_in > limits_.bytes) facts_.ended = Ended::byte_limit;
        if (facts_.ended != Ended::by_client) co_return;

        const Deadline deadline{since_accept(last_activity_ + idle_limit()), Ended::idle_deadline};
        co_await connection_.wire.readable(deadline.at);
        const Wire::Read read = connection_.wire.read_now(services_.read_buffer);
        if (read.count > 0) {
            last_activity_ = connection_.age();
            facts_.bytes_in += read.count;
            converse_in_clear(as_text(std::span(services_.read_buffer).first(read.count)));
        }
        if (read.end) note_end(*read.end);
        if (read.count == 0 && !read.end && is_over(deadline)) co_return;
    }
}

void Session::converse_in_clear(std::string_view said) {
    facts_.data_bytes += said.size();
    if (!facts_.first_data_at) facts_.first_data_at = last_activity_;
    const auto& host = connection_.hosting->policy.default_host;
    if (host) facts_.virtual_host = host->id();  // there is no SNI: the rules of the default host answer
    note_wanted();
    const std::string answer = talk_.hear(said, last_activity_);
    if (answer.empty()) return;
    plain_output_ += answer;
    facts_.answered = true;
}

std::string_view Session::output() const {
    return engine_ ? engine_->output() : std::string_view(plain_output_);
}

void Session::output_sent(std::size_t count) {
    if (engine_) {
        engine_->output_sent(count, connection_.age());
    } else {
        facts_.bytes_out += count;
        plain_output_.erase(0, count);
    }
}

void Session::take(std::span<const std::uint8_t> bytes) {
    if (bytes.empty()) return;
    last_activity_ = connection_.age();
    keep_opening(as_text(bytes));
    engine_->receive(bytes, last_activity_);
}

void Session::keep_opening(std::string_view bytes) {
    if (facts_.hello_complete || !services_.journal.keeps_evidence()) return;
    opening_ += bytes.substr(0, record::most_evidence - std::min(opening_.size(), record::most_evidence));
}

record::EvidenceList Session::evidence() {
    record::EvidenceList list;
    if (!services_.journal.keeps_evidence()) return list;
    opening_.resize(tls::hello_end(as_bytes(opening_)));
    if (!opening_.empty())
        list.push_back({record::EvidenceKind::hello, record::make_bytes(std::move(opening_))});
    if (const auto capture = std::move(connection_.capture)) {
        list.push_back({record::EvidenceKind::capture,
                        record::make_bytes(journal::pcapng_blocks(connection_.record, *capture))});
    }
    if (!engine_) return list;
    for (record::Bytes& certificate : engine_->chain())
        list.push_back({record::EvidenceKind::certificate, std::move(certificate)});
    return list;
}

void Session::note_end(CloseKind kind) {
    last_activity_ = connection_.age();
    if (!facts_.closed_at) facts_.closed_at = last_activity_;
    if (facts_.close == CloseKind::open) facts_.close = kind;
    // Where we ended it, the client's end is no failed handshake.
    if (engine_ && facts_.ended == Ended::by_client) engine_->receive_end(kind, last_activity_);
}

/// Before our certificate leaves, once: a client whose end is already there will not have seen it, even
/// though the flight goes out (client-behaviour §6, a hello with a FIN queued behind it).
void Session::look_for_early_end() {
    if (looked_for_early_end_ || !facts_.hello_complete) return;
    looked_for_early_end_ = true;
    const Wire::Read read = connection_.wire.read_now(services_.read_buffer);
    take(std::span(services_.read_buffer).first(read.count));
    if (read.end) note_end(*read.end);
}

/// What the client said inside TLS, and the answer to it.
void Session::converse() {
    const std::string said = engine_->take_plaintext();
    if (said.empty()) return;
    note_wanted();
    const std::string answer = talk_.hear(said, last_activity_);
    if (!engine_->established()) return;  // a request whose sender is gone is a request all the same
    if (!answer.empty()) {
        engine_->write(answer);
        facts_.answered = true;
    }
    if (talk_.over()) engine_->close();
}

/// Where a fault wants it: the answer to the ClientHello is there, and waits. A client that gives up
/// meanwhile has not seen our certificate.
asio::awaitable<void> Session::hold_answer() {
    if (fault_.wait().count() == 0 || held_.count() > 0) co_return;
    const Micros begun = connection_.age();
    const MonotonicTime until = since_accept(begun + fault_.wait());
    bool at_end = facts_.closed_at.has_value();
    while (!at_end && facts_.ended == Ended::by_client && monotonic_now() < until) {
        co_await connection_.wire.readable(until);
        const Wire::Read read = connection_.wire.read_now(services_.read_buffer);
        take(std::span(services_.read_buffer).first(read.count));
        if (read.end) note_end(*read.end);
        at_end = read.end.has_value();
        if (connection_.wire.interrupted()) facts_.ended = Ended::shutdown;
        if (facts_.bytes_in > limits_.bytes) facts_.ended = Ended::byte_limit;
    }
    held_ += std::max(connection_.age() - begun, Micros{1});
}

asio::awaitable<void> Session::pause(Micros time) {
    auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, time);
    co_await timer.async_wait(asio::use_awaitable);
}

/// Sends what there is, as far as the client takes it before the deadline.
asio::awaitable<void> Session::flush(MonotonicTime deadline) {
    stuck_ = false;
    const Pace pace = closing_ ? Pace() : fault_.pace();
    while (!broken_ && !output().empty()) {
        const Wire::Sent sent = connection_.wire.write_now(output().substr(0, pace.portion));
        if (sent.count > 0) {
            output_sent(sent.count);
            if (pace.pause.count() == 0) continue;
            stuck_ = connection_.wire.interrupted();
            if (stuck_) co_return;
            co_await pause(pace.pause);
            held_ += pace.pause;
            deadline += pace.pause;
            continue;
        }
        broken_ = sent.broken;
        stuck_ = !broken_ && (monotonic_now() >= deadline || connection_.wire.interrupted());
        if (broken_ || stuck_) co_return;
        co_await connection_.wire.writable(deadline);
    }
}

/// Silence that ends a connection. A SIP client that is told to keep the connection alive every so often is
/// given twice that, so that its keep-alive comes in time.
Micros Session::idle_limit() const {
    const double idle = limits_.idle_seconds;
    return to_micros(facts_.sip.empty() ? idle : std::max(idle, 2 * services_.sip_keep_alive_seconds));
}

/// True where the client has not read for so long that there is no more to be had from it.
bool Session::is_stuck() {
    if (!stuck_) return false;
    if (connection_.wire.interrupted())
        facts_.ended = Ended::shutdown;
    else if (engine_ && !facts_.handshake_finished)
        facts_.ended = Ended::handshake_deadline;
    else
        facts_.ended = Ended::idle_deadline;
    return true;
}

Session::Deadline Session::next_deadline() const {
    const auto& limits = limits_;
    if (!facts_.hello_complete)
        return {since_accept(to_micros(limits.hello_seconds)), Ended::hello_deadline, false};
    if (!facts_.handshake_finished)
        return {since_accept(to_micros(limits.handshake_seconds) + held_), Ended::handshake_deadline, false};
    const MonotonicTime idle = since_accept(last_activity_ + idle_limit() + held_);
    const MonotonicTime quiet = since_accept(facts_.finished_at.value_or(last_activity_) + silence);
    if (!shown_ && facts_.data_bytes == 0 && quiet < idle) return {quiet, Ended::idle_deadline, true};
    return {idle, Ended::idle_deadline, false};
}

bool Session::is_over(const Deadline& deadline) {
    if (connection_.wire.interrupted()) {
        facts_.ended = Ended::shutdown;
        return true;
    }
    if (monotonic_now() < deadline.at) return false;
    if (deadline.provisional) {
        shown_ = true;
        write_record(true);
        return false;
    }
    facts_.ended = deadline.kind;
    return true;
}

/// Shuts our half, reads what still comes (a late alert, too), then closes: a close over unread input
/// becomes a reset that destroys our own alert (design decision 3).
asio::awaitable<void> Session::close_gently() {
    const MonotonicTime until = since_accept(connection_.age() + drain_time);
    if (engine_ && engine_->established()) engine_->close();
    co_await flush(until);
    connection_.wire.shutdown_send();
    std::uint64_t drained = 0;
    bool at_end = facts_.close == CloseKind::fin || facts_.close == CloseKind::reset;
    while (!at_end && drained < drain_bytes && monotonic_now() < until) {
        co_await connection_.wire.readable(until, Wire::Interrupted::waits);
        const Wire::Read read = connection_.wire.read_now(services_.read_buffer);
        drained += read.count;
        if (engine_) {
            take(std::span(services_.read_buffer).first(read.count));
            engine_->take_plaintext();
        } else {
            facts_.bytes_in += read.count;
        }
        if (read.end) note_end(*read.end);
        at_end = read.end.has_value();
    }
    connection_.wire.close();
}

/// A reset throws away what the client's system has not got yet: what was sent shall be there first.
asio::awaitable<void> Session::reset() {
    const MonotonicTime until = since_accept(connection_.age() + drain_time);
    co_await flush(until);
    while (connection_.wire.is_underway() && monotonic_now() < until) co_await pause(resend_look);
    connection_.wire.reset();
}

/// The names on both sides, as far as they are known by now.
void Session::note_wanted() {
    auto& record = connection_.record;
    if (engine_) record.certificate = engine_->certificate();
    record.wanted = tls::wanted_name(facts_);
    journal::complete_wanted(record, services_.journal.lookups());
}

void Session::write_record(bool provisional) {
    note_wanted();
    auto& record = connection_.record;
    record.duration = connection_.age();
    record.provisional = provisional;
    record.certificate_shown = facts_.certificate_sent;
    record.judgement = judged(record, wall_now());
    if (provisional) {
        services_.journal.write(record);
        return;
    }
    record.evidence = evidence();
    services_.journal.write(std::move(record));
}

}  // namespace

asio::awaitable<void> run_session(std::shared_ptr<Connection> connection, Services& services) {
    connection->record.policies = services.policies;
    if (services.capture) {
        connection->capture = std::make_shared<record::WireCapture>();
        connection->wire.tap(connection->capture, connection->accepted_at);
    }
    services.journal.lookups().connected(connection->record.client.address, connection->record.started);
    services.journal.seen(connection->record);
    Session session(*connection, services);
    try {
        co_await session.run();
    } catch (const std::exception& problem) {  // out of memory, say: the record is still due
        connection->record.facts.refusal = TlsRefusal::internal;
        connection->record.facts.library_text = visible(problem.what());
        connection->record.facts.ended = Ended::by_us;
        connection->wire.close();
    }
    session.write_record(false);
}

}  // namespace ocs::server
