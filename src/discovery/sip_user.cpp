#include "discovery/sip_user.hpp"

#include <algorithm>

#include "core/escape.hpp"
#include "core/ip_address.hpp"

namespace ocs::discovery {
namespace {

constexpr std::size_t max_user_bytes = 128;
constexpr std::string_view example = "USER@DOMAIN, for example alice@contoso.test";

// RFC 3261 §25.1: unreserved and user-unreserved. Percent escapes stay as they are.
bool is_user_character(char c) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) return true;
    return std::string_view("-_.!~*'()&=+$,;?/%").find(c) != std::string_view::npos;
}

bool is_address(std::string_view text) {
    if (text.starts_with('[')) return true;
    return IpAddress::parse(text).has_value();
}

}  // namespace

Result<SipUser> SipUser::parse(std::string_view text) {
    const auto fail = [&](const std::string& what) {
        return Error{"sign-in address " + quoted(text) + ": " + what, "", std::string(example)};
    };
    std::string_view rest = text;
    if (rest.size() >= 4 && equal_ignoring_case(rest.substr(0, 4), "sip:")) rest.remove_prefix(4);
    const std::size_t at = rest.find('@');
    if (at == std::string_view::npos) return fail("no '@' in it");
    const std::string_view user = rest.substr(0, at);
    const std::string_view domain = rest.substr(at + 1);
    if (domain.find('@') != std::string_view::npos) return fail("more than one '@' in it");
    if (user.empty()) return fail("nothing before the '@'");
    if (user.size() > max_user_bytes) return fail("more than 128 bytes before the '@'");
    const auto odd = std::find_if(user.begin(), user.end(), [](char c) { return !is_user_character(c); });
    if (odd != user.end()) {
        return fail(quoted(std::string_view(&*odd, 1)) + " before the '@' is not allowed in a SIP address");
    }
    if (domain.empty()) return fail("nothing after the '@'");
    if (is_address(domain)) {
        return fail("an address instead of a domain, and there is nothing to look up for it");
    }
    auto parsed = HostName::parse(domain);
    if (parsed.has_error()) return fail(parsed.error().what);
    return SipUser(std::string(user), std::move(*parsed));
}

}  // namespace ocs::discovery
