#pragma once
// Time as this project writes it. Functions that need the time take it as an argument, so that
// tests pass their own; only main, sessions and the certificate tool ask the clock.

#include <chrono>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace ocs {

using Micros = std::chrono::microseconds;
using WallTime = std::chrono::sys_time<Micros>;                                    ///< UTC
using MonotonicTime = std::chrono::time_point<std::chrono::steady_clock, Micros>;  ///< for durations

WallTime wall_now();
MonotonicTime monotonic_now();

std::string rfc3339(WallTime time);         ///< "2026-11-24T05:59:00.123456Z"
std::string local_clock(WallTime time);     ///< "10:41:07.318", local time zone
std::string local_date(WallTime time);      ///< "2026-11-24", local time zone
std::string utc_date(WallTime time);        ///< "2036-11-22"
std::string milliseconds(Micros duration);  ///< "12.4 ms"; "3.2 s" from ten seconds on

/// A point in time as people give it: `2026-11-24`, `2026-11-24T05:59:00Z`, or relative to `now`:
/// `-30d`, `+2y`, `+12h`, `+90m`, `now`. A year counts 365 days. Years 1950 to 9999 (RFC 5280 §4.1.2.5).
Result<WallTime> parse_time(std::string_view text, WallTime now);

}  // namespace ocs
