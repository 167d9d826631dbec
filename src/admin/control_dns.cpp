#include "admin/control_dns.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/escape.hpp"
#include "dns/zone_export.hpp"

namespace ocs::admin {

namespace json = boost::json;

namespace {

constexpr std::int64_t max_ttl = 0x7fff'ffff;
constexpr std::int64_t max_next = 1'000'000'000;

json::object to_json(const dns::Record& record) {
    return {{"name", record.owner.text()},
            {"type", dns::type_text(record.type)},
            {"ttl", record.ttl},
            {"value", data_text(record)}};
}

std::string one_line(const dns::Fault& fault) {
    return fmt::format("{}{}: {}{}",
                       fault.type ? dns::type_text(*fault.type) + " " : "",
                       fault.name.text(),
                       summary(fault),
                       fault.remaining ? fmt::format(", next {}", *fault.remaining) : ", until lifted");
}

json::object to_json(const dns::Fault& fault) {
    json::object told{{"id", fault.id}, {"name", fault.name.text()}};
    if (fault.type) told["type"] = dns::type_text(*fault.type);
    told["fault"] = to_string(fault.kind);
    if (fault.kind == dns::FaultKind::delay) told["delay_ms"] = fault.delay.count();
    if (fault.kind == dns::FaultKind::wrong_target) told["target"] = fault.target.absolute();
    if (fault.remaining) told["next"] = *fault.remaining;
    told["line"] = one_line(fault);
    return told;
}

Result<std::optional<std::uint16_t>> read_type(const std::string& text) {
    if (text.empty()) return std::optional<std::uint16_t>();
    const auto number = dns::type_number(text);
    if (number) return number;
    return Error{ocs::quoted(text) + " is no record type", "", "such as A, SRV, TYPE65"};
}

Result<dns::FaultKind> parse_kind(std::string_view text) {
    std::string known;
    for (const dns::FaultKind kind : dns::fault_kinds) {
        if (text == to_string(kind)) return kind;
        known += (known.empty() ? "" : ", ") + std::string(to_string(kind));
    }
    return Error{ocs::quoted(text) + " is no fault", "", "one of " + known};
}

}  // namespace

ApiReply list_records(const Query&, const ControlledDns& dns) {
    json::array zones;
    for (const dns::Zone& zone : dns.zones.all()) {
        json::array records;
        for (const dns::Record& record : zone.all()) records.push_back(to_json(record));
        zones.push_back(json::object{{"name", zone.name().text()}, {"records", std::move(records)}});
    }
    return json_reply(200, json::object{{"zones", std::move(zones)}});
}

bool has(const dns::Zone& zone, const dns::Record& record) {
    const auto* node = zone.find(record.owner);
    return node != nullptr && std::any_of(node->begin(), node->end(), [&](const dns::Record& other) {
               return other.type == record.type && other.data == record.data;
           });
}

ApiReply add_record(const std::string& body, const ControlledDns& dns) {
    Fields fields(body, {"name", "type", "value", "ttl"});
    const std::string name = fields.text("name");
    const std::string type_word = fields.text("type");
    const std::string value = fields.text("value");
    const auto ttl = fields.number("ttl", 0, max_ttl);
    if (fields.problem()) return failure(400, *fields.problem());
    const auto owner = dns.zones.owner(name);
    if (owner.has_error()) return failure(400, owner.error());
    const auto type = dns::parse_type(type_word);
    if (type.has_error()) return failure(400, type.error());
    dns::Zone& zone = *dns.zones.find(*owner);
    auto data = parse_data(*type, value, zone.name());
    if (data.has_error()) return failure(400, data.error());
    // The zone's own TTL is the one of its SOA, unless a zone file gave that another.
    const auto seconds = ttl ? static_cast<std::uint32_t>(*ttl) : zone.soa().ttl;
    const dns::Record record{*owner, *type, seconds, std::move(*data)};
    // What is there already is what was asked for: a fix may be pasted twice.
    if (has(zone, record)) return json_reply(200, to_json(record));
    if (auto added = zone.add(record); added.has_error()) return failure(409, added.error());
    dns.note("dns     added " + record.owner.text() + " " + summary(record));
    return json_reply(201, to_json(record));
}

ApiReply delete_records(const Query& query, const ControlledDns& dns) {
    const auto given = query.find("name");
    if (given == query.end()) return failure(400, Error{"parameter 'name' is missing", "", ""});
    const auto owner = dns.zones.owner(given->second);
    if (owner.has_error()) return failure(400, owner.error());
    std::optional<dns::Type> type;
    if (const auto word = query.find("type"); word != query.end() && !word->second.empty()) {
        const auto parsed = dns::parse_type(word->second);
        if (parsed.has_error()) return failure(400, parsed.error());
        type = *parsed;
    }
    const auto removed = dns.zones.find(*owner)->remove(*owner, type);
    if (removed.empty()) {
        const std::string what = type ? dns::type_text(*type) + " record" : "record";
        return failure(404, Error{"no " + what + " of " + ocs::quoted(owner->text()) + " to delete", "", ""});
    }
    json::array records;
    for (const dns::Record& record : removed) {
        records.push_back(to_json(record));
        dns.note("dns     deleted " + record.owner.text() + " " + summary(record));
    }
    return json_reply(200, json::object{{"deleted", std::move(records)}});
}

json::array fault_lines(const ControlledDns& dns) {
    json::array lines;
    for (const dns::Fault& fault : dns.faults.all()) lines.emplace_back(one_line(fault));
    return lines;
}

ApiReply list_faults(const Query&, const ControlledDns& dns) {
    json::array faults;
    for (const dns::Fault& fault : dns.faults.all()) faults.push_back(to_json(fault));
    return json_reply(200, json::object{{"faults", std::move(faults)}});
}

ApiReply arm_fault(const std::string& body, const ControlledDns& dns) {
    Fields fields(body, {"name", "type", "fault", "delay_ms", "target", "next"});
    const std::string name = fields.text("name");
    const std::string type_word = fields.text_or_empty("type");
    const std::string kind_word = fields.text("fault");
    const std::string target_text = fields.text_or_empty("target");
    const auto delay = fields.number("delay_ms", 1, dns::max_delay.count());
    const auto next = fields.number("next", 1, max_next);
    if (fields.problem()) return failure(400, *fields.problem());
    dns::Fault fault;
    auto asked = dns.zones.asked(name);
    if (asked.has_error()) return failure(400, asked.error());
    fault.name = std::move(*asked);
    const auto type = read_type(type_word);
    if (type.has_error()) return failure(400, type.error());
    fault.type = *type;
    const auto kind = parse_kind(kind_word);
    if (kind.has_error()) return failure(400, kind.error());
    fault.kind = *kind;
    if ((*kind == dns::FaultKind::wrong_target) != !target_text.empty()) {
        return failure(400, Error{"target goes with the fault target, and only with it", "", ""});
    }
    if ((*kind == dns::FaultKind::delay) != delay.has_value()) {
        return failure(400, Error{"delay_ms goes with the fault delay, and only with it", "", ""});
    }
    if (!target_text.empty()) {
        auto target = dns.zones.asked(target_text);
        if (target.has_error()) return failure(400, target.error());
        fault.target = std::move(*target);
    }
    fault.delay = std::chrono::milliseconds(delay.value_or(0));
    if (next) fault.remaining = static_cast<std::uint64_t>(*next);
    std::string replaced;
    for (const dns::Fault& other : dns.faults.all()) {
        if (other.name == fault.name && other.type == fault.type) replaced = one_line(other);
    }
    const auto id = dns.faults.arm(std::move(fault));
    if (id.has_error()) return failure(409, id.error());
    const dns::Fault& armed = dns.faults.all().back();
    dns.note("dns     armed for " + one_line(armed) + (replaced.empty() ? "" : "; in place of: " + replaced));
    json::object told = to_json(armed);
    if (!replaced.empty()) told["replaced"] = replaced;
    return json_reply(201, told);
}

ApiReply lift_faults(const Query& query, const ControlledDns& dns) {
    const auto name = query.find("name");
    const auto id = query.find("id");
    const auto type = read_type(query.contains("type") ? query.at("type") : "");
    if (type.has_error()) return failure(400, type.error());
    std::size_t lifted = 0;
    if (id != query.end()) {
        if (name != query.end() || *type) return failure(400, Error{"id stands alone", "", ""});
        const bool digits = !id->second.empty() && id->second.size() < 19 &&
                            id->second.find_first_not_of("0123456789") == std::string::npos;
        if (!digits) return failure(400, Error{ocs::quoted(id->second) + " is no id of a fault", "", ""});
        lifted = dns.faults.lift(std::stoull(id->second)) ? 1 : 0;
    } else if (name != query.end()) {
        const auto asked = dns.zones.asked(name->second);
        if (asked.has_error()) return failure(400, asked.error());
        lifted = dns.faults.lift(*asked, *type);
    } else if (*type) {
        return failure(400, Error{"type goes with name", "", ""});
    } else {
        lifted = dns.faults.lift_all();
        if (lifted == 0) return json_reply(200, json::object{{"lifted", 0}});
    }
    if (lifted == 0)
        return failure(404, Error{"no such fault is armed", "", "fakeocs dns faults lists them"});
    dns.note(fmt::format("dns     lifted {} fault{}", lifted, lifted == 1 ? "" : "s"));
    return json_reply(200, json::object{{"lifted", lifted}});
}

ApiReply export_zones(const Query& query, const ControlledDns& dns) {
    const auto word = query.find("for");
    const auto target = word == query.end() ? std::nullopt : dns::parse_export(word->second);
    if (!target) return failure(400, Error{"parameter 'for' is one of bind, dnsmasq, windows", "", ""});
    ApiReply text{200, "text/plain; charset=utf-8", "", "", {}};
    const auto wanted = query.find("zone");
    for (const dns::Zone& zone : dns.zones.all()) {
        if (wanted != query.end()) {
            const auto name = dns::Name::parse(wanted->second);
            if (name.has_error()) return failure(400, name.error());
            if (!(*name == zone.name())) continue;
        }
        text.body += (text.body.empty() ? "" : "\n") + export_zone(zone, *target);
    }
    if (wanted != query.end() && text.body.empty()) {
        return failure(404, Error{"no zone " + ocs::quoted(wanted->second), "", ""});
    }
    return text;
}

}  // namespace ocs::admin
