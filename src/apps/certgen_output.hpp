#pragma once
// How fakeocs-certgen says things: errors, commands to paste, names and facts as text and as JSON.

#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "apps/certgen.hpp"
#include "pki/certificate.hpp"

namespace ocs::certgen {

/// Prints the error and its hint on standard error and returns `code`.
int report(const Error& error, int code = failed);
int report(const std::vector<Error>& errors, int code = failed);

/// A command to paste: the program as it was called, `words` quoted for a shell, and --state-dir if
/// it is not the default.
std::string command_line(const Context& context, const std::vector<std::string>& words);

/// "DNS:sip.contoso.test", made visible.
std::string shown(const discovery::PresentedName& name);

/// One line per presented name, CNs first, each after `indent`.
std::string name_list(const discovery::PresentedNames& names, std::string_view indent);

/// The facts, one line each.
std::string facts(const pki::CertificateInfo& info, WallTime now);
boost::json::object to_json(const pki::CertificateInfo& info, WallTime now);
boost::json::array to_json(const std::vector<std::string>& texts);

/// "expired 2026-01-01", "not valid before 2027-01-01", or empty.
std::string date_problem(const pki::CertificateInfo& info, WallTime now);

enum class Purpose { opening, making };
/// The password of the source, or `otherwise` where there is none. A prompt asks twice when making.
Result<std::string> read_password(const PasswordSource& source,
                                  const std::string& otherwise,
                                  Purpose purpose);
Result<pki::PfxProfile> parse_profile(std::string_view word);
std::string_view to_string(pki::PfxProfile profile);

}  // namespace ocs::certgen
