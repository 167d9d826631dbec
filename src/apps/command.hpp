#pragma once
// How a subcommand of fakeocs says what it takes, so that the option parser stays in one file (it costs ten
// CPU seconds for each that includes it).
//
// To add one: write fakeocs_NAME.cpp with `Command NAME_command(const Program&)`, declare it at the end of
// this file, and add it to the list in fakeocs.cpp.

#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace ocs::apps {

/// How this program was started, for printed commands.
struct Program {
    std::string fakeocs;  ///< argv[0]
    std::string certgen;  ///< fakeocs-certgen beside it, written the same way
};

/// Where a value goes. A string stays empty where the option is not given.
using Target = std::variant<bool*, std::string*, std::vector<std::string>*>;

struct Argument {
    std::string names;  ///< "--json", "-q,--quiet"; without a dash: positional, "user"
    Target target;
    std::string help;
    bool required = false;
    std::string value;  ///< what stands for the value in the help, "FILE"; empty: TEXT
};

struct Command {
    std::string name;
    std::string help;  ///< one line
    std::vector<Argument> arguments;
    std::string footer;             ///< examples to paste, exit codes
    std::vector<Command> commands;  ///< below this one; then `run` is not looked at
    std::function<int()> run;       ///< the exit code
    /// What the targets point into: kept as long as the command.
    std::shared_ptr<void> storage;
};

Command serve_command(const Program& program);
Command quickstart_command(const Program& program);
Command check_command(const Program& program);
Command config_command(const Program& program);
Command signin_command(const Program& program);
Command dns_command(const Program& program);
Command fault_command(const Program& program);
Command profiles_command(const Program& program);
Command log_command(const Program& program);
Command export_command(const Program& program);
Command ready_command(const Program& program);
Command state_command(const Program& program);
Command help_command(const Program& program);

}  // namespace ocs::apps
