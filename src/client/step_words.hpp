#pragma once
// Internal to client: the words for single steps, shared by text and JSON.

#include <string>
#include <string_view>

#include "client/signin.hpp"

namespace ocs::client {

std::string endpoint_text(const IpAddress& address, std::uint16_t port);  ///< "[::1]:5061"
std::string question_text(const discovery::Question& question);           ///< "SRV _sip._tls.lab.test"
std::string_view record_type_text(discovery::RecordType type);            ///< "SRV", "A"
/// "no such name", "SRV 0 0 5061 sip.lab.test", "front01.lab.test -> 127.0.0.1". Escaped.
std::string answer_text(const discovery::Question& question, const discovery::DnsAnswer& answer);
std::string tcp_text(discovery::TcpStatus status);  ///< "connected", "refused"
/// "chain ok (FAKE OCS LAB CA 7f3a)", "not trusted: expired", "alert 40 handshake_failure". Escaped.
std::string tls_text(const discovery::TlsObservation& seen, const std::optional<ServerPresented>& presented);

}  // namespace ocs::client
