// fakeocs export: one attempt of the history as one file to hand on.

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>

#include "admin/control.hpp"
#include "apps/command.hpp"
#include "apps/common.hpp"
#include "apps/fakeocs_ask.hpp"
#include "core/escape.hpp"
#include "core/files.hpp"
#include "journal/export.hpp"

namespace ocs::apps {
namespace {

struct Arguments {
    std::string id;
    std::string out;
    std::string state_dir;
    bool redact = false;
    Program program;
};

constexpr const char* footer =
    "\nThe file is a zip with README.txt, a page to open in a browser (index.html), the\n"
    "records, the explanation, and as bytes what was kept of ClientHello, chain, DNS\n"
    "and SIP; with captures on, packets for Wireshark and the keys to decrypt them.\n"
    "It is read from the history: the lab need not run.\n"
    "--redact replaces addresses of clients, SIP users and this machine's name, and\n"
    "leaves out what cannot be redacted, captures and keys among it. Host names stay.\n"
    "Values of Authorization headers are in no export: they are kept nowhere.\n"
    "\nExit codes: 0 done; 1 no such attempt, or it cannot be read or written; 2 usage.\n"
    "\nExamples:\n"
    "  fakeocs log --filter since:10m\n"
    "  fakeocs export a17\n"
    "  fakeocs export a17 --redact --out for-the-vendor.zip\n"
    "  fakeocs export 20261124T055900-1f3a-17 --out - | bsdtar -tf -\n";

int fail(const Error& error) {
    print_error(error);
    return 1;
}

journal::ExportOptions options_of(const Arguments& arguments, const std::filesystem::path& state) {
    journal::ExportOptions options;
    options.redact = arguments.redact;
    options.program = "fakeocs " OCS_VERSION;
    std::array<char, 256> machine{};
    if (::gethostname(machine.data(), machine.size() - 1) == 0) options.machine = machine.data();
    options.commands.certgen = arguments.program.certgen;
    options.commands.fakeocs = arguments.program.fakeocs;
    options.commands.state_dir = state_dir_to_print(state);
    options.now = wall_now();
    return options;
}

int write_out(const std::string& archive) {
    if (::isatty(STDOUT_FILENO) == 1)
        return print_error({"a zip is nothing for a terminal", "--out", "send it to a file or a pipe"});
    if (std::fwrite(archive.data(), 1, archive.size(), stdout) == archive.size() && std::fflush(stdout) == 0)
        return 0;
    return fail({"cannot write", "standard output", ""});
}

/// A lab that runs has what it recorded last in memory, for a quarter of a second: whoever asks it for one
/// record has that stored first.
void have_all_stored(const std::filesystem::path& state, const std::string& id) {
    const auto ignored = admin::ask_lab(
        state, {"GET", "/api/v1/handshakes/" + percent_encoded(id), "", "", ""}, std::chrono::seconds(2));
    static_cast<void>(ignored);  // no lab runs, or it has other troubles: then as the history is
}

int run(const Arguments& arguments) {
    const auto state = state_dir(arguments.state_dir);
    have_all_stored(state, arguments.id);
    auto store = journal::Store::open_to_read(state / "history.db");
    if (store.has_error()) return fail(store.error());
    auto found = journal::read_export(**store, arguments.id);
    if (found.has_error()) return fail(found.error());
    if (!*found)
        return fail({"no attempt or connection " + ocs::quoted(arguments.id) + " is in the history",
                     "export",
                     "fakeocs log shows what there is"});
    const std::string name = arguments.out.empty() ? export_name(**found, arguments.redact) : arguments.out;
    std::error_code ignored;
    if (name != "-" && std::filesystem::exists(name, ignored))
        return fail({"there is such a file already", visible(name), "--out names another"});
    const auto options = options_of(arguments, state);
    const auto files = journal::export_files(std::move(**found), options);
    const auto archive = journal::zip(files, options.now);
    if (archive.has_error()) return fail(archive.error());
    if (name == "-") return write_out(*archive);
    auto written = write_file(name, *archive, private_file);
    if (written.has_error()) return fail(written.error());
    fmt::print("{}: {} files, {} bytes{}\n",
               visible(name),
               files.size(),
               archive->size(),
               arguments.redact ? ", redacted" : "; --redact takes addresses and users out");
    return 0;
}

}  // namespace

Command export_command(const Program& program) {
    auto arguments = std::make_shared<Arguments>();
    arguments->program = program;
    Arguments* into = arguments.get();
    Command command;
    command.name = "export";
    command.help = "one attempt as one file to hand on";
    command.arguments = {
        {"id", &into->id, "attempt (a17, or the whole id) or connection", true, "ID"},
        {"--out", &into->out, "where to; -: standard output; default: named by ID", false, "FILE"},
        {"--redact", &into->redact, "without clients' addresses, users, captures", false, ""},
        {"--state-dir", &into->state_dir, "folder of the history", false, "DIR"},
    };
    command.footer = footer;
    command.storage = arguments;
    command.run = [arguments] { return run(*arguments); };
    return command;
}

}  // namespace ocs::apps
