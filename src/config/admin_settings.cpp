#include "config/admin_settings.hpp"

#include "config/fields.hpp"
#include "core/host_name.hpp"

namespace ocs::config {

std::string admin_address_problem(const AdminSettings& settings) {
    if (settings.address.is_loopback() || settings.tls) return "";
    return "the API on " + settings.address.text() + " would be open to the network in clear";
}

void read_admin(const yaml::Value& value, AdminSettings& settings) {
    settings.place = value.place();
    yaml::Map map(value);
    read_flag(map, "enabled", settings.enabled);
    read_parsed(map, "address", IpAddress::parse, settings.address);
    read_integer(map, "port", 0, 65535, settings.port);
    if (const auto names = map.find("names")) {
        for (const yaml::Value& item : names->list()) {
            HostName name = HostName::parse("localhost").value();
            read_parsed(item, HostName::parse, name);
            settings.names.push_back(name.text());
        }
    }
    read_flag(map, "tls", settings.tls);
    read_path(map, "certificate", settings.certificate);
    read_path(map, "key", settings.key);
    map.finish();
    const std::string problem = admin_address_problem(settings);
    if (settings.enabled && !problem.empty()) value.at("address").fail(problem, admin_address_hint);
    if (settings.certificate.empty() != settings.key.empty())
        value.fail("certificate and key go together", "both, or neither: then the lab CA makes one");
    else if (!settings.certificate.empty() && !settings.tls)
        value.at("certificate").fail("a certificate without TLS", "tls: true");
}

void read_ca_page(const yaml::Value& value, CaPageSettings& settings) {
    settings.place = value.place();
    yaml::Map map(value);
    read_flag(map, "enabled", settings.enabled);
    read_parsed(map, "address", IpAddress::parse, settings.address);
    read_integer(map, "port", 0, 65535, settings.port);
    map.finish();
}

}  // namespace ocs::config
