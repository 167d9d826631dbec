#include "discovery/name_policy.hpp"

#include <algorithm>
#include <utility>

#include "core/escape.hpp"
#include "core/ip_address.hpp"
#include "discovery/openssl_match.hpp"

namespace ocs::discovery {
namespace {

constexpr auto npos = std::string_view::npos;

struct Finding {
    bool covers = false;
    NameReason reason = NameReason::different_domain;
    std::string detail;
};

// What a policy looks at. The rules have their sources at rules_of().
struct Rules {
    bool wildcards = false;           // '*' as the whole left-most label of a dNSName
    bool wanted_dot_dropped = false;  // a dot at the end of the wanted name does not count
    bool addresses = true;            // an address is held against iPAddress entries
};

Rules rules_of(NamePolicy policy) {
    switch (policy) {
        // Wildcards do not work for SIP in the OCS generation (2+) [16, 17].
        case NamePolicy::communicator2007:
            return {};
        // Wildcard in SAN only (2+) [18, 19]; Lync 2010 desktop signs in with it (1) [69].
        case NamePolicy::lync2010:
            return {.wildcards = true};
        case NamePolicy::rfc9525:
            return {.wildcards = true, .wanted_dot_dropped = true};
        // Never wildcards, and an iPAddress is no SIP domain identity (1) [65].
        case NamePolicy::rfc5922:
            return {.addresses = false};
        case NamePolicy::openssl:
            return {.addresses = false};  // has its own comparison
    }
    return {};
}

std::vector<std::string_view> labels_of(std::string_view name) {
    std::vector<std::string_view> labels;
    for (std::size_t dot; (dot = name.find('.')) != npos; name.remove_prefix(dot + 1)) {
        labels.push_back(name.substr(0, dot));
    }
    labels.push_back(name);
    return labels;
}

std::string_view without_blanks(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::string_view without_dot(std::string_view text) {
    if (text.size() > 1 && text.ends_with('.')) text.remove_suffix(1);
    return text;
}

bool is_host_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '*';
}

bool is_host_text(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_host_character);
}

bool has_empty_label(std::string_view name) {
    const auto labels = labels_of(name);
    return std::any_of(labels.begin(), labels.end(), [](std::string_view label) { return label.empty(); });
}

bool is_address(std::string_view text) { return IpAddress::parse(text).has_value(); }

// Brackets around an address are how a URI writes it (RFC 3986 §3.2.2), not part of it.
std::string_view without_brackets(std::string_view text) {
    if (text.size() < 3 || !text.starts_with('[') || !text.ends_with(']')) return text;
    const std::string_view inside = text.substr(1, text.size() - 2);
    return is_address(inside) ? inside : text;
}

bool is_whole_label_wildcard(std::string_view name) {
    return name.starts_with("*.") && name.find('*', 1) == npos && !has_empty_label(name);
}

// '*.tail' against 'label.tail'.
bool wildcard_covers(std::string_view pattern, std::string_view wanted) {
    const auto dot = wanted.find('.');
    return is_whole_label_wildcard(pattern) && dot != npos && dot != 0 &&
           wanted.substr(0, dot).find('*') == npos &&
           equal_ignoring_case(pattern.substr(1), wanted.substr(dot));
}

Finding explain_wildcard(std::string_view name, std::string_view wanted) {
    if (wildcard_covers(name, wanted)) {
        return {false, NameReason::wildcard_not_allowed, "this policy does not allow the wildcard here"};
    }
    if (!is_whole_label_wildcard(name)) {
        return {false, NameReason::wildcard_malformed, "'*' is not the whole first label"};
    }
    const std::string_view tail = name.substr(1);
    const bool below =
        wanted.size() > tail.size() && equal_ignoring_case(wanted.substr(wanted.size() - tail.size()), tail);
    if (below || equal_ignoring_case(wanted, tail.substr(1))) {
        return {false, NameReason::wildcard_one_label, "'*' stands for exactly one label"};
    }
    return {false, NameReason::different_domain, "the wildcard is for another domain"};
}

Finding explain_labels(std::string_view name, std::string_view wanted) {
    const auto have = labels_of(name);
    const auto want = labels_of(wanted);
    std::size_t common = 0;
    while (common < std::min(have.size(), want.size()) &&
           equal_ignoring_case(have[have.size() - 1 - common], want[want.size() - 1 - common])) {
        ++common;
    }
    if (common < 2 && common < std::min(have.size(), want.size())) {
        return {false, NameReason::different_domain, "another domain"};
    }
    if (have.size() < want.size()) {
        return {false,
                NameReason::fewer_labels,
                "has " + std::to_string(have.size()) + " labels, wanted " + std::to_string(want.size())};
    }
    if (have.size() > want.size()) {
        return {false,
                NameReason::more_labels,
                "has " + std::to_string(have.size()) + " labels, wanted " + std::to_string(want.size())};
    }
    for (std::size_t i = 0; i < have.size(); ++i) {
        if (equal_ignoring_case(have[i], want[i])) continue;
        return {false,
                NameReason::different_label,
                "label " + std::to_string(i + 1) + " is " + quoted(have[i]) + ", wanted " + quoted(want[i])};
    }
    return {false, NameReason::different_label, "this policy does not match it"};
}

// Why a name that does not cover the wanted one does not.
Finding explain_difference(std::string_view name, std::string_view wanted) {
    if (name.find('\0') != npos) return {false, NameReason::embedded_nul, "a NUL byte in the name"};
    const auto trimmed = without_blanks(name);
    if (trimmed != name && equal_ignoring_case(trimmed, wanted)) {
        return {false, NameReason::trailing_blank, "a blank at an end of the name"};
    }
    if (name != wanted && equal_ignoring_case(without_dot(name), without_dot(wanted))) {
        return {false, NameReason::trailing_dot, "differs in the dot at the end"};
    }
    if (is_address(name)) {
        return {false, NameReason::address_in_dns_name, "an address written as a DNS name"};
    }
    if (!is_host_text(name)) return {false, NameReason::not_a_host_name, "no host name"};
    if (name.find('*') != npos) return explain_wildcard(name, wanted);
    return explain_labels(name, wanted);
}

// RFC 9525 as browsers do it: a presented name counts only in the preferred name syntax of RFC 1034 §3.5 as
// RFC 1123 §2.1 has it, plus underscores. A last label of digits alone makes an address, not a name.
bool is_strict_host(std::string_view name) {
    const auto labels = labels_of(name);
    const bool clean = std::none_of(labels.begin(), labels.end(), [](std::string_view label) {
        return label.empty() || label.size() > 63 || label.starts_with('-') || label.ends_with('-');
    });
    const bool digits = labels.back().find_first_not_of("0123456789") == npos;
    return clean && !digits && name.size() <= 253;
}

// `strict`: a wildcard needs two labels after it, names must be clean host names.
Finding compare_host(std::string_view name, std::string_view wanted, bool wildcards, bool strict = false) {
    if (strict && !is_strict_host(name)) {
        if (!equal_ignoring_case(name, wanted)) return explain_difference(name, wanted);
        return {false, NameReason::not_a_host_name, "no clean host name"};
    }
    if (!name.empty() && name.find('\0') == npos && equal_ignoring_case(name, wanted) && !is_address(name)) {
        return {true, NameReason::matches, "the same name"};
    }
    if (wildcards && wildcard_covers(name, wanted) && !(strict && labels_of(name).size() < 3)) {
        return {true, NameReason::matches_wildcard, "'*' stands for " + quoted(labels_of(wanted).front())};
    }
    return explain_difference(name, wanted);
}

Finding compare_openssl(std::string_view name, std::string_view wanted) {
    const OpensslMatch match = openssl_match(name, wanted);
    if (!match.covers) return explain_difference(name, wanted);
    if (match.through_wildcard) return {true, NameReason::matches_wildcard, "covered by the wildcard"};
    return {true, NameReason::matches, "the same name, or below the domain that was asked for"};
}

Finding compare_address(std::string_view entry, std::string_view wanted) {
    const auto have = IpAddress::parse(entry);
    const auto want = IpAddress::parse(wanted);
    if (have && want && *have == *want) return {true, NameReason::matches, "the same address"};
    return {false, NameReason::different_label, "another address"};
}

// The domain of a sip: URI without user part, or empty (RFC 5922 section 7.1) (1) [65].
std::optional<std::string_view> sip_domain(std::string_view uri) {
    if (uri.size() < 4 || !equal_ignoring_case(uri.substr(0, 4), "sip:")) return std::nullopt;
    uri.remove_prefix(4);
    if (uri.find('@') != npos) return std::nullopt;
    return uri.substr(0, uri.find_first_of(":;?"));
}

Finding not_looked_at(std::string why) { return {false, NameReason::not_looked_at, std::move(why)}; }
Finding other_kind() {
    return {false, NameReason::other_kind, "this policy does not compare this kind of name"};
}

class Comparer {
public:
    Comparer(NamePolicy policy, const PresentedNames& names, std::string_view wanted)
        : policy_(policy), names_(names), rules_(rules_of(policy)), wanted_(wanted) {
        if (rules_.wanted_dot_dropped) wanted_ = without_dot(wanted_);
        // X509_check_host takes a wanted name with the NUL that ends a C string.
        if (policy == NamePolicy::openssl && wanted_.size() > 1 && wanted_.find('\0') == wanted_.size() - 1) {
            wanted_.remove_suffix(1);
        }
        if (policy != NamePolicy::openssl) wanted_ = without_brackets(wanted_);
        wanted_is_address_ = policy != NamePolicy::openssl && is_address(wanted_);
        const auto broken =
            std::find_if_not(names.common_names.begin(), names.common_names.end(), is_valid_utf8);
        readable_common_names_ = static_cast<std::size_t>(broken - names.common_names.begin());
        for (const PresentedName& entry : names.san) {
            if (entry.kind == NameKind::dns) has_any_dns_ = true;
            if (entry.kind == NameKind::uri && sip_domain(entry.text)) has_sip_uri_ = true;
        }
    }

    Finding san_entry(const PresentedName& entry) const {
        if (entry.kind == NameKind::ip) {
            if (!rules_.addresses || !wanted_is_address_) return other_kind();
            return compare_address(entry.text, wanted_);
        }
        if (entry.kind == NameKind::uri && policy_ == NamePolicy::rfc5922) return uri_entry(entry.text);
        if (entry.kind != NameKind::dns) return other_kind();
        if (policy_ == NamePolicy::openssl) return compare_openssl(entry.text, wanted_);
        if (wanted_is_address_) return address_against_name(entry.text);
        if (has_sip_uri_ && policy_ == NamePolicy::rfc5922) {
            return not_looked_at("a sip: URI is there, so DNS names do not count");
        }
        return compare_host(entry.text, wanted_, rules_.wildcards, policy_ == NamePolicy::rfc9525);
    }

    Finding common_name(std::size_t index) const {
        const std::string_view name = names_.common_names.at(index);
        if (policy_ == NamePolicy::rfc9525) return not_looked_at("this policy never looks at the CN");
        if (policy_ == NamePolicy::openssl) {
            // v3_utl.c: a dNSName in the SAN, even one of another name, ends the search.
            if (has_any_dns_) return not_looked_at("the SAN has a DNS name, so the CN does not count");
            if (index >= readable_common_names_)
                return not_looked_at("X509_check_host gives up at a CN that is no UTF-8");
            return compare_openssl(name, wanted_);
        }
        // TLS ignores the CN once a SAN exists (2+) [14, 15]; for SIP domains (1) [65]. OC 2007: a CN match
        // or any SAN match is enough (1) [9].
        if (names_.san_present && policy_ != NamePolicy::communicator2007) {
            return not_looked_at("a SAN is there, so the CN does not count");
        }
        if (wanted_is_address_) return address_against_name(name);
        return compare_host(name, wanted_, false);  // wildcard CN: not supported for any role (2+) [18, 19]
    }

    std::string wanted_problem() const {
        if (wanted_.empty()) return "the wanted name is empty";
        if (wanted_.find('\0') != npos) return "the wanted name has a NUL byte in it";
        if (wanted_is_address_) {
            return rules_.addresses ? "" : "this policy has no rule for addresses";
        }
        if (policy_ == NamePolicy::openssl) {
            return is_address(wanted_) ? "X509_check_host does not look at iPAddress entries" : "";
        }
        if (without_blanks(wanted_) != wanted_) return "the wanted name has a blank at an end";
        if (!is_host_text(wanted_)) return "the wanted name is no host name";
        return "";
    }

    /// Text that cannot match under this policy, whatever is presented.
    bool wanted_is_hopeless() const {
        if (wanted_.empty() || wanted_.find('\0') != npos) return true;
        if (policy_ == NamePolicy::openssl) return false;
        if (wanted_is_address_) return !rules_.addresses;
        return !is_host_text(wanted_);
    }

private:
    Finding uri_entry(std::string_view uri) const {
        const auto domain = sip_domain(uri);
        if (!domain) return other_kind();
        // The NUL may stand behind the domain, where a C program would not see the rest.
        if (uri.find('\0') != npos) return {false, NameReason::embedded_nul, "a NUL byte in the name"};
        return compare_host(*domain, wanted_, false);
    }

    Finding address_against_name(std::string_view name) const {
        if (is_address(name)) {
            return {false, NameReason::address_in_dns_name, "an address counts only as an iPAddress entry"};
        }
        return other_kind();
    }

    NamePolicy policy_;
    const PresentedNames& names_;
    Rules rules_;
    std::string_view wanted_;
    bool wanted_is_address_ = false;
    bool has_any_dns_ = false;  // a dNSName, even an empty one
    bool has_sip_uri_ = false;
    std::size_t readable_common_names_ = 0;  // those before the first that is no UTF-8
};

}  // namespace

NameVerdict compare_names(NamePolicy policy, const PresentedNames& names, std::string_view wanted) {
    const Comparer comparer(policy, names, wanted);
    NameVerdict verdict;
    verdict.policy = policy;
    const bool hopeless = comparer.wanted_is_hopeless();
    const auto add = [&](PresentedName name, Finding finding) {
        if (hopeless && finding.covers) {
            finding = {false, NameReason::not_a_host_name, "the wanted text can match nothing"};
        }
        if (finding.covers && !verdict.by) verdict.by = verdict.comparisons.size();
        verdict.comparisons.push_back(
            {std::move(name), finding.covers, finding.reason, std::move(finding.detail)});
    };
    for (const PresentedName& entry : names.san) add(entry, comparer.san_entry(entry));
    for (std::size_t i = 0; i < names.common_names.size(); ++i) {
        add({NameKind::common_name, names.common_names[i]}, comparer.common_name(i));
    }
    verdict.covered = verdict.by.has_value();
    if (!verdict.covered) verdict.wanted_problem = comparer.wanted_problem();
    return verdict;
}

}  // namespace ocs::discovery
