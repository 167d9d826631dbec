#pragma once
// The lab's zones: records by name, and what must hold of them.

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "dns/name.hpp"
#include "dns/record.hpp"

namespace ocs::dns {

inline constexpr std::size_t max_zones = 100;
inline constexpr std::size_t max_records = 20'000;  ///< of one zone

/// One zone. Always has one SOA and at least one NS at its top. A name exists if it or a name below it has a
/// record (empty non-terminals, RFC 8020); `*` as first label is a wildcard (RFC 4592). Names with NS records
/// below the top are delegations: answers there are referrals. A value.
class Zone {
public:
    /// With the SOA given, or one made up: primary `ns.<zone>` (or the zone's own name where that name would
    /// be too long), serial 1, minimum = `ttl`; and one NS record that names it. `ttl` is that of records
    /// made up.
    explicit Zone(Name name, std::uint32_t ttl = 0);

    /// Fails for an owner outside the zone, a record that is there already (same owner, type and data), a
    /// CNAME beside other records or another CNAME (RFC 1034 §3.6.2, RFC 2181 §10.1), and for
    /// the record over max_records. An SOA replaces the one there; the first NS given at the top replaces the
    /// made-up one.
    Result<void> add(Record record);
    /// Deletes the records of this owner, of one type or all, and answers them. SOA and NS of the top stay.
    std::vector<Record> remove(const Name& owner, std::optional<Type> type);

    [[nodiscard]] const Name& name() const { return name_; }
    [[nodiscard]] const Record& soa() const;
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool exists(const Name& name) const;                       ///< or a name below it does
    [[nodiscard]] const std::vector<Record>* find(const Name& owner) const;  ///< nullptr: no record here
    [[nodiscard]] std::vector<Record> all() const;                           ///< SOA, NS, then by name

private:
    Name name_;
    std::map<std::string, std::vector<Record>> nodes_;  // by Name::key()
    std::size_t size_ = 0;
    bool made_up_ns_ = true;
};

/// All zones of the lab. Zones may lie inside each other; a name belongs to the longest that has it.
class Zones {
public:
    Result<void> add(Zone zone);                             ///< fails if the name is taken, or at max_zones
    [[nodiscard]] const Zone* find(const Name& name) const;  ///< the zone of that name, or nullptr
    [[nodiscard]] Zone* find(const Name& name);
    [[nodiscard]] const std::vector<Zone>& all() const { return zones_; }
    /// An owner as people type it: absolute if a zone has it, else relative to the only zone there is. Fails,
    /// and names the zones, where that does not say which.
    [[nodiscard]] Result<Name> owner(std::string_view text) const;
    /// A name to be asked for, as people type it; it need not exist, nor be in a zone. Absolute if a zone has
    /// it; relative to the only zone if that has the name, or if it is one label; else absolute.
    [[nodiscard]] Result<Name> asked(std::string_view text) const;

private:
    std::vector<Zone> zones_;
};

}  // namespace ocs::dns
