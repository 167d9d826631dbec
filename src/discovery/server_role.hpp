#pragma once
// The server roles whose certificates this project knows (facts sheet §4), and what each must be told.

#include <string_view>

#include "core/result.hpp"

namespace ocs::discovery {

/// A server role of a generation. The words on the command line are to_string()'s.
enum class ServerRole {
    ocs_se,              ///< OCS 2007 and R2 Standard Edition; server FQDN
    ocs_pool,            ///< OCS 2007 and R2 Enterprise pool, front ends
    ocs_pool_member,     ///< a server of another role in an expanded Enterprise pool; server FQDN
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
    lync_edge_im,        ///< the same with public IM: also a client towards the providers
    lync_edge_internal,  ///< Lync and SfB Edge, internal side
    lync_av,             ///< Lync and SfB A/V Edge: one exportable key on all members
    lync_rp,             ///< Lync and SfB reverse proxy; web FQDN = webext
    rfc5922,             ///< a SIP domain certificate by the standard
};

inline constexpr ServerRole all_server_roles[] = {
    ServerRole::ocs_se,           ServerRole::ocs_pool,       ServerRole::ocs_pool_member,
    ServerRole::ocs_director,     ServerRole::ocs_edge,       ServerRole::ocs_edge_internal,
    ServerRole::ocs_webconf_edge, ServerRole::ocs_av,         ServerRole::ocs_rp,
    ServerRole::ocs_cwa,          ServerRole::lync_se,        ServerRole::lync_fe,
    ServerRole::lync_director,    ServerRole::lync_mediation, ServerRole::lync_sba,
    ServerRole::lync_edge,        ServerRole::lync_edge_im,   ServerRole::lync_edge_internal,
    ServerRole::lync_av,          ServerRole::lync_rp,        ServerRole::rfc5922};

std::string_view to_string(ServerRole role);  ///< "ocs-pool"
std::string_view title(ServerRole role);      ///< "Enterprise pool of OCS 2007 and R2"
/// Also takes "director", which is lync-director. Fails with the list of words.
Result<ServerRole> parse_server_role(std::string_view word);

/// The name that a role cannot do without: it becomes the subject's.
enum class RoleNeeds { pool, server, web, domain, server_or_domain, server_or_pool };
RoleNeeds needs_of(ServerRole role);
std::string_view to_string(RoleNeeds needs);  ///< "server or pool FQDN"

}  // namespace ocs::discovery
