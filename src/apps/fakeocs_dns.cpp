// fakeocs dns: records and faults of the running lab, asked for over its control socket.

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "admin/control.hpp"
#include "apps/command.hpp"
#include "apps/common.hpp"
#include "apps/fakeocs_ask.hpp"
#include "core/escape.hpp"

namespace ocs::apps {
namespace {

namespace json = boost::json;

struct Arguments {
    std::string state_dir;
    bool json = false;
    std::string name;
    std::string type;
    std::vector<std::string> value;
    std::string ttl;
    bool nxdomain = false, servfail = false, refused = false, drop = false;
    std::string delay, target, next;
    std::string target_server, zone;
};

int ask(const Arguments& arguments, const admin::ApiRequest& request, const ShowReply& show) {
    return ask_and_show(arguments.state_dir, arguments.json, request, show);
}

// --- records ---------------------------------------------------------------------------------------

/// "sipinternal" for sipinternal.contoso.test in contoso.test, "@" for the zone.
std::string short_name(const std::string& name, const std::string& zone) {
    if (equal_ignoring_case(name, zone)) return "@";
    const std::size_t label = name.size() > zone.size() ? name.size() - zone.size() - 1 : 0;
    return label > 0 && equal_ignoring_case(name.substr(label + 1), zone) ? name.substr(0, label) : name;
}

void show_records(const json::object& told) {
    for (const json::object& zone : list_of(told, "zones")) {
        const std::string zone_name = text_of(zone, "name");
        const auto records = list_of(zone, "records");
        std::size_t width = 0;
        for (const json::object& record : records) {
            width = std::max(width, short_name(text_of(record, "name"), zone_name).size());
        }
        fmt::print("{}\n", zone_name);
        for (const json::object& record : records) {
            const auto ttl = number_of(record, "ttl");
            fmt::print("  {:<{}}  {:<5}  {}{}\n",
                       short_name(text_of(record, "name"), zone_name),
                       width,
                       text_of(record, "type"),
                       text_of(record, "value"),
                       ttl == 0 ? "" : fmt::format("  (TTL {})", ttl));
        }
    }
}

std::string in_one_line(const json::object& record) {
    return fmt::format(
        "{} {} {}", text_of(record, "name"), text_of(record, "type"), text_of(record, "value"));
}

/// The command that puts a deleted record back, as it can be pasted.
std::string add_again(const Program& program, const Arguments& arguments, const json::object& record) {
    const std::string folder = state_dir_to_print(state_dir(arguments.state_dir));
    return fmt::format(
        "{} dns add{} {} {} {}{}",
        shell_quoted(program.fakeocs),
        folder.empty() ? "" : " --state-dir " + shell_quoted(folder),
        shell_quoted(text_of(record, "name")),
        text_of(record, "type"),
        shell_quoted(text_of(record, "value")),
        number_of(record, "ttl") == 0 ? "" : fmt::format(" --ttl {}", number_of(record, "ttl")));
}

int add(const Arguments& arguments) {
    std::string value;
    for (const std::string& word : arguments.value) value += (value.empty() ? "" : " ") + word;
    json::object body{{"name", arguments.name}, {"type", arguments.type}, {"value", value}};
    if (!arguments.ttl.empty()) {
        const auto ttl = parse_number(arguments.ttl, "--ttl");
        if (ttl.has_error()) return print_error(ttl.error());
        body["ttl"] = *ttl;
    }
    return ask(arguments, {"POST", "/v1/dns/records", json::serialize(body)}, [](const json::object& record) {
        fmt::print("added {}\n", in_one_line(record));
    });
}

std::string by_name(const Arguments& arguments, std::string path) {
    if (!arguments.name.empty()) path += "?name=" + percent_encoded(arguments.name);
    if (!arguments.type.empty()) path += "&type=" + percent_encoded(arguments.type);
    return path;
}

int remove(const Arguments& arguments, const Program& program) {
    return ask(
        arguments, {"DELETE", by_name(arguments, "/v1/dns/records"), ""}, [&](const json::object& told) {
            const auto records = list_of(told, "deleted");
            for (const json::object& record : records) fmt::print("deleted {}\n", in_one_line(record));
            fmt::print("to put back what was deleted:\n");
            for (const json::object& record : records)
                fmt::print("  {}\n", add_again(program, arguments, record));
        });
}

// --- faults ----------------------------------------------------------------------------------------

std::string fault_line(const json::object& fault) {
    std::string line = text_of(fault, "name");
    line += " " + (fault.contains("type") ? text_of(fault, "type") : std::string("any type"));
    line += ": " + text_of(fault, "fault");
    if (fault.contains("delay_ms")) line += fmt::format(" {} ms", number_of(fault, "delay_ms"));
    if (fault.contains("target")) line += " " + text_of(fault, "target");
    line += fault.contains("next") ? fmt::format(", next {}", number_of(fault, "next")) : ", until lifted";
    return line;
}

void show_faults(const json::object& told) {
    const auto faults = list_of(told, "faults");
    if (faults.empty()) fmt::print("no fault is armed\n");
    for (const json::object& fault : faults) fmt::print("{}\n", fault_line(fault));
}

int arm(const Arguments& arguments) {
    json::object body{{"name", arguments.name}};
    if (!arguments.type.empty()) body["type"] = arguments.type;
    int kinds = 0;
    const auto choose = [&](bool chosen, const char* word) {
        if (!chosen) return;
        body["fault"] = word;
        ++kinds;
    };
    choose(arguments.nxdomain, "nxdomain");
    choose(arguments.servfail, "servfail");
    choose(arguments.refused, "refused");
    choose(arguments.drop, "drop");
    choose(!arguments.delay.empty(), "delay");
    choose(!arguments.target.empty(), "target");
    if (kinds != 1) {
        return print_error(
            Error{"found " + std::to_string(kinds) + " faults, expected one",
                  "",
                  "one of --nxdomain, --servfail, --refused, --drop, --delay MS, --target NAME"});
    }
    if (!arguments.target.empty()) body["target"] = arguments.target;
    for (const auto& [text, key, flag] :
         {std::tuple{arguments.delay, "delay_ms", "--delay"}, std::tuple{arguments.next, "next", "--next"}}) {
        if (text.empty()) continue;
        const auto number = parse_number(text, flag);
        if (number.has_error()) return print_error(number.error());
        body[key] = *number;
    }
    return ask(arguments, {"POST", "/v1/dns/faults", json::serialize(body)}, [](const json::object& fault) {
        fmt::print("armed {}\n", fault_line(fault));
        const std::string replaced = text_of(fault, "replaced");
        if (!replaced.empty()) fmt::print("in place of {}\n", replaced);
    });
}

int lift(const Arguments& arguments) {
    return ask(arguments, {"DELETE", by_name(arguments, "/v1/dns/faults"), ""}, [](const json::object& told) {
        fmt::print("lifted {}\n", number_of(told, "lifted"));
    });
}

int export_zones(const Arguments& arguments) {
    std::string path = "/v1/dns/export?for=" + percent_encoded(arguments.target_server);
    if (!arguments.zone.empty()) path += "&zone=" + percent_encoded(arguments.zone);
    return ask(arguments, {"GET", path, ""}, [](const json::object&) {});
}

}  // namespace

Command dns_command(const Program& program) {
    auto into = std::make_shared<Arguments>();
    const Argument state{"--state-dir", &into->state_dir, "state folder of the running lab", false, "DIR"};
    const Argument as_json{"--json", &into->json, "print what the lab answers, as JSON", false, ""};
    const Argument name{
        "name", &into->name, "sipinternal, or in full with its zone; @: the zone", true, "NAME"};
    Argument any_name = name;
    any_name.required = false;
    const auto type = [&](bool required, const char* help) {
        return Argument{"type", &into->type, help, required, "TYPE"};
    };
    const std::string examples = std::string(ask_exit_codes) + "\nExamples:\n";
    std::vector<Command> commands;
    const auto put =
        [&](const char* word, const char* help, std::vector<Argument> arguments, std::string more, auto run) {
            arguments.push_back(state);
            arguments.push_back(as_json);
            commands.push_back({word, help, std::move(arguments), examples + more, {}, run, into});
        };
    put("list", "the zones and their records", {}, "  fakeocs dns list\n", [into] {
        return ask(*into, {"GET", "/v1/dns/records", ""}, show_records);
    });
    put("add",
        "add a record",
        {name,
         type(true, "A, AAAA, CNAME, NS, PTR, SOA, SRV, TXT"),
         {"value", &into->value, "as in a zone file, but a name with dots is whole", true, "VALUE"},
         {"--ttl", &into->ttl, "seconds; default: that of the zone", false, "SECONDS"}},
        "  fakeocs dns add sipinternal CNAME front01\n"
        "  fakeocs dns add _sipinternaltls._tcp SRV 0 0 5061 sip.contoso.test\n",
        [into] { return add(*into); });
    put("del",
        "delete the records of a name",
        {name, type(false, "of this type only")},
        "  fakeocs dns del _sipinternaltls._tcp SRV\n  fakeocs dns del sipinternal\n",
        [into, program] { return remove(*into, program); });
    put("fault",
        "answer questions wrongly, on purpose",
        {name,
         type(false, "questions of this type only"),
         {"--nxdomain", &into->nxdomain, "as if the name did not exist", false, ""},
         {"--servfail", &into->servfail, "as if the server were broken", false, ""},
         {"--refused", &into->refused, "as if the client were not wanted", false, ""},
         {"--drop", &into->drop, "no answer", false, ""},
         {"--delay", &into->delay, "the right answer, late: 1 to 60000 ms", false, "MS"},
         {"--target", &into->target, "where it shall point instead", false, "NAME"},
         {"--next", &into->next, "for that many questions; default: until lifted", false, "N"}},
        "  fakeocs dns fault sip --nxdomain --next 1\n"
        "  fakeocs dns fault _sipinternaltls._tcp SRV --target wrong.contoso.test\n",
        [into] { return arm(*into); });
    put("faults", "the faults that are armed", {}, "  fakeocs dns faults\n", [into] {
        return ask(*into, {"GET", "/v1/dns/faults", ""}, show_faults);
    });
    put("lift",
        "lift faults: of a name, or all",
        {any_name, type(false, "the one of this type only")},
        "  fakeocs dns lift sip\n  fakeocs dns lift\n",
        [into] { return lift(*into); });
    put("export",
        "the zones as text for a real DNS server",
        {{"--for", &into->target_server, "bind, dnsmasq or windows", true, "SERVER"},
         {"--zone", &into->zone, "this zone only", false, "NAME"}},
        "  fakeocs dns export --for bind > contoso.test.zone\n",
        [into] { return export_zones(*into); });
    Command command{
        "dns", "records and faults of the running lab", {}, examples, std::move(commands), {}, into};
    command.footer +=
        "  fakeocs dns list\n  fakeocs dns del _sipinternaltls._tcp SRV\n"
        "  fakeocs dns add sipinternal CNAME front01\n";
    return command;
}

}  // namespace ocs::apps
