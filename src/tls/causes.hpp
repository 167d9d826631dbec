#pragma once
// Internal to tls: what an ending can mean, by the alert that came with it and by what the server knows to
// be wrong with its own certificate (client-behaviour §3, §1 no. 12). Pure; verdict.cpp asks.

#include <string>
#include <vector>

#include "tls/verdict.hpp"

namespace ocs::tls {

/// One thing that is wrong with what this connection was shown, as far as the server can know.
struct Finding {
    record::Cause cause;
    std::string reason;  ///< one clause
};

/// The name first, since a rejection where the name is not covered is a mismatch until shown otherwise.
std::vector<Finding> own_findings(const VerdictContext& context);

/// Sets causes, confidence and reasons for a refusal by this alert of the client.
void read_alert(record::Judgement& judgement,
                const record::AlertFact& alert,
                const record::ConnectionFacts& facts,
                const VerdictContext& context);

/// Sets them for a close or a silence that gives no reason: what is wrong with the certificate may be it,
/// or nothing. `closing_reason` is the clause that says how such an ending is to be taken.
void read_silence(record::Judgement& judgement, const VerdictContext& context, std::string closing_reason);

/// Adds why client and host have no cipher suite in common, as plainly as the hello allows.
void explain_no_common_cipher(record::Judgement& judgement,
                              const record::ConnectionFacts& facts,
                              const record::ServedCertificate* certificate);

}  // namespace ocs::tls
