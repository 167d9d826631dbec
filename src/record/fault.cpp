#include "record/fault.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "record/alerts.hpp"

namespace ocs::record {
namespace {

std::string_view point_words(FaultPoint point) {
    switch (point) {
        case FaultPoint::accept:
            return "at accept";
        case FaultPoint::hello:
            return "after the ClientHello";
        case FaultPoint::certificate:
            return "after the certificate";
        case FaultPoint::finished:
            return "after Finished";
    }
    return "";
}

std::string registration_words(const Fault& fault) {
    if (fault.status == 0) return "REGISTER never answered";
    std::string words = fmt::format("REGISTER answered {}", fault.status);
    if (fault.status != 301) return words;
    words += " to " + fault.home;
    return fault.home_port == 0 ? words : words + fmt::format(" port {}", fault.home_port);
}

}  // namespace

std::string_view to_string(FaultKind kind) {
    switch (kind) {
        case FaultKind::wait:
            return "wait";
        case FaultKind::close:
            return "close";
        case FaultKind::reset:
            return "reset";
        case FaultKind::alert:
            return "alert";
        case FaultKind::certificate:
            return "certificate";
        case FaultKind::expired:
            return "expired";
        case FaultKind::slow:
            return "slow";
        case FaultKind::registration:
            return "register";
    }
    return "";
}

std::string_view to_string(FaultPoint point) {
    switch (point) {
        case FaultPoint::accept:
            return "accept";
        case FaultPoint::hello:
            return "hello";
        case FaultPoint::certificate:
            return "certificate";
        case FaultPoint::finished:
            return "finished";
    }
    return "";
}

bool ends_at(const Fault& fault, FaultPoint point) {
    return (fault.kind == FaultKind::close || fault.kind == FaultKind::reset) && fault.at == point;
}

FaultMoment moment_of(const Fault& fault) {
    if (fault.kind == FaultKind::registration) return FaultMoment::registration;
    return ends_at(fault, FaultPoint::accept) ? FaultMoment::accept : FaultMoment::hello;
}

std::string summary(const Fault& fault) {
    switch (fault.kind) {
        case FaultKind::wait:
            return fmt::format("wait {} ms before the answer", fault.delay.count());
        case FaultKind::close:
        case FaultKind::reset:
            return fmt::format("{} {}", to_string(fault.kind), point_words(fault.at));
        case FaultKind::alert:
            return fmt::format(
                "alert {} {} in place of the certificate", fault.alert, alert_name(fault.alert));
        case FaultKind::certificate:
            return "certificate of " + fault.shown;
        case FaultKind::expired:
            return "expired certificate";
        case FaultKind::slow:
            return fmt::format("slow, {} bytes a second", fault.bytes_per_second);
        case FaultKind::registration:
            return registration_words(fault);
    }
    return "";
}

std::string scope(const Fault& fault) {
    std::string words;
    const auto add = [&words](std::string_view what, const std::string& value) {
        if (!value.empty()) words += fmt::format("{}{} {}", words.empty() ? "" : ", ", what, value);
    };
    add("host", fault.host);
    add("name", fault.name);
    add("listener", fault.listener);
    return words.empty() ? "every connection" : words;
}

std::chrono::seconds seconds_left(const Fault& fault, MonotonicTime now) {
    const auto left = std::chrono::ceil<std::chrono::seconds>(fault.until.value_or(now) - now);
    return std::max(left, std::chrono::seconds(0));
}

std::string one_line(const Fault& fault, MonotonicTime now) {
    std::string line = scope(fault) + ": " + summary(fault);
    if (fault.remaining) line += fmt::format(", next {}", *fault.remaining);
    if (fault.until) {
        line += fmt::format(", {} s left", seconds_left(fault, now).count());
    } else if (fault.lasting) {
        line += fmt::format(", for {} s", fault.lasting->count());
    }
    return fault.remaining || fault.lasting ? line : line + ", until lifted";
}

}  // namespace ocs::record
