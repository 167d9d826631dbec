#include "tls/host_choice.hpp"

#include "tls/minted_host.hpp"

namespace ocs::tls {

using record::HostChoice;

std::string_view ChosenHost::id() const {
    if (minted) return MintedHost::id;
    return host ? std::string_view(host->id()) : std::string_view();
}

bool ChosenHost::can_expire() const { return minted || (host && host->is_generated()); }

TlsRange ChosenHost::range() const {
    if (minted) return minted->range();
    return host ? host->range() : TlsRange();
}

ChosenHost choose_host(const VirtualHosts* hosts, const ListenerPolicy& policy, const record::SniFact& sni) {
    ChosenHost chosen{policy.default_host, nullptr, HostChoice::default_no_sni};
    if (!sni.name.empty()) {
        chosen.how = HostChoice::default_unknown_name;
        if (auto match = hosts != nullptr ? hosts->find(sni.name) : std::nullopt)
            return {match->host, nullptr, match->how};
        // An SNI that is no valid host name never comes here, and is never minted.
        if (policy.minted) return {nullptr, policy.minted, HostChoice::minted};
    } else if (sni.form != record::SniForm::absent) {
        chosen.how = HostChoice::default_invalid_sni;
    }
    const bool named = chosen.how != HostChoice::default_no_sni;
    if (named && policy.refuse_unknown_names) chosen.host = nullptr;
    return chosen;
}

}  // namespace ocs::tls
