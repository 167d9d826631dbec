#pragma once
// What several built-in profiles share: short ways to write a datum or a lookup, the TLS of a Windows
// release, the REGISTER of the one capture, the event log of Communicator.

#include <string>
#include <utility>
#include <vector>

#include "discovery/client_profile.hpp"

namespace ocs::discovery {

template <class T>
Datum<T> datum(T value, std::string source, Confidence confidence, std::string note = "") {
    return {std::move(value), std::move(source), confidence, std::move(note)};
}
/// `value` is what the tool does; the sources do not say what the client does.
template <class T>
Datum<T> not_known(T value, std::string note, std::string source = "") {
    return {std::move(value), std::move(source), Confidence::unknown, std::move(note)};
}
inline Datum<std::string> text(std::string value,
                               std::string source,
                               Confidence confidence,
                               std::string note = "") {
    return datum(std::move(value), std::move(source), confidence, std::move(note));
}

/// An SRV line; TCP where the record is a TCP one.
Lookup srv(std::string label, std::string source, Confidence confidence);
/// The same, used only where a policy allows TCP.
Lookup srv_if_tcp_allowed(std::string label, std::string source, Confidence confidence);
Lookup web(std::string label, std::string source, Confidence confidence);
Lookup host(std::string label,
            Datum<std::vector<std::uint16_t>> ports,
            std::string source,
            Confidence confidence);
Lookup dhcp120(Transport transport, std::string source);

/// 5061, then 443: nobody wrote it down for the desktop clients; the phone and pidgin-sipe tables suggest it.
Datum<std::vector<std::uint16_t>> desktop_ports();
/// sipinternal, sip, sipexternal on desktop_ports().
void add_host_names(std::vector<Lookup>& lookups, const std::string& source, Confidence confidence);

/// SNI, versions and suites of the client side of Schannel.
void runs_on_windows_xp(ClientProfile& profile);
void runs_on_windows_7(ClientProfile& profile);
void runs_on_windows_10(ClientProfile& profile);

/// The header set of the R2 capture, with another User-Agent. `confidence` is for all but that.
void registers_like_r2(ClientProfile& profile, Datum<std::string> user_agent, Confidence confidence);

/// Event log of Communicator: 1, 3 and 4 as observed, 5, 7 and 11 as hypotheses. `confidence` is for the
/// first three.
void logs_like_communicator(ClientProfile& profile, Confidence confidence);
void logs_nothing_known(ClientProfile& profile, std::string note, std::string source);

/// No question about servers or certificates.
void asks_nothing(ClientProfile& profile);
/// Lync's question about a server outside the trusted domains.
void asks_about_foreign_servers(ClientProfile& profile);

/// Schannel: which of its two ways of checking a certificate the client uses is an open question.
void checks_like_schannel(ClientProfile& profile);

/// Compression is offered by the client and never by this tool.
void negotiates(ClientProfile& profile);

/// The version check of server and client, caches, the HTTP tunnel: what no profile carries out.
void add_common_departures(ClientProfile& profile);

void add_screen(ClientProfile& profile, Ending ending, Datum<std::string> text);
/// The texts of the Lync desktop clients.
void shows_like_lync(ClientProfile& profile);

}  // namespace ocs::discovery
