#pragma once
// How `fakeocs dns`, `fakeocs fault` and `fakeocs config show` talk to the running lab: a request over its
// control socket, and what it answered, shown.

#include <boost/json/value.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "admin/api_request.hpp"
#include "core/result.hpp"

namespace ocs::apps {

using ShowReply = std::function<void(const boost::json::object& told)>;

/// For the help of those who ask.
inline constexpr const char* ask_exit_codes =
    "\nExit codes: 0 done; 1 not done: no lab runs here, or it would not; 2 usage.\n";

/// Asks the lab of this state folder (as --state-dir says; empty: the default) and shows what it said: text
/// as it came, JSON by `show` or, `as_json`, as it came. The exit code: 0 done; 1 not done; 2 it was put
/// wrongly.
int ask_and_show(const std::string& state_dir,
                 bool as_json,
                 const admin::ApiRequest& request,
                 const ShowReply& show);

// What the lab answered: empty, or 0, where it is not there or something else.

std::string text_of(const boost::json::object& object, const char* key);
std::int64_t number_of(const boost::json::object& object, const char* key);
std::vector<boost::json::object> list_of(const boost::json::object& object, const char* key);

/// For a query: letters, digits, - . _ ~ stay (RFC 3986 §2.3).
std::string percent_encoded(std::string_view text);

/// A whole number as a user wrote it; `what` is the flag.
Result<std::int64_t> parse_number(const std::string& text, const char* what);

}  // namespace ocs::apps
