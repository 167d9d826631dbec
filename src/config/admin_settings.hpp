#pragma once
// The `admin:` section: where the dashboard and the API are.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/ip_address.hpp"
#include "yaml/reader.hpp"

namespace ocs::config {

struct AdminSettings {
    bool enabled = true;
    IpAddress address = IpAddress::parse("127.0.0.1").value();
    std::uint16_t port = 8061;       ///< 0: the kernel chooses, the listening line says which
    std::vector<std::string> names;  ///< host names it may be asked by; lower case
    /// HTTPS, and whoever asks needs the token in the state folder. The only way off the loopback.
    bool tls = false;
    /// PEM chain with the leaf first, and its key; both empty: the lab CA makes one.
    std::filesystem::path certificate, key;
    std::string place;  ///< "fakeocs.yaml:12:3", or empty: the defaults
    std::string flag;   ///< that set the address, for errors; empty: none
};

/// The lab's CA over plain HTTP, for client machines.
struct CaPageSettings {
    bool enabled = false;
    IpAddress address = IpAddress::parse("127.0.0.1").value();
    std::uint16_t port = 8080;  ///< 0: the kernel chooses
    std::string place;
};
void read_ca_page(const yaml::Value& value, CaPageSettings& settings);

/// Refuses plain HTTP on an address that others can reach: whoever asks the API can change the lab.
void read_admin(const yaml::Value& value, AdminSettings& settings);

/// What is wrong with the address, or empty.
std::string admin_address_problem(const AdminSettings& settings);
/// What to do about it.
inline constexpr const char* admin_address_hint =
    "tls: true (--admin https://ADDRESS:PORT), which asks for the token in the state folder; or 127.0.0.1, "
    "and from elsewhere ssh -L 8061:127.0.0.1:8061";

}  // namespace ocs::config
