// fakeocs serve and check: a configuration, served or looked through.

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <utility>

#include "apps/common.hpp"
#include "apps/fakeocs_flags.hpp"
#include "config/load.hpp"
#include "core/escape.hpp"

namespace ocs::apps {
namespace {

int serve(LabFlags& flags, const Program& program) {
    flags.take_variables();
    const auto settings = load_with_flags(flags);
    if (settings.has_error()) return print_errors(settings.error());
    auto options = lab_options(*settings, program);
    options.reread = [flags] { return load_with_flags(flags); };
    return server::run_lab(options);
}

std::string counted(std::size_t count, const std::string& thing) {
    return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

struct CheckArguments {
    LabFlags flags;
    bool json = false;
};

/// One object, schema "fakeocs.check/1"; of each problem what there is to say.
std::string to_json(const std::filesystem::path& file,
                    const config::Settings& settings,
                    const std::vector<Error>& errors) {
    boost::json::array problems;
    for (const Error& error : errors) {
        boost::json::object problem{{"what", error.what}};
        for (const auto& [key, text] : {std::pair("where", &error.where),
                                        std::pair("found", &error.found),
                                        std::pair("expected", &error.expected),
                                        std::pair("hint", &error.hint)}) {
            if (!text->empty()) problem[key] = *text;
        }
        problems.push_back(std::move(problem));
    }
    return boost::json::serialize(boost::json::object{{"schema", "fakeocs.check/1"},
                                                      {"file", visible(file.string())},
                                                      {"good", errors.empty()},
                                                      {"listeners", settings.listeners.size()},
                                                      {"hosts", settings.hosts.size()},
                                                      {"problems", std::move(problems)}});
}

/// A certificate that does not load is reported even where something else is wrong with the file.
int check(CheckArguments& arguments) {
    LabFlags& flags = arguments.flags;
    flags.take_variables();
    const auto path = config_path(flags);
    if (path.has_error()) return print_error(path.error());
    auto inspection = config::inspect_settings(*path);
    auto& errors = inspection.errors;
    for (const auto& more : {flags.apply(inspection.settings), server::check_lab(inspection.settings)}) {
        errors.insert(errors.end(), more.begin(), more.end());
    }
    if (arguments.json) {
        fmt::print("{}\n", to_json(*path, inspection.settings, errors));
        return errors.empty() ? 0 : 2;
    }
    if (!errors.empty()) return print_errors(errors);
    fmt::print("{}: good: {}, {}\n",
               path->string(),
               counted(inspection.settings.listeners.size(), "listener"),
               counted(inspection.settings.hosts.size(), "host"));
    return 0;
}

}  // namespace

Command serve_command(const Program& program) {
    auto flags = std::make_shared<LabFlags>();
    Command command{"serve", "serve a lab as its configuration says", flags->arguments(), "", {}, {}, flags};
    command.arguments.insert(command.arguments.begin(), flags->config_argument());
    command.footer = fmt::format(
                         "\nWithout --config: ./{}, then {}.\n"
                         "SIGHUP opens the logs again and reloads the file; SIGTERM ends.\n",
                         config_here,
                         config_installed) +
                     lab_footer(
                         "  fakeocs serve --config config/fakeocs.yaml\n"
                         "  fakeocs serve --config lab.yaml --port 0 --json handshakes.jsonl\n"
                         "  FAKEOCS_STATE=/srv/lab fakeocs serve --config lab.yaml -q\n");
    command.run = [flags, program] { return serve(*flags, program); };
    return command;
}

Command check_command(const Program&) {
    auto into = std::make_shared<CheckArguments>();
    Command command{"check", "report every problem of a configuration", {}, "", {}, {}, into};
    command.arguments = {into->flags.config_argument(),
                         into->flags.state_argument(),
                         {"--json", &into->json, "one JSON object in place of text", false, ""}};
    command.footer =
        "\nLoads the file and the certificates it names; makes and starts nothing.\n"
        "With --json: file, good, how many listeners and hosts, and problems, each with\n"
        "what, and where, found, expected, hint where there is something to say.\n"
        "\nExit codes: 0 all good; 2 problems, each with its place.\n"
        "\nExamples:\n"
        "  fakeocs check --config config/fakeocs.yaml\n"
        "  fakeocs check --config lab.yaml && sudo systemctl reload fakeocs\n"
        "  fakeocs check --config lab.yaml --json | jq -r '.problems[].where'\n"
        "  FAKEOCS_CONFIG=lab.yaml fakeocs check\n";
    command.run = [into] { return check(*into); };
    return command;
}

}  // namespace ocs::apps
