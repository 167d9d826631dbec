#pragma once
// The options of each subcommand and its help page: usage, options, examples, exit codes.

#include <CLI/App.hpp>

#include "apps/certgen.hpp"

namespace ocs::certgen {

struct Arguments {
    CaArguments ca;
    IssueArguments issue;
    ReissueArguments reissue;
    NamesArguments names;
    InspectArguments inspect;
    PfxArguments pfx;
    CheckArguments check;
};

/// Adds all of them to `app`; parsing fills `arguments` and `context`, which must outlive it.
void add_options(CLI::App& app, Context& context, Arguments& arguments);

}  // namespace ocs::certgen
