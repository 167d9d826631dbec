#include "server/lab.hpp"

#include <fmt/format.h>
#include <pthread.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <deque>
#include <optional>
#include <thread>

#include "admin/admin.hpp"
#include "config/fault_settings.hpp"
#include "config/restart.hpp"
#include "core/escape.hpp"
#include "server/api_access.hpp"
#include "server/bind.hpp"
#include "server/descriptors.hpp"
#include "server/dns_service.hpp"
#include "server/greeting.hpp"
#include "server/key_log.hpp"
#include "server/privileges.hpp"
#include "server/state_lock.hpp"
#include "server/worker.hpp"
#include "tls/engine.hpp"

namespace ocs::server {
namespace {

constexpr auto tuple = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t own_descriptors = 64;    // logs, listeners, certificates while they are read
constexpr std::size_t worker_descriptors = 8;  // of each further worker: its event queue and listeners

class Lab {
public:
    explicit Lab(const LabOptions& options)
        : options_(options),
          workers_(static_cast<std::size_t>(options.settings.workers)),
          io_(workers_.front().context()),
          signals_(io_),
          admin_(options.journal.history.file),
          key_log_(options.settings.logs.key_log) {}

    int run() {
        const auto begun = monotonic_now();
        const auto user = user_to_become(options_.settings.user, options_.settings.user_place);
        if (user.has_error()) return fail({user.error()}, 2);
        // Before anything is made: a port that is taken shall leave no trace.
        auto plans = plan(options_.settings.listeners);
        auto errors = plans.has_error() ? plans.error() : std::vector<Error>{};
        bind_dns_to(errors, options_.settings.dns);
        bind_admin_to(errors);
        bind_ca_page_to(errors);
        if (!errors.empty()) return fail(errors, 3);
        // Before any thread is there, and before the first file: what is made belongs to that user.
        if (*user) {
            auto became = become(**user);
            if (became.has_value()) became = check_folder(options_.settings.state_dir, **user);
            if (became.has_error()) return fail({became.error()}, 1);
        }
        auto lock = StateLock::take(options_.settings.state_dir);
        if (lock.has_error()) return fail({lock.error()}, 3);
        auto journal_options = options_.journal;
        for (const IpAddress& address : options_.settings.dns.forwarders) {
            journal_options.lookups.forwarders.push_back(address.text());
        }
        journal_options.observer = &admin_.observer();
        auto journal = journal::Journal::start(std::move(journal_options));
        if (journal.has_error()) return fail({journal.error()}, 1);
        journal_ = std::move(*journal);
        if (auto opened = key_log_.open(); opened.has_error()) return fail({opened.error()}, 1);
        const auto& history = options_.settings.history;
        if (key_log_.is_on() || (history.keep && history.capture)) tls::tell_keys();
        for (const std::string& line : banner(options_.version, options_.settings)) greet(line);
        if (*user) {
            for (const std::string& line : user_lines(options_.settings, **user)) greet(line);
        }
        if (auto bound = admin_.bind_control(options_.settings.state_dir); bound.has_error())
            return fail({bound.error()}, 1);
        const auto hostings = make_hostings(options_.settings, wall_now(), say());
        if (hostings.has_error()) return fail(hostings.error(), 2);
        for (const std::string& line : hostings->made) greet(line);
        if (auto opened = open_admin(); opened.has_error()) return fail({opened.error()}, 2);
        admission_.emplace(*journal_);
        for (Worker& worker : workers_) worker.prepare(*journal_, faults_, key_log_writer());
        // From the first listening line on, whoever reads it may ask us to stop.
        for (const int signal : {SIGINT, SIGTERM, SIGHUP}) signals_.add(signal);
        faults_.replace_those_of_file(options_.settings.faults, monotonic_now());
        use(std::move(*plans), options_.settings, *hostings, [this](const auto& line) { greet(line); });
        open_dns(options_.settings.dns, [this](const auto& line) { greet(line); });
        if (admin_end_)
            greet(fmt::format("listening {} {} (dashboard, API)", scheme(), to_string(*admin_end_)));
        if (ca_page_end_)
            greet("listening ca " + to_string(*ca_page_end_) + " (http, the lab's CA for clients)");
        journal_->set_on_drained([this] {
            for (Worker& worker : workers_) worker.resume();
        });
        const auto bound = workers_.front().listeners().endpoints();
        greet(guard_line(options_.settings, bound));
        for (const std::string& line : fault_lines(faults_.all(monotonic_now()), monotonic_now()))
            greet(line);
        const std::size_t wanted = static_cast<std::size_t>(options_.settings.limits.connections) +
                                   own_descriptors + worker_descriptors * (workers_.size() - 1);
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
        if (admin_end_)
            greet(row("watch",
                      fmt::format("{}://{}/ in a browser", scheme(), to_string(reachable(*admin_end_)))));
        for (const std::string& line : try_lines(options_.settings, *hostings, bound)) greet(line);
        for (const std::string& line : options_.advice) greet(line);
        journal_->flush();
        asio::co_spawn(io_, signal_loop(), asio::detached);
        serve();
        journal_->note("stopped");
        return 0;  // the journal writes what is queued when it goes
    }

private:
    /// Until the last session of the last worker has ended. Signals, DNS and control are the first worker's.
    void serve() {
        for (Worker& worker : workers_) worker.start(*admission_);
        if (dns_) dns_->start();
        admin_.start(controlled());
        std::vector<std::thread> threads;
        for (std::size_t i = 1; i < workers_.size(); ++i) {
            threads.emplace_back([&worker = workers_[i]] { worker.run(); });
            ::pthread_setname_np(threads.back().native_handle(), fmt::format("worker-{}", i + 1).c_str());
        }
        serving_ = true;
        workers_.front().run();
        for (std::thread& thread : threads) thread.join();
    }

    /// On the worker's thread, once it has one; this one is the first worker's.
    void on(std::size_t index, const std::function<void()>& task) {
        if (index == 0 || !serving_) {
            task();
        } else {
            workers_[index].on_thread(task);
        }
    }

    using Plans = std::vector<Listeners::Plan>;  // by worker

    /// The first worker's sockets are bound alone, so that a port somebody has is an error.
    Results<Plans> plan(const std::vector<config::ListenerSettings>& wanted) {
        Plans plans;
        for (std::size_t i = 0; i < workers_.size(); ++i) {
            std::optional<Results<Listeners::Plan>> made;
            on(i, [&] {
                const Listeners& listeners = workers_[i].listeners();
                made.emplace(i == 0 ? listeners.plan(wanted) : listeners.plan_beside(wanted, plans.front()));
            });
            if (made->has_error()) return made->error();
            plans.push_back(std::move(**made));
        }
        return plans;
    }

    void use(Plans plans,
             const config::Settings& settings,
             const Hostings& hostings,
             const Listeners::Say& tell) {
        // People want to read of each address once.
        const Listeners::Say tell_problems = [&](const std::string& line) {
            if (line.starts_with("problem")) tell(line);
        };
        auto hosts = std::make_shared<std::vector<admin::HostView>>();
        for (std::size_t i = 0; i < hostings.hosts.size(); ++i) {
            const config::HostSettings& host = settings.hosts[i];
            admin::HostView view{hostings.hosts[i], {}, host.generate.has_value()};
            for (const HostPattern& name : host.names) view.names.push_back(name.text());
            hosts->push_back(std::move(view));
        }
        hosts_ = std::move(hosts);
        for (std::size_t i = 0; i < workers_.size(); ++i) {
            on(i, [&] {
                workers_[i].take(settings);
                workers_[i].listeners().use(
                    std::move(plans[i]), settings.listeners, hostings, i == 0 ? tell : tell_problems);
            });
        }
    }

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

    void bind_dns_to(std::vector<Error>& errors, const config::DnsSettings& settings) {
        if (!settings.enabled) return;
        auto sockets = bind_dns(io_, settings);
        if (sockets.has_error()) {
            errors.push_back(sockets.error());
        } else {
            dns_sockets_.emplace(std::move(*sockets));
        }
    }

    void bind_admin_to(std::vector<Error>& errors) {
        const config::AdminSettings& wanted = options_.settings.admin;
        if (!wanted.enabled) return;
        admin_end_ =
            bind_http({wanted.address, wanted.port, "--admin", wanted.place}, admin_acceptor_, errors);
    }

    void bind_ca_page_to(std::vector<Error>& errors) {
        const config::CaPageSettings& wanted = options_.settings.ca_page;
        if (!wanted.enabled) return;
        ca_page_end_ = bind_http({wanted.address, wanted.port, "", wanted.place}, ca_page_acceptor_, errors);
    }

    /// Once there is a CA, and the token can be where only the lab's user reads it.
    Result<void> open_admin() {
        if (ca_page_acceptor_) {
            auto listening = admin_.listen(std::move(*ca_page_acceptor_), admin::GuardRules{false, true, {}});
            if (listening.has_error()) return listening;
        }
        if (!admin_acceptor_) return {};
        auto access = api_access(options_.settings, wall_now());
        if (access.has_error()) return access.error();
        for (const std::string& line : access->lines) greet(line);
        return admin_.listen(std::move(*admin_acceptor_), std::move(access->rules), access->certificate);
    }

    std::optional<record::Endpoint> bind_http(const BindRequest& request,
                                              std::optional<tcp::acceptor>& into,
                                              std::vector<Error>& errors) {
        auto bound = bind_tcp(admin_.context(), request);
        if (bound.has_error()) {
            errors.push_back(bound.error());
            return std::nullopt;
        }
        boost::system::error_code ignored;
        const auto end = bound->local_endpoint(ignored);
        into.emplace(std::move(*bound));
        return record::Endpoint{end.address().to_string(), end.port()};
    }

    [[nodiscard]] const char* scheme() const { return options_.settings.admin.tls ? "https" : "http"; }

    admin::ControlledLab controlled() {
        admin::ControlledLab lab;
        lab.status = [this] {
            admin::LabStatus status{options_.version,
                                    started_,
                                    workers_.front().listeners().endpoints(),
                                    {},
                                    admission_->open(),
                                    journal_->status(),
                                    reload_problem_,
                                    workers_.front().listeners().problems()};
            if (in_force().dns.enabled && !dns_) status.down.emplace_back("DNS is configured and not served");
            if (dns_) status.dns = dns_->endpoint();
            return status;
        };
        lab.faults = &faults_;
        lab.commands = options_.journal.commands;
        lab.hosts = [this] { return hosts_; };
        lab.listeners = [this] {
            std::vector<admin::NamedListener> all;
            for (auto& [name, bound] : workers_.front().listeners().named())
                all.push_back({std::move(name), std::move(bound)});
            return all;
        };
        if (options_.try_connection) {
            lab.try_connection = [this](const admin::TestWish& wish, auto done) {
                options_.try_connection(admin_.context(), wish, std::move(done));
            };
        }
        lab.settings = [this]() -> const config::Settings& { return in_force(); };
        lab.note = say();
        lab.store_now = [this](std::function<void()> done) { journal_->flush(std::move(done)); };
        lab.state_folder = options_.settings.state_dir;
        lab.on_lab_thread = [this](const std::function<void()>& task) { workers_.front().on_thread(task); };
        if (auto dns = controlled_dns()) lab.dns.emplace(*dns);
        return lab;
    }

    [[nodiscard]] const config::Settings& in_force() const {
        return reloaded_ ? *reloaded_ : options_.settings;
    }

    std::optional<admin::ControlledDns> controlled_dns() {
        if (!dns_) return std::nullopt;
        return admin::ControlledDns{dns_->zones(), dns_->faults(), say()};
    }

    void open_dns(const config::DnsSettings& settings, const Listeners::Say& tell) {
        if (!dns_sockets_) return;
        dns_ = std::make_unique<DnsService>(io_, *journal_, settings, std::move(*dns_sockets_));
        dns_sockets_.reset();
        for (const std::string& line : dns_lines(settings, dns_->endpoint())) tell(line);
    }

    asio::awaitable<void> signal_loop() {
        while (true) {
            auto got = co_await signals_.async_wait(tuple);
            if (std::get<0>(got)) co_return;
            if (std::get<1>(got) != SIGHUP) break;
            reopen_logs();
            reload();
        }
        journal_->note("stopping: no new connections; open ones end");
        asio::co_spawn(io_, hurry_on_signal(), asio::detached);
        if (dns_) dns_->stop();
        ++still_serving_;
        admin_.stop([this] { asio::post(io_, [this] { note_one_ended(); }); });
        for (std::size_t i = 1; i < workers_.size(); ++i) {
            ++still_serving_;
            workers_[i].stop([this] { asio::post(io_, [this] { note_one_ended(); }); });
        }
        co_await workers_.front().listeners().stop();
        others_ended_.expires_at(std::chrono::steady_clock::time_point::max());
        if (still_serving_ > 0) co_await others_ended_.async_wait(tuple);
        signals_.cancel();
    }

    void note_one_ended() {
        if (--still_serving_ == 0) others_ended_.cancel();
    }

    /// Whoever asks twice does not want to wait for the grace time.
    asio::awaitable<void> hurry_on_signal() {
        auto got = co_await signals_.async_wait(tuple);
        if (std::get<0>(got)) co_return;
        for (Worker& worker : workers_) worker.hurry();
    }

    void reopen_logs() {
        journal_->reopen();
        const auto opened = key_log_.open();
        if (opened.has_error()) journal_->note("problem: " + to_string(opened.error()));
    }

    /// All or nothing: a broken file is reported and the old configuration goes on. What can fail by itself
    /// comes first; certificates, which are made in the state folder, come last.
    void reload() {
        if (!options_.reread) return;
        auto settings = options_.reread();
        if (settings.has_error()) return refuse_reload(settings.error());
        auto plans = plan(settings->listeners);
        if (plans.has_error()) return refuse_reload(plans.error());
        if (!dns_) {
            std::vector<Error> errors;
            bind_dns_to(errors, settings->dns);
            if (!errors.empty()) return refuse_reload(errors);
        }
        const auto hostings = make_hostings(*settings, wall_now(), say());
        if (hostings.has_error()) {
            dns_sockets_.reset();
            return refuse_reload(hostings.error());
        }
        use(std::move(*plans), *settings, *hostings, say());
        reload_faults(*settings);
        reload_dns(settings->dns);
        admin_.set_dns(controlled_dns());
        for (const std::string& line : config::keep_until_restart(in_force(), *settings))
            journal_->note("problem: " + line);
        reload_problem_.clear();
        journal_->note("reloaded " + visible(settings->file.string()));
        reloaded_.emplace(std::move(*settings));
    }

    /// What the file arms begins anew; what was armed by hand stays, as far as there still is whom it is
    /// about.
    void reload_faults(const config::Settings& settings) {
        const auto gone = faults_.lift_if([&settings](const record::Fault& fault) {
            return !fault.from_file && config::check_fault(fault, settings);
        });
        for (const record::Fault& fault : gone) {
            journal_->note(
                "problem: fault lifted, since the configuration has no such host or listener any more: " +
                record::one_line(fault, monotonic_now()));
        }
        faults_.replace_those_of_file(settings.faults, monotonic_now());
        for (const std::string& line : fault_lines(faults_.all(monotonic_now()), monotonic_now()))
            journal_->note(line);
    }

    /// A dns section may have come (its sockets are bound by now), changed or gone.
    void reload_dns(const config::DnsSettings& settings) {
        if (!dns_) {
            open_dns(settings, say());
            if (dns_) dns_->start();
        } else if (!settings.enabled) {
            dns_->stop();
            journal_->note("closed  dns " + to_string(dns_->endpoint()) +
                           ": the configuration has no dns section any more");
            closed_dns_.push_back(std::move(dns_));
        } else if (auto said = dns_->reload(settings); !said.empty()) {
            journal_->note(std::move(said));
        }
    }

    void refuse_reload(const std::vector<Error>& errors) {
        for (const Error& error : errors) journal_->note("problem: " + to_string(error));
        reload_problem_ = to_string(errors.front());
        journal_->note("not reloaded: the old configuration goes on");
    }

    const LabOptions& options_;
    std::deque<Worker> workers_;
    asio::io_context& io_;  // the first worker's: its thread is the one that called run()
    asio::signal_set signals_;
    admin::Admin admin_;  // before the journal, which it observes
    std::optional<record::Endpoint> admin_end_, ca_page_end_;
    std::optional<tcp::acceptor> admin_acceptor_, ca_page_acceptor_;  // bound, until admin_ has them
    admin::HostViews hosts_;                                          // of the configuration in force
    std::optional<config::Settings> reloaded_;                        // empty: those of the start
    std::string reload_problem_;  // of the last reload; empty: it was done
    std::unique_ptr<journal::Journal> journal_;
    KeyLog key_log_;
    record::ArmedFaults faults_;
    const WallTime started_ = wall_now();
    std::optional<DnsSockets> dns_sockets_;                // bound, until dns_ has them
    std::unique_ptr<DnsService> dns_;                      // null: the configuration has no dns section
    std::vector<std::unique_ptr<DnsService>> closed_dns_;  // by a reload: each outlives the io_context's run
    std::optional<Admission> admission_;
    bool serving_ = false;           // each worker has its thread
    std::size_t still_serving_ = 0;  // workers but the first, once they were told to stop
    asio::steady_timer others_ended_{io_};
};

}  // namespace

int run_lab(const LabOptions& options) {
    // A client that is gone, or a reader of the log that is, must not end the program.
    std::signal(SIGPIPE, SIG_IGN);
    // A file at the limit of its size (ulimit -f) is a log that fails, and the journal knows what to do then.
    std::signal(SIGXFSZ, SIG_IGN);
    Lab lab(options);
    return lab.run();
}

std::vector<Error> check_lab(const config::Settings& settings) {
    auto errors = settings.folder_problems;
    const auto more = check_certificates(settings);
    errors.insert(errors.end(), more.begin(), more.end());
    if (settings.user.empty()) return errors;
    const auto user = find_user(settings.user, settings.user_place);
    if (user.has_error()) errors.push_back(user.error());
    return errors;
}

}  // namespace ocs::server
