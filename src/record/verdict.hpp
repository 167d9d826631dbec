#pragma once
// The closed list of outcomes of a connection. The word in every output is to_string()'s and never
// changes its meaning; docs/handshake-log.md explains each.

#include <string>
#include <string_view>
#include <vector>

namespace ocs::record {

enum class Verdict {
    signed_in,             ///< REGISTER answered 200 and the client went on
    accepted,              ///< application data came from the client; not proof of consent
    rejected_alert,        ///< the client's fatal alert, before or after Finished
    finished_no_data,      ///< handshake done, then closed without a byte: a check in the client, perhaps
    finished_silent,       ///< handshake done, nothing since; provisional, or final at the idle limit
    closed_in_handshake,   ///< FIN or RST after our certificate, no alert
    closed_after_hello,    ///< gone before our certificate can have arrived
    closed_partial_hello,  ///< gone in the middle of its ClientHello
    closed_before_hello,   ///< connected and left without a byte
    no_bytes,              ///< connected and sent nothing until the deadline
    handshake_timeout,     ///< the deadline ended the handshake; `stage` says where
    no_common_version,     ///< no protocol version that both sides allow
    no_common_cipher,      ///< no cipher suite (or signature algorithm) that both sides have
    bad_hello,             ///< a ClientHello that breaks the protocol
    not_tls,               ///< the first bytes were no ClientHello
    turned_away,           ///< our limit or an armed fault
    server_error,          ///< ours
};
inline constexpr std::size_t verdict_count = 17;

std::string_view to_string(Verdict verdict);  ///< "rejected-alert"

/// How sure the reading of the outcome is. Each comes with its reasons.
enum class Confidence { certain, likely, possible };
std::string_view to_string(Confidence confidence);

/// What a rejection or a silent close can mean, in the order of what most likely it is.
enum class Cause {
    name_mismatch,     ///< the wanted name is not on the certificate
    untrusted_issuer,  ///< unknown CA, self-signed, missing intermediate
    validity_dates,    ///< expired or not yet valid, by our clock or the client's
    key_usage,         ///< EKU or key usage
    weak_key,          ///< key or signature too weak for the client
    not_stated,        ///< the client gave no reason that tells
    not_certificate,   ///< protocol trouble, scanner, or plain application choice
};
std::string_view to_string(Cause cause);  ///< "name-mismatch"

/// The reading of one connection: what happened, what it may mean, how sure that is and why.
struct Judgement {
    Verdict verdict = Verdict::server_error;
    Confidence confidence = Confidence::certain;  ///< of `causes`, not of the verdict (that one is observed)
    std::vector<Cause> causes;                    ///< most likely first; empty where nothing went wrong
    std::vector<std::string> reasons;             ///< one clause each, for people
    std::string detail;  ///< qualifies the verdict: "alert 42 bad_certificate, before Finished",
                         ///< "close_notify 0.4 ms after Finished", "stage hello", "http"
};

}  // namespace ocs::record
