// fakeocs-certgen: parses the command line and hands over to certgen_*.cpp.

#include "apps/certgen.hpp"

#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>

#include "apps/certgen_options.hpp"

namespace ocs::certgen {
namespace {

int run(int argc, char** argv) {
    Context context;
    context.program = argc > 0 ? argv[0] : "fakeocs-certgen";
    context.now = wall_now();
    Arguments arguments;
    CLI::App app("Certificates for a lab of Communicator and Lync, right or wrong on purpose.",
                 "fakeocs-certgen");
    add_options(app, context, arguments);
    if (argc < 2) {
        std::cout << app.help();
        return done;
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? done : usage;
    }
    if (app.get_subcommands().empty()) {
        std::cerr << "fakeocs-certgen: a subcommand is missing\n  try: fakeocs-certgen --help\n";
        return usage;
    }
    if (app.got_subcommand("ca")) return run_ca(context, arguments.ca);
    if (app.got_subcommand("issue")) return run_issue(context, arguments.issue);
    if (app.got_subcommand("reissue")) return run_reissue(context, arguments.reissue);
    if (app.got_subcommand("names")) return run_names(context, arguments.names);
    if (app.got_subcommand("inspect")) return run_inspect(context, arguments.inspect);
    if (app.got_subcommand("pfx")) return run_pfx(context, arguments.pfx);
    return run_check(context, arguments.check);
}

}  // namespace
}  // namespace ocs::certgen

int main(int argc, char** argv) {
    try {
        return ocs::certgen::run(argc, argv);
    } catch (const std::exception& error) {
        std::cerr << "fakeocs-certgen: " << error.what() << '\n';
        return ocs::certgen::failed;
    }
}
