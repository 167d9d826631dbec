#pragma once
// What Prometheus reads: counts of what was recorded since the start, with labels from closed lists only,
// never a name or an address.

#include <cstdint>
#include <memory>
#include <string>

#include "core/clock.hpp"
#include "journal/log_line.hpp"

namespace ocs::admin {

struct LabStatus;
class HistoryReader;

/// On one thread. Counts come from the history, read on from where the last call stood: while none is kept or
/// it cannot be written, they stand still, and fakeocs_log_failing says so.
class Metrics {
public:
    Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;
    ~Metrics();

    /// The text exposition format 0.0.4, with what the lab says of itself now.
    [[nodiscard]] std::string text(const LabStatus& status, HistoryReader& history);

    /// One record. Those from before `since` were counted by somebody else, or imported.
    void count(const journal::LogLine& line, WallTime since);

private:
    struct Families;
    std::unique_ptr<Families> families_;
    std::uint64_t counted_ = 0;  // sequence number
};

}  // namespace ocs::admin
