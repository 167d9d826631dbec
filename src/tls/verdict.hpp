#pragma once
// From what was observed to what it means: a pure function, by OpenSSL numbers and observed facts only,
// never by text. The order of decisions is client-behaviour §4's; alerts are read by its §3, with what
// the server knows of its own certificate (its §1 no. 12).

#include <optional>

#include "core/clock.hpp"
#include "discovery/name_policy.hpp"
#include "record/connection_record.hpp"

namespace ocs::tls {

/// What besides the facts bears on the reading.
struct VerdictContext {
    const record::ServedCertificate* certificate = nullptr;  ///< null: none chosen
    const discovery::NameVerdict* name = nullptr;  ///< wanted against presented; null: wanted name unknown
    WallTime now;
    bool provisional = false;  ///< asked 2 s after a silent Finished, the connection still open
    /// The wanted name is known by look-ups, that surely; empty: the client gave it itself.
    std::optional<record::Confidence> looked_up = std::nullopt;
};

record::Judgement judge(const record::ConnectionFacts& facts, const VerdictContext& context);

/// The wanted name as far as the connection alone tells: the SNI, or unknown.
std::optional<record::WantedName> wanted_name(const record::ConnectionFacts& facts);

}  // namespace ocs::tls
