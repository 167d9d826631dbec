// fakeocs serve and check: a configuration, served or looked through.

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "apps/common.hpp"
#include "apps/fakeocs_flags.hpp"
#include "config/load.hpp"

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

/// A certificate that does not load is reported even where something else is wrong with the file.
int check(LabFlags& flags) {
    flags.take_variables();
    const auto path = config_path(flags);
    if (path.has_error()) return print_error(path.error());
    auto inspection = config::inspect_settings(*path);
    auto& errors = inspection.errors;
    for (const auto& more : {flags.apply(inspection.settings), server::check_lab(inspection.settings)}) {
        errors.insert(errors.end(), more.begin(), more.end());
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
    auto flags = std::make_shared<LabFlags>();
    Command command{"check", "report every problem of a configuration", {}, "", {}, {}, flags};
    command.arguments = {flags->config_argument(), flags->state_argument()};
    command.footer =
        "\nLoads the file and the certificates it names; makes and starts nothing.\n"
        "\nExit codes: 0 all good; 2 problems, each with its place.\n"
        "\nExamples:\n"
        "  fakeocs check --config config/fakeocs.yaml\n"
        "  fakeocs check --config lab.yaml && sudo systemctl reload fakeocs\n"
        "  FAKEOCS_CONFIG=lab.yaml fakeocs check\n";
    command.run = [flags] { return check(*flags); };
    return command;
}

}  // namespace ocs::apps
