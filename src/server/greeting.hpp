#pragma once
// What the lab says at its start: what it made, where it listens, what guards it, what to try. Lines for
// people, 80 columns where paths allow it, made from what is true by then; printed commands can be pasted.

#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "record/connection_record.hpp"
#include "server/hosting.hpp"
#include "server/privileges.hpp"

namespace ocs::server {

/// `text` behind `label` in the first column, wrapped below it. No newline at the end.
std::string row(std::string_view label, std::string_view text);

/// Name and version, the warning, the file and folder in use.
std::vector<std::string> banner(std::string_view version, const config::Settings& settings);

/// Whom it became, and what that user will miss.
std::vector<std::string> user_lines(const config::Settings& settings, const User& user);

/// "listening tls 127.0.0.1:5061 (2 names, others get front01; TLS 1.0 to 1.3)". One line, for scripts too.
std::string listening_line(const config::ListenerSettings& listener,
                           const record::Endpoint& bound,
                           const Hosting& hosting);

/// Who can reach it, what is not kept, what is logged.
std::string guard_line(const config::Settings& settings, const std::vector<record::Endpoint>& bound);

/// The faults that are armed, one row each: a lab that does wrong on purpose says so.
std::vector<std::string> fault_lines(const std::vector<record::Fault>& faults, MonotonicTime now);

/// Commands for a second terminal: a name that is on the certificate, and one that clients look for and that
/// is not. Empty where no host has a certificate of the lab CA with its own name on it.
std::vector<std::string> try_lines(const config::Settings& settings,
                                   const Hostings& hostings,
                                   const std::vector<record::Endpoint>& bound);

}  // namespace ocs::server
