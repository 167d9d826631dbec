#pragma once
// What the handlers of the API read from and write to. No transport, no lab.

#include <boost/json/value.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.hpp"

namespace ocs::admin {

struct ApiRequest {
    std::string method;           ///< "GET", in capitals
    std::string target;           ///< path and query, as sent: "/v1/dns/records?name=sip"
    std::string body;             ///< JSON where one is taken
    std::string last_event_id{};  ///< of the header; where a stream goes on
    std::string if_none_match{};
};

struct ApiReply {
    int status = 200;
    std::string content_type = "application/json";
    std::string body;
    std::string allow;                                           ///< of 405: the methods there are
    std::vector<std::pair<std::string, std::string>> headers{};  ///< further ones
};

ApiReply json_reply(int status, const boost::json::value& body);
ApiReply failure(int status, const Error& error);  ///< {"error": {"what": …, "hint": …}}

/// Parameters of a target, decoded.
using Query = std::map<std::string, std::string>;

/// Reads what follows the question mark. Fails for parameters that are not `known` and for bad escapes.
/// A plus is a blank.
Result<Query> read_query(std::string_view text, const std::vector<std::string>& known);
/// A whole number; `otherwise` where the parameter is left out.
Result<std::uint64_t> read_number(const Query& query,
                                  const std::string& key,
                                  std::uint64_t min,
                                  std::uint64_t max,
                                  std::uint64_t otherwise);
/// A part of a path or query with its %XX; empty: a % without two hexadecimal digits. A plus is a plus there.
std::optional<std::string> percent_decoded(std::string_view text);

/// The fields of a body that is a JSON object, asked for one by one. The first problem is kept.
class Fields {
public:
    Fields(std::string_view body, const std::vector<std::string>& known);

    std::string text(const char* key);  ///< a problem if it is missing
    std::string text_or_empty(const char* key);
    /// A list of at most that many texts; empty where it is missing.
    std::vector<std::string> texts(const char* key, std::size_t most);
    std::optional<std::int64_t> number(const char* key, std::int64_t min, std::int64_t max);
    [[nodiscard]] const std::optional<Error>& problem() const { return problem_; }

private:
    void fail(Error error);
    const boost::json::value* find(const char* key) const;

    boost::json::value value_;
    std::optional<Error> problem_;
};

}  // namespace ocs::admin
