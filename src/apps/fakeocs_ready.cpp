// fakeocs ready: is the lab of this state folder there? For containers and supervisors that have no curl.

#include <fmt/format.h>

#include "admin/control.hpp"
#include "apps/command.hpp"
#include "apps/common.hpp"

namespace ocs::apps {
namespace {

struct Arguments {
    std::string state_dir;
    bool strict = false;
};

int run(const Arguments& arguments) {
    const auto reply = admin::ask_lab(state_dir(arguments.state_dir),
                                      {"GET", arguments.strict ? "/readyz?strict=true" : "/readyz", ""});
    if (reply.has_error()) {
        print_error(reply.error());
        return 1;
    }
    fmt::print("{}", reply->body);
    return reply->status == 200 ? 0 : 1;
}

}  // namespace

Command ready_command(const Program&) {
    auto arguments = std::make_shared<Arguments>();
    Command command;
    command.name = "ready";
    command.help = "exit 0 while the lab is ready";
    command.arguments = {
        {"--strict", &arguments->strict, "any problem is not ready", false, ""},
        {"--state-dir", &arguments->state_dir, "folder of that lab [FAKEOCS_STATE]", false, "DIR"}};
    command.footer =
        "\nPrints what /readyz says: whether it serves what its configuration has, and\n"
        "what is wrong beside that: a log that cannot be written, a reload that was\n"
        "refused. Serving goes on then; --strict is for those who read the records, or\n"
        "have just changed the file.\n"
        "\nExit codes: 0 ready; 1 not ready, or no lab runs on that folder; 2 usage.\n"
        "\nExamples:\n"
        "  fakeocs ready\n"
        "  kill -HUP $PID; fakeocs ready --strict\n"
        "  until fakeocs ready --state-dir /srv/lab; do sleep 1; done\n";
    command.storage = arguments;
    command.run = [arguments] { return run(*arguments); };
    return command;
}

}  // namespace ocs::apps
