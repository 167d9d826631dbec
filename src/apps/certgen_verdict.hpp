#pragma once
// One name held against a certificate: as text, as JSON, and many of them line by line.

#include <boost/json.hpp>
#include <istream>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "discovery/name_policy.hpp"

namespace ocs::certgen {

boost::json::object to_json(const discovery::NameVerdict& verdict, std::string_view wanted);
void print_verdict(const discovery::NameVerdict& verdict, std::string_view wanted);

/// The policy of that name, or every one for "all".
Result<std::vector<discovery::NamePolicy>> policies_of(const std::string& word);

/// Answers each line, {"host": …, "policy": …}, with one line of JSON; `host_hex` instead of `host` says
/// bytes that no JSON can, `usual_policy` is for lines without one. A line that makes no sense is answered
/// with {"error": …}. Returns the exit code: 0, or 1 if there was such a line.
int answer_batch(std::istream& lines,
                 const discovery::PresentedNames& names,
                 const std::string& usual_policy);

}  // namespace ocs::certgen
