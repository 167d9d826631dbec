#pragma once
// Virtual hosts and their certificates: what is served, and a reissue with other names that can be undone.

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "admin/control_api.hpp"

namespace ocs::admin {

/// Certificates as they were before their last reissue, for ten minutes. On the API's thread.
class Reissues {
public:
    static constexpr Micros undo_time{600'000'000};

    struct Saved {
        WallTime until{};
        std::vector<std::pair<std::string, std::string>> files;  ///< name in the host's folder, bytes
    };

    void keep(const std::string& host, Saved saved) { saved_[host] = std::move(saved); }
    /// Null: there is none, or it is too late.
    [[nodiscard]] const Saved* find(const std::string& host, WallTime now) const;
    void forget(const std::string& host) { saved_.erase(host); }

private:
    std::map<std::string, Saved> saved_;
};

/// {"hosts": [{id, names, generated, certificate, undo_until?}]}, in the order of the configuration.
ApiReply list_hosts(const Call& call, const ControlledLab& lab);
/// Body {add?, remove?}: names as fakeocs-certgen takes them. The host with its new names, and `remarks`.
/// 404: no such host; 409: its certificate is a file of somebody else's.
ApiReply reissue_host(const Call& call, const ControlledLab& lab);
/// Key and certificate as they were. 404: nothing to undo.
ApiReply undo_reissue(const Call& call, const ControlledLab& lab);

/// The chain that the host serves, leaf first, as PEM; with form=cer the leaf as DER.
ApiReply show_host_chain(const Call& call, const ControlledLab& lab);
/// The chain that a connection was shown. 404 where its host has another certificate by now.
ApiReply show_handshake_chain(const Call& call, const ControlledLab& lab);

}  // namespace ocs::admin
