#include <utility>

#include "core/escape.hpp"
#include "discovery/name_policy.hpp"

namespace ocs::discovery {

std::string_view to_string(NamePolicy policy) {
    switch (policy) {
        case NamePolicy::communicator2007:
            return "communicator2007";
        case NamePolicy::lync2010:
            return "lync2010";
        case NamePolicy::rfc9525:
            return "rfc9525";
        case NamePolicy::rfc5922:
            return "rfc5922";
        case NamePolicy::openssl:
            return "openssl";
    }
    return "";
}

Result<NamePolicy> parse_name_policy(std::string_view word) {
    std::string known;
    for (NamePolicy policy : all_name_policies) {
        if (word == to_string(policy)) return policy;
        known += (known.empty() ? "" : ", ") + std::string(to_string(policy));
    }
    return Error{"no name policy " + quoted(word), "", "one of " + known};
}

std::string_view to_string(NameKind kind) {
    switch (kind) {
        case NameKind::dns:
            return "DNS";
        case NameKind::ip:
            return "IP";
        case NameKind::uri:
            return "URI";
        case NameKind::email:
            return "email";
        case NameKind::srv:
            return "SRV";
        case NameKind::other:
            return "other";
        case NameKind::common_name:
            return "CN";
    }
    return "";
}

std::string_view to_string(NameReason reason) {
    switch (reason) {
        case NameReason::matches:
            return "matches";
        case NameReason::matches_wildcard:
            return "matches-wildcard";
        case NameReason::different_label:
            return "different-label";
        case NameReason::different_domain:
            return "different-domain";
        case NameReason::fewer_labels:
            return "fewer-labels";
        case NameReason::more_labels:
            return "more-labels";
        case NameReason::wildcard_not_allowed:
            return "wildcard-not-allowed";
        case NameReason::wildcard_one_label:
            return "wildcard-one-label";
        case NameReason::wildcard_malformed:
            return "wildcard-malformed";
        case NameReason::not_looked_at:
            return "not-looked-at";
        case NameReason::other_kind:
            return "other-kind";
        case NameReason::not_a_host_name:
            return "not-a-host-name";
        case NameReason::trailing_blank:
            return "trailing-blank";
        case NameReason::trailing_dot:
            return "trailing-dot";
        case NameReason::embedded_nul:
            return "embedded-nul";
        case NameReason::address_in_dns_name:
            return "address-in-dns-name";
    }
    return "";
}

}  // namespace ocs::discovery
