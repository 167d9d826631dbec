#pragma once
// Who may ask the API over HTTP: against pages of other sites that a browser runs (cross-site requests, DNS
// rebinding). Pure; the limits of size and time are the transport's.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "admin/api_request.hpp"

namespace ocs::admin {

class TokenGuard;

/// What a listener knows of itself.
struct GuardRules {
    bool local_socket = false;  ///< the Unix socket: its file's mode is the guard
    bool ca_only = false;       ///< the lab network's page about the CA, and nothing else; anybody may ask
    std::vector<std::string> names;       ///< host names it may be asked by, beside localhost and addresses
    std::shared_ptr<TokenGuard> token{};  ///< asked before every answer; null: whoever gets here may ask
};

/// The headers that count; empty: not sent.
struct AskedBy {
    std::string method, host, origin, fetch_site, content_type;
    bool is_login = false;  ///< the login form, which a browser does not send as JSON
};

/// The refusal, or empty.
///
/// - `Host` is `localhost`, an address, or one of the names: a page of another site that has its name point
///   here (DNS rebinding) still sends its own name. 421.
/// - `Origin`, where there is one, is this very host, and `Sec-Fetch-Site` is no other site. 403.
/// - POST carries JSON: a form of another site cannot, without asking first (Fetch standard, CORS-safelisted
///   content types), and nobody here answers that question. 415.
std::optional<ApiReply> refusal_of(const AskedBy& asked, const GuardRules& rules);

}  // namespace ocs::admin
