#include "server/lab.hpp"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <optional>
#include <set>

#include "core/files.hpp"
#include "server/admission.hpp"
#include "server/bind.hpp"
#include "server/control.hpp"
#include "server/control_api.hpp"
#include "server/descriptors.hpp"
#include "server/dns_service.hpp"
#include "server/greeting.hpp"
#include "server/key_log.hpp"
#include "server/session.hpp"
#include "server/sip_speaker.hpp"
#include "server/state_lock.hpp"

namespace ocs::server {
namespace {

constexpr auto tuple = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds accept_pause{100};
constexpr Micros between_complaints{60'000'000};
constexpr std::size_t own_descriptors = 64;  // logs, listeners, certificates while they are read

class Lab {
public:
    explicit Lab(const LabOptions& options)
        : options_(options), signals_(io_), tick_(io_), key_log_(options.settings.logs.key_log) {}

    int run() {
        const auto begun = monotonic_now();
        auto lock = StateLock::take(options_.settings.state_dir);
        if (lock.has_error()) return fail({lock.error()}, 3);
        // Before anything is made: a port that is taken shall leave no trace.
        if (const auto errors = bind_all(); !errors.empty()) return fail(errors, 3);
        auto journal_options = options_.journal;
        for (const IpAddress& address : options_.settings.dns.forwarders) {
            journal_options.lookups.forwarders.push_back(address.text());
        }
        auto journal = journal::Journal::start(std::move(journal_options));
        if (journal.has_error()) return fail({journal.error()}, 1);
        journal_ = std::move(*journal);
        if (auto opened = key_log_.open(); opened.has_error()) return fail({opened.error()}, 1);
        for (const std::string& line : banner(options_.version, options_.settings)) greet(line);
        if (const int code = bind_control(); code != 0) return code;
        auto hostings = make_hostings(options_.settings, wall_now(), say());
        if (hostings.has_error()) return fail(hostings.error(), 2);
        hostings_ = std::move(*hostings);
        admission_.emplace(*journal_);
        for (const std::string& line : hostings_.made) greet(line);
        services_ = std::make_unique<Services>(Services{*journal_,
                                                        options_.settings.limits,
                                                        options_.settings.policies,
                                                        key_log_writer(),
                                                        sip_front_end(),
                                                        {}});
        services_->autodiscover = options_.settings.autodiscover;
        use(options_.settings.sip);
        // From the first listening line on, whoever reads it may ask us to stop.
        for (const int signal : {SIGINT, SIGTERM, SIGHUP}) signals_.add(signal);
        for (std::size_t i = 0; i < acceptors_.size(); ++i) {
            if (const int code = listen(i); code != 0) return code;
        }
        open_dns();
        journal_->set_on_drained([this] { asio::post(io_, [this] { resume_.cancel(); }); });
        greet(guard_line(options_.settings, endpoints_));
        const std::size_t wanted =
            static_cast<std::size_t>(options_.settings.limits.connections) + own_descriptors;
        if (const std::size_t there = raise_descriptor_limit(wanted); there < wanted) {
            greet(row("guard",
                      fmt::format("{} file descriptors for {} connections: those over it are turned away "
                                  "(ulimit -n {})",
                                  there,
                                  options_.settings.limits.connections,
                                  wanted)));
        }
        greet(fmt::format("ready in {} ms. Ctrl-C stops; the state is kept.",
                          (monotonic_now() - begun).count() / 1000));
        for (const std::string& line : try_lines(options_.settings, hostings_, endpoints_)) greet(line);
        for (const std::string& line : options_.advice) greet(line);
        journal_->flush();
        asio::co_spawn(io_, signal_loop(), asio::detached);
        asio::co_spawn(io_, sweep(), asio::detached);
        for (std::size_t i = 0; i < acceptors_.size(); ++i)
            asio::co_spawn(io_, accept_loop(i), asio::detached);
        if (dns_) dns_->start();
        control_->start();
        io_.run();
        admission_->write_counts(monotonic_now(), true);
        journal_->note("stopped");
        return 0;  // the journal writes what is queued when it goes
    }

private:
    static int fail(const std::vector<Error>& errors, int code) {
        for (const Error& error : errors) fmt::print(stderr, "fakeocs: {}", to_block(error));
        return code;
    }

    /// The start is shown where somebody may be watching, even if the log for people goes to a file.
    void greet(const std::string& lines) {
        if (!options_.journal.text_file.empty()) {
            fmt::print("{}\n", lines);
            std::fflush(stdout);
        }
        journal_->note(lines);
    }

    Say say() {
        return [this](std::string line) { journal_->note(std::move(line)); };
    }

    std::function<void(std::string_view)> key_log_writer() {
        if (!key_log_.is_on()) return {};
        return [this](std::string_view line) {
            if (!key_log_.write(line)) journal_->note("problem: cannot write the key log");
        };
    }

    /// Connections keep the answers they began with; a reload changes those of the next.
    void use(const config::SipSettings& sip) {
        sip_ = std::make_shared<const config::SipSettings>(sip);
        services_->sip_keep_alive_seconds = sip.front_end.keep_alive_seconds;
    }

    MakeSpeaker sip_front_end() {
        return [this](record::ConnectionRecord& record) {
            return make_sip_speaker(sip_, !record.facts.in_clear, record, *journal_);
        };
    }

    std::vector<Error> bind_all() {
        std::vector<Error> errors;
        for (const auto& listener : options_.settings.listeners) {
            const bool first = &listener == &options_.settings.listeners.front();
            auto acceptor =
                bind_tcp(io_, {listener.address, listener.port, first ? "--port" : "", listener.place});
            if (acceptor.has_error()) {
                errors.push_back(acceptor.error());
            } else {
                acceptors_.push_back(std::move(*acceptor));
            }
        }
        if (options_.settings.dns.enabled) {
            auto sockets = bind_dns(io_, options_.settings.dns);
            if (sockets.has_error()) {
                errors.push_back(sockets.error());
            } else {
                dns_sockets_.emplace(std::move(*sockets));
            }
        }
        return errors;
    }

    int bind_control() {
        control_ = std::make_unique<ControlSocket>(
            io_, [this](const ApiRequest& request) { return handle(request, controlled()); });
        auto bound = control_->bind(options_.settings.state_dir);
        return bound.has_error() ? fail({bound.error()}, 1) : 0;
    }

    ControlledLab controlled() {
        ControlledLab lab;
        lab.status = [this] {
            LabStatus status{options_.version, started_, {}, {}, open_.size(), journal_->status()};
            for (const auto& acceptor : acceptors_) {
                boost::system::error_code closed;
                const auto bound = acceptor.local_endpoint(closed);
                if (!closed) status.listeners.push_back({bound.address().to_string(), bound.port()});
            }
            if (dns_) status.dns = dns_->endpoint();
            return status;
        };
        if (dns_) lab.dns.emplace(ControlledDns{dns_->zones(), dns_->faults(), say()});
        return lab;
    }

    void open_dns() {
        if (!dns_sockets_) return;
        dns_ = std::make_unique<DnsService>(io_, *journal_, options_.settings.dns, std::move(*dns_sockets_));
        for (const std::string& line : dns_lines(options_.settings.dns, dns_->endpoint())) greet(line);
    }

    int listen(std::size_t index) {
        const auto& listener = options_.settings.listeners[index];
        boost::system::error_code error;
        acceptors_[index].listen(asio::socket_base::max_listen_connections, error);
        if (error)
            return fail({bind_error({listener.address, listener.port, "", listener.place}, true, error)}, 3);
        const auto bound = acceptors_[index].local_endpoint();
        endpoints_.push_back({bound.address().to_string(), bound.port()});
        greet(listening_line(listener, endpoints_.back(), *hostings_.by_listener[index]));
        return 0;
    }

    asio::awaitable<void> signal_loop() {
        while (true) {
            auto got = co_await signals_.async_wait(tuple);
            if (std::get<0>(got)) co_return;
            if (std::get<1>(got) != SIGHUP) break;
            reopen_logs();
            reload();
        }
        stopping_ = true;
        journal_->note("stopping: no new connections; open ones end");
        boost::system::error_code ignored;
        for (auto& acceptor : acceptors_) acceptor.close(ignored);
        if (dns_) dns_->stop();
        control_->stop();
        tick_.cancel();
        resume_.cancel();
        const auto grace =
            std::chrono::milliseconds(static_cast<int>(options_.settings.limits.grace_seconds * 1000));
        asio::steady_timer grace_timer(io_, grace);
        if (!open_.empty()) {
            last_closed_ = &grace_timer;
            for (const auto& connection : open_) {
                if (connection->record.facts.handshake_finished || !connection->record.facts.hello_complete) {
                    end_session(*connection);
                }
            }
            co_await grace_timer.async_wait(tuple);
            last_closed_ = nullptr;
        }
        for (const auto& connection : open_) end_session(*connection);
    }

    static void end_session(Connection& connection) { connection.wire.interrupt(); }

    void reopen_logs() {
        journal_->reopen();
        const auto opened = key_log_.open();
        if (opened.has_error()) journal_->note("problem: " + to_string(opened.error()));
    }

    /// All or nothing: a broken file is reported and the old configuration goes on.
    void reload() {
        if (!options_.reread) return;
        auto settings = options_.reread();
        std::vector<Error> errors;
        if (settings.has_error()) {
            errors = settings.error();
        } else if (settings->listeners.size() != options_.settings.listeners.size()) {
            errors.emplace_back(
                "listeners cannot be added or removed while running", settings->file.string(), "");
        }
        std::optional<Hostings> hostings;
        if (errors.empty()) {
            auto made = make_hostings(*settings, wall_now(), say());
            if (made.has_error()) {
                errors = made.error();
            } else {
                hostings = std::move(*made);
            }
        }
        if (!errors.empty()) {
            for (const Error& error : errors) journal_->note("problem: " + to_string(error));
            journal_->note("not reloaded: the old configuration goes on");
            return;
        }
        hostings_ = std::move(*hostings);
        services_->limits = settings->limits;
        services_->policies = settings->policies;
        services_->autodiscover = settings->autodiscover;
        if (dns_) {
            if (auto said = dns_->reload(settings->dns); !said.empty()) journal_->note(std::move(said));
        }
        use(settings->sip);
        for (std::size_t i = 0; i < settings->listeners.size(); ++i) {
            const auto& now = settings->listeners[i];
            const auto& old = options_.settings.listeners[i];
            if (now.port != old.port || now.address != old.address) {
                journal_->note("problem: listener " + now.name + ": a new address or port needs a restart");
            }
        }
        journal_->note("reloaded " + settings->file.string());
    }

    asio::awaitable<void> accept_loop(std::size_t index) {
        tcp::acceptor& acceptor = acceptors_[index];
        asio::steady_timer pause(io_);
        while (!stopping_) {
            while (journal_->congested() && !stopping_) {
                resume_.expires_after(std::chrono::milliseconds(50));
                co_await resume_.async_wait(tuple);
            }
            tcp::endpoint peer;
            auto accepted = co_await acceptor.async_accept(peer, tuple);
            const boost::system::error_code error = std::get<0>(accepted);
            if (stopping_) co_return;
            if (error) {
                const bool went_on = refuse_for_want_of_descriptors(index, error);
                complain("accept: " + error.message());
                if (went_on) continue;
                pause.expires_after(accept_pause);
                co_await pause.async_wait(tuple);
                continue;
            }
            admit(index, std::move(std::get<1>(accepted)), peer);
        }
    }

    /// Where descriptors are what is missing: closes the connection that waits, and records that.
    bool refuse_for_want_of_descriptors(std::size_t index, const boost::system::error_code& error) {
        if (error != asio::error::no_descriptors) return false;
        const auto peer = spare_.turn_one_away(acceptors_[index]);
        if (peer) turn_away(index, *peer, "no file descriptors");
        return peer.has_value();
    }

    /// The same trouble comes a thousand times a second or not at all: once a minute is enough.
    void complain(const std::string& what) {
        const auto now = monotonic_now();
        if (complained_ && now - *complained_ < between_complaints) return;
        complained_ = now;
        journal_->note("problem: " + what);
    }

    void admit(std::size_t index, tcp::socket socket, const tcp::endpoint& peer) {
        const std::string address = peer.address().to_string();
        if (const std::string why = admission_->refusal(address, services_->limits); !why.empty()) {
            turn_away(index, peer, why);
            return;
        }
        auto connection = std::make_shared<Connection>(
            std::move(socket), peer, options_.settings.listeners[index].name, hostings_.by_listener[index]);
        admission_->enter(address);
        open_.insert(connection);
        asio::co_spawn(
            io_,
            run_session(connection, *services_),
            [this, connection, address](std::exception_ptr escaped) {
                if (escaped)
                    journal_->note(
                        "problem: a session ended by an exception: a bug of ours, please report it");
                open_.erase(connection);
                admission_->leave(address);
                if (last_closed_ != nullptr && open_.empty()) last_closed_->cancel();
            });
    }

    void turn_away(std::size_t index, const tcp::endpoint& peer, const std::string& why) {
        boost::system::error_code ignored;
        auto record = open_record(
            peer, acceptors_[index].local_endpoint(ignored), options_.settings.listeners[index].name);
        record.policies = services_->policies;
        admission_->turn_away(std::move(record), why, monotonic_now());
    }

    asio::awaitable<void> sweep() {
        while (!stopping_) {
            tick_.expires_after(std::chrono::seconds(1));
            co_await tick_.async_wait(tuple);
            admission_->write_counts(monotonic_now(), false);
        }
    }

    const LabOptions& options_;
    asio::io_context io_{1};
    asio::signal_set signals_;
    asio::steady_timer tick_;
    asio::steady_timer resume_{io_};
    std::unique_ptr<journal::Journal> journal_;
    KeyLog key_log_;
    std::unique_ptr<Services> services_;
    std::unique_ptr<ControlSocket> control_;
    const WallTime started_ = wall_now();
    std::optional<DnsSockets> dns_sockets_;  // bound, until dns_ has them
    std::unique_ptr<DnsService> dns_;        // null: the configuration has no dns section
    std::shared_ptr<const config::SipSettings> sip_;
    Hostings hostings_;
    std::vector<tcp::acceptor> acceptors_;
    std::set<std::shared_ptr<Connection>> open_;
    std::optional<Admission> admission_;
    SpareDescriptor spare_;
    std::optional<MonotonicTime> complained_;
    asio::steady_timer* last_closed_ = nullptr;  // set while shutdown waits for sessions
    std::vector<record::Endpoint> endpoints_;
    bool stopping_ = false;
};

}  // namespace

int run_lab(const LabOptions& options) {
    // A client that is gone, or a reader of the log that is, must not end the program.
    std::signal(SIGPIPE, SIG_IGN);
    Lab lab(options);
    return lab.run();
}

std::vector<Error> check_lab(const config::Settings& settings) { return check_certificates(settings); }

}  // namespace ocs::server
