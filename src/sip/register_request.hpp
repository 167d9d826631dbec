#pragma once
// The client's side: what a named client sends first, and what it reads from the answer.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "sip/front_end.hpp"
#include "sip/message.hpp"

namespace ocs::sip {

/// The values of one request. Make them once per sign-in; CSeq counts up per try.
struct RequestValues {
    std::string user;           ///< "alice@contoso.test"
    std::string domain;         ///< of the request URI; the user's where empty
    std::string local_address;  ///< ours on this connection; IPv6 without brackets
    std::uint16_t local_port = 0;
    std::string server_address;  ///< the peer's, for NEGOTIATE
    std::uint16_t server_port = 0;
    std::string transport = "TLS";  ///< "TLS" or "TCP"
    std::string tag;                ///< of From
    std::string epid;               ///< end point, hex
    std::string call_id;
    std::string branch;    ///< of Via, with its z9hG4bK; only used where the template has {branch}
    std::string opaque;    ///< ms-opaque of Contact
    std::string instance;  ///< UUID without "urn:uuid:"
    unsigned cseq = 1;
    unsigned expires = 7200;
};

/// Header lines of a client's request as that client sends them: its order, its spelling. `{…}` stands for a
/// value: {user} {domain} {local} (address:port) {transport} {transport_lower} {tag} {epid} {call_id}
/// {branch} {opaque} {instance} {cseq} {expires} {server} (address:port).
struct RegisterTemplate {
    std::vector<Header> headers;  ///< Content-Length: 0 is added where it is not listed

    /// The header set of the facts sheet (communicator-facts §6.3) with this User-Agent.
    static RegisterTemplate communicator(std::string_view user_agent);
};

/// The bytes of a REGISTER. Fails for an unknown `{word}`, for a value with a control character in it, and
/// for a template without Via, From, To, Call-ID or CSeq.
Result<std::string> build_register(const RegisterTemplate& form, const RequestValues& values);

/// The bytes of a NEGOTIATE that offers LZ77-8K (communicator-facts §6.2).
Result<std::string> build_negotiate(const RequestValues& values);

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
