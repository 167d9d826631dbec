#include "core/clock.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <charconv>
#include <ctime>
#include <optional>

#include "core/escape.hpp"

namespace ocs {
namespace {

using namespace std::chrono;

std::tm utc_parts(WallTime time) {
    const std::time_t seconds_since_epoch = floor<seconds>(time).time_since_epoch().count();
    std::tm parts{};
    gmtime_r(&seconds_since_epoch, &parts);
    return parts;
}

long microseconds_part(WallTime time) { return static_cast<long>((time - floor<seconds>(time)).count()); }

std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
    if (at + count > text.size()) return std::nullopt;
    int value = 0;
    for (const char c : text.substr(at, count)) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + (c - '0');
    }
    return value;
}

std::optional<WallTime> absolute(std::string_view text) {
    const bool has_clock = text.size() == 20;
    if (text.size() != 10 && !has_clock) return std::nullopt;
    const auto y = digits(text, 0, 4);
    const auto m = digits(text, 5, 2);
    const auto d = digits(text, 8, 2);
    if (!y || !m || !d || text[4] != '-' || text[7] != '-') return std::nullopt;
    const year_month_day date{year{*y}, month{static_cast<unsigned>(*m)}, day{static_cast<unsigned>(*d)}};
    if (!date.ok()) return std::nullopt;
    WallTime time = sys_days{date};
    if (!has_clock) return time;
    const auto hour = digits(text, 11, 2);
    const auto minute = digits(text, 14, 2);
    const auto second = digits(text, 17, 2);
    if (!hour || !minute || !second || text[10] != 'T' || text[13] != ':' || text[16] != ':' ||
        text[19] != 'Z') {
        return std::nullopt;
    }
    if (*hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
    return time + hours{*hour} + minutes{*minute} + seconds{*second};
}

std::optional<WallTime> relative(std::string_view text, WallTime now) {
    if (text == "now") return now;
    if (text.size() < 3 || (text[0] != '-' && text[0] != '+')) return std::nullopt;
    long amount = 0;
    const char* end = text.data() + text.size() - 1;
    const auto parsed = std::from_chars(text.data() + 1, end, amount);
    if (parsed.ec != std::errc() || parsed.ptr != end || amount < 0 || amount > 10'000'000)
        return std::nullopt;
    // Microseconds in 64 bits hold 292,000 years.
    constexpr long most_years = 10'000;
    if (text.back() == 'y' && amount > most_years) return std::nullopt;
    if (text[0] == '-') amount = -amount;
    switch (text.back()) {
        case 's':
            return now + seconds{amount};
        case 'm':
            return now + minutes{amount};
        case 'h':
            return now + hours{amount};
        case 'd':
            return now + days{amount};
        case 'y':
            return now + days{amount * 365};
        default:
            return std::nullopt;
    }
}

}  // namespace

WallTime wall_now() { return floor<Micros>(system_clock::now()); }

MonotonicTime monotonic_now() { return floor<Micros>(steady_clock::now()); }

std::string rfc3339(WallTime time) {
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z", utc_parts(time), microseconds_part(time));
}

std::string local_clock(WallTime time) {
    const std::time_t seconds_since_epoch = floor<seconds>(time).time_since_epoch().count();
    std::tm parts{};
    localtime_r(&seconds_since_epoch, &parts);
    return fmt::format("{:%H:%M:%S}.{:03}", parts, microseconds_part(time) / 1000);
}

std::string local_date(WallTime time) {
    const std::time_t seconds_since_epoch = floor<seconds>(time).time_since_epoch().count();
    std::tm parts{};
    localtime_r(&seconds_since_epoch, &parts);
    return fmt::format("{:%Y-%m-%d}", parts);
}

std::string utc_date(WallTime time) { return fmt::format("{:%Y-%m-%d}", utc_parts(time)); }

std::string milliseconds(Micros duration) {
    const auto count = static_cast<double>(duration.count());
    return count < 10e6 ? fmt::format("{:.1f} ms", count / 1e3) : fmt::format("{:.1f} s", count / 1e6);
}

Result<WallTime> parse_time(std::string_view text, WallTime now) {
    auto time = absolute(text);
    if (!time) time = relative(text, now);
    const auto earliest = sys_days{year{1950} / 1 / 1};
    const auto latest = sys_days{year{9999} / 12 / 31} + days{1};
    if (!time || *time < earliest || *time >= latest) {
        return Error{
            quoted(text) + " is not a time",
            "",
            "a date such as 2026-11-24 or 2026-11-24T05:59:00Z, or a distance from now such as -30d or +2y"};
    }
    return *time;
}

}  // namespace ocs
