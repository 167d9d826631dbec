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

constexpr int lab_dns_port = 53;  // where a client machine asks
constexpr int loopback_dns_port = 8053;

/// What the article's administrator had: the pool and sip. on the certificate, and in DNS an alias that
/// leads there by a name that is not.
std::string yaml_for(const HostName& domain, const std::string& address, int dns_port) {
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
        "        sans: [\"DNS:sip.{0}\", \"DNS:pool01.{0}\"]\n"
        "dns:\n"
        "  address: \"{1}\"\n"
        "  port: {2}\n"
        "  zones:\n"
        "    - name: {0}\n"
        "      records:\n"
        "        - {{name: front01, type: {3}, value: \"{1}\"}}\n"
        "        - {{name: sipinternal, type: CNAME, value: front01}}\n",
        domain.text(),
        address,
        dns_port,
        address.find(':') == std::string::npos ? "A" : "AAAA");
}

/// What another machine must know to find this lab and to trust it.
std::vector<std::string> for_the_client(const HostName& domain,
                                        const std::string& address,
                                        const config::Settings& settings) {
    std::error_code ignored;
    const auto ca = std::filesystem::absolute(settings.state_dir / "ca" / "ca.cer", ignored);
    std::vector<std::string> lines = {
        "On the client machine, as administrator:",
        "  1. let it ask the lab's DNS (Windows Vista to 11; its connection's name):",
        "       netsh interface ipv4 set dnsservers \"Ethernet\" static " + address,
        "       ipconfig /flushdns",
        "     or, without the lab's DNS, add to %SystemRoot%\\System32\\drivers\\etc\\hosts",
        "     (elsewhere /etc/hosts):",
    };
    for (const char* label : {"sip", "sipinternal", "sipexternal", "pool01"}) {
        lines.push_back(fmt::format("       {}  {}.{}", address, label, domain.text()));
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
         fmt::format("  3. Communicator: sign in as alice@{} with automatic configuration", domain.text()),
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
    const int dns_port = into.lab_address.is_given() ? lab_dns_port : loopback_dns_port;
    auto settings = config::parse_settings("quickstart", yaml_for(*domain, address, dns_port));
    if (settings.has_error()) {
        print_errors(settings.error());
        return 1;
    }
    settings->file = "none, made for " + domain->text();
    // There is no file to change.
    for (auto& listener : settings->listeners) listener.place.clear();
    settings->dns.place.clear();
    for (auto& [key, origin] : settings->origins) {
        const bool by_address =
            into.lab_address.is_given() && (key.ends_with(".address") || key == "dns.port");
        origin = by_address ? into.lab_address.origin()
                            : config::Origin{config::Source::quickstart, "quickstart " + domain->text()};
    }
    if (errors = into.flags.apply(*settings); !errors.empty()) return print_errors(errors);
    auto options = lab_options(*settings, program);
    if (into.lab_address.is_given()) options.advice = for_the_client(*domain, address, *settings);
    if (settings->dns.port != 0) {
        const std::string state = state_dir_to_print(settings->state_dir);
        options.advice.push_back("What Communicator 2007 makes of this lab, in a second terminal:");
        options.advice.push_back(fmt::format("  {} signin alice@{}{}{}",
                                             shell_quoted(program.fakeocs),
                                             domain->text(),
                                             into.lab_address.is_given() ? " --dns " + address : "",
                                             state.empty() ? "" : " --state-dir " + shell_quoted(state)));
        options.advice.emplace_back("");
    }
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
