#include "record/armed_faults.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/escape.hpp"

namespace ocs::record {
namespace {

bool is_over(const Fault& fault, MonotonicTime now) { return fault.until && *fault.until <= now; }

bool fits(const Fault& fault, const FaultOccasion& occasion) {
    if (moment_of(fault) != occasion.moment) return false;
    if (!fault.listener.empty() && fault.listener != occasion.listener) return false;
    if (!fault.host.empty() && fault.host != occasion.host) return false;
    if (!fault.name.empty() && !equal_ignoring_case(fault.name, occasion.name)) return false;
    if (fault.kind == FaultKind::certificate) return occasion.has_host && occasion.host != fault.shown;
    if (fault.kind == FaultKind::expired) return occasion.has_host && occasion.can_expire;
    return true;
}

/// No two that fit one connection have the same.
int rank(const Fault& fault) {
    return (fault.name.empty() ? 0 : 8) + (fault.host.empty() ? 0 : 4) + (fault.listener.empty() ? 0 : 2) +
           (fault.from_file ? 0 : 1);
}

}  // namespace

bool takes_place_of(const Fault& fault, const Fault& other) {
    return fault.host == other.host && fault.name == other.name && fault.listener == other.listener &&
           moment_of(fault) == moment_of(other) && fault.from_file == other.from_file;
}

void ArmedFaults::drop_those_over(MonotonicTime now) {
    std::erase_if(faults_, [now](const Fault& fault) { return is_over(fault, now); });
    count();
}

void ArmedFaults::put(Fault fault, MonotonicTime now) {
    std::erase_if(faults_, [&fault](const Fault& other) { return takes_place_of(fault, other); });
    fault.id = next_id_++;
    fault.struck = 0;
    if (fault.lasting) fault.until = now + *fault.lasting;
    faults_.push_back(std::move(fault));
    count();
}

Result<Fault> ArmedFaults::arm(Fault fault, MonotonicTime now) {
    const std::lock_guard lock(mutex_);
    drop_those_over(now);
    const bool replaces = std::any_of(faults_.begin(), faults_.end(), [&fault](const Fault& other) {
        return takes_place_of(fault, other);
    });
    if (!replaces && faults_.size() >= most_faults)
        return Error{fmt::format("{} faults are armed, and no more fit", most_faults), "", "lift some"};
    put(std::move(fault), now);
    return faults_.back();
}

void ArmedFaults::replace_those_of_file(std::vector<Fault> faults, MonotonicTime now) {
    const std::lock_guard lock(mutex_);
    std::erase_if(faults_, [](const Fault& fault) { return fault.from_file; });
    for (Fault& fault : faults) {
        fault.from_file = true;
        put(std::move(fault), now);
    }
    drop_those_over(now);
}

std::optional<Fault> ArmedFaults::lift(std::uint64_t id, MonotonicTime now) {
    const std::lock_guard lock(mutex_);
    drop_those_over(now);
    const auto found =
        std::find_if(faults_.begin(), faults_.end(), [id](const Fault& fault) { return fault.id == id; });
    if (found == faults_.end()) return std::nullopt;
    Fault lifted = std::move(*found);
    faults_.erase(found);
    count();
    return lifted;
}

std::size_t ArmedFaults::lift_all(MonotonicTime now) {
    const std::lock_guard lock(mutex_);
    drop_those_over(now);
    const std::size_t lifted = faults_.size();
    faults_.clear();
    count();
    return lifted;
}

std::vector<Fault> ArmedFaults::lift_if(const std::function<bool(const Fault&)>& is_void) {
    const std::lock_guard lock(mutex_);
    const auto gone = std::stable_partition(
        faults_.begin(), faults_.end(), [&](const Fault& fault) { return !is_void(fault); });
    std::vector<Fault> lifted(std::make_move_iterator(gone), std::make_move_iterator(faults_.end()));
    faults_.erase(gone, faults_.end());
    count();
    return lifted;
}

std::optional<Fault> ArmedFaults::strike(const FaultOccasion& occasion, MonotonicTime now) {
    if (!any()) return std::nullopt;
    const std::lock_guard lock(mutex_);
    auto found = faults_.end();
    for (auto fault = faults_.begin(); fault != faults_.end(); ++fault) {
        if (is_over(*fault, now) || !fits(*fault, occasion)) continue;
        if (found == faults_.end() || rank(*fault) > rank(*found)) found = fault;
    }
    if (found == faults_.end()) return std::nullopt;
    ++found->struck;
    if (found->remaining) --*found->remaining;
    Fault struck = *found;
    if (struck.remaining == std::uint64_t{0}) faults_.erase(found);
    count();
    return struck;
}

std::vector<Fault> ArmedFaults::all(MonotonicTime now) const {
    const std::lock_guard lock(mutex_);
    std::vector<Fault> armed;
    for (const Fault& fault : faults_) {
        if (!is_over(fault, now)) armed.push_back(fault);
    }
    return armed;
}

}  // namespace ocs::record
