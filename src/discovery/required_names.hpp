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

namespace ocs::discovery {

/// A server role of a generation. The words on the command line are to_string()'s.
enum class ServerRole {
    ocs_se,              ///< OCS 2007 and R2 Standard Edition; server FQDN
    ocs_pool,            ///< OCS 2007 and R2 Enterprise pool
    ocs_director,        ///< OCS Director or array
    ocs_edge,            ///< OCS Access Edge, external side; server FQDN = its external name, else sip.<dom>
    ocs_edge_internal,   ///< OCS Edge, internal side
    ocs_webconf_edge,    ///< OCS Web Conferencing Edge, external
    ocs_av,              ///< OCS A/V authentication
    ocs_rp,              ///< OCS reverse proxy; web FQDN = the external web farm
    ocs_cwa,             ///< Communicator Web Access R2; web FQDN
    lync_se,             ///< Lync and SfB Standard Edition
    lync_fe,             ///< Lync and SfB Front End in a pool
    lync_director,       ///< Lync and SfB Director
    lync_mediation,      ///< Lync stand-alone Mediation
    lync_sba,            ///< Lync survivable branch appliance
    lync_edge,           ///< Lync and SfB Edge, external; server FQDN = its external name, else sip.<dom>
    lync_edge_internal,  ///< Lync and SfB Edge, internal side
    lync_rp,             ///< Lync and SfB reverse proxy; web FQDN = webext
    rfc5922,             ///< a SIP domain certificate by the standard
};

inline constexpr ServerRole all_server_roles[] = {ServerRole::ocs_se,
                                                  ServerRole::ocs_pool,
                                                  ServerRole::ocs_director,
                                                  ServerRole::ocs_edge,
                                                  ServerRole::ocs_edge_internal,
                                                  ServerRole::ocs_webconf_edge,
                                                  ServerRole::ocs_av,
                                                  ServerRole::ocs_rp,
                                                  ServerRole::ocs_cwa,
                                                  ServerRole::lync_se,
                                                  ServerRole::lync_fe,
                                                  ServerRole::lync_director,
                                                  ServerRole::lync_mediation,
                                                  ServerRole::lync_sba,
                                                  ServerRole::lync_edge,
                                                  ServerRole::lync_edge_internal,
                                                  ServerRole::lync_rp,
                                                  ServerRole::rfc5922};

std::string_view to_string(ServerRole role);  ///< "ocs-pool"
/// Also takes "director", which is lync-director. Fails with the list of words.
Result<ServerRole> parse_server_role(std::string_view word);

enum class NamePlace { subject_and_san, san };
std::string_view to_string(NamePlace place);  ///< "Subject and SAN", "SAN"

/// What is known of the server; a role fails without the names it cannot do without.
struct RoleNames {
    std::vector<HostName> sip_domains;  ///< the first is the primary one
    std::optional<HostName> pool;
    std::optional<HostName> server;
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
};

/// Fails if the role needs a name that is not there ("role 'ocs-pool' needs a pool FQDN").
Result<RequiredNames> required_names(ServerRole role, const RoleNames& known);

}  // namespace ocs::discovery
