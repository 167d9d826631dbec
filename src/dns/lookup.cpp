#include "dns/lookup.hpp"

#include <algorithm>
#include <set>

namespace ocs::dns {
namespace {

constexpr int max_aliases = 16;

bool is_of(const Record& record, std::uint16_t type) {
    return static_cast<std::uint16_t>(record.type) == type;
}

/// The delegation that `name` is at or below, or nullptr. An NS question at the delegation is answered with
/// it too.
const std::vector<Record>* delegation(const Zone& zone, const Name& name) {
    const std::vector<Record>* found = nullptr;
    for (Name at = name; !(at == zone.name()); at = at.parent()) {
        const auto* node = zone.find(at);
        if (node == nullptr) continue;
        const auto is_ns = [](const Record& record) { return record.type == Type::ns; };
        if (std::any_of(node->begin(), node->end(), is_ns))
            found = node;  // the one nearest to the top counts
    }
    return found;
}

/// The records of the wildcard that covers a name which does not exist (RFC 4592 §3.3.1).
const std::vector<Record>* wildcard(const Zone& zone, const Name& name) {
    Name encloser = name.parent();
    while (!zone.exists(encloser)) encloser = encloser.parent();
    const auto star = encloser.child("*");
    return star.has_value() ? zone.find(*star) : nullptr;
}

class Walk {
public:
    Walk(const Zones& zones, std::uint16_t type, const Name* wrong_target)
        : zones_(zones), type_(type), wrong_target_(wrong_target) {}

    Lookup run(Name name) {
        std::vector<Name> seen;
        for (int hop = 0; hop <= max_aliases; ++hop) {
            seen.push_back(name);
            auto next = step(name, hop == 0);
            if (!next || std::find(seen.begin(), seen.end(), *next) != seen.end()) break;
            name = std::move(*next);
        }
        send_along();
        return std::move(result_);
    }

private:
    /// One name of the chain; answers the next one if it is an alias.
    std::optional<Name> step(const Name& name, bool first) {
        const Zone* zone = zones_.find(name);
        const Name* target = first ? wrong_target_ : nullptr;
        if (zone == nullptr && target == nullptr)
            return std::nullopt;  // refused, or what the chain has so far
        result_.authoritative = result_.authoritative || first;
        result_.outcome = Outcome::answered;
        if (zone != nullptr && refer(*zone, name, first)) return std::nullopt;
        auto records = zone == nullptr ? std::vector<Record>() : records_at(*zone, name);
        if (target != nullptr) redirect(records, name, *target);
        if (records.empty() && zone != nullptr && !zone->exists(name) && wildcard(*zone, name) == nullptr) {
            deny(name, Outcome::nx_domain);
            return std::nullopt;
        }
        return take(std::move(records), name);
    }

    bool refer(const Zone& zone, const Name& name, bool first) {
        const auto* cut = delegation(zone, name);
        if (cut == nullptr) return false;
        for (const Record& record : *cut) {
            if (record.type == Type::ns) result_.authority.push_back(record);
        }
        if (first) result_.authoritative = false;
        result_.outcome = Outcome::referral;
        return true;
    }

    static std::vector<Record> records_at(const Zone& zone, const Name& name) {
        const auto* node = zone.find(name);
        if (node == nullptr && !zone.exists(name)) node = wildcard(zone, name);
        auto records = node == nullptr ? std::vector<Record>() : *node;
        for (Record& record : records) record.owner = name;  // in the letters of the question
        return records;
    }

    void redirect(std::vector<Record>& records, const Name& name, const Name& target) const {
        bool pointed = false;
        for (Record& record : records) {
            if (!is_of(record, type_) && record.type != Type::cname) continue;
            if (auto* srv = std::get_if<Srv>(&record.data)) {
                srv->target = target;
            } else if (auto* to = std::get_if<Name>(&record.data)) {
                *to = target;
            } else {
                continue;
            }
            pointed = true;
        }
        if (!pointed) records = {Record{name, Type::cname, 0, target}};
    }

    std::optional<Name> take(std::vector<Record> records, const Name& name) {
        const auto alias = std::find_if(
            records.begin(), records.end(), [](const Record& record) { return record.type == Type::cname; });
        if (alias != records.end() && !is_of(*alias, type_)) {
            result_.answers.push_back(*alias);
            if (type_ == type_any) return std::nullopt;
            return *alias->name();
        }
        // RFC 8482 §4.1: to ANY one RRset will do.
        const auto wanted =
            type_ == type_any && !records.empty() ? static_cast<std::uint16_t>(records.front().type) : type_;
        bool found = false;
        for (Record& record : records) {
            if (!is_of(record, wanted)) continue;
            result_.answers.push_back(std::move(record));
            found = true;
        }
        if (!found) deny(name, Outcome::no_data);
        return std::nullopt;
    }

    void deny(const Name& name, Outcome outcome) {
        result_.outcome = outcome;
        if (auto soa = negative_soa(zones_, name)) result_.authority.push_back(std::move(*soa));
    }

    /// Addresses of SRV and NS targets: a client that takes them saves a question.
    void send_along() {
        std::set<std::string> done;  // keys: there may be thousands of targets
        for (const auto* section : {&result_.answers, &result_.authority}) {
            for (const Record& record : *section) {
                const Name* target = record.type == Type::ns ? record.name() : nullptr;
                if (const auto* srv = record.srv()) target = &srv->target;
                if (target == nullptr || !done.insert(target->key()).second) continue;
                const Zone* zone = zones_.find(*target);
                const auto* node = zone == nullptr ? nullptr : zone->find(*target);
                if (node == nullptr) continue;
                for (const Record& address : *node) {
                    if (address.address() != nullptr) result_.additional.push_back(address);
                }
            }
        }
    }

    const Zones& zones_;
    std::uint16_t type_;
    const Name* wrong_target_;
    Lookup result_;
};

}  // namespace

Lookup look_up(const Zones& zones, const Name& name, std::uint16_t type, const Name* wrong_target) {
    return Walk(zones, type, wrong_target).run(name);
}

std::optional<Record> negative_soa(const Zones& zones, const Name& name) {
    const Zone* zone = zones.find(name);
    if (zone == nullptr) return std::nullopt;
    Record soa = zone->soa();
    soa.ttl = std::min(soa.ttl, soa.soa()->minimum);
    return soa;
}

}  // namespace ocs::dns
