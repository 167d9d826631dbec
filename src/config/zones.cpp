#include "config/zones.hpp"

#include <charconv>

#include "config/fields.hpp"
#include "core/escape.hpp"
#include "core/files.hpp"
#include "dns/zone_file.hpp"

namespace ocs::config {
namespace {

using yaml::Map;
using yaml::Value;

constexpr std::int64_t max_ttl = 0x7fff'ffff;  // RFC 2181 §8

void read_zone_record(const Value& value, std::uint32_t ttl, dns::Zone& zone) {
    std::optional<dns::Name> owner;
    std::optional<dns::Type> type;
    std::optional<dns::Data> data;
    Map map(value);
    if (const auto name = map.require("name")) {
        read_parsed(
            *name, [&](std::string_view text) { return parse_owner(text, zone.name()); }, owner);
    }
    if (const auto word = map.require("type")) read_parsed(*word, dns::parse_type, type);
    const auto text = map.require("value");
    if (text && type) {
        const auto parse = [&](std::string_view written) { return parse_data(*type, written, zone.name()); };
        read_parsed(*text, parse, data);
    }
    read_integer(map, "ttl", 0, max_ttl, ttl);
    map.finish();
    if (!owner || !type || !data) return;
    auto added = zone.add(dns::Record{std::move(*owner), *type, ttl, std::move(*data)});
    if (added.has_error()) value.fail(std::move(added.error()));
}

std::optional<dns::Zone> read_zone_file(const Value& value,
                                        const std::filesystem::path& folder,
                                        const dns::Name& name,
                                        std::uint32_t ttl) {
    const auto text = value.string();
    if (!text) return std::nullopt;
    std::filesystem::path path = *text;
    if (path.is_relative()) path = folder / path;
    const auto content = read_file(path, dns::max_zone_file);
    if (content.has_error()) {
        value.fail(Error{to_string(content.error()), "", content.error().hint});
        return std::nullopt;
    }
    auto zone = dns::parse_zone_file(*text, *content, name, ttl);
    if (zone.has_value()) return std::move(*zone);
    for (const Error& error : zone.error()) value.fail(Error{to_string(error), "", error.hint});
    return std::nullopt;
}

Result<dns::Name> parse_zone_name(std::string_view text) {
    auto name = dns::Name::parse(text);
    if (name.has_value() && name->is_root())
        return Error{"the root is no zone of a lab", "", "such as contoso.test"};
    return name;
}

void read_zone(const Value& value, const std::filesystem::path& folder, DnsSettings& settings) {
    dns::Name name;
    std::uint32_t ttl = settings.ttl;
    Map map(value);
    if (const auto text = map.require("name")) read_parsed(*text, parse_zone_name, name);
    read_integer(map, "ttl", 0, max_ttl, ttl);
    dns::Zone zone(name, ttl);
    if (const auto file = map.find("file")) {
        if (auto read = read_zone_file(*file, folder, name, ttl)) zone = std::move(*read);
    }
    if (const auto records = map.find("records")) {
        for (const Value& record : records->list()) read_zone_record(record, ttl, zone);
    }
    map.finish();
    if (name.is_root()) return;
    if (auto added = settings.zones.add(std::move(zone)); added.has_error())
        value.fail(std::move(added.error()));
}

Result<std::optional<std::uint16_t>> parse_question_type(std::string_view text) {
    if (const auto number = dns::type_number(text)) return std::optional<std::uint16_t>(*number);
    return Error{quoted(text) + " is no record type", "", "such as A, SRV, TYPE65; left out: every type"};
}

void read_fault(const Value& value, DnsSettings& settings) {
    dns::Fault fault;
    Map map(value);
    if (const auto name = map.require("name")) {
        read_parsed(
            *name, [&](std::string_view text) { return settings.zones.asked(text); }, fault.name);
    }
    read_parsed(map, "type", parse_question_type, fault.type);
    if (const auto kind = map.require("fault")) {
        const auto index = kind->word({"nxdomain", "servfail", "refused", "drop", "delay", "target"});
        if (index) fault.kind = static_cast<dns::FaultKind>(*index);
    }
    std::int64_t delay = 0;
    read_integer(map, "delay_ms", 1, dns::max_delay.count(), delay);
    fault.delay = std::chrono::milliseconds(delay);
    const auto target = map.find("target");
    if (target) read_parsed(*target, dns::Name::parse, fault.target);
    std::uint64_t next = 0;
    read_integer(map, "next", 1, 1'000'000'000, next);
    if (next > 0) fault.remaining = next;
    map.finish();
    if (value.problems().surveying()) return;
    if ((fault.kind == dns::FaultKind::wrong_target) != target.has_value()) {
        return value.fail("target goes with fault: target, and only with it");
    }
    if ((fault.kind == dns::FaultKind::delay) != (delay > 0)) {
        return value.fail("delay_ms goes with fault: delay, and only with it");
    }
    if (auto armed = settings.faults.arm(std::move(fault)); armed.has_error())
        value.fail(std::move(armed.error()));
}

}  // namespace

Result<ResolverAddress> parse_resolver(std::string_view text) {
    const Error problem(
        "not the address of a resolver", "", "192.0.2.1, 192.0.2.1:5353 or [2001:db8::1]:5353");
    ResolverAddress resolver;
    std::string_view address = text;
    const std::size_t colon = text.rfind(':');
    const bool bracketed = text.starts_with('[');
    const bool has_port = bracketed ? colon != std::string_view::npos && colon > 0 && text[colon - 1] == ']'
                                    : colon != std::string_view::npos && text.find(':') == colon;
    if (has_port) {
        const std::string_view digits = text.substr(colon + 1);
        const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), resolver.port);
        if (code != std::errc() || end != digits.data() + digits.size() || resolver.port == 0) return problem;
        address = text.substr(0, colon);
    }
    if (bracketed) {
        if (!address.ends_with(']')) return problem;
        address = address.substr(1, address.size() - 2);
    }
    auto parsed = IpAddress::parse(address);
    if (parsed.has_error() || (bracketed && !parsed->is_v6())) return problem;
    resolver.address = std::move(*parsed);
    return resolver;
}

void read_dns(const Value& value, const std::filesystem::path& folder, DnsSettings& settings) {
    settings.enabled = true;
    settings.place = value.place();
    Map map(value);
    read_parsed(map, "address", IpAddress::parse, settings.address);
    read_integer(map, "port", 0, 65535, settings.port);
    read_integer(map, "ttl", 0, max_ttl, settings.ttl);
    read_parsed(map, "forward", parse_resolver, settings.forward);
    if (const auto forwarders = map.find("forwarders")) {
        for (const Value& item : forwarders->list()) {
            IpAddress address = IpAddress::parse("127.0.0.1").value();
            read_parsed(item, IpAddress::parse, address);
            settings.forwarders.push_back(std::move(address));
        }
    }
    if (const auto zones = map.find("zones")) {
        for (const Value& zone : zones->list()) read_zone(zone, folder, settings);
    }
    if (const auto faults = map.find("faults")) {
        for (const Value& fault : faults->list()) read_fault(fault, settings);
    }
    read_integer(map, "tcp_connections", 1, 10'000, settings.tcp_connections);
    read_seconds(map, "idle_seconds", settings.idle_seconds);
    read_seconds(map, "forward_seconds", settings.forward_seconds);
    map.finish();
}

}  // namespace ocs::config
