// fakeocs serve, quickstart and check: from arguments to settings to the lab.

#include <fmt/format.h>

#include <cstdlib>

#include "apps/command.hpp"
#include "apps/common.hpp"
#include "config/load.hpp"
#include "core/escape.hpp"
#include "server/lab.hpp"

namespace ocs::apps {
namespace {

struct Arguments {
    std::string config;
    std::string state_dir;
    std::string domain;
    std::string lab_address;
    std::string port;
    bool quiet = false;
    bool verbose = false;
    std::string json_file;
};

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
    if (environment || !arguments.state_dir.empty() || settings.state_dir.empty()) {
        settings.state_dir = state_dir(arguments.state_dir);
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

int serve(const config::Settings& settings,
          const Arguments& arguments,
          const Program& program,
          std::function<Results<config::Settings>()> reread) {
    server::LabOptions options;
    options.settings = settings;
    options.reread = std::move(reread);
    options.version = OCS_VERSION;
    auto& journal = options.journal;
    journal.colour = colour_on_stdout() ? journal::Colour::always : journal::Colour::never;
    if (arguments.quiet) journal.volume = journal::Volume::quiet;
    if (arguments.verbose) journal.volume = journal::Volume::verbose;
    journal.commands.certgen = program.certgen;
    journal.commands.state_dir = state_dir_to_print(settings.state_dir);
    journal.text_file = settings.logs.text_file;
    journal.json_file = settings.logs.json_file;
    if (settings.history.keep) {
        const bool named = !settings.history.file.empty();
        journal.history.file = named ? settings.history.file : settings.state_dir / "history.db";
        journal.history.keep_for = std::chrono::hours(24) * settings.history.days;
        journal.history.keep_records = settings.history.records;
    }
    const Micros window{static_cast<std::int64_t>(settings.timeline.window_seconds * 1e6)};
    journal.lookups.window = journal.attempts.window = window;
    journal.attempts.longest = window * 10;
    if (journal.json_file == "-") journal.text_descriptor = 2;  // standard output is for machines then
    journal.commands.ca_file = (settings.state_dir / "ca" / "ca.cer").string();
    return server::run_lab(options);
}

int serve_config(const Arguments& arguments, const Program& program) {
    auto settings = load(arguments);
    if (settings.has_error()) {
        print_errors(settings.error());
        return 2;
    }
    return serve(*settings, arguments, program, [arguments] { return load(arguments); });
}

int quickstart(const Arguments& arguments, const Program& program) {
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
    if (!arguments.port.empty()) {
        auto port = parse_port(arguments.port, "--port");
        if (port.has_error()) return print_error(port.error());
        for (auto& listener : settings->listeners) listener.port = *port;
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

constexpr const char* serve_codes =
    "\nExit codes: 0 done; 1 failed; 2 usage or configuration; 3 cannot bind.\n";

std::vector<Argument> lab_arguments(Arguments& into) {
    return {
        {"--state-dir", &into.state_dir, "folder of CA and certificates", false, "DIR"},
        {"--json", &into.json_file, "append one JSON line per connection to this file", false, "FILE"},
        {"-q,--quiet", &into.quiet, "one line per connection, no explanation", false, ""},
        {"-v,--verbose", &into.verbose, "explain every connection", false, ""},
    };
}

Command serve_command(const Program& program) {
    auto into = std::make_shared<Arguments>();
    Command command{
        "serve", "TLS listeners, as the configuration says", lab_arguments(*into), "", {}, {}, into};
    command.arguments.push_back({"--config", &into->config, "configuration file (YAML)", false, "FILE"});
    command.footer = std::string(serve_codes) + "\nExamples:\n  fakeocs serve --config config/fakeocs.yaml\n";
    command.run = [into, program] { return serve_config(*into, program); };
    return command;
}

Command quickstart_command(const Program& program) {
    auto into = std::make_shared<Arguments>();
    Command command{
        "quickstart", "make a lab for a SIP domain and serve it", lab_arguments(*into), "", {}, {}, into};
    command.arguments.push_back(
        {"domain", &into->domain, "SIP domain, such as contoso.test", true, "DOMAIN"});
    command.arguments.push_back(
        {"--lab-address", &into->lab_address, "listen on this address of the lab network", false, "ADDRESS"});
    command.arguments.push_back(
        {"--port", &into->port, "port of both listeners; 0: any free one", false, "PORT"});
    command.footer = std::string(serve_codes) + "\nExamples:\n  fakeocs quickstart contoso.test\n" +
                     "  fakeocs quickstart contoso.test --lab-address 192.168.56.10\n";
    command.run = [into, program] { return quickstart(*into, program); };
    return command;
}

Command check_command(const Program&) {
    auto into = std::make_shared<Arguments>();
    Command command{"check", "load everything a configuration names, start nothing", {}, "", {}, {}, into};
    command.arguments = {{"--config", &into->config, "configuration file (YAML)", false, "FILE"},
                         {"--state-dir", &into->state_dir, "folder of CA and certificates", false, "DIR"}};
    command.footer = "\nExit codes: 0 all good; 2 problems, each with its place.\n";
    command.run = [into] { return check(*into); };
    return command;
}

}  // namespace ocs::apps
