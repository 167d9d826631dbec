// fakeocs profiles: what each client does, with the source of every datum.

#include <fmt/format.h>

#include <boost/json.hpp>

#include "apps/command.hpp"
#include "apps/common.hpp"
#include "config/profile.hpp"
#include "discovery/profile_page.hpp"

namespace ocs::apps {
namespace {

using discovery::ClientProfile;

struct Arguments {
    std::string show;
    std::string file;
    bool json = false;
    bool markdown = false;
};

constexpr const char* footer =
    "\nMarks: 2+ two sources or more, 1 one source, inf inferred, unv recalled without\n"
    "a source, unknown no source says (the value is what this tool does instead),\n"
    "own from your file. Numbers in brackets: the sources in docs/clients.md.\n"
    "\nExit codes: 0 done; 2 usage, or a file with profiles that cannot be read.\n"
    "\nExamples:\n"
    "  fakeocs profiles\n"
    "  fakeocs profiles --show communicator2007\n"
    "  fakeocs profiles --profiles config/profiles.yaml --show our-softphone --json\n";

boost::json::object to_json(const ClientProfile& profile) {
    boost::json::array rows;
    for (const discovery::ProfileRow& row : describe(profile)) {
        rows.push_back(boost::json::object{
            {"what", row.what},
            {"value", row.value},
            {"known", row.confidence != discovery::Confidence::unknown},
            {"confidence", discovery::to_string(row.confidence)},
            {"source", row.source},
            {"note", row.note},
        });
    }
    return {{"name", profile.name}, {"title", profile.title}, {"facts", std::move(rows)}};
}

int show_one(const Arguments& arguments, const std::vector<ClientProfile>& own) {
    const auto profile = config::find_profile(arguments.show, own);
    if (profile.has_error()) return print_error(profile.error());
    if (arguments.json) {
        fmt::print("{}\n", boost::json::serialize(to_json(*profile)));
    } else {
        fmt::print("{}", profile_text(*profile));
    }
    return 0;
}

int run(const Arguments& arguments) {
    if (arguments.markdown && (arguments.json || !arguments.show.empty() || !arguments.file.empty())) {
        return print_error(Error{"--markdown prints the whole page and goes with no other option", "", ""});
    }
    if (arguments.markdown) {
        fmt::print("{}", profiles_markdown(discovery::all_profiles()));
        return 0;
    }
    std::vector<ClientProfile> own;
    if (!arguments.file.empty()) {
        auto loaded = config::load_profiles(arguments.file);
        if (loaded.has_error()) return print_errors(loaded.error());
        own = std::move(*loaded);
    }
    if (!arguments.show.empty()) return show_one(arguments, own);

    std::vector<ClientProfile> all(discovery::all_profiles().begin(), discovery::all_profiles().end());
    all.insert(all.end(), own.begin(), own.end());
    if (!arguments.json) {
        fmt::print("{}", discovery::profile_list(all));
        return 0;
    }
    boost::json::array list;
    for (const ClientProfile& profile : all) list.push_back(to_json(profile));
    const boost::json::object page = {{"schema", "fakeocs.profiles/1"}, {"profiles", std::move(list)}};
    fmt::print("{}\n", boost::json::serialize(page));
    return 0;
}

}  // namespace

Command profiles_command(const Program&) {
    auto into = std::make_shared<Arguments>();
    Command command{
        "profiles", "what each client does, and how well that is known", {}, footer, {}, {}, into};
    command.arguments = {
        {"--show", &into->show, "every datum of one client", false, "NAME"},
        {"--profiles", &into->file, "profiles of your own (YAML)", false, "FILE"},
        {"--json", &into->json, "JSON on standard output", false, ""},
        {"--markdown", &into->markdown, "docs/clients.md, as it is checked in", false, ""},
    };
    command.run = [into] { return run(*into); };
    return command;
}

}  // namespace ocs::apps
