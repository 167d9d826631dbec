#pragma once
// A network on paper for the sign-in plan: what DNS has, which servers listen, what they answer. Carries a
// plan out and keeps what was asked, one line a step.

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "discovery/plan.hpp"

namespace ocs::discovery {

struct ScriptedServer {
    TcpStatus tcp = TcpStatus::connected;
    TlsStatus tls = TlsStatus::finished;
    Trust trust = Trust::trusted;
    std::vector<std::string> sans;
    std::vector<std::string> common_names;
    RegisterResult answer{200, "OK", "", {}};
};

struct World {
    std::map<std::string, DnsAnswer> srv;
    std::map<std::string, DnsAnswer> hosts;
    std::map<std::string, ScriptedServer> servers;  ///< "192.0.2.1:5061"; others refuse
    std::map<std::string, WebAnswer> web;           ///< by URL without the query; others refuse
    bool yes = false;                               ///< the person at the keyboard

    void add_srv(const std::string& owner, const std::string& target, std::uint16_t port = 5061);
    void add_host(const std::string& name, const std::string& address, std::vector<std::string> aliases = {});
    ScriptedServer& listen(const std::string& endpoint, std::vector<std::string> sans);
};

/// The whole run.
struct Run {
    std::vector<std::string> steps;  ///< "SRV _sip._tls.contoso.test", "beyond: TLS sip.… at 192.0.2.1:5061"
    std::vector<std::string> findings;
    Outcome outcome;

    [[nodiscard]] std::string walk() const;  ///< steps, one a line
    [[nodiscard]] std::string events()
        const;  ///< "1 schertz.local, 3 sip.schertz.local": number and what it names
    [[nodiscard]] bool has_warning(const std::string& part) const;
};

Run run(const ClientProfile& profile,
        World& world,
        PlanOptions options = {},
        const std::string& user = "alice@schertz.local");

}  // namespace ocs::discovery
