#pragma once
// What an Office Communications Server front end answers: a function of request, settings and peer. It never
// challenges and never looks at credentials (docs/decisions.md has the experiment behind that).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sip/message.hpp"

namespace ocs::sip {

/// How a REGISTER is answered. In YAML "ok", "redirect", "forbidden", "not-found", "unavailable", "never".
enum class RegisterAnswer {
    ok,           ///< 200 with what a real client needs to go on
    redirect,     ///< 301 "Redirect request to Home Server" to a home pool
    forbidden,    ///< 403
    not_found,    ///< 404, ErrorId 4005: not enabled for SIP
    unavailable,  ///< 503
    never,        ///< no answer; the connection stays open
};
std::string_view to_string(RegisterAnswer answer);
std::optional<RegisterAnswer> register_answer_of(std::string_view word);

/// A home pool of a 301: `<sip:HOST:PORT;transport=TLS>;q=Q`.
struct HomePool {
    std::string host;
    std::uint16_t port = 0;  ///< 0: the port on which the client reached us by TLS, else 5061
    std::string q = "0.7";   ///< as the captures have it; a backup registrar gets a lower one
};

/// ms-diagnostics: `ID;source="FQDN";reason="TEXT"` (communicator-facts §6.5).
struct Diagnostics {
    int id = 0;
    std::string source;
    std::string reason;
};

/// One rule; the first that fits answers. Empty fields fit all.
struct AnswerRule {
    std::string host;  ///< id of a virtual host
    std::string user;  ///< "alice@contoso.test", or "@contoso.test" for everybody there; case does not matter
    RegisterAnswer answer = RegisterAnswer::ok;
    std::vector<HomePool> homes;  ///< of redirect, best first; at least one
    std::optional<Diagnostics>
        diagnostics;  ///< instead of the usual ones; an empty source is the host's name
};

struct FrontEndSettings {
    std::vector<AnswerRule> rules;      ///< none fits: ok
    std::string server = "RTC/3.5";     ///< Server header; RTC/3.0 is OCS 2007, 3.5 R2, 5.0 Lync 2013
    unsigned expires_seconds = 7200;    ///< most that is granted
    unsigned keep_alive_seconds = 300;  ///< told to clients that ask with ms-keep-alive
};

/// The connection as the answer needs it.
struct Peer {
    std::string address;  ///< the client's, text form
    std::uint16_t port = 0;
    std::uint16_t local_port = 0;  ///< ours
    bool tls = true;
    std::string virtual_host;          ///< id, for the rules
    std::string host_name;             ///< the front end's FQDN here: source of ms-diagnostics
    std::vector<std::string> reached;  ///< names under which the client reached us, lower case
    std::string connection;            ///< the record's id; seeds tags and ms-received-cid
};

/// What is known of one message: the plain form of record::SipFact, same meanings, same bounds.
struct MessageFacts {
    bool from_client = true;
    std::string method;
    int status = 0;  ///< 0: a request
    std::string reason;
    std::string user;
    std::string domain;
    std::string call_id;
    std::string cseq;
    std::string user_agent;
    std::string epid;
    bool has_credentials = false;
    std::uint64_t bytes = 0;
    std::string problem;
};
MessageFacts facts_of(const Message& message, std::uint64_t bytes);

/// The rule that answers a REGISTER of this user here; nullptr: none fits, which means ok. A redirect to the
/// name and port which the peer already reached is passed over, since the client would come back for ever.
const AnswerRule* choose_rule(const FrontEndSettings& settings, std::string_view user, const Peer& peer);

/// The answer to a request; empty where none is due: to an ACK, to an answer, to a REGISTER ruled `never`.
///
/// REGISTER by the rules; OPTIONS 200; NEGOTIATE 405 as from a server that does not compress (§6.2); CANCEL
/// 481; other methods of the RFCs and of Communicator 405 with Allow; unknown ones 501. First of all: another
/// version 505; To, From, Call-ID, CSeq or Via missing or unreadable 400. REGISTER and OPTIONS: an unknown
/// URI scheme 416, an unknown Require 420 (RFC 3261 §8.2).
///
/// Via gets `received` where the peer came from elsewhere (§18.2.1), rport where it asks (RFC 3581),
/// ms-received-port and ms-received-cid; To gets a tag, the same for the same request (§8.2.6.2).
/// Record-Route is never copied, since no answer here makes a dialog (§12.1.1, §10.3). `ms-diagnostics` goes
/// with 403, 404 and 503; with a 301 only where the rule has one, since the captures have none.
std::optional<Message> answer_to(const Message& request, const FrontEndSettings& settings, const Peer& peer);

/// An answer that says no more than its status: for a request whose stream is lost.
Message plain_answer(const Message& request, int status, const FrontEndSettings& settings, const Peer& peer);

}  // namespace ocs::sip
