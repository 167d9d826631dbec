#pragma once
// Which names the certificate of a server role must have, and who misses them. Numbers in brackets and
// confidence marks are those of the facts sheet (§4 for roles, §5 for what the user sees).

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/host_name.hpp"
#include "core/result.hpp"
#include "discovery/confidence.hpp"
#include "discovery/name_policy.hpp"
#include "discovery/server_role.hpp"

namespace ocs::discovery {

enum class NamePlace { subject_and_san, san };
std::string_view to_string(NamePlace place);  ///< "Subject and SAN", "SAN"

/// What is known of the server; a role fails without the names it cannot do without.
struct RoleNames {
    std::vector<HostName> sip_domains;  ///< the first is the primary one
    std::optional<HostName> pool;
    std::vector<HostName> servers;  ///< the first is the one the certificate is for where there is no pool
    std::optional<HostName> web;
};

struct RequiredName {
    std::string name;  ///< without the "sip:" of a URI entry
    NameKind kind = NameKind::dns;
    NamePlace place = NamePlace::san;
    std::string asked_by;    ///< client generation or server: "OC 2007, OC R2"
    std::string step;        ///< "host name sip.contoso.test"
    std::string if_missing;  ///< what the user sees
    std::string source;      ///< "[1, 57]"
    Confidence confidence = Confidence::one_source;
    bool operator==(const RequiredName&) const = default;
};

struct RequiredNames {
    ServerRole role = ServerRole::ocs_se;
    std::string common_name;
    std::vector<RequiredName> names;  ///< each name once per kind, the subject's first
    std::vector<PresentedName> san;   ///< ready to write, the CN repeated first
    std::vector<std::string> eku = {"serverAuth"};
};

/// Fails if the role needs a name that is not there ("role 'ocs-pool' needs a pool FQDN").
Result<RequiredNames> required_names(ServerRole role, const RoleNames& known);

}  // namespace ocs::discovery
