#pragma once
// The sign-in address a person types.

#include <string>
#include <string_view>

#include "core/host_name.hpp"

namespace ocs::discovery {

/// `user@domain`. Both parts have been checked: the user part may stand in a SIP header as it is.
class SipUser {
public:
    /// Takes `alice@contoso.test` and `sip:alice@contoso.test`; the domain may be an IDN. Fails with what is
    /// wrong: no '@' or two, an empty part, an address as domain, a character that RFC 3261 does not allow.
    static Result<SipUser> parse(std::string_view text);

    [[nodiscard]] const std::string& user() const { return user_; }
    [[nodiscard]] const HostName& domain() const { return domain_; }
    [[nodiscard]] std::string address() const { return user_ + "@" + domain_.text(); }

private:
    SipUser(std::string user, HostName domain) : user_(std::move(user)), domain_(std::move(domain)) {}
    std::string user_;
    HostName domain_;
};

}  // namespace ocs::discovery
