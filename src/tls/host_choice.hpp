#pragma once
// Which virtual host answers a ClientHello, by its server name alone.

#include <memory>
#include <string>
#include <string_view>

#include "record/facts.hpp"
#include "tls/virtual_hosts.hpp"

namespace ocs::tls {

/// Who answers. Neither a host nor minted: nobody, and the name is refused.
struct ChosenHost {
    std::shared_ptr<VirtualHost> host;
    std::shared_ptr<MintedHost> minted;  ///< makes a certificate for the server name
    record::HostChoice how = record::HostChoice::none;

    [[nodiscard]] bool refused() const { return !host && !minted; }
    [[nodiscard]] std::string_view id() const;  ///< empty: refused
    [[nodiscard]] bool can_expire() const;      ///< the lab made its certificate, and can make it again
    [[nodiscard]] TlsRange range() const;
};

/// `hosts` may be null: there are none but the listener's default.
ChosenHost choose_host(const VirtualHosts* hosts, const ListenerPolicy& policy, const record::SniFact& sni);

}  // namespace ocs::tls
