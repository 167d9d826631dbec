#pragma once
// Host names as they go on the wire: ASCII labels, lower case, no trailing dot.

#include <compare>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace ocs {

/// A valid host name. One that exists has been checked, so nobody checks it again.
///
/// 1 to 253 bytes, labels of 1 to 63 bytes of letters, digits, hyphen (not at an end) and
/// underscore (Windows computer names and DNS owner names have it). IDN labels are kept as A-labels
/// (RFC 5890). Not an IP address. Case is folded and one trailing dot dropped (RFC 9525 §6.3,
/// RFC 4343).
class HostName {
public:
    /// Takes ASCII or UTF-8 (converted with IDNA 2008). Fails with what is wrong with the text.
    static Result<HostName> parse(std::string_view text);

    [[nodiscard]] const std::string& text() const { return text_; }  ///< "sip.xn--bcher-kva.test"
    [[nodiscard]] std::string unicode() const;  ///< "sip.bücher.test", or text() if it cannot be shown
    [[nodiscard]] std::vector<std::string_view> labels() const;     ///< views into this object
    [[nodiscard]] bool is_in_domain(const HostName& domain) const;  ///< equal to it or below it

    auto operator<=>(const HostName&) const = default;

private:
    explicit HostName(std::string text) : text_(std::move(text)) {}
    std::string text_;
};

/// A host name or `*.` followed by one: what a virtual host answers for.
class HostPattern {
public:
    static Result<HostPattern> parse(std::string_view text);

    [[nodiscard]] const std::string& text() const { return text_; }  ///< "*.contoso.test" or a plain name
    [[nodiscard]] bool is_wildcard() const { return text_.starts_with("*."); }

    auto operator<=>(const HostPattern&) const = default;

private:
    explicit HostPattern(std::string text) : text_(std::move(text)) {}
    std::string text_;
};

}  // namespace ocs
