#include "server/lab.hpp"

#include <fmt/format.h>

#include <sys/stat.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <fstream>
#include <optional>
#include <set>

#include "server/admission.hpp"
#include "server/descriptors.hpp"
#include "server/dns_service.hpp"
#include "server/session.hpp"
#include "server/sip_speaker.hpp"

namespace ocs::server {
namespace {

constexpr auto tuple = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds accept_pause{100};
constexpr Micros between_complaints{60'000'000};
constexpr std::size_t own_descriptors = 64;  // logs, listeners, certificates while they are read

class Lab {
public:
    explicit Lab(const LabOptions& options) : options_(options), signals_(io_), tick_(io_) {}

    int run() {
        const auto begun = monotonic_now();
        auto journal_options = options_.journal;
        for (const IpAddress& address : options_.settings.dns.forwarders) {
            journal_options.lookups.forwarders.push_back(address.text());
        }
        auto journal = journal::Journal::start(std::move(journal_options));
        if (journal.has_error()) return fail({journal.error()}, 1);
        journal_ = std::move(*journal);
        auto hostings = make_hostings(options_.settings, wall_now(), say());
        if (hostings.has_error()) return fail(hostings.error(), 2);
        hostings_ = std::move(*hostings);
        admission_.emplace(*journal_);
        for (const std::string& line : hostings_.made) journal_->note(line);
        if (!open_key_log()) return 1;
        services_ = std::make_unique<Services>(Services{*journal_,
                                                        options_.settings.limits,
                                                        options_.settings.policies,
                                                        key_log_writer(),
                                                        sip_front_end(),
                                                        {}});
        services_->autodiscover = options_.settings.autodiscover;
        sip_ = std::make_shared<const config::SipSettings>(options_.settings.sip);
        for (std::size_t i = 0; i < options_.settings.listeners.size(); ++i) {
            if (const int code = bind(i); code != 0) return code;
        }
        if (const int code = bind_dns(); code != 0) return code;
        journal_->set_on_drained([this] { asio::post(io_, [this] { resume_.cancel(); }); });
        journal_->note(
            "guard   session resumption off; no client certificate asked; credentials never stored; keys " +
            std::string(key_log_.is_open() ? "LOGGED: everybody who reads the key log reads the traffic"
                                           : "not logged"));
        const std::size_t wanted =
            static_cast<std::size_t>(options_.settings.limits.connections) + own_descriptors;
        if (const std::size_t there = raise_descriptor_limit(wanted); there < wanted) {
            journal_->note(
                fmt::format("guard   {} file descriptors for {} connections: those over it are turned away "
                            "(ulimit -n {})",
                            there,
                            options_.settings.limits.connections,
                            wanted));
        }
        journal_->note(fmt::format("ready in {} ms", (monotonic_now() - begun).count() / 1000));
        try_next();
        journal_->flush();
        watch_signals();
        asio::co_spawn(io_, sweep(), asio::detached);
        for (std::size_t i = 0; i < acceptors_.size(); ++i)
            asio::co_spawn(io_, accept_loop(i), asio::detached);
        if (dns_) dns_->start();
        io_.run();
        admission_->write_counts(monotonic_now(), true);
        journal_->flush();
        return 0;
    }

private:
    int fail(const std::vector<Error>& errors, int code) {
        for (const Error& error : errors) {
            fmt::print(stderr, "fakeocs: {}\n", to_string(error));
            if (!error.hint.empty()) fmt::print(stderr, "  try: {}\n", error.hint);
        }
        return code;
    }

    Say say() {
        return [this](std::string line) { journal_->note(std::move(line)); };
    }

    bool open_key_log() {
        const auto& path = options_.settings.logs.key_log;
        if (path.empty()) return true;
        const auto old_mask = umask(0077);
        key_log_.open(path, std::ios::app);
        umask(old_mask);
        if (key_log_) return true;
        fmt::print(stderr, "fakeocs: {}: cannot open the key log\n", path.string());
        return false;
    }

    std::function<void(std::string_view)> key_log_writer() {
        if (!key_log_.is_open()) return {};
        return [this](std::string_view line) { key_log_ << line << '\n' << std::flush; };
    }

    /// Connections keep the answers they began with; a reload changes those of the next.
    MakeSpeaker sip_front_end() {
        return [this](record::ConnectionRecord& record) {
            return make_sip_speaker(sip_, !record.facts.in_clear, record, *journal_);
        };
    }

    int bind(std::size_t index) {
        const auto& listener = options_.settings.listeners[index];
        const tcp::endpoint wanted(asio::ip::make_address(listener.address.text()), listener.port);
        tcp::acceptor acceptor(io_);
        boost::system::error_code error;
        acceptor.open(wanted.protocol(), error);
        if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
        if (!error) acceptor.bind(wanted, error);
        if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
        if (error) {
            const record::Endpoint place{listener.address.text(), listener.port};
            fmt::print(stderr, "fakeocs: cannot listen on {}: {}\n", to_string(place), error.message());
            if (listener.port < 1024 && listener.port != 0) {
                fmt::print(
                    stderr, "  try: sudo sysctl net.ipv4.ip_unprivileged_port_start={}\n", listener.port);
            } else {
                fmt::print(stderr, "  try: another port, or 0 for any free one ({})\n", listener.place);
            }
            return 3;
        }
        const auto bound = acceptor.local_endpoint();
        const record::Endpoint place{bound.address().to_string(), bound.port()};
        journal_->note(fmt::format("listening tls {} ({} names, default {}{})",
                                   to_string(place),
                                   hostings_.by_listener[index]->hosts->size(),
                                   hostings_.by_listener[index]->policy.default_host->id(),
                                   listener.plain_sip ? "; SIP in clear, too" : ""));
        if (!bound.address().is_loopback()) {
            journal_->note("guard   " + to_string(place) +
                           " can be reached from the network: for lab networks only");
        }
        if (index == 0) first_endpoint_ = to_string(place);
        acceptors_.push_back(std::move(acceptor));
        return 0;
    }

    int bind_dns() {
        const auto& settings = options_.settings.dns;
        if (!settings.enabled) return 0;
        dns_ = std::make_unique<DnsService>(io_, *journal_, settings);
        if (auto bound = dns_->bind(); bound.has_error()) return fail({bound.error()}, 3);
        for (const dns::Zone& zone : settings.zones.all()) {
            journal_->note(fmt::format("zone    {} ({} records)", zone.name().text(), zone.size()));
        }
        journal_->note(fmt::format("listening dns {} (udp, tcp)", to_string(dns_->endpoint())));
        if (!settings.address.is_loopback()) {
            journal_->note("guard   " + to_string(dns_->endpoint()) +
                           " answers DNS questions of the network: for lab networks only");
        }
        for (const dns::Fault& fault : settings.faults.all()) {
            journal_->note(fmt::format(
                "guard   armed for DNS questions about {}: {}", fault.name.text(), summary(fault)));
        }
        return 0;
    }

    void try_next() {
        const auto& hosts = options_.settings.hosts;
        if (hosts.empty() || hosts.front().names.empty()) return;
        const std::string& name = hosts.front().names.front().text();
        const auto ca = options_.settings.state_dir / "ca" / "ca.pem";
        journal_->note(
            fmt::format("try     printf 'GET / HTTP/1.0\\r\\n\\r\\n' | openssl s_client -quiet -connect {} "
                        "-servername {} "
                        "-verify_hostname {} -verify_return_error -CAfile {}",
                        first_endpoint_,
                        name,
                        name,
                        ca.string()));
    }

    void watch_signals() {
        signals_.add(SIGINT);
        signals_.add(SIGTERM);
        signals_.add(SIGHUP);
        asio::co_spawn(io_, signal_loop(), asio::detached);
    }

    asio::awaitable<void> signal_loop() {
        while (true) {
            auto got = co_await signals_.async_wait(tuple);
            if (std::get<0>(got)) co_return;
            if (std::get<1>(got) != SIGHUP) break;
            journal_->reopen();
            reload();
        }
        stopping_ = true;
        journal_->note("stopping: no new connections; open ones end");
        boost::system::error_code ignored;
        for (auto& acceptor : acceptors_) acceptor.close(ignored);
        if (dns_) dns_->stop();
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
        sip_ = std::make_shared<const config::SipSettings>(settings->sip);
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
    std::ofstream key_log_;
    std::unique_ptr<Services> services_;
    std::unique_ptr<DnsService> dns_;  // null: the configuration has no dns section
    std::shared_ptr<const config::SipSettings> sip_;
    Hostings hostings_;
    std::vector<tcp::acceptor> acceptors_;
    std::set<std::shared_ptr<Connection>> open_;
    std::optional<Admission> admission_;
    SpareDescriptor spare_;
    std::optional<MonotonicTime> complained_;
    asio::steady_timer* last_closed_ = nullptr;  // set while shutdown waits for sessions
    std::string first_endpoint_;
    bool stopping_ = false;
};

}  // namespace

int run_lab(const LabOptions& options) {
    // A client that is gone, or a reader of the log that is, must not end the program.
    std::signal(SIGPIPE, SIG_IGN);
    Lab lab(options);
    return lab.run();
}

std::vector<Error> check_lab(const config::Settings& settings) {
    std::vector<Error> errors;
    for (const auto& host : settings.hosts) {
        const auto& load = host.load;
        if (!load) continue;
        auto identity = load->pfx.empty() ? pki::load_pem(load->certificate, load->key, load->chain)
                                          : pki::load_pfx(load->pfx, load->pfx_password);
        if (identity.has_error()) {
            errors.emplace_back(host.place + ": host " + host.id + ": " + identity.error().what,
                                identity.error().where,
                                identity.error().hint);
        }
    }
    return errors;
}

}  // namespace ocs::server
