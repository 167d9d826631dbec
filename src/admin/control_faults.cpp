#include "admin/control_faults.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "config/fault_settings.hpp"
#include "core/escape.hpp"
#include "record/alerts.hpp"

namespace ocs::admin {

namespace json = boost::json;
using record::Fault;
using record::FaultKind;

namespace {

ApiReply no_faults() { return failure(503, Error{"this lab arms no faults", "", ""}); }

std::string alert_word(std::uint8_t code) {
    const std::string_view name = record::alert_name(code);
    return name == "unassigned" ? std::to_string(code) : std::string(name);
}

void put(json::object& told, const char* key, const std::string& text) {
    if (!text.empty()) told[key] = text;
}

void put_particulars(json::object& told, const Fault& fault) {
    switch (fault.kind) {
        case FaultKind::wait:
            told["delay_ms"] = fault.delay.count();
            return;
        case FaultKind::close:
        case FaultKind::reset:
            told["at"] = to_string(fault.at);
            return;
        case FaultKind::alert:
            told["alert"] = alert_word(fault.alert);
            return;
        case FaultKind::certificate:
            told["of"] = fault.shown;
            return;
        case FaultKind::expired:
            return;
        case FaultKind::slow:
            told["bytes_per_second"] = fault.bytes_per_second;
            return;
        case FaultKind::registration:
            told["answer"] = config::answer_word(fault.status);
            put(told, "home", config::home_text(fault));
            return;
    }
}

/// What was sent, as it was understood, and what has become of it.
json::object to_json(const Fault& fault, MonotonicTime now) {
    json::object told{{"id", fault.id}, {"fault", to_string(fault.kind)}};
    put_particulars(told, fault);
    put(told, "host", fault.host);
    put(told, "name", fault.name);
    put(told, "listener", fault.listener);
    if (fault.remaining) told["next"] = *fault.remaining;
    if (fault.until) told["seconds"] = record::seconds_left(fault, now).count();
    told["struck"] = fault.struck;
    told["armed_by"] = fault.from_file ? "file" : "hand";
    put(told, "place", visible(fault.place));
    told["line"] = one_line(fault, now);
    return told;
}

config::FaultFields read(Fields& body) {
    config::FaultFields fields;
    fields.fault = body.text("fault");
    fields.at = body.text_or_empty("at");
    fields.alert = body.text_or_empty("alert");
    fields.of = body.text_or_empty("of");
    fields.answer = body.text_or_empty("answer");
    fields.home = body.text_or_empty("home");
    fields.host = body.text_or_empty("host");
    fields.name = body.text_or_empty("name");
    fields.listener = body.text_or_empty("listener");
    fields.delay_ms = body.number("delay_ms", 1, config::longest_wait_ms);
    fields.bytes_per_second = body.number("bytes_per_second", 1, config::most_bytes_per_second);
    fields.next = body.number("next", 1, config::most_struck);
    fields.seconds = body.number("seconds", 1, config::longest_fault_seconds);
    return fields;
}

/// In one line; empty: it takes nobody's place.
std::string what_it_replaces(const Fault& fault, const record::ArmedFaults& faults, MonotonicTime now) {
    for (const Fault& other : faults.all(now))
        if (takes_place_of(fault, other)) return one_line(other, now);
    return "";
}

/// The key first: "at: unknown word: found …".
ApiReply refusal(config::FaultProblem problem) {
    problem.error.where = std::move(problem.key);
    return failure(400, problem.error);
}

}  // namespace

ApiReply list_armed(const Call&, const ControlledLab& lab) {
    if (lab.faults == nullptr) return no_faults();
    const MonotonicTime now = monotonic_now();
    json::array faults;
    for (const Fault& fault : lab.faults->all(now)) faults.push_back(to_json(fault, now));
    return json_reply(200, json::object{{"faults", std::move(faults)}});
}

ApiReply arm(const Call& call, const ControlledLab& lab) {
    if (lab.faults == nullptr) return no_faults();
    Fields body(call.request.body,
                {"fault",
                 "at",
                 "alert",
                 "of",
                 "answer",
                 "home",
                 "host",
                 "name",
                 "listener",
                 "delay_ms",
                 "bytes_per_second",
                 "next",
                 "seconds"});
    const config::FaultFields fields = read(body);
    if (body.problem()) return failure(400, *body.problem());
    Fault fault;
    if (auto problem = config::make_fault(fields, fault)) return refusal(std::move(*problem));
    if (auto problem = config::check_fault(fault, lab.settings())) return refusal(std::move(*problem));
    const MonotonicTime now = monotonic_now();
    const std::string replaced = what_it_replaces(fault, *lab.faults, now);
    const auto armed = lab.faults->arm(std::move(fault), now);
    if (armed.has_error()) return failure(409, armed.error());
    lab.note("fault   armed for " + one_line(*armed, now) +
             (replaced.empty() ? "" : "; in place of: " + replaced));
    json::object told = to_json(*armed, now);
    put(told, "replaced", replaced);
    return json_reply(201, told);
}

ApiReply lift_armed(const Call& call, const ControlledLab& lab) {
    if (lab.faults == nullptr) return no_faults();
    const MonotonicTime now = monotonic_now();
    const auto id = call.query.find("id");
    if (id == call.query.end()) {
        const std::size_t lifted = lab.faults->lift_all(now);
        if (lifted > 0) lab.note("fault   lifted, all of them: " + std::to_string(lifted));
        return json_reply(200, json::object{{"lifted", lifted}});
    }
    constexpr std::uint64_t most = 1'000'000'000'000;
    const auto number = read_number(call.query, "id", 1, most, 0);
    if (number.has_error()) return failure(400, number.error());
    const auto lifted = lab.faults->lift(*number, now);
    if (!lifted) return failure(404, Error{"no such fault is armed", "", "fakeocs fault list lists them"});
    lab.note("fault   lifted for " + scope(*lifted) + ": " + summary(*lifted));
    return json_reply(200, json::object{{"lifted", 1}});
}

json::array fault_lines(const ControlledLab& lab) {
    json::array lines;
    if (lab.faults == nullptr) return lines;
    const MonotonicTime now = monotonic_now();
    for (const Fault& fault : lab.faults->all(now)) lines.emplace_back(one_line(fault, now));
    return lines;
}

std::vector<ArmedCount> count_armed(const ControlledLab& lab) {
    std::vector<ArmedCount> counts;
    const auto put = [&](std::string_view of, const auto& armed, auto kind) {
        const auto is_one = [&](const auto& fault) { return fault.kind == kind; };
        const auto count = std::count_if(armed.begin(), armed.end(), is_one);
        counts.push_back({of, to_string(kind), static_cast<std::size_t>(count)});
    };
    // Without a DNS there are none: what was counted before must not stay.
    const auto of_dns = lab.dns ? lab.dns->faults.all() : std::vector<dns::Fault>();
    const auto others = lab.faults != nullptr ? lab.faults->all(monotonic_now()) : std::vector<Fault>();
    for (std::size_t i = 0; i < record::fault_kind_count; ++i)
        put("connections", others, static_cast<FaultKind>(i));
    for (const dns::FaultKind kind : dns::fault_kinds) put("dns", of_dns, kind);
    return counts;
}

}  // namespace ocs::admin
