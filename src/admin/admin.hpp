#pragma once
// The room as the lab uses it: one thread of its own, so that a search through the history holds up no
// handshake.

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <optional>
#include <thread>

#include "admin/control.hpp"
#include "admin/control_api.hpp"
#include "admin/feed.hpp"
#include "admin/hosts.hpp"
#include "admin/http_server.hpp"
#include "admin/journal_observer.hpp"
#include "admin/metrics.hpp"

namespace ocs::admin {

/// Made before the journal, whose observer it has; goes after it.
class Admin {
public:
    /// `history`: the file; empty: none is kept.
    explicit Admin(std::filesystem::path history);
    Admin(const Admin&) = delete;
    Admin& operator=(const Admin&) = delete;
    ~Admin();  ///< the Unix socket's file goes

    boost::asio::io_context& context() { return io_; }
    journal::Observer& observer() { return observer_; }

    // Before start().

    Result<void> bind_control(const std::filesystem::path& state_folder);
    /// Takes what is bound; clients wait until start(). As HttpServer::listen.
    Result<void> listen(boost::asio::ip::tcp::acceptor acceptor,
                        GuardRules rules,
                        const std::optional<DoorCertificate>& certificate = std::nullopt);

    /// Answers from here on. The lab's thread must run while on_lab_thread is in use: until `ended` of
    /// stop().
    void start(ControlledLab lab);
    /// From any thread: the lab serves another DNS now, or none. What was served before lives as long as the
    /// lab.
    void set_dns(std::optional<ControlledDns> dns);
    /// From any thread. `ended` is called on the API's thread, when it will ask the lab for nothing more.
    void stop(std::function<void()> ended);

private:
    boost::asio::io_context io_{1};
    Feed feed_{io_};
    HistoryReader history_;
    Reissues reissues_{io_};
    Metrics metrics_;
    JournalObserver observer_{feed_, metrics_};
    std::optional<ControlledLab> lab_;  // from start() on
    HttpServer server_{io_, feed_};
    std::optional<SocketFolder> folder_;  // set once the socket is ours
    std::function<void()> ended_;
    std::thread thread_;
};

}  // namespace ocs::admin
