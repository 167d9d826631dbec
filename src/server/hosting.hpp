#pragma once
// From settings to virtual hosts: what each listener serves.

#include <memory>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "server/host_loading.hpp"
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
    std::vector<std::shared_ptr<tls::VirtualHost>> hosts;     ///< in the order of settings.hosts
    std::vector<std::string> made;  ///< lines for people: what was made, where, until when
};

/// Up to that many hosts are loaded at the start, so that a broken certificate is an error there and then.
/// Of more, each is loaded (and made, where it is to be generated) when the first client asks for it.
inline constexpr std::size_t loaded_at_start = 100;

/// Loads the certificates that exist already (`load:`), each as every listener would serve it; makes nothing.
std::vector<Error> check_certificates(const config::Settings& settings);

/// All or nothing as far as that goes: nothing is made before everything that can be checked is good. With
/// more hosts than loaded_at_start, checked is only that their files are there.
/// `say` gets problems and changes of certificates while the lab runs, on the thread that found them.
Results<Hostings> make_hostings(const config::Settings& settings, WallTime now, const Say& say);

}  // namespace ocs::server
