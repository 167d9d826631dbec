#pragma once
// What a plan asks its runner to do, and what the runner hands back. Values only. Text in results is raw
// (from the network) and escaped by the plan where it enters a sentence.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/ip_address.hpp"
#include "discovery/client_profile.hpp"

namespace ocs::discovery {

// ---- steps ----------------------------------------------------------------------------------------------

enum class RecordType {
    srv,
    addresses,  ///< A and AAAA, as one question
};

struct Question {
    std::string name;  ///< "_sipinternaltls._tcp.contoso.test", lower case, no trailing dot
    RecordType type = RecordType::addresses;
    bool operator==(const Question&) const = default;
};

/// Put these questions to the resolver; more than one: at the same time. → QueryResult
struct QueryStep {
    std::vector<Question> questions;
    bool operator==(const QueryStep&) const = default;
};

/// How TLS is to be done on a connection and what is wanted of the certificate.
struct TlsWish {
    std::string reference;           ///< host name or address text the plan will look for
    std::optional<std::string> sni;  ///< absent: send none
    NamePolicy policy = NamePolicy::communicator2007;
    TlsRange range;
    CertificateCheck check = CertificateCheck::after_handshake;  ///< how to leave if the plan says no
    std::string imitated;  ///< why this is not the client's own TLS; empty: it is. For the report
    bool operator==(const TlsWish&) const = default;
};

/// GET this. Addresses are known; try them in order until one connects. → one WebAnswer each
struct WebRequest {
    std::string url;   ///< "https://lyncdiscover.contoso.test/?sipuri=alice@contoso.test"
    std::string host;  ///< for the Host header
    std::uint16_t port = 443;
    std::vector<IpAddress> addresses;
    std::optional<TlsWish> tls;  ///< absent: plain HTTP
    std::string accept;
    std::string user_agent;
    bool operator==(const WebRequest&) const = default;
};

/// Make these requests; more than one: at the same time. → WebResult
struct WebStep {
    std::vector<WebRequest> requests;
    bool operator==(const WebStep&) const = default;
};

/// Connect, and handshake if `tls` is there. Keep the connection: a RegisterStep may use it next.
/// → ConnectResult
struct ConnectStep {
    std::string server;  ///< for people: the name behind the address
    IpAddress address = IpAddress::parse("127.0.0.1").value();
    std::uint16_t port = 5061;
    std::optional<TlsWish> tls;  ///< absent: plain TCP
    bool operator==(const ConnectStep&) const = default;
};

/// Send REGISTER (discovery/register_request.hpp) on the connection of the step before. → RegisterResult
struct RegisterStep {
    std::string server;
    Transport transport = Transport::tls;
    bool operator==(const RegisterStep&) const = default;
};

enum class PromptKind {
    trust_server,       ///< Lync: the server is outside the trusted domains
    trust_certificate,  ///< pidgin-sipe: the certificate dialog; the connection stays open meanwhile
};
std::string_view to_string(PromptKind kind);  ///< "trust-server", "trust-certificate"

/// Show the text and ask; without anybody to ask the answer is no. → PromptAnswer
struct AskStep {
    PromptKind kind = PromptKind::trust_server;
    std::string server;
    std::string text;            ///< already escaped
    std::optional<bool> preset;  ///< PlanOptions::answer: hand this back instead of asking
    bool operator==(const AskStep&) const = default;
};

/// Nothing to do: the client would do this here, the tool does not. For the report. → Skipped
struct SkipStep {
    std::string what;  ///< "DHCP option 120"
    std::string why;
    bool operator==(const SkipStep&) const = default;
};

/// The walk is over; outcome() is final.
struct DoneStep {
    bool operator==(const DoneStep&) const = default;
};

using Action = std::variant<QueryStep, WebStep, ConnectStep, RegisterStep, AskStep, SkipStep, DoneStep>;

struct Step {
    Action action;
    /// The client would never come here: what-if. Its result changes nothing in the outcome.
    bool beyond = false;
};

// ---- results --------------------------------------------------------------------------------------------

enum class DnsStatus {
    answered,        ///< NOERROR with records of the type, at the end of its aliases if there are any
    no_such_name,    ///< NXDOMAIN, of the name or of the end of its aliases
    no_data,         ///< NOERROR without records of the type
    server_failure,  ///< SERVFAIL, REFUSED, NOTIMP, FORMERR
    timed_out,
    alias_loop,  ///< CNAMEs that never end, or too many
    malformed,
};
std::string_view to_string(DnsStatus status);  ///< "no-such-name"

struct SrvRecord {
    std::uint16_t priority = 0;
    std::uint16_t weight = 0;
    std::uint16_t port = 0;
    std::string target;  ///< as text without the trailing dot; "" or "." is the root
    bool operator==(const SrvRecord&) const = default;
};

struct DnsAnswer {
    DnsStatus status = DnsStatus::no_such_name;
    std::vector<SrvRecord> srv;
    std::vector<IpAddress> addresses;  ///< A before AAAA
    std::vector<std::string> aliases;  ///< CNAME targets in order; empty: the name itself has the records
};

struct QueryResult {
    std::vector<DnsAnswer> answers;  ///< one a question, in their order
};

enum class TcpStatus { connected, refused, timed_out, unreachable };
std::string_view to_string(TcpStatus status);  ///< "timed-out"

enum class TlsStatus {
    finished,
    no_common_version,  ///< alert 70, or ours
    no_common_cipher,   ///< alert 40 to the hello, or ours
    alert,              ///< another fatal alert of the server
    closed,             ///< FIN or RST within the handshake
    timed_out,
    failed,  ///< not TLS, malformed
};
std::string_view to_string(TlsStatus status);

/// What the runner's chain building said, trusting what `--ca` names, with the name left out.
enum class Trust {
    trusted,
    unknown_ca,  ///< also a missing intermediate
    self_signed,
    expired,
    not_yet_valid,
    wrong_usage,
    other,
};
std::string_view to_string(Trust trust);  ///< "unknown-ca"

struct TlsObservation {
    TlsStatus status = TlsStatus::finished;
    std::optional<std::uint8_t> alert;  ///< its code, if the server sent one
    PresentedNames names;               ///< of the leaf; empty if it never came
    Trust trust = Trust::trusted;
    std::string detail;  ///< the library's words for people, or empty
};

struct ConnectResult {
    TcpStatus tcp = TcpStatus::connected;
    std::optional<TlsObservation> tls;  ///< absent: plain TCP, or TCP did not come about
};

struct ServerAddress {
    std::string host;  ///< host name or address text, raw
    std::uint16_t port = 5061;
    Transport transport = Transport::tls;
    bool operator==(const ServerAddress&) const = default;
};

/// What autodiscover said (§6.7).
struct WebAnswer {
    TcpStatus tcp = TcpStatus::connected;
    std::optional<TlsObservation> tls;
    std::optional<int> status;            ///< of HTTP; absent: no answer
    std::optional<std::string> redirect;  ///< URL of the `Redirect` link of a 200, or empty
    std::optional<ServerAddress> sip_internal, sip_external;  ///< the SipClient…Access pair
    std::optional<bool> inside;                               ///< AccessLocation, if it says
    bool user_link = false;  ///< a `User` link: the SIP servers are behind authentication
};

struct WebResult {
    std::vector<WebAnswer> answers;  ///< one a request, in their order
};

struct RegisterResult {
    std::optional<int> status;  ///< of the final answer; absent: none came, or the server closed
    std::string reason;
    std::string diagnostics;              ///< ms-diagnostics, raw
    std::vector<ServerAddress> contacts;  ///< of a 301, highest q first
};

struct PromptAnswer {
    bool yes = false;
};

struct Skipped {};

using StepResult = std::variant<QueryResult, WebResult, ConnectResult, RegisterResult, PromptAnswer, Skipped>;

}  // namespace ocs::discovery
