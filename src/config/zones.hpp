#pragma once
// The `dns:` section: the lab's zones and how they are served.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/ip_address.hpp"
#include "dns/fault.hpp"
#include "dns/zone.hpp"
#include "yaml/reader.hpp"

namespace ocs::config {

/// Another resolver.
struct ResolverAddress {
    IpAddress address = IpAddress::parse("127.0.0.1").value();
    std::uint16_t port = 53;
};

struct DnsSettings {
    bool enabled = false;  ///< there is a `dns:` section
    IpAddress address = IpAddress::parse("127.0.0.1").value();
    std::uint16_t port = 8053;               ///< UDP and TCP; 0: the kernel chooses, one for both
    std::uint32_t ttl = 0;                   ///< of records that do not say: clients shall not cache in a lab
    std::optional<ResolverAddress> forward;  ///< for names outside the zones; empty: REFUSED
    std::vector<IpAddress> forwarders;       ///< DNS servers that ask the lab on behalf of others
    dns::Zones zones;
    dns::Faults faults;
    int tcp_connections = 100;   ///< open at once
    double idle_seconds = 10;    ///< of silence on a TCP connection
    double forward_seconds = 5;  ///< for the other resolver's answer
    std::string flag;            ///< that set the port, "--dns-port", and
    std::string place;           ///< "fakeocs.yaml:12:3": for errors that show only at bind
};

/// Reads the section; zone files are taken from `folder` where their path is relative, and read at once.
void read_dns(const yaml::Value& value, const std::filesystem::path& folder, DnsSettings& settings);

/// "192.0.2.1", "192.0.2.1:5353", "2001:db8::1", "[2001:db8::1]:5353"; without a port it is 53.
Result<ResolverAddress> parse_resolver(std::string_view text);

}  // namespace ocs::config
