// fakeocs signin: do what a named client does, and report as its event log and its screen would.

#include <fmt/format.h>

#include <cstdio>
#include <fstream>

#include "apps/command.hpp"
#include "apps/common.hpp"
#include "apps/fakeocs_armed.hpp"
#include "client/report.hpp"
#include "config/profile.hpp"
#include "core/escape.hpp"
#include "pki/state_folder.hpp"

namespace ocs::apps {
namespace {

struct Arguments {
    std::string user;
    std::string client = "communicator2007";
    std::string profiles;
    std::string dns;
    std::string roots;
    std::string server;
    std::string answer;
    std::string domain_rule;
    std::vector<std::string> trusted_domains;
    std::string state_dir;
    bool allow_tcp = false;
    bool what_if = false;
    bool explain = false;
    bool json = false;
};

constexpr const char* footer =
    "\nExit codes: 0 signed in; 2 usage; 10 name mismatch; 11 certificate not trusted\n"
    "or not valid; 12 no server in DNS; 13 TCP failed; 14 TLS failed; 15 SIP refused\n"
    "or silent; 16 the client's domain rule refused the server.\n"
    "\nExamples:\n"
    "  fakeocs signin alice@contoso.test\n"
    "  fakeocs signin alice@contoso.test --client lync2010 --answer-prompt yes\n"
    "  fakeocs signin alice@contoso.test --server pool01.contoso.test --what-if\n";

/// The first nameserver of /etc/resolv.conf.
Result<Endpoint> system_resolver() {
    std::ifstream file("/etc/resolv.conf");
    std::string word;
    std::string address;
    while (file >> word) {
        if (word != "nameserver") continue;
        file >> address;
        auto parsed = IpAddress::parse(address);
        if (parsed.has_value()) return Endpoint{*parsed, 53};
    }
    return Error{"no nameserver line with an address", "/etc/resolv.conf", "--dns ADDRESS:PORT names one"};
}

Result<Endpoint> resolver_of(const std::string& flag) {
    if (flag == "system") return system_resolver();
    const auto loopback = IpAddress::parse("127.0.0.1").value();
    if (flag.empty()) return Endpoint{loopback, 8053};
    return parse_endpoint(flag, Endpoint{loopback, 53}, "--dns");
}

Results<std::vector<discovery::ClientProfile>> own_profiles(const std::string& file) {
    if (file.empty()) return std::vector<discovery::ClientProfile>();
    return config::load_profiles(file);
}

Results<discovery::PlanOptions> plan_options(const Arguments& arguments) {
    discovery::PlanOptions plan;
    std::vector<Error> errors;
    plan.what_if = arguments.what_if;
    plan.allow_tcp = arguments.allow_tcp;
    if (!arguments.server.empty()) {
        auto server = discovery::TypedServer::parse(arguments.server);
        if (server.has_error()) {
            errors.push_back(server.error());
        } else {
            plan.server = *server;
        }
    }
    if (arguments.answer == "yes") plan.answer = true;
    if (arguments.answer == "no") plan.answer = false;
    if (!arguments.answer.empty() && !plan.answer) {
        errors.emplace_back(
            "found " + ocs::quoted(arguments.answer) + ", expected yes or no", "--answer-prompt", "");
    }
    if (!arguments.domain_rule.empty()) {
        auto rule = discovery::parse_domain_rule(arguments.domain_rule);
        if (rule.has_error()) {
            errors.push_back(rule.error());
        } else {
            plan.domain_rule = *rule;
        }
    }
    if (!arguments.trusted_domains.empty()) plan.trusted_domains.emplace();
    for (const std::string& text : arguments.trusted_domains) {
        auto domain = HostName::parse(text);
        if (domain.has_error()) {
            errors.push_back(domain.error());
        } else {
            plan.trusted_domains->push_back(*domain);
        }
    }
    if (!errors.empty()) return errors;
    return plan;
}

client::ReportContext context_of(const Program& program, const std::filesystem::path& state) {
    client::ReportContext context;
    context.fakeocs = program.fakeocs;
    context.certgen = program.certgen;
    context.state_dir = state_dir_to_print(state);
    context.colour = colour_on_stdout();
    context.folder_of = [state](const std::string& fingerprint) -> std::optional<std::string> {
        if (!std::filesystem::is_directory(state)) return std::nullopt;
        auto folder = pki::StateFolder::open(state);
        if (folder.has_error()) return std::nullopt;
        for (const std::string& name : folder->names()) {
            const auto issued = folder->read(name);
            if (issued.has_value() && issued->certificate.fingerprint == fingerprint) return name;
        }
        return std::nullopt;
    };
    return context;
}

int run(const Arguments& arguments, const Program& program) {
    std::vector<Error> errors;
    auto user = discovery::SipUser::parse(arguments.user);
    if (user.has_error()) errors.push_back(user.error());
    auto own = own_profiles(arguments.profiles);
    if (own.has_error()) return print_errors(own.error());
    auto profile = config::find_profile(arguments.client, *own);
    if (profile.has_error()) errors.push_back(profile.error());
    auto resolver = resolver_of(arguments.dns);
    if (resolver.has_error()) errors.push_back(resolver.error());
    auto plan = plan_options(arguments);
    if (plan.has_error()) {
        const std::vector<Error> more = plan.error();  // by value, each time it is asked
        errors.insert(errors.end(), more.begin(), more.end());
    }
    if (!errors.empty()) return print_errors(errors);

    client::SigninOptions options{*profile, *user, *plan, {}, {}, {}, {}, {}, {}, {}};
    options.resolver.server = {resolver->address, resolver->port};
    options.connect_limit = Micros{4'000'000};
    options.handshake_limit = Micros{8'000'000};
    options.answer_limit = Micros{8'000'000};
    options.now = wall_now();
    options.ask = [](const discovery::AskStep& question) { return ask_yes_or_no(question.text); };
    const std::filesystem::path state = state_dir(arguments.state_dir);
    const std::filesystem::path lab_root = state / "ca" / "ca.pem";
    options.roots = !arguments.roots.empty()            ? std::filesystem::path(arguments.roots)
                    : std::filesystem::exists(lab_root) ? lab_root
                                                        : std::filesystem::path();
    if (arguments.explain) {
        fmt::print("{}", client::explain_text(options));
        return 0;
    }
    const ArmedFaults armed = ask_what_is_armed(state);
    auto report = client::sign_in(options);
    if (report.has_error()) return print_error(report.error());
    client::ReportContext context = context_of(program, state);
    context.armed = those_met(armed, options, *report);
    const std::string text = arguments.json ? client::to_json(*report, options, context)
                                            : client::to_text(*report, options, context);
    fmt::print("{}", text);
    std::fflush(stdout);
    return report->outcome.exit_code();
}

}  // namespace

Command signin_command(const Program& program) {
    auto into = std::make_shared<Arguments>();
    Command command{"signin", "do what a named client does, step by step", {}, footer, {}, {}, into};
    command.arguments = {
        {"user", &into->user, "sign-in address, such as alice@contoso.test", true, "USER@DOMAIN"},
        {"--client", &into->client, "profile (fakeocs profiles); default communicator2007", false, "NAME"},
        {"--profiles", &into->profiles, "profiles of your own (YAML)", false, "FILE"},
        {"--dns", &into->dns, "resolver; default 127.0.0.1:8053, or system", false, "ADDR:PORT"},
        {"--ca", &into->roots, "PEM with trusted roots; default the lab's ca/ca.pem", false, "FILE"},
        {"--server", &into->server, "server given by hand: no discovery", false, "HOST[:PORT]"},
        {"--answer-prompt", &into->answer, "answer to the client's questions: yes or no", false, "yes|no"},
        {"--domain-rule",
         &into->domain_rule,
         "instead of the client's own, as a policy sets it",
         false,
         "RULE"},
        {"--trust-domain",
         &into->trusted_domains,
         "for the prompt rule (TrustModelData); repeatable",
         false,
         "DOMAIN"},
        {"--allow-tcp", &into->allow_tcp, "a policy allows plain TCP", false, ""},
        {"--what-if", &into->what_if, "also try what the client would never reach", false, ""},
        {"--explain", &into->explain, "print the plan, ask the network nothing", false, ""},
        {"--json", &into->json, "one JSON object in place of text", false, ""},
        {"--state-dir", &into->state_dir, "folder of CA and certificates", false, "DIR"},
    };
    command.run = [into, program] { return run(*into, program); };
    return command;
}

}  // namespace ocs::apps
