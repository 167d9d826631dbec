#pragma once
// Faults on demand: what the lab DNS is told to do wrong, for which question, how often.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/result.hpp"
#include "dns/name.hpp"

namespace ocs::dns {

enum class FaultKind {
    nx_domain,       ///< "nxdomain": as if the name did not exist
    server_failure,  ///< "servfail"
    refused,         ///< "refused"
    drop,            ///< "drop": no answer
    delay,           ///< "delay": the right answer, late
    wrong_target,    ///< "target": SRV, CNAME, NS and PTR point to `target`; else the name is its alias
};
inline constexpr std::array<FaultKind, 6> fault_kinds = {FaultKind::nx_domain,
                                                         FaultKind::server_failure,
                                                         FaultKind::refused,
                                                         FaultKind::drop,
                                                         FaultKind::delay,
                                                         FaultKind::wrong_target};
std::string_view to_string(FaultKind kind);

inline constexpr std::size_t max_faults = 1000;
inline constexpr std::chrono::milliseconds max_delay{60'000};

struct Fault {
    std::uint64_t id = 0;  ///< given by Faults::arm
    Name name;             ///< of the question; names found on the way through aliases do not count
    std::optional<std::uint16_t> type;  ///< empty: every type
    FaultKind kind = FaultKind::nx_domain;
    std::chrono::milliseconds delay{0};      ///< of FaultKind::delay
    Name target;                             ///< of FaultKind::wrong_target
    std::optional<std::uint64_t> remaining;  ///< for that many more questions; empty: until lifted
};

std::string summary(const Fault& fault);  ///< "nxdomain", "delay 300 ms", "target front02.contoso.test"

/// The armed faults. Deterministic: for a question the fault of its very type goes before the one of every
/// type; there is at most one of each, since arming again replaces.
class Faults {
public:
    /// Fails when 1000 are armed, for a delay of 0 or over 60 s, and for `remaining` 0. Answers the id.
    Result<std::uint64_t> arm(Fault fault);
    std::size_t lift(const Name& name, std::optional<std::uint16_t> type);  ///< empty type: all of the name
    bool lift(std::uint64_t id);
    std::size_t lift_all();

    [[nodiscard]] const Fault* find(const Name& name, std::uint16_t type) const;
    /// One question was answered under this fault: counts down, and lifts it at its last.
    void spend(std::uint64_t id);
    [[nodiscard]] const std::vector<Fault>& all() const { return faults_; }  ///< in the order of arming

private:
    std::vector<Fault> faults_;
    std::uint64_t next_id_ = 1;
};

}  // namespace ocs::dns
