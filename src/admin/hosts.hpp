#pragma once
// Virtual hosts and their certificates: what is served, and a reissue with other names that can be undone.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "admin/control_api.hpp"

namespace ocs::admin {

/// Certificates as they were before their last reissue, for ten minutes: then their keys are wiped. On the
/// API's thread.
class Reissues {
public:
    using Files = std::vector<std::pair<std::string, std::string>>;  ///< name in the host's folder, bytes
    struct Saved {
        WallTime until{};  ///< for people; the time that counts is the timer's
        Files files;
    };

    explicit Reissues(boost::asio::io_context& io,
                      std::chrono::milliseconds undo_time = std::chrono::minutes(10))
        : io_(io), undo_time_(undo_time) {}
    Reissues(const Reissues&) = delete;
    Reissues& operator=(const Reissues&) = delete;
    ~Reissues();

    void keep(const std::string& host, Files files, WallTime now);
    /// Null: there is none any more.
    [[nodiscard]] const Saved* find(const std::string& host) const;
    void forget(const std::string& host);
    /// Forgets all, and starts no more timers.
    void stop();

private:
    struct Kept;

    boost::asio::io_context& io_;
    const std::chrono::milliseconds undo_time_;
    bool stopped_ = false;
    std::map<std::string, std::shared_ptr<Kept>> kept_;
};

/// {"hosts": [{id, names, generated, certificate?, undo_until?}], "total", "next"?}, in the order of the
/// configuration, from `first` (0) on, at most `limit` (500) of them. `next` is the `first` of the next page.
ApiReply list_hosts(const Call& call, const ControlledLab& lab);
/// Body {add?, remove?}: names as fakeocs-certgen takes them, but that a bare word is a host name or an
/// address. The host with its new names, and `remarks`. 404: no such host; 409: its certificate is a file of
/// somebody else's, or has not what is to be removed.
ApiReply reissue_host(const Call& call, const ControlledLab& lab);
/// Key and certificate as they were. 404: nothing to undo.
ApiReply undo_reissue(const Call& call, const ControlledLab& lab);

/// The chain that the host serves, leaf first, as PEM; with form=cer the leaf as DER.
ApiReply show_host_chain(const Call& call, const ControlledLab& lab);
/// The chain that a connection was shown, out of the history. 404 where that has none (an imported record)
/// and its host has another certificate by now.
ApiReply show_handshake_chain(const Call& call, const ControlledLab& lab);

}  // namespace ocs::admin
