// fakeocs fault: faults of TLS and SIP on the running lab, asked for over its control socket.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "admin/control.hpp"
#include "apps/command.hpp"
#include "apps/common.hpp"
#include "apps/fakeocs_ask.hpp"
#include "config/fault_settings.hpp"
#include "core/escape.hpp"

namespace ocs::apps {
namespace {

namespace json = boost::json;

struct Arguments {
    std::string state_dir;
    bool json = false;
    std::string fault, value;
    std::string host, name, listener, home, next, seconds;
    std::string id;
};

/// What the second word of `arm` is: a field of the API's.
struct Particular {
    std::string_view fault;
    const char* key;
    bool is_number = false;
};
constexpr std::array<Particular, 7> particulars = {{{"wait", "delay_ms", true},
                                                    {"close", "at"},
                                                    {"reset", "at"},
                                                    {"alert", "alert"},
                                                    {"certificate", "of"},
                                                    {"slow", "bytes_per_second", true},
                                                    {"register", "answer"}}};

/// An error, or nothing: `body` has it then.
std::optional<Error> put_value(const Arguments& arguments, json::object& body) {
    const auto particular = std::find_if(particulars.begin(), particulars.end(), [&](const Particular& one) {
        return one.fault == arguments.fault;
    });
    if (arguments.value.empty()) return std::nullopt;  // the lab says what is missing
    if (particular == particulars.end()) {
        const auto& words = config::fault_words();
        if (std::find(words.begin(), words.end(), arguments.fault) == words.end()) return std::nullopt;
        return Error{
            fmt::format("{} takes no value, found {}", arguments.fault, ocs::quoted(arguments.value)),
            "",
            ""};
    }
    if (!particular->is_number) {
        body[particular->key] = arguments.value;
        return std::nullopt;
    }
    const auto number = parse_number(arguments.value, particular->key);
    if (number.has_error()) return number.error();
    body[particular->key] = *number;
    return std::nullopt;
}

int arm(const Arguments& arguments) {
    json::object body{{"fault", arguments.fault}};
    if (const auto problem = put_value(arguments, body)) return print_error(*problem);
    for (const auto& [key, text] : {std::pair("host", &arguments.host),
                                    std::pair("name", &arguments.name),
                                    std::pair("listener", &arguments.listener),
                                    std::pair("home", &arguments.home)}) {
        if (!text->empty()) body[key] = *text;
    }
    for (const auto& [key, text] :
         {std::pair("next", &arguments.next), std::pair("seconds", &arguments.seconds)}) {
        if (text->empty()) continue;
        const auto number = parse_number(*text, fmt::format("--{}", key).c_str());
        if (number.has_error()) return print_error(number.error());
        body[key] = *number;
    }
    return ask_and_show(arguments.state_dir,
                        arguments.json,
                        {"POST", "/v1/faults", json::serialize(body)},
                        [](const json::object& fault) {
                            fmt::print("armed {}  {}\n", number_of(fault, "id"), text_of(fault, "line"));
                            const std::string replaced = text_of(fault, "replaced");
                            if (!replaced.empty()) fmt::print("in place of {}\n", replaced);
                        });
}

int list(const Arguments& arguments) {
    return ask_and_show(
        arguments.state_dir, arguments.json, {"GET", "/v1/faults", ""}, [](const json::object& told) {
            const auto faults = list_of(told, "faults");
            if (faults.empty()) fmt::print("no fault is armed\n");
            for (const json::object& fault : faults) {
                const std::string place = text_of(fault, "place");
                fmt::print("{}  {}; struck {}{}\n",
                           number_of(fault, "id"),
                           text_of(fault, "line"),
                           number_of(fault, "struck"),
                           place.empty() ? "" : " (" + place + ")");
            }
        });
}

int lift(const Arguments& arguments) {
    const std::string one = arguments.id.empty() ? "" : "?id=" + percent_encoded(arguments.id);
    return ask_and_show(
        arguments.state_dir,
        arguments.json,
        {"DELETE", "/v1/faults" + one, ""},
        [](const json::object& told) { fmt::print("lifted {}\n", number_of(told, "lifted")); });
}

constexpr const char* kinds =
    "\n"
    "  wait MS              the answer to the ClientHello comes that much later\n"
    "  close WHERE          the end; accept, hello, certificate, finished\n"
    "  reset WHERE          the same with a TCP reset\n"
    "  alert NAME|NUMBER    a fatal alert in place of the certificate\n"
    "  unrecognized_name    the alert of servers that know their names\n"
    "  certificate HOST     the certificate of another host\n"
    "  expired              its own certificate, but expired an hour ago\n"
    "  slow BYTES           a second: all that the lab sends\n"
    "  register ANSWER      301 (with --home), 403, 404, 503 or never\n";

}  // namespace

Command fault_command(const Program&) {
    auto into = std::make_shared<Arguments>();
    const Argument state{"--state-dir", &into->state_dir, "state folder of the running lab", false, "DIR"};
    const Argument as_json{"--json", &into->json, "print what the lab answers, as JSON", false, ""};
    const std::string examples = std::string(ask_exit_codes) + "\nExamples:\n";
    std::vector<Command> commands;
    commands.push_back({"arm",
                        "make something go wrong, on purpose",
                        {{"fault", &into->fault, "what goes wrong: see below", true, "FAULT"},
                         {"value", &into->value, "what it is told by", false, "VALUE"},
                         {"--name", &into->name, "for clients that want this name", false, "NAME"},
                         {"--host", &into->host, "for this virtual host", false, "ID"},
                         {"--listener", &into->listener, "on this listener", false, "NAME"},
                         {"--home", &into->home, "of register 301: where to", false, "HOST[:PORT]"},
                         {"--next", &into->next, "for that many connections, else until lifted", false, "N"},
                         {"--seconds", &into->seconds, "for that long, else until lifted", false, "S"},
                         state,
                         as_json},
                        kinds + examples +
                            "  fakeocs fault arm close hello --name sip.contoso.test --next 1\n"
                            "  fakeocs fault arm alert handshake_failure --host front01\n"
                            "  fakeocs fault arm register 301 --home pool02.contoso.test\n",
                        {},
                        [into] { return arm(*into); },
                        into});
    commands.push_back({"list",
                        "the faults that are armed, with their numbers",
                        {state, as_json},
                        examples + "  fakeocs fault list\n",
                        {},
                        [into] { return list(*into); },
                        into});
    commands.push_back(
        {"lift",
         "lift a fault, or all",
         {{"id", &into->id, "the number of one; default: all", false, "NUMBER"}, state, as_json},
         examples + "  fakeocs fault lift 3\n  fakeocs fault lift\n",
         {},
         [into] { return lift(*into); },
         into});
    Command command{
        "fault", "faults of TLS and SIP on the running lab", {}, examples, std::move(commands), {}, into};
    command.footer += "  fakeocs fault arm wait 8000 --next 1\n  fakeocs fault list\n  fakeocs fault lift\n";
    return command;
}

}  // namespace ocs::apps
