#pragma once
// Domain names as the DNS has them: any bytes in up to 127 labels, case kept and without meaning.
// A host name is a narrower thing: core/host_name.hpp.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace ocs::dns {

/// An absolute domain name. One that exists is valid: labels of 1 to 63 bytes, at most 255 bytes on the wire
/// (RFC 1035 §2.3.4). Keeps the case it was given; comparing does not see it (RFC 4343). A value.
class Name {
public:
    Name() : wire_(1, '\0') {}  ///< the root

    /// Presentation form (RFC 1035 §5.1), with or without the dot at its end: `sip.contoso.test`, `\046`,
    /// `\.`; "." is the root. UTF-8 becomes A-labels (IDNA 2008). Fails for an empty text or label, and for
    /// what is too long.
    static Result<Name> parse(std::string_view text);
    /// The uncompressed wire form, whole, with the root label at its end.
    static Result<Name> from_wire(std::span<const std::uint8_t> bytes);

    [[nodiscard]] std::string text() const;      ///< "Sip.contoso.test", \DDD for odd bytes; "" for the root
    [[nodiscard]] std::string absolute() const;  ///< "Sip.contoso.test."; "." for the root
    [[nodiscard]] const std::string& wire() const { return wire_; }  ///< uncompressed wire form
    [[nodiscard]] bool is_root() const { return wire_.size() == 1; }
    [[nodiscard]] std::size_t label_count() const;                   ///< 0 for the root
    [[nodiscard]] Name parent() const;                               ///< of the root: the root
    [[nodiscard]] bool is_in(const Name& zone) const;                ///< equal to it or below it
    [[nodiscard]] Result<Name> below(const Name& suffix) const;      ///< this name's labels, then suffix's
    [[nodiscard]] Result<Name> child(std::string_view label) const;  ///< raw bytes of one label, then this
    [[nodiscard]] std::string_view first_label() const;              ///< raw bytes; "" for the root

    /// Labels from the root down, lower case, each ended: the key of every name below this one starts with
    /// this one's, so an ordered map finds a name, what is below it, and its zone, and lists them in a
    /// natural order.
    [[nodiscard]] std::string key() const;

    bool operator==(const Name& other) const;

private:
    explicit Name(std::string wire) : wire_(std::move(wire)) {}
    std::string wire_;
};

}  // namespace ocs::dns
