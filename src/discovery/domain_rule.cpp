#include "discovery/domain_rule.hpp"

#include <algorithm>
#include <array>

#include "core/escape.hpp"

namespace ocs::discovery {
namespace {

bool is_in_any(const HostName& server, std::span<const HostName> domains) {
    return std::any_of(
        domains.begin(), domains.end(), [&](const HostName& domain) { return server.is_in_domain(domain); });
}

DomainDecision judge(bool accepted, const HostName& server, std::string_view place, const HostName& domain) {
    return {accepted ? DomainVerdict::accepted : DomainVerdict::refused,
            quoted(server.text()) + (accepted ? " is " : " is not ") + std::string(place) +
                quoted(domain.text())};
}

}  // namespace

std::string_view to_string(DomainRule rule) {
    switch (rule) {
        case DomainRule::none:
            return "none";
        case DomainRule::strict_sip:
            return "strict-sip";
        case DomainRule::same_domain:
            return "same-domain";
        case DomainRule::same_root:
            return "same-root";
        case DomainRule::prompt:
            return "prompt";
        case DomainRule::refuse_foreign:
            return "refuse-foreign";
    }
    return "";
}

Result<DomainRule> parse_domain_rule(std::string_view word) {
    for (DomainRule rule : all_domain_rules) {
        if (word == to_string(rule)) return rule;
    }
    return Error{"no domain rule " + quoted(word),
                 "",
                 "one of none, strict-sip, same-domain, same-root, prompt, refuse-foreign"};
}

std::string_view to_string(DomainVerdict verdict) {
    switch (verdict) {
        case DomainVerdict::accepted:
            return "accepted";
        case DomainVerdict::refused:
            return "refused";
        case DomainVerdict::ask:
            return "ask";
    }
    return "";
}

HostName registrable_parent(const HostName& domain) {
    constexpr std::array<std::string_view, 9> registries = {
        "ac", "co", "com", "edu", "gov", "ne", "net", "or", "org"};
    const auto labels = domain.labels();
    std::size_t keep = 2;
    if (labels.size() > 2 && labels.back().size() == 2) {
        const std::string_view second = labels[labels.size() - 2];
        if (std::find(registries.begin(), registries.end(), second) != registries.end()) keep = 3;
    }
    if (labels.size() <= keep) return domain;
    std::string text;
    for (std::size_t i = labels.size() - keep; i < labels.size(); ++i) {
        text += (text.empty() ? "" : ".") + std::string(labels[i]);
    }
    return HostName::parse(text).value();
}

DomainDecision apply_domain_rule(DomainRule rule,
                                 const HostName& sip_domain,
                                 const HostName& server,
                                 std::span<const HostName> trusted) {
    switch (rule) {
        case DomainRule::none:
            break;
        case DomainRule::strict_sip: {
            const bool fits = server == sip_domain || server.text() == "sip." + sip_domain.text();
            return {fits ? DomainVerdict::accepted : DomainVerdict::refused,
                    quoted(server.text()) + (fits ? " is" : " is not") + " the SIP domain or sip." +
                        visible(sip_domain.text())};
        }
        case DomainRule::same_domain:
        case DomainRule::refuse_foreign:
            return judge(server.is_in_domain(sip_domain), server, "in or below ", sip_domain);
        case DomainRule::same_root: {
            const HostName root = registrable_parent(sip_domain);
            return judge(server.is_in_domain(root), server, "in or below ", root);
        }
        case DomainRule::prompt: {
            if (server.is_in_domain(sip_domain)) return judge(true, server, "in or below ", sip_domain);
            if (is_in_any(server, trusted)) {
                return {DomainVerdict::accepted, quoted(server.text()) + " is in a trusted domain"};
            }
            return {DomainVerdict::ask,
                    quoted(server.text()) + " is neither in " + quoted(sip_domain.text()) +
                        " nor in a trusted domain"};
        }
    }
    return {DomainVerdict::accepted, "any server is taken"};
}

}  // namespace ocs::discovery
