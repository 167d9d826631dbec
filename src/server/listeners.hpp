#pragma once
// The TLS listeners of one thread: bound all at once or not at all, at the start and at a reload; they take
// connections in, run their sessions and end them.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "server/admission.hpp"
#include "server/bind.hpp"
#include "server/descriptors.hpp"
#include "server/hosting.hpp"
#include "server/session.hpp"

namespace ocs::server {

/// One address, and what the next connection to it is served.
struct Listener {
    config::ListenerSettings settings;
    tcp::acceptor acceptor;
    record::Endpoint bound;
    std::shared_ptr<const Hosting> hosting;
    std::unique_ptr<asio::steady_timer> drained;  ///< waited on while the journal is congested
    std::string problem{};                        ///< why it does not listen; empty: it does
};

/// Used by one thread, which runs the io_context; outlives that run.
class Listeners {
public:
    using Say = std::function<void(const std::string& line)>;
    using Plan = std::vector<std::shared_ptr<Listener>>;

    explicit Listeners(asio::io_context& io) : io_(io), tick_(io) {}
    Listeners(const Listeners&) = delete;
    Listeners& operator=(const Listeners&) = delete;

    /// The listeners there shall be. One whose address and port stay is the one that runs (of several with
    /// port 0, that of the same name); the others are bound now. Nothing that runs changes.
    [[nodiscard]] Results<Plan> plan(const std::vector<config::ListenerSettings>& wanted) const;
    /// The same for a further thread: beside the sockets of `first`, the first thread's plan of these
    /// listeners.
    [[nodiscard]] Results<Plan> plan_beside(const std::vector<config::ListenerSettings>& wanted,
                                            const Plan& first) const;
    /// Connections from now on get this; listeners that are not in the plan close, open connections stay.
    /// `say` hears of each address that is new.
    void use(Plan plan,
             const std::vector<config::ListenerSettings>& wanted,
             const Hostings& hostings,
             const Say& say);

    /// Begins to accept, on these listeners and those that a later use() brings. All outlive this object;
    /// journal and admission are those of all threads.
    void start(journal::Journal& journal, Services& services, Admission& admission);
    /// The journal has drained: listeners that waited for it go on.
    void resume();
    /// Closes the listeners and ends the sessions: those in the middle of a handshake get `grace_seconds`.
    /// Connections that nobody had accepted yet are accepted and end at once: each has its record. To be
    /// awaited on the same thread.
    asio::awaitable<void> stop();
    /// Ends every session now, while stop() waits.
    void hurry();

    [[nodiscard]] std::vector<record::Endpoint> endpoints() const;  ///< of those that listen
    [[nodiscard]] std::vector<std::string> problems() const;        ///< of those that do not
    /// Name in the configuration and address of those that listen.
    [[nodiscard]] std::vector<std::pair<std::string, record::Endpoint>> named() const;

private:
    using Bind = std::function<Result<tcp::acceptor>(std::size_t index, const BindRequest& request)>;
    [[nodiscard]] Results<Plan> plan_with(const std::vector<config::ListenerSettings>& wanted,
                                          const Bind& bind) const;
    void begin(const std::shared_ptr<Listener>& listener);
    void close(Listener& listener);
    void take_waiting(Listener& listener);
    asio::awaitable<void> accept(std::shared_ptr<Listener> listener);
    void admit(Listener& listener, tcp::socket socket, const tcp::endpoint& peer);
    void turn_away(Listener& listener, const tcp::endpoint& peer, const std::string& why);
    bool refuse_for_want_of_descriptors(Listener& listener, const boost::system::error_code& error);
    void complain(const std::string& what);
    asio::awaitable<void> every_second();
    void give_memory_back();

    asio::io_context& io_;
    asio::steady_timer tick_;
    Plan running_;
    journal::Journal* journal_ = nullptr;  // set by start()
    Services* services_ = nullptr;
    Admission* admission_ = nullptr;
    SpareDescriptor spare_;
    std::set<std::shared_ptr<Connection>> open_;
    std::size_t busiest_ = 0;  // connections open since memory was last given back
    int seconds_since_crowd_ = 0;
    asio::steady_timer* last_closed_ = nullptr;  // set while stop() waits for sessions
    std::optional<MonotonicTime> complained_;
    bool stopping_ = false;  // who is accepted now is ended at once
};

}  // namespace ocs::server
