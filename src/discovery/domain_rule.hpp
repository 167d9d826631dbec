#pragma once
// Whether a client takes a server name that DNS gave it for a user's SIP domain (facts sheet §2.2, §2.4).
//
// The rule is about names that the client learned, not about names it made of the user's domain itself, and
// it holds for automatic configuration over TLS only [10].

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/host_name.hpp"

namespace ocs::discovery {

enum class DomainRule {
    none,            ///< any server: pidgin-sipe, plain TCP, a typed server
    strict_sip,      ///< <dom> and sip.<dom> only
    same_domain,     ///< any host in or below <dom>
    same_root,       ///< any host in the registrable parent of <dom>
    prompt,          ///< the user is asked about servers outside the trusted domains
    refuse_foreign,  ///< as same_domain; phones that once took any server
};
inline constexpr DomainRule all_domain_rules[] = {DomainRule::none,
                                                  DomainRule::strict_sip,
                                                  DomainRule::same_domain,
                                                  DomainRule::same_root,
                                                  DomainRule::prompt,
                                                  DomainRule::refuse_foreign};
std::string_view to_string(DomainRule rule);  ///< "strict-sip"
Result<DomainRule> parse_domain_rule(std::string_view word);

enum class DomainVerdict { accepted, refused, ask };
std::string_view to_string(DomainVerdict verdict);  ///< "accepted", "refused", "ask"

struct DomainDecision {
    DomainVerdict verdict = DomainVerdict::accepted;
    std::string reason;  ///< one clause: "'pool01.fabrikam.test' is not in or below 'litware.test'"
};

/// Holds `server` against `rule`. `trusted` are the domains that `prompt` does not ask about, next to the
/// SIP domain itself; sub-domains count (1) [12]. The other rules do not look at it.
DomainDecision apply_domain_rule(DomainRule rule,
                                 const HostName& sip_domain,
                                 const HostName& server,
                                 std::span<const HostName> trusted = {});

/// The domain one registers: the last two labels, three below second-level registries such as `co.uk`. An
/// approximation; there is no public suffix list in here.
HostName registrable_parent(const HostName& domain);

}  // namespace ocs::discovery
