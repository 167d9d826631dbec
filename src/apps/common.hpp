#pragma once
// What several subcommands need: errors on standard error, numbers and endpoints from arguments, the state
// folder, yes or no on a terminal.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/ip_address.hpp"
#include "core/result.hpp"

namespace ocs::apps {

/// Each as "fakeocs: where: what" with its hint below. Answers 2, the exit code of usage and configuration.
int print_errors(const std::vector<Error>& errors);
int print_error(const Error& error);

/// 0 to 65535. `what` names the argument in the message.
Result<std::uint16_t> parse_port(std::string_view text, std::string_view what);

struct Endpoint {
    IpAddress address = IpAddress::parse("127.0.0.1").value();
    std::uint16_t port = 0;
};
/// "127.0.0.1:8053", "[::1]:8053", "192.0.2.1", ":8053" (the loopback); what is missing comes from
/// `fallback`.
Result<Endpoint> parse_endpoint(std::string_view text, const Endpoint& fallback, std::string_view what);

/// --state-dir, else FAKEOCS_STATE, else the default.
std::filesystem::path state_dir(const std::string& flag);
/// What to print after --state-dir; empty where the program would find it without.
std::string state_dir_to_print(const std::filesystem::path& folder);

/// Asks on the terminal; no terminal, or anything but y or yes: no.
bool ask_yes_or_no(const std::string& question);

bool colour_on_stdout();  ///< a terminal, and NO_COLOR is not set

}  // namespace ocs::apps
