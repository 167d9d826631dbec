#include "dns/fault.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ocs::dns {

std::string_view to_string(FaultKind kind) {
    switch (kind) {
        case FaultKind::nx_domain:
            return "nxdomain";
        case FaultKind::server_failure:
            return "servfail";
        case FaultKind::refused:
            return "refused";
        case FaultKind::drop:
            return "drop";
        case FaultKind::delay:
            return "delay";
        case FaultKind::wrong_target:
            return "target";
    }
    return "";
}

std::string summary(const Fault& fault) {
    std::string kind(to_string(fault.kind));
    if (fault.kind == FaultKind::delay) return fmt::format("{} {} ms", kind, fault.delay.count());
    if (fault.kind == FaultKind::wrong_target) return kind + " " + fault.target.text();
    return kind;
}

Result<std::uint64_t> Faults::arm(Fault fault) {
    if (fault.kind == FaultKind::delay && (fault.delay.count() < 1 || fault.delay > max_delay)) {
        return Error{
            fmt::format("a delay of {} ms is not between 1 and {}", fault.delay.count(), max_delay.count()),
            "",
            ""};
    }
    if (fault.remaining == std::uint64_t{0})
        return Error{"a fault for the next 0 questions does nothing", "", ""};
    const auto same = [&fault](const Fault& other) {
        return other.type == fault.type && other.name == fault.name;
    };
    std::erase_if(faults_, same);
    if (faults_.size() >= max_faults) {
        return Error{fmt::format("{} faults are armed, and no more fit", max_faults), "", "lift some"};
    }
    fault.id = next_id_++;
    faults_.push_back(std::move(fault));
    return faults_.back().id;
}

std::size_t Faults::lift(const Name& name, std::optional<std::uint16_t> type) {
    return std::erase_if(
        faults_, [&](const Fault& fault) { return fault.name == name && (!type || fault.type == type); });
}

bool Faults::lift(std::uint64_t id) {
    return std::erase_if(faults_, [id](const Fault& fault) { return fault.id == id; }) > 0;
}

std::size_t Faults::lift_all() {
    const std::size_t count = faults_.size();
    faults_.clear();
    return count;
}

const Fault* Faults::find(const Name& name, std::uint16_t type) const {
    const Fault* found = nullptr;
    for (const Fault& fault : faults_) {
        if (!(fault.name == name)) continue;
        if (fault.type == type) return &fault;
        if (!fault.type) found = &fault;
    }
    return found;
}

void Faults::spend(std::uint64_t id) {
    for (Fault& fault : faults_) {
        if (fault.id != id || !fault.remaining) continue;
        if (--*fault.remaining == 0) lift(id);
        return;
    }
}

}  // namespace ocs::dns
