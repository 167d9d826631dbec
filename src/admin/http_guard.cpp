#include "admin/http_guard.hpp"

#include <algorithm>

#include "core/escape.hpp"
#include "core/ip_address.hpp"

namespace ocs::admin {
namespace {

/// "localhost" of "localhost:8061", "::1" of "[::1]:8061".
std::string host_of(std::string_view host) {
    if (host.starts_with('[')) return std::string(host.substr(1, host.find(']') - 1));
    return ascii_lower(host.substr(0, host.find(':')));
}

bool may_be_called(const std::string& host, const std::vector<std::string>& names) {
    return host == "localhost" || IpAddress::parse(host).has_value() ||
           std::find(names.begin(), names.end(), host) != names.end();
}

bool is_same_origin(std::string_view origin, std::string_view host) {
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (origin.starts_with(scheme) && equal_ignoring_case(origin.substr(scheme.size()), host))
            return true;
    }
    return false;
}

bool is_json(std::string_view type) {
    type = type.substr(0, type.find(';'));
    while (type.ends_with(' ')) type.remove_suffix(1);
    return equal_ignoring_case(type, "application/json");
}

}  // namespace

std::optional<ApiReply> refusal_of(const AskedBy& asked, const GuardRules& rules) {
    if (!rules.local_socket && !rules.ca_only) {
        if (!may_be_called(host_of(asked.host), rules.names)) {
            return failure(421,
                           Error{"this lab is not called " + ocs::quoted(host_of(asked.host)),
                                 "",
                                 "ask by address or localhost, or list the name in admin: names:"});
        }
        const bool other_origin = !asked.origin.empty() && !is_same_origin(asked.origin, asked.host);
        const bool other_site = asked.fetch_site == "cross-site" || asked.fetch_site == "same-site";
        if (other_origin || (other_site && asked.method != "GET" && asked.method != "HEAD")) {
            return failure(403, Error{"a page of another site may not ask", "", ""});
        }
    }
    if (asked.method == "POST" && !asked.is_login && !is_json(asked.content_type)) {
        return failure(415, Error{"the body is not sent as JSON", "", "Content-Type: application/json"});
    }
    return std::nullopt;
}

}  // namespace ocs::admin
