// fakeocs ready: is the lab of this state folder there? For containers and supervisors that have no curl.

#include <fmt/format.h>

#include "admin/control.hpp"
#include "apps/command.hpp"
#include "apps/common.hpp"

namespace ocs::apps {
namespace {

struct Arguments {
    std::string state_dir;
};

int run(const Arguments& arguments) {
    const auto reply = admin::ask_lab(state_dir(arguments.state_dir), {"GET", "/readyz", ""});
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
        {"--state-dir", &arguments->state_dir, "folder of that lab [FAKEOCS_STATE]", false, "DIR"}};
    command.footer =
        "\nPrints what /readyz says: whether it serves, and what is wrong beside that (a\n"
        "log that cannot be written, a reload that was refused).\n"
        "\nExit codes: 0 ready; 1 not ready, or no lab runs on that folder; 2 usage.\n"
        "\nExamples:\n"
        "  fakeocs ready\n"
        "  until fakeocs ready --state-dir /srv/lab; do sleep 1; done\n";
    command.storage = arguments;
    command.run = [arguments] { return run(*arguments); };
    return command;
}

}  // namespace ocs::apps
