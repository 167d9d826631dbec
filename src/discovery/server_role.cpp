#include "discovery/server_role.hpp"

#include <string>

#include "core/escape.hpp"

namespace ocs::discovery {

std::string_view to_string(ServerRole role) {
    switch (role) {
        case ServerRole::ocs_se:
            return "ocs-se";
        case ServerRole::ocs_pool:
            return "ocs-pool";
        case ServerRole::ocs_pool_member:
            return "ocs-pool-member";
        case ServerRole::ocs_director:
            return "ocs-director";
        case ServerRole::ocs_edge:
            return "ocs-edge";
        case ServerRole::ocs_edge_internal:
            return "ocs-edge-internal";
        case ServerRole::ocs_webconf_edge:
            return "ocs-webconf-edge";
        case ServerRole::ocs_av:
            return "ocs-av";
        case ServerRole::ocs_rp:
            return "ocs-rp";
        case ServerRole::ocs_cwa:
            return "ocs-cwa";
        case ServerRole::lync_se:
            return "lync-se";
        case ServerRole::lync_fe:
            return "lync-fe";
        case ServerRole::lync_director:
            return "lync-director";
        case ServerRole::lync_mediation:
            return "lync-mediation";
        case ServerRole::lync_sba:
            return "lync-sba";
        case ServerRole::lync_edge:
            return "lync-edge";
        case ServerRole::lync_edge_im:
            return "lync-edge-im";
        case ServerRole::lync_edge_internal:
            return "lync-edge-internal";
        case ServerRole::lync_av:
            return "lync-av";
        case ServerRole::lync_rp:
            return "lync-rp";
        case ServerRole::rfc5922:
            return "rfc5922";
    }
    return "";
}

std::string_view title(ServerRole role) {
    switch (role) {
        case ServerRole::ocs_se:
            return "Standard Edition of OCS 2007 and R2";
        case ServerRole::ocs_pool:
            return "Enterprise pool of OCS 2007 and R2, front ends";
        case ServerRole::ocs_pool_member:
            return "another server of an expanded OCS Enterprise pool";
        case ServerRole::ocs_director:
            return "Director of OCS 2007 and R2";
        case ServerRole::ocs_edge:
            return "Access Edge of OCS 2007 and R2, external side";
        case ServerRole::ocs_edge_internal:
            return "Edge of OCS 2007 and R2, internal side";
        case ServerRole::ocs_webconf_edge:
            return "Web Conferencing Edge of OCS 2007 and R2";
        case ServerRole::ocs_av:
            return "A/V authentication of OCS 2007 and R2";
        case ServerRole::ocs_rp:
            return "reverse proxy of OCS 2007 and R2";
        case ServerRole::ocs_cwa:
            return "Communicator Web Access R2";
        case ServerRole::lync_se:
            return "Standard Edition, Lync 2010 to Skype for Business 2019";
        case ServerRole::lync_fe:
            return "Front End in a pool, Lync 2010 to Skype for Business 2019";
        case ServerRole::lync_director:
            return "Director, Lync 2010 to Skype for Business 2019";
        case ServerRole::lync_mediation:
            return "stand-alone Mediation Server, Lync 2010 to Skype for Business 2019";
        case ServerRole::lync_sba:
            return "survivable branch appliance, Lync 2010 to Skype for Business 2019";
        case ServerRole::lync_edge:
            return "Edge, external side, Lync 2010 to Skype for Business 2019";
        case ServerRole::lync_edge_im:
            return "Edge with public IM, external side, Lync 2010 to Skype for Business 2019";
        case ServerRole::lync_edge_internal:
            return "Edge, internal side, Lync 2010 to Skype for Business 2019";
        case ServerRole::lync_av:
            return "A/V Edge, Lync 2010 to Skype for Business 2019";
        case ServerRole::lync_rp:
            return "reverse proxy, Lync 2010 to Skype for Business 2019";
        case ServerRole::rfc5922:
            return "SIP domain certificate of RFC 5922";
    }
    return "";
}

Result<ServerRole> parse_server_role(std::string_view word) {
    if (word == "director") return ServerRole::lync_director;
    std::string known;
    for (ServerRole role : all_server_roles) {
        if (word == to_string(role)) return role;
        known += (known.empty() ? "" : ", ") + std::string(to_string(role));
    }
    return Error{"no server role " + quoted(word), "", "one of " + known};
}

RoleNeeds needs_of(ServerRole role) {
    switch (role) {
        case ServerRole::ocs_pool:
        case ServerRole::lync_fe:
        case ServerRole::lync_mediation:
            return RoleNeeds::pool;
        case ServerRole::lync_se:
        case ServerRole::ocs_se:
        case ServerRole::ocs_director:
        case ServerRole::lync_director:
            return RoleNeeds::server_or_pool;
        case ServerRole::ocs_pool_member:
        case ServerRole::ocs_edge_internal:
        case ServerRole::ocs_webconf_edge:
        case ServerRole::ocs_av:
        case ServerRole::lync_sba:
        case ServerRole::lync_edge_internal:
        case ServerRole::lync_av:
            return RoleNeeds::server;
        case ServerRole::ocs_rp:
        case ServerRole::ocs_cwa:
        case ServerRole::lync_rp:
            return RoleNeeds::web;
        case ServerRole::ocs_edge:
        case ServerRole::lync_edge:
        case ServerRole::lync_edge_im:
            return RoleNeeds::server_or_domain;
        case ServerRole::rfc5922:
            return RoleNeeds::domain;
    }
    return RoleNeeds::domain;
}

std::string_view to_string(RoleNeeds needs) {
    switch (needs) {
        case RoleNeeds::pool:
            return "pool FQDN";
        case RoleNeeds::server:
            return "server FQDN";
        case RoleNeeds::web:
            return "web FQDN";
        case RoleNeeds::domain:
            return "SIP domain";
        case RoleNeeds::server_or_domain:
            return "server FQDN or SIP domain";
        case RoleNeeds::server_or_pool:
            return "server or pool FQDN";
    }
    return "";
}

}  // namespace ocs::discovery
