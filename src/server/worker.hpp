#pragma once
// One thread of the lab: its own listening sockets and sessions, and no lock among these (design decision 5).

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>

#include "config/settings.hpp"
#include "journal/journal.hpp"
#include "server/listeners.hpp"
#include "server/session.hpp"

namespace ocs::server {

/// Runs the sessions of what its listeners accept, on the thread that calls run(). A session never leaves it.
class Worker {
public:
    Worker() = default;
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    asio::io_context& context() { return io_; }

    // Before run(), or on its thread.

    Listeners& listeners() { return listeners_; }
    /// What all sessions use; all outlive this object, and may be called from several threads.
    void prepare(journal::Journal& journal,
                 record::ArmedFaults& faults,
                 std::function<void(std::string_view line)> key_log);
    /// Connections from now on are treated by these; open ones keep their SIP answers.
    void take(const config::Settings& settings);
    void start(Admission& admission);

    /// Serves until stop() has been called and the last session has ended.
    void run() { io_.run(); }

    // While run() runs, from any thread.

    /// Does this on the worker's thread and waits until it is done. Not for the thread itself.
    void on_thread(const std::function<void()>& task);
    void resume();  ///< Listeners::resume
    void hurry();   ///< Listeners::hurry
    /// Listeners::stop; `ended` is called on the worker's thread, once.
    void stop(std::function<void()> ended);

private:
    asio::io_context io_{1};
    std::unique_ptr<Services> services_;
    std::shared_ptr<const config::SipSettings> sip_;
    Listeners listeners_{io_};
};

}  // namespace ocs::server
