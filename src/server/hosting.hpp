#pragma once
// From settings to virtual hosts: makes the certificates that are to be generated, loads all.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "pki/state_folder.hpp"
#include "tls/virtual_hosts.hpp"

namespace ocs::server {

/// What one listener serves: an immutable snapshot, shared by the sessions that started on it.
struct Hosting {
    std::shared_ptr<const tls::VirtualHosts> hosts;
    tls::ListenerPolicy policy;
    bool plain_sip = false;  ///< SIP in clear is answered, too
};

struct Hostings {
    std::vector<std::shared_ptr<const Hosting>> by_listener;  ///< in the order of settings.listeners
    std::vector<std::string> made;  ///< lines for people: what was made, where, until when
};

using Say = std::function<void(std::string line)>;

/// Loads the certificates that exist already (`load:`), each as every listener would serve it; makes nothing.
std::vector<Error> check_certificates(const config::Settings& settings);

/// All or nothing as far as that goes: nothing is made before everything that can be checked is good.
/// `say` gets problems and changes of certificates while the lab runs, on the thread that found them.
Results<Hostings> make_hostings(const config::Settings& settings, WallTime now, const Say& say);

}  // namespace ocs::server
