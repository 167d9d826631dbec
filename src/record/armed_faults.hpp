#pragma once
// The faults that are armed. Each worker asks it at each connection; whoever arms and lifts does so
// meanwhile.

#include <atomic>
#include <functional>
#include <mutex>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "record/fault.hpp"

namespace ocs::record {

inline constexpr std::size_t most_faults = 1000;

/// A connection at the moment at which a fault may strike it.
struct FaultOccasion {
    FaultMoment moment = FaultMoment::hello;
    std::string_view listener;
    std::string_view host;   ///< id of the virtual host that answers; empty: none does, or not known yet
    std::string_view name;   ///< the wanted name, any case; empty: unknown
    bool has_host = true;    ///< else no certificate would be shown, and none can be exchanged
    bool can_expire = true;  ///< the lab made the certificate, and can make it again
};

/// Both are for the same connections at the same moment, and of the same origin: the later one replaces.
bool takes_place_of(const Fault& fault, const Fault& other);

/// Safe to use from several threads: of the connections that come at once, exactly as many are struck as were
/// asked for.
///
/// Deterministic: a connection is struck by one fault at most. Of those that fit, the one that says most goes
/// first: a name before a host, a host before a listener; then one armed by hand before one of the file.
/// There is at most one of each, since arming for the same connections at the same moment replaces.
class ArmedFaults {
public:
    /// Answers it with its id. Fails when 1000 are armed.
    Result<Fault> arm(Fault fault, MonotonicTime now);
    /// The file was read (again): what came of it before goes, what was armed by hand stays.
    void replace_those_of_file(std::vector<Fault> faults, MonotonicTime now);

    std::optional<Fault> lift(std::uint64_t id, MonotonicTime now);  ///< empty: there is none
    std::size_t lift_all(MonotonicTime now);
    /// Lifts what `is_void` says, such as a fault for a host that is gone; answers what that was.
    std::vector<Fault> lift_if(const std::function<bool(const Fault&)>& is_void);

    /// The fault that strikes here, counted; the last connection lifts it: then its `remaining` is 0.
    std::optional<Fault> strike(const FaultOccasion& occasion, MonotonicTime now);

    /// False: nothing can strike. Costs nothing to ask.
    [[nodiscard]] bool any() const { return armed_ > 0; }
    /// In the order of arming. What is over by its time is not in it.
    [[nodiscard]] std::vector<Fault> all(MonotonicTime now) const;

private:
    void drop_those_over(MonotonicTime now);
    void put(Fault fault, MonotonicTime now);
    void count() { armed_ = faults_.size(); }

    mutable std::mutex mutex_;
    std::vector<Fault> faults_;
    std::uint64_t next_id_ = 1;
    std::atomic<std::size_t> armed_{0};  // how many: nobody waits for the lock where there is none
};

}  // namespace ocs::record
