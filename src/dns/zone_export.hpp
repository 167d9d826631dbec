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
    windows,  ///< PowerShell for the DNS server role: Add-DnsServerResourceRecord
};
std::optional<ExportFor> parse_export(std::string_view text);  ///< "bind", "dnsmasq", "windows"

/// The zone as text that makes that server give the same answers. What the format cannot say is a comment
/// with the record in it: for dnsmasq wildcards, delegations, NS and SOA, an alias of a name that this zone
/// does not hold, odd bytes in names or texts; for Windows the SOA and NS of the zone's top, which the server
/// makes itself.
std::string export_zone(const Zone& zone, ExportFor target);

}  // namespace ocs::dns
