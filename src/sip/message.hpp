#pragma once
// SIP messages (RFC 3261 §7), read tolerantly and without keeping a secret.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ocs::sip {

/// One header line, unfolded, blanks trimmed. No CR, LF or NUL is ever in here: what a peer sent can be
/// copied into an answer.
struct Header {
    std::string name;   ///< as sent: "Via", "v", "UserAgent"
    std::string value;  ///< empty for Authorization and Proxy-Authorization, whatever was sent
};

enum class Kind {
    request,
    answer,
    broken,  ///< no start line of SIP; `problem` says why
};

/// A parsed message. Fields that were not there are empty.
struct Message {
    Kind kind = Kind::broken;
    std::string method;   ///< of a request, as sent: "REGISTER"
    std::string uri;      ///< of a request
    std::string version;  ///< "SIP/2.0", as sent
    int status = 0;       ///< of an answer, 100 to 699
    std::string reason;   ///< of an answer
    std::vector<Header> headers;
    std::string body;
    bool has_credentials = false;  ///< an Authorization or Proxy-Authorization header was there
    std::string problem;           ///< what was forgiven or why it is broken; empty: nothing

    /// The first value under this name or one of its other spellings (RFC 3261 §7.3.3 compact forms,
    /// "UserAgent" of the Communicator protocol documents). Case does not matter. Views into this object.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const&;
    std::optional<std::string_view> find(std::string_view name) const&& = delete;
    /// All values under the name, in order, one per line; values joined by commas stay joined.
    [[nodiscard]] std::vector<std::string_view> all(std::string_view name) const&;
    std::vector<std::string_view> all(std::string_view name) const&& = delete;
    /// True if one of the comma-separated tokens under the name equals `token`, case aside.
    [[nodiscard]] bool lists(std::string_view name, std::string_view token) const;
};

/// "v" → "Via", "useragent" → "User-Agent", "call-id" → "Call-ID"; an unknown name comes back as it is.
std::string_view canonical_name(std::string_view name);

/// Reads start line and headers up to `max_headers`; `head` ends before the blank line, `body` comes after
/// it.
///
/// Takes folded lines, compact forms, bare LF, blanks before the colon, odd blanks in the start line, an
/// unknown method or version. Skips a line that is no header. Says in `problem` what it forgave, the first
/// thing by name. Never throws, never keeps the value of a credential.
Message parse_message(std::string_view head, std::string_view body, std::size_t max_headers = 128);

/// A message as it came, but for what a credential said: in an Authorization or Proxy-Authorization header,
/// folded lines included, "(N bytes not kept)" stands after the scheme. Takes what cannot be parsed too: any
/// line that could be such a header counts as one.
std::string without_credentials(std::string_view text);

/// The bytes of a message as they go out: CRLF lines, Content-Length last unless it is listed, then the body.
/// CR, LF and NUL inside a value become blanks.
std::string to_bytes(const Message& message);

}  // namespace ocs::sip
