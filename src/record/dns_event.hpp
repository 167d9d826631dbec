#pragma once
// One question a client put to the lab DNS, and what it was told. Text is raw here (bounded by the DNS
// itself) and escaped where it is shown.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.hpp"
#include "record/connection_record.hpp"
#include "record/evidence.hpp"

namespace ocs::record {

/// What became of the question. Words are stable.
enum class DnsOutcome {
    answered,
    no_data,    ///< the name exists, the type does not: NOERROR with the SOA
    nx_domain,  ///< no such name
    refused,    ///< outside the zones, or by a fault
    servfail,   ///< by a fault, or ours
    not_implemented,
    format_error,
    forwarded,  ///< answered by the resolver of `forward:`
    dropped,    ///< by a fault, or no answer is due (a response, a packet too short for a header)
};
std::string_view to_string(DnsOutcome outcome);  ///< "no-such-name" for nx_domain, "no-data"…

struct DnsTarget {
    std::string name;  ///< of an SRV record, lower case, without trailing dot
    std::uint16_t port = 0;
    std::vector<std::string> addresses;  ///< sent along for it in the additional section, canonical text
};

struct DnsEvent {
    std::string id;  ///< unique over restarts, "20261124T055900-1f3a-d17"
    WallTime at;     ///< the query arrived
    Micros took{};   ///< until the answer left
    Endpoint client;
    Endpoint local;
    bool tcp = false;
    std::string name;  ///< as asked, case kept, without trailing dot; empty: the root, or unreadable
    std::string type;  ///< "SRV", "A", "TYPE65"
    DnsOutcome outcome = DnsOutcome::answered;
    bool truncated = false;
    std::vector<std::string> answers;    ///< "CNAME front01.contoso.test", "SRV 0 0 5061 sip.contoso.test"
    std::vector<std::string> addresses;  ///< the A and AAAA of the answer, canonical text
    std::vector<DnsTarget> targets;      ///< of SRV answers
    std::string fault;                   ///< the armed fault that shaped the answer, or empty
    std::string attempt;                 ///< id of the attempt, given by the journal
    EvidenceList evidence;               ///< empty where no history is kept
};

}  // namespace ocs::record
