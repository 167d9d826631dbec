#include "tls/virtual_hosts.hpp"

#include <algorithm>

#include "core/escape.hpp"

namespace ocs::tls {

Result<void> VirtualHosts::add(const HostPattern& name, std::shared_ptr<VirtualHost> host) {
    const auto [place, added] = by_name_.try_emplace(name.text(), std::move(host));
    if (!added) {
        return Error{"the name " + ocs::quoted(name.text()) + " is taken by virtual host " +
                         ocs::quoted(place->second ? place->second->id() : ""),
                     "",
                     "give each name to one virtual host"};
    }
    return {};
}

std::shared_ptr<VirtualHost> VirtualHosts::find_id(std::string_view id) const {
    const auto found =
        std::find_if(all_.begin(), all_.end(), [id](const auto& host) { return host->id() == id; });
    return found == all_.end() ? nullptr : *found;
}

std::optional<HostMatch> VirtualHosts::find(std::string_view lower_case_name) const {
    std::string name = ascii_lower(lower_case_name);
    if (name.ends_with('.')) name.pop_back();
    if (name.starts_with("*.")) return std::nullopt;  // a pattern is no name
    if (const auto exact = by_name_.find(name); exact != by_name_.end()) {
        return HostMatch{exact->second, record::HostChoice::exact};
    }
    const auto dot = name.find('.');
    if (dot == std::string::npos || dot == 0) return std::nullopt;
    if (const auto wild = by_name_.find("*" + name.substr(dot)); wild != by_name_.end()) {
        return HostMatch{wild->second, record::HostChoice::wildcard};
    }
    return std::nullopt;
}

}  // namespace ocs::tls
