#include "server/listeners.hpp"

#include <malloc.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "server/backlog.hpp"
#include "server/greeting.hpp"

namespace ocs::server {
namespace {

constexpr auto tuple = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds accept_pause{100};
constexpr std::chrono::milliseconds handshake_time{30};  // of TCP: a round trip in a lab, and then some
constexpr std::size_t crowd = 100;                       // connections whose memory is worth giving back
constexpr int seconds_for_records = 3;                   // until the journal has written what it has of them
constexpr Micros between_complaints{60'000'000};

bool is_for(const Listener& running, const config::ListenerSettings& wanted) {
    const auto& settings = running.settings;
    return settings.address == wanted.address && settings.port == wanted.port &&
           (wanted.port != 0 || settings.name == wanted.name);
}

}  // namespace

Results<Listeners::Plan> Listeners::plan(const std::vector<config::ListenerSettings>& wanted) const {
    return plan_with(wanted, [&](std::size_t, const BindRequest& request) { return bind_tcp(io_, request); });
}

Results<Listeners::Plan> Listeners::plan_beside(const std::vector<config::ListenerSettings>& wanted,
                                                const Plan& first) const {
    return plan_with(wanted, [&](std::size_t index, const BindRequest& request) {
        return bind_beside(io_, first[index]->acceptor, request);
    });
}

Results<Listeners::Plan> Listeners::plan_with(const std::vector<config::ListenerSettings>& wanted,
                                              const Bind& bind) const {
    Plan plan;
    std::vector<Error> errors;
    for (const auto& settings : wanted) {
        const auto same = std::find_if(running_.begin(), running_.end(), [&](const auto& running) {
            return is_for(*running, settings);
        });
        if (same != running_.end()) {
            plan.push_back(*same);
            continue;
        }
        const bool first = &settings == &wanted.front();
        const auto index = static_cast<std::size_t>(&settings - &wanted.front());
        auto acceptor = bind(index, {settings.address, settings.port, first ? "--port" : "", settings.place});
        if (acceptor.has_error()) {
            errors.push_back(acceptor.error());
            continue;
        }
        const auto bound = acceptor->local_endpoint();
        plan.push_back(std::make_shared<Listener>(Listener{settings,
                                                           std::move(*acceptor),
                                                           {bound.address().to_string(), bound.port()},
                                                           nullptr,
                                                           std::make_unique<asio::steady_timer>(io_)}));
    }
    if (!errors.empty()) return errors;
    return plan;
}

void Listeners::use(Plan plan,
                    const std::vector<config::ListenerSettings>& wanted,
                    const Hostings& hostings,
                    const Say& say) {
    const Plan before = std::exchange(running_, std::move(plan));
    for (std::size_t i = 0; i < running_.size(); ++i) {
        Listener& listener = *running_[i];
        listener.settings = wanted[i];
        listener.hosting = hostings.by_listener[i];
        if (std::find(before.begin(), before.end(), running_[i]) != before.end()) continue;
        boost::system::error_code error;
        listener.acceptor.set_option(tcp::no_delay(true), error);  // accepted sockets inherit it
        listener.acceptor.listen(asio::socket_base::max_listen_connections, error);
        if (error) {
            listener.problem = "cannot listen on " + to_string(listener.bound) + ": " + error.message();
            say("problem: " + listener.problem);
        } else {
            say(listening_line(listener.settings, listener.bound, *listener.hosting));
        }
        if (journal_ != nullptr) begin(running_[i]);
    }
    for (const auto& listener : before) {
        if (std::find(running_.begin(), running_.end(), listener) != running_.end()) continue;
        close(*listener);
        say("closed  " + to_string(listener->bound) + "; its open connections go on");
    }
}

void Listeners::start(journal::Journal& journal, Services& services, Admission& admission) {
    journal_ = &journal;
    services_ = &services;
    admission_ = &admission;
    for (const auto& listener : running_) begin(listener);
    asio::co_spawn(io_, every_second(), asio::detached);
}

void Listeners::begin(const std::shared_ptr<Listener>& listener) {
    asio::co_spawn(io_, accept(listener), asio::detached);
}

void Listeners::close(Listener& listener) {
    refuse_new_handshakes(listener.acceptor);
    take_waiting(listener);
    boost::system::error_code ignored;
    listener.acceptor.close(ignored);
    listener.drained->cancel();
}

/// Closing the socket would reset them, without a record.
void Listeners::take_waiting(Listener& listener) {
    if (journal_ == nullptr) return;
    boost::system::error_code error;
    listener.acceptor.non_blocking(true, error);
    while (!error) {
        tcp::endpoint peer;
        tcp::socket socket = listener.acceptor.accept(peer, error);
        if (!error) {
            admit(listener, std::move(socket), peer);
        } else if (error == asio::error::connection_aborted ||
                   refuse_for_want_of_descriptors(listener, error)) {
            error.clear();
        }
    }
}

void Listeners::resume() {
    for (const auto& listener : running_) listener->drained->cancel();
}

std::vector<record::Endpoint> Listeners::endpoints() const {
    std::vector<record::Endpoint> all;
    for (const auto& listener : running_)
        if (listener->problem.empty()) all.push_back(listener->bound);
    return all;
}

std::vector<std::pair<std::string, record::Endpoint>> Listeners::named() const {
    std::vector<std::pair<std::string, record::Endpoint>> all;
    for (const auto& listener : running_)
        if (listener->problem.empty()) all.emplace_back(listener->settings.name, listener->bound);
    return all;
}

std::vector<std::string> Listeners::problems() const {
    std::vector<std::string> all;
    for (const auto& listener : running_)
        if (!listener->problem.empty()) all.push_back(listener->problem);
    return all;
}

asio::awaitable<void> Listeners::accept(std::shared_ptr<Listener> listener) {
    asio::steady_timer pause(io_);
    while (listener->acceptor.is_open()) {
        // Design decision 7: a sink that is slow holds up who comes, and loses nothing. The journal calls
        // when it has drained; the timer is a second pair of eyes.
        while (journal_->congested() && listener->acceptor.is_open()) {
            listener->drained->expires_after(std::chrono::seconds(1));
            co_await listener->drained->async_wait(tuple);
        }
        if (!listener->acceptor.is_open()) co_return;
        tcp::endpoint peer;
        auto accepted = co_await listener->acceptor.async_accept(peer, tuple);
        const boost::system::error_code error = std::get<0>(accepted);
        if (!error) {  // even if the listener was closed since
            admit(*listener, std::move(std::get<1>(accepted)), peer);
            continue;
        }
        if (!listener->acceptor.is_open()) co_return;
        const bool went_on = refuse_for_want_of_descriptors(*listener, error);
        complain("accept: " + error.message());
        if (went_on) continue;
        pause.expires_after(accept_pause);
        co_await pause.async_wait(tuple);
    }
}

/// Where descriptors are what is missing: closes the connection that waits, and records that.
bool Listeners::refuse_for_want_of_descriptors(Listener& listener, const boost::system::error_code& error) {
    if (error != asio::error::no_descriptors) return false;
    const auto peer = spare_.turn_one_away(listener.acceptor);
    if (peer) turn_away(listener, *peer, "no file descriptors");
    return peer.has_value();
}

/// The same trouble comes a thousand times a second or not at all: once a minute is enough.
void Listeners::complain(const std::string& what) {
    const auto now = monotonic_now();
    if (complained_ && now - *complained_ < between_complaints) return;
    complained_ = now;
    journal_->note("problem: " + what);
}

void Listeners::admit(Listener& listener, tcp::socket socket, const tcp::endpoint& peer) {
    const std::string address = peer.address().to_string();
    if (const std::string why = admission_->enter(address, services_->limits); !why.empty()) {
        turn_away(listener, peer, why);
        return;
    }
    auto connection =
        std::make_shared<Connection>(std::move(socket), peer, listener.settings.name, listener.hosting);
    open_.insert(connection);
    busiest_ = std::max(busiest_, open_.size());
    if (stopping_) connection->wire.interrupt();
    asio::co_spawn(
        io_, run_session(connection, *services_), [this, connection, address](std::exception_ptr escaped) {
            if (escaped)
                journal_->note("problem: a session ended by an exception: a bug of ours, please report it");
            open_.erase(connection);
            admission_->leave(address);
            if (last_closed_ != nullptr && open_.empty()) last_closed_->cancel();
        });
}

void Listeners::turn_away(Listener& listener, const tcp::endpoint& peer, const std::string& why) {
    auto record = open_record(peer, {}, listener.settings.name);
    record.local = listener.bound;
    record.policies = services_->policies;
    admission_->turn_away(std::move(record), why, monotonic_now());
}

/// A crowd leaves the heap full of holes, which the C library keeps: once most of it has gone, the pages go
/// back to the system.
void Listeners::give_memory_back() {
    const bool gone = busiest_ >= crowd && open_.size() <= busiest_ / 4;
    seconds_since_crowd_ = gone ? seconds_since_crowd_ + 1 : 0;
    if (seconds_since_crowd_ < seconds_for_records) return;
    ::malloc_trim(0);
    busiest_ = open_.size();
}

asio::awaitable<void> Listeners::every_second() {
    while (!stopping_) {
        tick_.expires_after(std::chrono::seconds(1));
        co_await tick_.async_wait(tuple);
        admission_->write_counts(monotonic_now(), stopping_);
        give_memory_back();
    }
}

asio::awaitable<void> Listeners::stop() {
    stopping_ = true;
    for (const auto& listener : running_) refuse_new_handshakes(listener->acceptor);
    asio::steady_timer settled(io_, handshake_time);
    co_await settled.async_wait(tuple);
    for (const auto& listener : running_) close(*listener);
    co_await asio::post(io_, asio::use_awaitable);  // an accept may have been on its way to us
    admission_->write_counts(monotonic_now(), true);
    tick_.cancel();
    if (!open_.empty()) {
        const double grace = services_->limits.grace_seconds;
        asio::steady_timer timer(io_, std::chrono::milliseconds(static_cast<int>(grace * 1000)));
        last_closed_ = &timer;
        for (const auto& connection : open_) {
            const auto& facts = connection->record.facts;
            if (facts.handshake_finished || !facts.hello_complete) connection->wire.interrupt();
        }
        co_await timer.async_wait(tuple);
        last_closed_ = nullptr;
    }
    hurry();
}

void Listeners::hurry() {
    for (const auto& connection : open_) connection->wire.interrupt();
}

}  // namespace ocs::server
