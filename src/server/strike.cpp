#include "server/strike.hpp"

#include <algorithm>

namespace ocs::server {

std::optional<record::Fault> strike(record::ArmedFaults& armed,
                                    journal::Journal& journal,
                                    record::ConnectionRecord& record,
                                    record::FaultOccasion occasion) {
    if (record.facts.fault) return std::nullopt;
    occasion.listener = record.listener;
    occasion.host = record.facts.virtual_host;
    if (record.wanted) occasion.name = record.wanted->text;
    auto fault = armed.strike(occasion, monotonic_now());
    if (!fault) return std::nullopt;
    record.facts.fault = record::FaultFact{fault->id, summary(*fault), false, fault->kind};
    if (fault->remaining == std::uint64_t{0}) {
        journal.note("fault   spent: " + scope(*fault) + ": " + summary(*fault));
    }
    return fault;
}

Pace pace_of(int bytes_per_second) {
    constexpr int ticks = 100;  // a second, where there is a byte for each
    constexpr Micros second{1'000'000};
    if (bytes_per_second < ticks) return {1, second / std::max(bytes_per_second, 1)};
    return {static_cast<std::size_t>(bytes_per_second / ticks), second / ticks};
}

void Struck::ask_at_accept() {
    record::FaultOccasion occasion;
    occasion.moment = record::FaultMoment::accept;
    fault_ = strike(armed_, journal_, record_, occasion);
}

const std::optional<record::Fault>& Struck::ask_at_hello(const tls::ChosenHost& chosen) {
    record::FaultOccasion occasion;
    occasion.has_host = !chosen.refused();
    occasion.can_expire = chosen.can_expire();
    fault_ = strike(armed_, journal_, record_, occasion);
    return fault_;
}

bool Struck::ends(record::FaultPoint point) {
    if (!fault_ || !record::ends_at(*fault_, point)) return false;
    record_.facts.fault->ended_it = true;
    record_.facts.ended = record::Ended::by_us;
    return true;
}

bool Struck::has_reset() const {
    return fault_ && fault_->kind == record::FaultKind::reset && record_.facts.fault->ended_it;
}

Micros Struck::wait() const {
    return fault_ && fault_->kind == record::FaultKind::wait ? Micros(fault_->delay) : Micros{};
}

Pace Struck::pace() const {
    const bool slow = fault_ && fault_->kind == record::FaultKind::slow;
    return slow ? pace_of(fault_->bytes_per_second) : Pace{};
}

}  // namespace ocs::server
