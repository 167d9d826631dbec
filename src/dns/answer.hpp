#pragma once
// The answering side, as a function: query bytes in, answer bytes and facts out.

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dns/fault.hpp"
#include "dns/record.hpp"
#include "dns/zone.hpp"

namespace ocs::dns {

enum class Transport { udp, tcp };

/// What became of a question.
enum class Outcome {
    answered,
    no_data,    ///< the name exists, the type does not
    nx_domain,  ///< no such name
    referral,   ///< a delegation: NS records in the authority section
    refused,    ///< outside the zones, a zone transfer, another class; or by a fault
    server_failure,
    not_implemented,  ///< another opcode
    format_error,     ///< or an EDNS version we do not have (BADVERS)
    forward,          ///< outside the zones, and `forward` said so: the caller asks the other resolver
    dropped,          ///< no answer is due: a response, less than a header; or by a fault
};

struct Facts {
    std::string name;  ///< as asked, case kept, without the dot at its end; empty: the root, or unreadable
    std::string type;  ///< "SRV", "TYPE65280"; empty if unreadable
    Outcome outcome = Outcome::dropped;
    bool truncated = false;
    std::vector<Record> answers;     ///< the answer section, before truncation
    std::vector<Record> additional;  ///< addresses sent along with SRV and NS records
    std::string fault;               ///< of the fault that shaped the answer, summary(), or empty
};

struct Answer {
    std::vector<std::uint8_t> bytes;     ///< empty: nothing is sent
    std::chrono::milliseconds delay{0};  ///< to wait before it is sent
    std::optional<std::uint64_t> fault;  ///< the caller calls Faults::spend with it
    Facts facts;
};

struct AnswerOptions {
    Transport transport = Transport::udp;
    bool forward = false;  ///< names outside the zones go to another resolver; sets RA
};

inline constexpr std::uint16_t largest_udp = 4096;  ///< what we send and take at most by UDP

/// Answers one query.
///
/// What comes out: AA for zone data; aliases followed through all zones, at most 16, each once; NXDOMAIN and
/// NODATA with the SOA (RFC 2308), NODATA for empty non-terminals (RFC 8020), wildcards (RFC 4592),
/// referrals; the owner in the letter case of the question; ANY with one RRset only (RFC 8482); addresses of
/// SRV and NS targets sent along where there is room. Size: 512 bytes by UDP, or what the client's OPT record
/// says up to 4096 (RFC 6891); what does not fit is left out from the end, and TC set if that touched the
/// answer (RFC 2181 §9). OPT is answered with OPT, an EDNS version above 0 with BADVERS. Refusals: FORMERR
/// unless there is exactly one question and the message can be read; NOTIMP for other opcodes; REFUSED
/// outside the zones, for other classes, and for zone transfers. Responses get no answer.
Answer answer(std::span<const std::uint8_t> query,
              const Zones& zones,
              const Faults& faults,
              const AnswerOptions& options = {});

/// A SERVFAIL for this query, for a caller that could not get an answer elsewhere. Empty if none is due.
std::vector<std::uint8_t> server_failure(std::span<const std::uint8_t> query);

}  // namespace ocs::dns
