// fakeocs: the lab's server. Arguments, help and exit codes; the rooms do the work.

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "config/load.hpp"
#include "core/escape.hpp"
#include "server/lab.hpp"

namespace {

using namespace ocs;

constexpr const char* exit_codes =
    "\nExit codes: 0 done; 1 failed; 2 usage or configuration; 3 cannot bind.\n"
    "\nExamples:\n"
    "  fakeocs serve --config config/fakeocs.yaml\n"
    "  fakeocs quickstart contoso.test\n"
    "  fakeocs check --config config/fakeocs.yaml\n";

struct Arguments {
    std::string config;
    std::string state_dir;
    std::string domain;
    std::string lab_address;
    int port = -1;
    bool quiet = false;
    bool verbose = false;
    std::string json_file;
};

void print_errors(const std::vector<Error>& errors) {
    for (const Error& error : errors) fmt::print(stderr, "fakeocs: {}", to_block(error));
}

std::filesystem::path config_path(const Arguments& arguments) {
    if (!arguments.config.empty()) return arguments.config;
    if (const char* named = std::getenv("FAKEOCS_CONFIG"); named != nullptr && *named != '\0') return named;
    for (const char* candidate : {"fakeocs.yaml", "config/fakeocs.yaml"}) {
        if (std::filesystem::exists(candidate)) return candidate;
    }
    return "/etc/fakeocs/config.yaml";
}

/// Flag > FAKEOCS_STATE > file > default.
void settle_state_dir(config::Settings& settings, const Arguments& arguments) {
    const char* named = std::getenv("FAKEOCS_STATE");
    const bool environment = named != nullptr && *named != '\0';
    if (!arguments.state_dir.empty()) {
        settings.state_dir = pki::default_state_path(arguments.state_dir);
    } else if (environment || settings.state_dir.empty()) {
        settings.state_dir = pki::default_state_path(std::nullopt);
    }
}

Results<config::Settings> load(const Arguments& arguments) {
    auto settings = config::load_settings(config_path(arguments));
    if (settings.has_error()) return settings;
    settle_state_dir(*settings, arguments);
    if (!arguments.json_file.empty()) settings->logs.json_file = arguments.json_file;
    return settings;
}

/// The same lab for any domain: what the article's administrator had, with the name that is missing.
std::string quickstart_yaml(const HostName& domain, const std::string& address) {
    return fmt::format(
        "listeners:\n"
        "  - {{name: sip, address: \"{1}\", port: 5061}}\n"
        "  - {{name: browser, address: \"{1}\", port: 8443}}\n"
        "hosts:\n"
        "  - id: front01\n"
        "    names: [sip.{0}, pool01.{0}]\n"
        "    certificate:\n"
        "      generate:\n"
        "        subject: CN=sip.{0}\n"
        "        sans: [\"DNS:sip.{0}\", \"DNS:pool01.{0}\"]\n",
        domain.text(),
        address);
}

/// The certificate tool beside this program, written the way this one was started.
std::string certgen_beside(const std::string& program) {
    const std::size_t slash = program.rfind('/');
    return (slash == std::string::npos ? std::string() : program.substr(0, slash + 1)) + "fakeocs-certgen";
}

int serve(const config::Settings& settings,
          const Arguments& arguments,
          const std::string& program,
          std::function<Results<config::Settings>()> reread) {
    server::LabOptions options;
    options.settings = settings;
    options.reread = std::move(reread);
    options.version = OCS_VERSION;
    auto& journal = options.journal;
    const bool colour = isatty(1) != 0 && std::getenv("NO_COLOR") == nullptr;
    journal.colour = colour ? journal::Colour::always : journal::Colour::never;
    if (arguments.quiet) journal.volume = journal::Volume::quiet;
    if (arguments.verbose) journal.volume = journal::Volume::verbose;
    journal.commands.certgen = certgen_beside(program);
    if (settings.state_dir != pki::default_state_path(std::nullopt)) {
        journal.commands.state_dir = settings.state_dir.string();
    }
    journal.text_file = settings.logs.text_file;
    journal.json_file = settings.logs.json_file;
    if (journal.json_file == "-") journal.text_descriptor = 2;  // standard output is for machines then
    journal.commands.ca_file = (settings.state_dir / "ca" / "ca.cer").string();
    fmt::print("fakeocs {} — fake OCS front end. For labs only: anyone can read its keys.\n", OCS_VERSION);
    fmt::print("config  {}\nstate   {}\n", settings.file.string(), settings.state_dir.string());
    std::fflush(stdout);
    return server::run_lab(options);
}

int serve_config(const Arguments& arguments, const std::string& program) {
    auto settings = load(arguments);
    if (settings.has_error()) {
        print_errors(settings.error());
        return 2;
    }
    return serve(*settings, arguments, program, [arguments] { return load(arguments); });
}

int quickstart(const Arguments& arguments, const std::string& program) {
    auto domain = HostName::parse(arguments.domain);
    if (domain.has_error()) {
        print_errors({domain.error()});
        return 2;
    }
    const std::string address = arguments.lab_address.empty() ? "127.0.0.1" : arguments.lab_address;
    if (auto parsed = IpAddress::parse(address); parsed.has_error()) {
        print_errors({parsed.error()});
        return 2;
    }
    auto settings = config::parse_settings("quickstart", quickstart_yaml(*domain, address));
    if (settings.has_error()) {
        print_errors(settings.error());
        return 1;
    }
    settle_state_dir(*settings, arguments);
    if (arguments.port >= 0) {
        for (auto& listener : settings->listeners) listener.port = static_cast<std::uint16_t>(arguments.port);
    }
    if (!arguments.json_file.empty()) settings->logs.json_file = arguments.json_file;
    if (!arguments.lab_address.empty()) {
        fmt::print("On the client machine (hosts file):\n");
        for (const char* label : {"sip", "sipinternal", "sipexternal", "pool01"}) {
            fmt::print("  {}  {}.{}\n", address, label, domain->text());
        }
        fmt::print(
            "and import {}/ca/ca.cer as a trusted root, as administrator:\n"
            "  Windows Vista to 11:  certutil -addstore Root ca.cer\n"
            "  Windows XP:           open ca.cer, Install Certificate, Trusted Root Certification "
            "Authorities\n\n",
            settings->state_dir.string());
    }
    return serve(*settings, arguments, program, {});
}

int check(const Arguments& arguments) {
    auto settings = load(arguments);
    std::vector<Error> errors = settings.has_error() ? settings.error() : server::check_lab(*settings);
    print_errors(errors);
    if (!errors.empty()) return 2;
    fmt::print("{}: good: {} listeners, {} hosts\n",
               settings->file.string(),
               settings->listeners.size(),
               settings->hosts.size());
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    Arguments arguments;
    CLI::App app("A fake OCS front end for certificate-mismatch testing.", "fakeocs");
    app.set_version_flag("--version", std::string("fakeocs ") + OCS_VERSION);
    app.footer(exit_codes);
    app.require_subcommand(0, 1);
    const auto common = [&](CLI::App* command) {
        command->add_option("--state-dir", arguments.state_dir, "folder of CA and certificates");
        command->add_option(
            "--json", arguments.json_file, "append one JSON line per connection to this file");
        command->add_flag("-q,--quiet", arguments.quiet, "one line per connection, no explanation");
        command->add_flag("-v,--verbose", arguments.verbose, "explain every connection");
    };
    CLI::App* serve_command = app.add_subcommand("serve", "TLS listeners, as the configuration says");
    serve_command->add_option("--config", arguments.config, "configuration file (YAML)");
    common(serve_command);
    CLI::App* check_command =
        app.add_subcommand("check", "load everything a configuration names, start nothing");
    check_command->add_option("--config", arguments.config, "configuration file (YAML)");
    check_command->add_option("--state-dir", arguments.state_dir, "folder of CA and certificates");
    CLI::App* quickstart_command =
        app.add_subcommand("quickstart", "make a lab for a SIP domain and serve it");
    quickstart_command->add_option("domain", arguments.domain, "SIP domain, such as contoso.test")
        ->required();
    quickstart_command->add_option(
        "--lab-address", arguments.lab_address, "listen on this address of the lab network");
    quickstart_command->add_option("--port", arguments.port, "port of both listeners; 0: any free one")
        ->check(CLI::Range(0, 65535));
    common(quickstart_command);

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    if (*serve_command) return serve_config(arguments, argv[0]);
    if (*check_command) return check(arguments);
    if (*quickstart_command) return quickstart(arguments, argv[0]);
    fmt::print("{}", app.help());
    return 0;
}
