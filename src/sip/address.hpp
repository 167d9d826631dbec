#pragma once
// The parts of SIP header values that this project reads: addresses, parameters, Via (RFC 3261 §20, §25).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ocs::sip {

/// A parameter of a header value or URI: `;name=value` or `;name` (no value). Quotes are taken off.
struct Parameter {
    std::string name;  ///< as sent
    std::optional<std::string> value;
};

/// A URI "sip:alice@contoso.test:5061;transport=tls". A password in it is dropped.
struct Uri {
    std::string scheme;      ///< lower case: "sip", "sips", "tel"…
    std::string user;        ///< percent-decoded where that gives printable ASCII, else as sent; may be empty
    std::string host;        ///< lower case; IPv6 without its brackets
    std::uint16_t port = 0;  ///< 0: none given
    std::vector<Parameter> parameters;

    [[nodiscard]] std::string address_of_record() const;  ///< "alice@contoso.test", or the host alone
};

/// A name-addr or addr-spec with its header parameters: From, To, Contact.
struct Address {
    std::string display;  ///< without quotes
    std::string uri_text;
    std::optional<Uri> uri;             ///< empty where uri_text is no URI we can read
    std::vector<Parameter> parameters;  ///< after the URI: tag, epid, expires, q, +sip.instance…

    /// The parameter's value ("" where it has none), case of the name aside; empty if it is not there.
    [[nodiscard]] std::optional<std::string> parameter(std::string_view name) const;
};

/// One Via element: "SIP/2.0/TLS 192.0.2.1:49152;branch=z9hG4bK…".
struct Via {
    std::string transport;   ///< as sent
    std::string host;        ///< sent-by, lower case; IPv6 without its brackets
    std::uint16_t port = 0;  ///< 0: none given
    std::vector<Parameter> parameters;
};

std::optional<Uri> parse_uri(std::string_view text);
Address parse_address(std::string_view text);  ///< never fails: what cannot be read is empty
std::optional<Via> parse_via(std::string_view text);

/// Cuts at separators that stand outside quotes and angle brackets; blanks trimmed, empty elements left out.
std::vector<std::string_view> split_list(std::string_view value, char separator = ',');

}  // namespace ocs::sip
