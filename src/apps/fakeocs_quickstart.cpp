// fakeocs quickstart: the article's lab for any SIP domain, without a file to write.

#include <fmt/format.h>

#include <filesystem>

#include "apps/common.hpp"
#include "apps/fakeocs_flags.hpp"
#include "config/load.hpp"
#include "core/escape.hpp"
#include "core/host_name.hpp"

namespace ocs::apps {
namespace {

struct Quickstart {
    LabFlags flags;
    std::string domain;
    Setting lab_address{"--lab-address", "FAKEOCS_LAB_ADDRESS"};
};

/// What the article's administrator had: the pool and sip. on the certificate, and not what clients try
/// first.
std::string yaml_for(const HostName& domain, const std::string& address) {
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

/// What another machine must know to find this lab and to trust it.
std::vector<std::string> for_the_client(const HostName& domain,
                                        const std::string& address,
                                        const config::Settings& settings) {
    std::error_code ignored;
    const auto ca = std::filesystem::absolute(settings.state_dir / "ca" / "ca.cer", ignored);
    std::vector<std::string> lines = {
        "On the client machine, as administrator:",
        "  1. add to %SystemRoot%\\System32\\drivers\\etc\\hosts (elsewhere /etc/hosts):",
    };
    for (const char* label : {"sip", "sipinternal", "sipexternal", "pool01"}) {
        lines.push_back(fmt::format("     {}  {}.{}", address, label, domain.text()));
    }
    lines.push_back("  2. copy this file there: " + visible(ca.string()));
    lines.insert(
        lines.end(),
        {"     and import it as a trusted root:",
         "     Windows Vista to 11, Server 2008 to 2025 (elevated prompt):",
         "       certutil -addstore Root ca.cer",
         "     Windows XP, Server 2003 (no certutil on XP): open ca.cer, Install",
         "       Certificate, Place all certificates in the following store, Trusted Root",
         "       Certification Authorities. Communicator there still cannot connect: they",
         "       offer RC4 and 3DES only, and the log says so.",
         fmt::format("  3. Communicator: manual settings, internal server sip.{}, TLS", domain.text()),
         ""});
    return lines;
}

int quickstart(Quickstart& into, const Program& program) {
    into.flags.take_variables();
    into.lab_address.take_variable();
    std::vector<Error> errors;
    const auto domain = HostName::parse(into.domain);
    if (domain.has_error()) errors.emplace_back(domain.error().what, "DOMAIN", domain.error().hint);
    std::string address = "127.0.0.1";
    if (into.lab_address.is_given()) {
        const auto parsed = IpAddress::parse(into.lab_address.value);
        if (parsed.has_error()) {
            errors.emplace_back(parsed.error().what, into.lab_address.where(), parsed.error().hint);
        } else if (address = parsed->text(); address == "0.0.0.0" || address == "::") {
            errors.emplace_back("clients cannot connect to " + address,
                                into.lab_address.where(),
                                "the address of this machine in the lab network");
        }
    }
    if (!errors.empty()) return print_errors(errors);
    auto settings = config::parse_settings("quickstart", yaml_for(*domain, address));
    if (settings.has_error()) {
        print_errors(settings.error());
        return 1;
    }
    settings->file = "none, made for " + domain->text();
    for (auto& listener : settings->listeners) listener.place.clear();
    if (errors = into.flags.apply(*settings); !errors.empty()) return print_errors(errors);
    auto options = lab_options(*settings, program);
    if (into.lab_address.is_given()) options.advice = for_the_client(*domain, address, *settings);
    return server::run_lab(options);
}

}  // namespace

Command quickstart_command(const Program& program) {
    auto into = std::make_shared<Quickstart>();
    Command command{
        "quickstart", "make a lab for a SIP domain and serve it", into->flags.arguments(), "", {}, {}, into};
    command.arguments.insert(command.arguments.begin(),
                             {{"DOMAIN", &into->domain, "SIP domain, such as contoso.test", true, ""},
                              {"--lab-address",
                               &into->lab_address.value,
                               "serve the lab network [FAKEOCS_LAB_ADDRESS]",
                               false,
                               "ADDRESS"}});
    command.footer = lab_footer(
        "  fakeocs quickstart contoso.test\n"
        "  fakeocs quickstart contoso.test --lab-address 192.168.56.10\n"
        "  fakeocs quickstart contoso.test --port 0 --json - -q\n");
    command.run = [into, program] { return quickstart(*into, program); };
    return command;
}

}  // namespace ocs::apps
