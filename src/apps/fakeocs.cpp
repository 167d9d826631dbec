// fakeocs: the lab's program. This file turns the subcommands' lists of arguments into a command line.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "apps/command.hpp"

namespace {

using namespace ocs::apps;

constexpr const char* footer =
    "Exit codes: 0 done; 1 failed; 2 usage or configuration; 3 cannot listen.\n"
    "`fakeocs SUBCOMMAND --help` has more.\n"
    "\nExamples:\n"
    "  fakeocs quickstart contoso.test\n"
    "  fakeocs signin alice@contoso.test\n"
    "  fakeocs check --config config/fakeocs.yaml\n";

/// Pages of 80 columns: an option's help has 53 of them.
class HelpFormatter : public CLI::Formatter {
public:
    HelpFormatter() { column_width(27); }
    std::string make_option_opts(const CLI::Option* option) const override {
        return option->get_type_name().empty() ? "" : " " + option->get_type_name();
    }
};

void add_argument(CLI::App& app, const Argument& argument) {
    CLI::Option* option = std::visit(
        [&](auto* target) -> CLI::Option* {
            if constexpr (std::is_same_v<decltype(target), bool*>) {
                return app.add_flag(argument.names, *target, argument.help);
            } else {
                return app.add_option(argument.names, *target, argument.help);
            }
        },
        argument.target);
    if (argument.required) option->required();
    if (!argument.value.empty()) option->type_name(argument.value);
}

/// Registers `command` below `app`; `chosen` gets the one the user named.
void add_command(CLI::App& app, const Command& command, const Command*& chosen) {
    CLI::App* added = app.add_subcommand(command.name, command.help);
    // CLI11 puts blank lines before a footer by itself.
    added->footer(
        command.footer.substr(std::min(command.footer.find_first_not_of('\n'), command.footer.size())));
    for (const Argument& argument : command.arguments) add_argument(*added, argument);
    if (command.commands.empty()) {
        added->callback([&command, &chosen] { chosen = &command; });
        return;
    }
    added->require_subcommand(1);
    for (const Command& below : command.commands) add_command(*added, below, chosen);
}

/// The certificate tool beside this program, written the way this one was started.
Program program_of(const std::string& started_as) {
    const std::size_t slash = started_as.rfind('/');
    const std::string folder = slash == std::string::npos ? "" : started_as.substr(0, slash + 1);
    return {started_as, folder + "fakeocs-certgen"};
}

}  // namespace

int main(int argc, char** argv) {
    const Program program = program_of(argv[0]);
    const std::vector<Command> commands = {serve_command(program),
                                           quickstart_command(program),
                                           signin_command(program),
                                           dns_command(program),
                                           fault_command(program),
                                           profiles_command(program),
                                           log_command(program),
                                           export_command(program),
                                           check_command(program),
                                           config_command(program),
                                           ready_command(program),
                                           state_command(program),
                                           help_command(program)};
    CLI::App app("A fake OCS front end for certificate-mismatch testing.", "fakeocs");
    app.formatter(std::make_shared<HelpFormatter>());
    app.set_version_flag("--version", std::string("fakeocs ") + OCS_VERSION);
    app.footer(footer);
    app.require_subcommand(0, 1);
    const Command* chosen = nullptr;
    for (const Command& command : commands) add_command(app, command, chosen);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    if (chosen != nullptr) return chosen->run();
    fmt::print("{}", app.help());
    return 0;
}
