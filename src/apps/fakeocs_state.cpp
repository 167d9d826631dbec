// fakeocs state: where this lab's state is.

#include <fmt/format.h>

#include <filesystem>

#include "apps/command.hpp"
#include "apps/common.hpp"

namespace ocs::apps {

Command state_command(const Program&) {
    auto folder = std::make_shared<std::string>();
    const std::string examples =
        "\nExit codes: 0 done; 2 usage.\n"
        "\nExamples:\n"
        "  fakeocs state path\n"
        "  ls -l \"$(fakeocs state path)/ca\"\n"
        "  FAKEOCS_STATE=/srv/lab fakeocs state path\n";
    Command path{"path",
                 "the folder of CA, certificates and history, absolute",
                 {{"--state-dir", folder.get(), "as the others take it [FAKEOCS_STATE]", false, "DIR"}},
                 examples,
                 {},
                 [folder] {
                     std::error_code failed;
                     const auto whole = std::filesystem::absolute(state_dir(*folder), failed);
                     fmt::print("{}\n", failed ? state_dir(*folder).string() : whole.string());
                     return 0;
                 },
                 folder};
    Command command{"state", "where the state of this lab is", {}, examples, {}, {}, folder};
    command.commands.push_back(std::move(path));
    return command;
}

}  // namespace ocs::apps
