#pragma once
// The client's side: the NEGOTIATE some send first, and what a client reads from an answer. The REGISTER of
// each client is discovery's (discovery/register_request.hpp).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sip/front_end.hpp"
#include "sip/message.hpp"

namespace ocs::sip {

/// The values of one NEGOTIATE. None may hold a control character: they are the program's own, not a peer's.
struct NegotiateValues {
    std::string local_address;  ///< ours on this connection; IPv6 without brackets
    std::uint16_t local_port = 0;
    std::string server_address;
    std::uint16_t server_port = 0;
    std::string tag;
    std::string call_id;  ///< 32 hex digits
};

/// The bytes of a NEGOTIATE that offers LZ77-8K (communicator-facts §6.2).
std::string build_negotiate(const NegotiateValues& values);

/// Where a 301 or 302 sends the client.
struct ContactTarget {
    std::string host;
    std::uint16_t port = 0;  ///< 0: none given
    std::string transport;   ///< lower case; "" where none is given
    double q = 1.0;          ///< RFC 3261 §20.10
};

struct Challenge {
    std::string scheme;  ///< "NTLM", "Kerberos", "TLS-DSK", "Digest"…
    std::string realm;
    std::string target_name;
};

/// What a client reads from an answer.
struct AnswerFacts {
    int status = 0;
    std::string reason;
    std::vector<ContactTarget> contacts;  ///< highest q first, else in order
    std::optional<Diagnostics> diagnostics;
    std::vector<Challenge> challenges;  ///< WWW-Authenticate and Proxy-Authenticate
    std::string server;                 ///< Server header
    std::string cseq;
    std::optional<unsigned> expires;
};
AnswerFacts read_answer(const Message& answer);

}  // namespace ocs::sip
