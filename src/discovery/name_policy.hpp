#pragma once
// How a client compares the name it wants with the names on a certificate. One policy per rule set;
// all of them pure functions on a plain struct of presented names.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace ocs::discovery {

/// A rule set. The words in output and on the command line are to_string()'s.
enum class NamePolicy {
    communicator2007,  ///< OC 2007 and R2: CN or any SAN entry, no wildcards (facts sheet §3.2; [9], [16],
                       ///< [17])
    lync2010,  ///< Lync 2010 to SfB desktop: CN only without SAN, wildcard in SAN (§3.2; [14], [15], [69])
    rfc9525,   ///< SAN only, '*' as the complete left-most label, one label
    rfc5922,   ///< SIP domain certificates: sip: URI first, then dNSName, CN only without SAN, no wildcards
    openssl,   ///< X509_check_host of OpenSSL 3.0 with flags 0
};

inline constexpr NamePolicy all_name_policies[] = {NamePolicy::communicator2007,
                                                   NamePolicy::lync2010,
                                                   NamePolicy::rfc9525,
                                                   NamePolicy::rfc5922,
                                                   NamePolicy::openssl};

std::string_view to_string(NamePolicy policy);  ///< "communicator2007"
Result<NamePolicy> parse_name_policy(std::string_view word);

enum class NameKind { dns, ip, uri, email, srv, other, common_name };
std::string_view to_string(NameKind kind);  ///< "DNS", "IP", "URI", "email", "SRV", "other", "CN"

/// One name as it stands on a certificate. `text` holds the raw bytes (they may contain NUL or be no
/// UTF-8: show them only through core's visible()); an address is canonical text, one of a wrong
/// length is `hex:…`; `other` is `OID:hex` or the like.
struct PresentedName {
    NameKind kind = NameKind::dns;
    std::string text;
    bool operator==(const PresentedName&) const = default;
};

/// The names of a certificate: what a server presents. CNs in the order of the DN, SAN entries in theirs.
struct PresentedNames {
    std::vector<std::string> common_names;
    bool san_present = false;  ///< the extension is there, even if empty or unreadable
    bool san_readable = true;  ///< false: there, but it does not parse
    std::vector<PresentedName> san;
    bool operator==(const PresentedNames&) const = default;
};

/// Why a presented name does or does not cover the wanted one. Closed list; words are stable.
enum class NameReason {
    matches,               ///< covers the wanted name
    matches_wildcard,      ///< covers it through a wildcard that this policy allows
    different_label,       ///< as many labels, at least one other
    different_domain,      ///< no label from the right in common, or only the last one
    fewer_labels,          ///< a parent or shorter name
    more_labels,           ///< a child or longer name
    wildcard_not_allowed,  ///< would cover it, but this policy knows no wildcards
    wildcard_one_label,    ///< a wildcard covers exactly one label
    wildcard_malformed,    ///< the '*' stands where this policy does not allow it
    not_looked_at,         ///< CN not looked at because a SAN extension is present (or an RFC 5922 URI wins)
    other_kind,            ///< not a kind of name this policy compares
    not_a_host_name,       ///< blank, comma, port, URL, NUL, non-ASCII… in it
    trailing_blank,        ///< equal but for blanks at an end
    trailing_dot,          ///< equal but for the dot at the end, which this policy counts
    embedded_nul,          ///< a NUL byte in it
    address_in_dns_name,   ///< an IP address written as a DNS name
};
std::string_view to_string(NameReason reason);  ///< "different-label"

/// One presented name held against the wanted one.
struct NameComparison {
    PresentedName name;
    bool covers = false;
    NameReason reason = NameReason::different_domain;
    std::string detail;  ///< one clause for people: "label 1 is 'sip', wanted 'sipinternal'"; already escaped
};

struct NameVerdict {
    bool covered = false;
    NamePolicy policy = NamePolicy::rfc9525;
    std::optional<std::size_t> by;            ///< index into comparisons of the first that covers
    std::vector<NameComparison> comparisons;  ///< SAN entries in order, then CNs in order
    std::string wanted_problem;  ///< why the wanted text can match nothing under this policy, or empty
};

/// Holds `wanted` (a host name or an IP address as text, raw as the client has it; for rfc5922 the SIP
/// domain) against `names`. Never fails: text that is no host name simply is not covered, and
/// `wanted_problem` says so. Cost is linear in the number of names.
NameVerdict compare_names(NamePolicy policy, const PresentedNames& names, std::string_view wanted);

}  // namespace ocs::discovery
