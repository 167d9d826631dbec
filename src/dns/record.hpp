#pragma once
// Resource records as values, and their text form.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/ip_address.hpp"
#include "core/result.hpp"
#include "dns/name.hpp"

namespace ocs::dns {

/// The types this project holds (IANA numbers). Questions may have any other number as well.
enum class Type : std::uint16_t {
    a = 1,
    ns = 2,
    cname = 5,
    soa = 6,
    ptr = 12,
    txt = 16,
    aaaa = 28,
    srv = 33
};

inline constexpr std::uint16_t type_any = 255;

/// "SRV", "HTTPS"; "TYPE65280" for a number without a name (RFC 3597 §5).
std::string type_text(std::uint16_t number);
std::string type_text(Type type);
/// A mnemonic in any case, or TYPEn: empty if it is neither.
std::optional<std::uint16_t> type_number(std::string_view text);
/// One of the types held here: fails with the list of them.
Result<Type> parse_type(std::string_view text);

struct Srv {
    std::uint16_t priority = 0;
    std::uint16_t weight = 0;
    std::uint16_t port = 0;
    Name target;  ///< the root: the service is decidedly not here (RFC 2782)
    bool operator==(const Srv&) const = default;
};

struct Soa {
    Name primary;
    Name mailbox;  ///< hostmaster.contoso.test
    std::uint32_t serial = 1;
    std::uint32_t refresh = 3600;
    std::uint32_t retry = 600;
    std::uint32_t expire = 86400;
    std::uint32_t minimum = 0;  ///< how long an answer "no" may be cached (RFC 2308 §4)
    bool operator==(const Soa&) const = default;
};

struct Txt {
    std::vector<std::string> strings;  ///< raw bytes, each at most 255, at least one
    bool operator==(const Txt&) const = default;
};

/// Which member is in use follows from the type: IpAddress for A and AAAA, Name for CNAME, NS and PTR.
using Data = std::variant<Name, IpAddress, Srv, Soa, Txt>;

struct Record {
    Name owner;
    Type type = Type::cname;
    std::uint32_t ttl = 0;  ///< seconds, at most 2^31-1 (RFC 2181 §8)
    Data data;

    /// nullptr where the record is of another type.
    [[nodiscard]] const IpAddress* address() const { return std::get_if<IpAddress>(&data); }  ///< A, AAAA
    [[nodiscard]] const Name* name() const { return std::get_if<Name>(&data); }  ///< CNAME, NS, PTR
    [[nodiscard]] const Srv* srv() const { return std::get_if<Srv>(&data); }
    [[nodiscard]] const Soa* soa() const { return std::get_if<Soa>(&data); }
    [[nodiscard]] const Txt* txt() const { return std::get_if<Txt>(&data); }

    bool operator==(const Record&) const = default;
};

/// The data as a zone file has it, names absolute with their dot: `0 0 5061 sip.contoso.test.`
std::string data_text(const Record& record);
/// For people: type and data, names without the dot: `SRV 0 0 5061 sip.contoso.test`, `CNAME front01.lab`.
std::string summary(const Record& record);

/// Reads the data of one record as people write it: `127.0.0.1`; `0 0 5061 sip.contoso.test`; `front01`.
///
/// A name in the data that is one label without a dot at its end belongs to `zone`; any other is absolute
/// (`srv.corp.local` is that name, whatever the zone: the zone-file rule would make it
/// `srv.corp.local.contoso.test`, which nobody means). `@` is the zone, `.` the root.
/// A TXT text without quotes is one text, cut at 255 bytes. Numbers out of range are refused.
Result<Data> parse_data(Type type, std::string_view text, const Name& zone);

/// The owner as people write it: a name inside `zone` is absolute, any other is relative to it, `@` is it.
Result<Name> parse_owner(std::string_view text, const Name& zone);

}  // namespace ocs::dns
