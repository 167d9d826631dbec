#pragma once
// What one client generation does when it signs in: the lookups and their order, when it stops, which name it
// wants on the certificate, what it says to the server and to its user. Plain data; discovery/plan.hpp walks
// it. Every datum carries its source and how sure it is, also where that is "unknown".

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/host_name.hpp"
#include "core/result.hpp"
#include "discovery/confidence.hpp"
#include "discovery/domain_rule.hpp"
#include "discovery/name_policy.hpp"

namespace ocs::discovery {

enum class LookupKind {
    web,      ///< a lyncdiscover name: addresses, then HTTP and HTTPS at the same time
    srv,      ///< an SRV record
    host,     ///< a host name made of label and domain; an empty label is the domain itself
    dhcp120,  ///< the SIP server option of DHCP; never carried out here
};
std::string_view to_string(LookupKind kind);  ///< "web", "SRV", "host", "DHCP 120"

enum class Transport { tls, tcp };
std::string_view to_string(Transport transport);  ///< "TLS", "TCP"

/// One line of the client's list.
struct Lookup {
    LookupKind kind = LookupKind::host;
    std::string label;  ///< "_sipinternaltls._tcp", "sipinternal"; empty: the domain itself
    Transport transport = Transport::tls;
    Datum<std::vector<std::uint16_t>> ports;  ///< of host kind, tried in this order
    bool only_if_tcp_allowed = false;         ///< asked always, used only with PlanOptions::allow_tcp
    std::string source;
    Confidence confidence = Confidence::one_source;
    bool operator==(const Lookup&) const = default;
};

enum class Asking {
    one_by_one,   ///< each question when its turn comes
    srv_at_once,  ///< all SRV questions together, the answers ranked in list order
};
std::string_view to_string(Asking asking);  ///< "one-by-one", "srv-at-once"

/// What ends the walk through the list, besides success (facts sheet §1.3).
enum class StopRule {
    stop_on_resolve,    ///< the first name with an address is the only one tried
    stop_on_first_srv,  ///< the first SRV record is the only one tried; host names only without any SRV
    continue_on_error,  ///< every failure leads to the next line; the last failure is reported
};
inline constexpr StopRule all_stop_rules[] = {
    StopRule::stop_on_resolve, StopRule::stop_on_first_srv, StopRule::continue_on_error};
std::string_view to_string(StopRule rule);  ///< "stop-on-resolve"
Result<StopRule> parse_stop_rule(std::string_view word);

/// What the client does with a certificate it does not like.
enum class CertificateReaction {
    refuse,  ///< no question asked
    ask,     ///< a dialog; the user may accept
};
std::string_view to_string(CertificateReaction reaction);

/// When the client looks at the certificate, which is what the server can see of it (§7.4).
enum class CertificateCheck {
    in_handshake,     ///< alert or close before Finished
    after_handshake,  ///< Finished, then a close without data
};
std::string_view to_string(CertificateCheck check);

/// Wire numbers: 0x0301 TLS 1.0 … 0x0304 TLS 1.3.
struct TlsRange {
    std::uint16_t min_version = 0x0301;
    std::uint16_t max_version = 0x0303;
    bool operator==(const TlsRange&) const = default;
};
std::string to_string(TlsRange range);  ///< "TLS 1.0", "TLS 1.0 to 1.2"

/// How a walk ended for the client. The words are stable, the numbers are the exit codes of `signin`.
enum class Ending {
    signed_in,       ///< 0: REGISTER answered 200
    challenged,      ///< 0: REGISTER answered 401: certificate taken, credentials are not sent
    discovered,      ///< 0: autodiscover answered, and this client uses no SIP
    name_mismatch,   ///< 10
    not_trusted,     ///< 11: chain, dates or usage
    no_server,       ///< 12: nothing usable in DNS
    tcp_failed,      ///< 13
    tls_failed,      ///< 14: version, suite, alert
    sip_refused,     ///< 15
    sip_silent,      ///< 15: no answer
    domain_refused,  ///< 16: the domain rule, or the user's "no" to the question about the server
};
inline constexpr Ending all_endings[] = {Ending::signed_in,
                                         Ending::challenged,
                                         Ending::discovered,
                                         Ending::name_mismatch,
                                         Ending::not_trusted,
                                         Ending::no_server,
                                         Ending::tcp_failed,
                                         Ending::tls_failed,
                                         Ending::sip_refused,
                                         Ending::sip_silent,
                                         Ending::domain_refused};
std::string_view to_string(Ending ending);  ///< "name-mismatch"
int exit_code(Ending ending);

/// An entry of the client's own event log. `%1` the server or domain, `%2` the expected host name.
struct EventTemplate {
    int id = 0;
    std::string text;  ///< empty: the wording was not found
    std::string source;
    Confidence confidence = Confidence::one_source;
    std::string note;
    bool operator==(const EventTemplate&) const = default;
};

/// The moments at which an event log entry is due.
struct EventTemplates {
    std::vector<EventTemplate> no_srv_records;   ///< before the first host name
    std::vector<EventTemplate> name_unresolved;  ///< for each host name without address
    std::vector<EventTemplate> name_mismatch;
    std::vector<EventTemplate> not_trusted;
    std::vector<EventTemplate> tcp_failed;
    std::vector<EventTemplate> sip_failed;
    bool operator==(const EventTemplates&) const = default;
};

/// What the user reads for an ending. `%1` the SIP domain, `%2` the server.
struct ScreenText {
    Ending ending = Ending::no_server;
    Datum<std::string> text;  ///< empty text with `unknown`: no source has it
    bool operator==(const ScreenText&) const = default;
};

/// The first REGISTER, as far as it differs between clients (§6.3, §6.4).
struct RegisterShape {
    Datum<std::string> user_agent;
    Datum<std::string> methods;                 ///< of the Contact parameter
    Datum<std::vector<std::string>> supported;  ///< one Supported line each
    Datum<std::string> allow_events;            ///< empty: no such header
    Datum<bool> via_branch;
    Datum<std::string> via_transport;       ///< "TLS" or "tls": as the client writes it
    Datum<std::string> contact_parameters;  ///< "mobility=mobile", or empty
    bool operator==(const RegisterShape&) const = default;
};

/// A step of the real client that this tool does not take, or takes in another way.
struct Departure {
    std::string what;  ///< "DHCP option 120"
    std::string how;   ///< "not carried out", "imitated"
    std::string why;
    std::string source;
    bool operator==(const Departure&) const = default;
};

struct ClientProfile {
    std::string name;               ///< "communicator2007": the word on the command line
    std::string title;              ///< "Communicator 2007": the words for people
    Datum<std::string> runs_on;     ///< the system its TLS facts are taken from
    std::vector<Lookup> lookups;    ///< in order
    Datum<std::string> order_note;  ///< where the order comes from and what contradicts it
    Datum<Asking> asking;
    Datum<StopRule> stop;
    Datum<bool> tries_all_addresses;
    Datum<NamePolicy> name_policy;
    Datum<DomainRule> domain_rule;
    Datum<std::vector<std::string>> trusted_domains;  ///< built in; for DomainRule::prompt
    Datum<std::string> trust_prompt;                  ///< `%2` the server; empty: no such question
    Datum<CertificateReaction> bad_certificate;
    Datum<std::string> certificate_prompt;  ///< `%2` the server; empty: no such question
    Datum<CertificateCheck> certificate_check;
    Datum<bool> sends_sni;
    Datum<TlsRange> tls;
    Datum<std::string> cipher_suites;  ///< what its hello offers, for reading
    std::string tls_imitated;          ///< why the TLS step is not the client's own; empty: it is
    Datum<std::string> negotiate;      ///< whether it offers compression before REGISTER
    RegisterShape reg;
    Datum<std::string> web_accept;  ///< Accept of its autodiscover request; empty: unknown or none
    EventTemplates events;
    Datum<std::string> event_log;  ///< source name and log of its entries
    std::vector<ScreenText> screen;
    std::vector<Departure> departures;
    bool operator==(const ClientProfile&) const = default;
};

/// The profiles that are built in, the four best documented first.
std::span<const ClientProfile> all_profiles();
/// Fails with the list of names and the nearest one.
Result<ClientProfile> find_profile(std::string_view name);

/// One line of the list for a domain: what `--explain` prints and what a certificate is held against.
struct OutlinedLookup {
    LookupKind kind = LookupKind::host;
    std::string name;       ///< "_sipinternaltls._tcp.contoso.test"; empty for DHCP
    std::string reference;  ///< the name wanted on the certificate; empty for SRV (its target) and DHCP
    Transport transport = Transport::tls;
    std::vector<std::uint16_t> ports;
    std::string source;
    Confidence confidence = Confidence::one_source;
    bool operator==(const OutlinedLookup&) const = default;
};
/// "_sipinternaltls._tcp.contoso.test"
std::string lookup_name(const Lookup& lookup, const HostName& sip_domain);
std::vector<OutlinedLookup> outline(const ClientProfile& profile, const HostName& sip_domain);

}  // namespace ocs::discovery
