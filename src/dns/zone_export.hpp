#pragma once
// Zones written for real DNS servers.

#include <optional>
#include <string>
#include <string_view>

#include "dns/zone.hpp"

namespace ocs::dns {

enum class ExportFor {
    bind,     ///< a zone file, for any server that reads RFC 1035 files
    dnsmasq,  ///< dnsmasq.conf lines
    windows,  ///< PowerShell for the DNS server role: Add-DnsServerResourceRecord…
};
std::optional<ExportFor> parse_export(std::string_view text);  ///< "bind", "dnsmasq", "windows"

/// The zone as text that reads back to the same answers. What the format cannot say (dnsmasq: wildcards but
/// addresses, delegations, aliases of names it does not know) is a comment that says so.
std::string export_zone(const Zone& zone, ExportFor target);

}  // namespace ocs::dns
