#include "server/admission.hpp"

#include <utility>

namespace ocs::server {
namespace {

constexpr Micros span{10'000'000};

}  // namespace

std::string Admission::enter(const std::string& address, const config::LimitSettings& limits) {
    const std::lock_guard lock(mutex_);
    if (open_ >= static_cast<std::size_t>(limits.connections)) return "connections in total";
    int& own = per_address_[address];  // entered by a limit of one at least, so never left at 0
    if (own >= limits.connections_per_address) return "connections per address";
    ++open_;
    ++own;
    return "";
}

std::size_t Admission::open() const {
    const std::lock_guard lock(mutex_);
    return open_;
}

void Admission::leave(const std::string& address) {
    const std::lock_guard lock(mutex_);
    --open_;
    const auto own = per_address_.find(address);
    if (own != per_address_.end() && --own->second == 0) per_address_.erase(own);
}

void Admission::turn_away(record::ConnectionRecord record, const std::string& why, MonotonicTime now) {
    record.facts.ended = record::Ended::by_us;
    record.judgement.verdict = record::Verdict::turned_away;
    record.judgement.detail = why;
    record.turned_away = record::TurnedAway{why, 1, Micros{0}};
    const std::lock_guard lock(mutex_);
    const auto [entry, is_first] = refusals_.try_emplace(record.client.address);
    Refusals& refusals = entry->second;
    if (is_first) {
        refusals.first = now;
        journal_.write(std::move(record));
        return;
    }
    if (refusals.count == 0) {
        refusals.first_counted = now;
        refusals.next = std::move(record);
    }
    refusals.last = now;
    ++refusals.count;
}

void Admission::write_counts(MonotonicTime now, bool all) {
    const std::lock_guard lock(mutex_);
    for (auto at = refusals_.begin(); at != refusals_.end();) {
        Refusals& refusals = at->second;
        if (!all && now - refusals.first < span) {
            ++at;
            continue;
        }
        if (refusals.count > 0) {
            refusals.next.turned_away->count = refusals.count;
            refusals.next.turned_away->span = refusals.last - refusals.first_counted;
            journal_.write(std::move(refusals.next));
        }
        at = refusals_.erase(at);
    }
}

}  // namespace ocs::server
