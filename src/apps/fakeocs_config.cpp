// fakeocs config show: every setting, its value, and who won: flag, variable, file or default.

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "admin/config_view.hpp"
#include "apps/common.hpp"
#include "apps/fakeocs_ask.hpp"
#include "apps/fakeocs_flags.hpp"
#include "core/escape.hpp"

namespace ocs::apps {
namespace {

namespace json = boost::json;

struct Arguments {
    LabFlags flags;
    std::string host;
    std::string first;
    std::string as;
    bool running = false;
};

/// Three columns; a value longer than its column pushes the last one on.
void print_table(const json::object& told) {
    const auto rows = list_of(told, "settings");
    std::size_t width = 0;
    for (const json::object& row : rows) width = std::max(width, text_of(row, "key").size());
    for (const json::object& row : rows) {
        const std::string value = text_of(row, "value");
        const std::string where = text_of(row, "where");
        fmt::print("{:<{}}  {:<24}  {}\n",
                   text_of(row, "key"),
                   width,
                   value.empty() ? "(none)" : value,
                   where.empty() ? text_of(row, "from") : where);
    }
    const json::value* range = told.if_contains("hosts");
    if (range == nullptr || !range->is_object()) return;
    const json::object& hosts = range->get_object();
    const std::int64_t total = number_of(hosts, "total");
    const std::int64_t first = number_of(hosts, "first");
    const std::int64_t next = first + number_of(hosts, "shown");
    if (next < total || first > 0) {
        fmt::print("# hosts {} to {} of {}{}\n",
                   first,
                   next == 0 ? 0 : next - 1,
                   total,
                   next < total ? fmt::format(": --first {} goes on, --host ID shows one", next) : "");
    }
}

/// As the parameters of the API.
admin::Query query_of(const Arguments& arguments) {
    admin::Query query;
    if (!arguments.host.empty()) query["host"] = arguments.host;
    if (!arguments.first.empty()) query["first"] = arguments.first;
    return query;
}

int show_running(const Arguments& arguments) {
    std::string target = "/v1/config";
    for (const auto& [key, value] : query_of(arguments)) {
        target += fmt::format(
            "{}{}={}", target.find('?') == std::string::npos ? '?' : '&', key, percent_encoded(value));
    }
    return ask_and_show(
        arguments.flags.state_dir.value, arguments.as == "json", {"GET", target, ""}, print_table);
}

int show(Arguments& arguments) {
    arguments.flags.take_variables();
    if (!arguments.as.empty() && arguments.as != "text" && arguments.as != "json") {
        return print_error(Error{"unknown form " + ocs::quoted(arguments.as), "--as", "text or json"});
    }
    if (arguments.running) return show_running(arguments);
    const auto settings = load_with_flags(arguments.flags);
    if (settings.has_error()) return print_errors(settings.error());
    const auto range = admin::host_range(query_of(arguments), *settings);
    if (range.has_error()) return print_error(range.error());
    const json::object told = admin::config_json(*settings, *range);
    if (arguments.as == "json") {
        fmt::print("{}\n", json::serialize(told));
    } else {
        print_table(told);
    }
    return 0;
}

}  // namespace

Command config_command(const Program&) {
    auto arguments = std::make_shared<Arguments>();
    Command command;
    command.name = "show";
    command.help = "every setting, its value, and what won";
    command.arguments = arguments->flags.arguments();
    command.arguments.insert(
        command.arguments.begin(),
        {arguments->flags.config_argument(),
         {"--running", &arguments->running, "of the lab that runs on the state folder", false, ""},
         {"--host", &arguments->host, "of the virtual hosts, this one alone", false, "ID"},
         {"--first", &arguments->first, "hosts from this number on, 20 of them", false, "N"},
         {"--as", &arguments->as, "text, json", false, "FORM"}});
    command.footer =
        "\nTakes what serve takes, and shows what serve would run on: the flag wins over\n"
        "its variable in brackets, the variable over the file, the file over the default.\n"
        "Passwords and tokens are not shown.\n"
        "\nExit codes: 0 done; 1 no lab runs there (--running); 2 usage or configuration.\n"
        "\nExamples:\n"
        "  fakeocs config show --config lab.yaml --port 0\n"
        "  fakeocs config show --running --state-dir /srv/lab\n"
        "  fakeocs config show --as json | jq '.settings[] | select(.from != \"default\")'\n";
    command.run = [arguments] { return show(*arguments); };
    Command group;
    group.name = "config";
    group.help = "the settings in force, and where each came from";
    group.footer =
        "\nExit codes: 0 done; 1 failed; 2 usage or configuration.\n"
        "\nExamples:\n  fakeocs config show\n  fakeocs config show --running\n";
    group.commands.push_back(std::move(command));
    group.storage = arguments;
    return group;
}

}  // namespace ocs::apps
