#include "admin/commands.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/escape.hpp"
#include "core/host_name.hpp"

namespace ocs::admin {
namespace {

// Where fakeocs signin asks by itself.
constexpr const char* usual_dns = "127.0.0.1:8053";

/// A zone's name may hold what no shell command and no SIP address does.
bool is_plain(const std::string& domain) { return HostName::parse(domain).has_value(); }

std::string domain_of(const ControlledLab& lab) {
    if (lab.dns) {
        for (const dns::Zone& zone : lab.dns->zones.all()) {
            if (is_plain(zone.name().text())) return zone.name().text();
        }
    }
    if (lab.hosts) {
        const HostViews hosts = lab.hosts();
        for (const HostView& host : *hosts) {
            for (const std::string& name : host.names) {
                std::string domain = name.substr(std::min(name.find('.'), name.size() - 1) + 1);
                if (is_plain(domain)) return domain;
            }
        }
    }
    return "contoso.test";
}

std::string own(const ControlledLab& lab, const std::string& arguments) {
    std::string command = shell_quoted(lab.commands.fakeocs) + " " + arguments;
    if (!lab.commands.state_dir.empty()) command += " --state-dir " + shell_quoted(lab.commands.state_dir);
    return command;
}

}  // namespace

boost::json::object commands_json(const LabStatus& status, const ControlledLab& lab) {
    const std::string domain = domain_of(lab);
    std::string signin = "signin alice@" + domain;
    const std::string dns = lab.dns && status.dns ? to_string(reachable(*status.dns)) : "";
    if (!dns.empty() && dns != usual_dns) signin += " --dns " + shell_quoted(dns);
    if (dns.empty() && !status.listeners.empty())
        signin += " --server " + shell_quoted(to_string(reachable(status.listeners.front())));
    boost::json::object told{{"domain", domain},
                             {"signin", own(lab, signin)},
                             {"ready", own(lab, "ready")},
                             {"log", own(lab, "log")}};
    if (!status.listeners.empty()) {
        const std::string ca = (lab.state_folder / "ca" / "ca.pem").string();
        told["s_client"] = fmt::format(
            "openssl s_client -connect {0} -servername sip.{1} -verify_hostname sip.{1} -CAfile {2} "
            "</dev/null",
            shell_quoted(to_string(reachable(status.listeners.front()))),
            domain,
            shell_quoted(ca));
    }
    if (!dns.empty()) {
        const record::Endpoint end = reachable(*status.dns);
        told["dig"] = fmt::format("dig @{} -p {} _sipinternaltls._tcp.{} SRV", end.address, end.port, domain);
    }
    return told;
}

}  // namespace ocs::admin
