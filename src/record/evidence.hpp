#pragma once
// Bytes as they were on the wire, kept beside a record for those who look closer. What a client sent as
// Authorization is taken out before (design decision 10), but for a capture: that has all, keys and
// credentials, and is kept only where it was asked for.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ocs::record {

/// What the bytes are. Words are stable: the store has them.
enum class EvidenceKind {
    hello,        ///< of a connection: from its first byte to the end of the ClientHello, records and all
    certificate,  ///< of a connection: DER of each certificate that was sent, the leaf first
    sip,          ///< of a SIP message: its text
    dns_query,    ///< of a DNS question: the message
    dns_answer,   ///< and what went back
    capture,      ///< of a connection: pcapng blocks, which follow journal::pcapng_head()
};
std::string_view to_string(EvidenceKind kind);
std::optional<EvidenceKind> evidence_kind(std::string_view word);

/// Shared by all that keep them: the record, its provisional copy, the rows that wait for the disk.
using Bytes = std::shared_ptr<const std::string>;
inline Bytes make_bytes(std::string bytes) { return std::make_shared<const std::string>(std::move(bytes)); }

/// Where a record has several of a kind, their order is that of the list.
struct Evidence {
    EvidenceKind kind = EvidenceKind::hello;
    Bytes bytes;  ///< never null
};
using EvidenceList = std::vector<Evidence>;

/// At most so much is kept of one hello, message or certificate; what is longer is cut there.
inline constexpr std::size_t most_evidence = std::size_t{64} * 1024;

}  // namespace ocs::record
