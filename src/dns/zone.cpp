#include "dns/zone.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/escape.hpp"
#include "dns/zone_text.hpp"

namespace ocs::dns {
namespace {

/// The server that a made-up SOA and NS name: one that needs no address in the zone, so that an exported zone
/// loads elsewhere.
Name made_up_server() { return Name::parse("localhost").value(); }

Record made_up_soa(const Name& zone, std::uint32_t ttl) {
    Soa soa;
    soa.primary = made_up_server();
    const auto mailbox = zone.child("hostmaster");
    soa.mailbox = mailbox.has_value() ? *mailbox : zone;
    soa.minimum = ttl;
    return Record{zone, Type::soa, ttl, std::move(soa)};
}

std::string place_of(const Record& record) { return quoted(record.owner.text()); }

}  // namespace

Zone::Zone(Name name, std::uint32_t ttl) : name_(std::move(name)) {
    nodes_[name_.key()] = {made_up_soa(name_, ttl), Record{name_, Type::ns, ttl, made_up_server()}};
    size_ = 2;
}

Result<void> Zone::add(Record record) {
    if (!record.owner.is_in(name_)) {
        return Error{place_of(record) + " is not in the zone " + quoted(name_.text()), "", ""};
    }
    const bool top = record.owner == name_;
    if (record.type == Type::soa) {
        if (!top)
            return Error{
                "an SOA record at " + place_of(record) + ", which is not the top of the zone", "", ""};
        nodes_[name_.key()].front() = std::move(record);
        return {};
    }
    if (top && record.type == Type::ns && made_up_ns_) {
        made_up_ns_ = false;
        nodes_[name_.key()][1] = std::move(record);
        return {};
    }
    if (size_ >= max_records)
        return Error{fmt::format("a zone holds at most {} records", max_records), "", ""};
    if (const auto* node = find(record.owner)) {
        for (const Record& other : *node) {
            const bool alias = record.type == Type::cname || other.type == Type::cname;
            if (other.type == record.type && other.data == record.data) {
                return Error{fmt::format("{} has {} already", place_of(record), summary(other)), "", ""};
            }
            if (alias) {
                return Error{fmt::format("{} has {}, and an alias stands alone (RFC 1034 §3.6.2)",
                                         place_of(record),
                                         summary(other)),
                             "",
                             "delete that record first"};
            }
        }
    }
    nodes_[record.owner.key()].push_back(std::move(record));
    ++size_;
    return {};
}

std::vector<Record> Zone::remove(const Name& owner, std::optional<Type> type) {
    std::vector<Record> removed;
    const auto found = nodes_.find(owner.key());
    if (found == nodes_.end()) return removed;
    const bool top = owner == name_;
    std::erase_if(found->second, [&](const Record& record) {
        if (top && (record.type == Type::soa || record.type == Type::ns)) return false;
        if (type && record.type != *type) return false;
        removed.push_back(record);
        return true;
    });
    if (found->second.empty()) nodes_.erase(found);
    size_ -= removed.size();
    return removed;
}

const Record& Zone::soa() const { return nodes_.at(name_.key()).front(); }

bool Zone::exists(const Name& name) const {
    const std::string key = name.key();
    const auto at_or_below = nodes_.lower_bound(key);
    return at_or_below != nodes_.end() && at_or_below->first.starts_with(key);
}

const std::vector<Record>* Zone::find(const Name& owner) const {
    const auto found = nodes_.find(owner.key());
    return found == nodes_.end() ? nullptr : &found->second;
}

std::vector<Record> Zone::all() const {
    std::vector<Record> records;
    records.reserve(size_);
    for (const auto& [key, node] : nodes_) records.insert(records.end(), node.begin(), node.end());
    return records;
}

Result<void> Zones::add(Zone zone) {
    for (const Zone& other : zones_) {
        if (other.name() == zone.name())
            return Error{"the zone " + quoted(zone.name().text()) + " is there twice", "", ""};
    }
    if (zones_.size() >= max_zones) return Error{fmt::format("more than {} zones", max_zones), "", ""};
    zones_.push_back(std::move(zone));
    return {};
}

const Zone* Zones::find(const Name& name) const {
    const Zone* longest = nullptr;
    for (const Zone& zone : zones_) {
        if (!name.is_in(zone.name())) continue;
        if (longest == nullptr || zone.name().label_count() > longest->name().label_count()) longest = &zone;
    }
    return longest;
}

Zone* Zones::find(const Name& name) { return const_cast<Zone*>(std::as_const(*this).find(name)); }

Result<Name> Zones::owner(std::string_view text) const {
    if (text != "@") {
        auto name = Name::parse(text);
        if (name.has_error() || find(*name) != nullptr) return name;
    }
    if (zones_.size() == 1) return parse_owner(text, zones_.front().name());
    std::string names;
    for (const Zone& zone : zones_) names += (names.empty() ? "" : ", ") + zone.name().text();
    return Error{quoted(text) + " is in no zone",
                 "",
                 zones_.empty() ? "there are no zones: name one in the configuration under dns.zones"
                                : "the zones are " + names};
}

Result<Name> Zones::asked(std::string_view text) const {
    if (text == "@") return owner(text);
    auto name = Name::parse(text);
    if (name.has_error() || find(*name) != nullptr || is_absolute(text)) return name;
    if (name->label_count() == 1) return owner(text);
    if (zones_.size() != 1) return name;
    const auto relative = name->below(zones_.front().name());
    return relative.has_value() && zones_.front().exists(*relative) ? relative : name;
}

}  // namespace ocs::dns
