// check: does a certificate cover the names that somebody wants, under whose rules, and why not.

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <iostream>
#include <optional>

#include "apps/certgen_output.hpp"
#include "apps/certgen_presented.hpp"
#include "apps/certgen_verdict.hpp"
#include "core/escape.hpp"
#include "core/host_name.hpp"
#include "core/ip_address.hpp"
#include "discovery/client_profile.hpp"
#include "discovery/messages.hpp"

namespace ocs::certgen {
namespace {

using discovery::NamePolicy;

/// Who asks for which names, and under which rules.
struct Asking {
    NamePolicy policy = NamePolicy::communicator2007;
    std::optional<discovery::ClientProfile> client;
    std::vector<std::string> wanted;
    std::vector<std::string> srv;  ///< records whose target is wanted too, if DNS has them
};

/// The names a client makes of its user's SIP domain when DNS has no SRV record, in its order; the
/// rules of RFC 5922 ask for the domain itself.
std::vector<std::string> names_for_domain(const std::string& domain, NamePolicy policy) {
    if (policy == NamePolicy::rfc5922) return {domain};
    return {"sipinternal." + domain, "sip." + domain, "sipexternal." + domain};
}

/// The names that the client makes of the domain and wants on a certificate. An SRV target comes from DNS:
/// --host names it.
void add_names_of_client(Asking& asking, const HostName& domain) {
    for (const discovery::OutlinedLookup& lookup : discovery::outline(*asking.client, domain)) {
        if (lookup.transport != discovery::Transport::tls) continue;
        if (lookup.kind == discovery::LookupKind::srv) asking.srv.push_back(lookup.name);
        if (!lookup.reference.empty()) asking.wanted.push_back(lookup.reference);
    }
}

Results<std::vector<Asking>> askings_of(const CheckArguments& arguments, const Presented& presented) {
    std::vector<Error> errors;
    std::vector<HostName> domains;
    for (const std::string& text : arguments.sip_domains) {
        auto domain = HostName::parse(text);
        if (domain) {
            domains.push_back(std::move(*domain));
        } else {
            errors.push_back(Error{domain.error().what, "--sip-domain", domain.error().hint});
        }
    }
    std::vector<std::string> hosts = arguments.hosts;
    if (hosts.empty() && domains.empty() && !presented.host.empty()) hosts.push_back(presented.host);
    std::vector<Asking> askings;
    const auto add_client = [&](const discovery::ClientProfile& client) {
        Asking asking{client.name_policy.value, client, hosts, {}};
        for (const HostName& domain : domains) add_names_of_client(asking, domain);
        askings.push_back(std::move(asking));
    };
    for (const std::string& word : arguments.clients) {
        if (word == "all") {
            for (const auto& client : discovery::all_profiles()) add_client(client);
        } else if (const auto client = discovery::find_profile(word)) {
            add_client(*client);
        } else {
            errors.push_back(Error{client.error().what, "--client", client.error().hint});
        }
    }
    if (arguments.clients.empty()) {
        const auto policies = policies_of(arguments.policy);
        if (policies.has_error()) errors.push_back(policies.error());
        for (const NamePolicy policy : policies ? *policies : std::vector<NamePolicy>()) {
            Asking asking{policy, std::nullopt, hosts, {}};
            for (const HostName& domain : domains) {
                for (std::string& name : names_for_domain(domain.text(), policy)) {
                    asking.wanted.push_back(std::move(name));
                }
            }
            askings.push_back(std::move(asking));
        }
    }
    if (!errors.empty()) return errors;
    return askings;
}

/// The names that are missing, as SAN entries that would cover them.
void add_missing(const discovery::NameVerdict& verdict,
                 const std::string& wanted,
                 std::vector<std::string>& missing) {
    std::string entry;
    if (const auto address = IpAddress::parse(wanted)) {
        if (verdict.policy != NamePolicy::rfc5922 && verdict.policy != NamePolicy::openssl) {
            entry = "IP:" + address->text();
        }
    } else if (const auto name = HostName::parse(wanted)) {
        entry = (verdict.policy == NamePolicy::rfc5922 ? "URI:sip:" : "") + name->text();
    }
    if (entry.empty() || std::find(missing.begin(), missing.end(), entry) != missing.end()) return;
    missing.push_back(std::move(entry));
}

/// The command that puts the missing names on: a reissue of ours, or one of our own in the stranger's place.
std::string fix_of(const Context& context,
                   const Presented& presented,
                   const discovery::PresentedNames& names,
                   const std::vector<std::string>& missing) {
    if (missing.empty()) return {};
    std::vector<std::string> words;
    if (!presented.name.empty()) {
        words = {"reissue", presented.name};
        for (const std::string& entry : missing) words.insert(words.end(), {"--add-san", entry});
        return command_line(context, words);
    }
    words = {"issue", "--name", "fixed"};
    for (const std::string& name : names.common_names) {
        if (HostPattern::parse(name)) words.insert(words.end(), {"--cn", name});
    }
    for (const auto& name : names.san) words.insert(words.end(), {"--san", pki::to_string(name)});
    for (const std::string& entry : missing) words.insert(words.end(), {"--san", entry});
    return command_line(context, words);
}

struct Findings {
    bool all_covered = true;
    std::vector<std::string> missing;
    boost::json::array json;
};

void hold(const Context& context,
          const Asking& asking,
          const discovery::PresentedNames& names,
          Findings& findings) {
    if (asking.client && !context.json) {
        std::cout << visible(asking.client->title) << ", rules " << to_string(asking.policy) << "\n";
    }
    for (const std::string& record : asking.srv) {
        if (!context.json) std::cout << "by DNS       the target of SRV " << record << ": --host TARGET\n";
    }
    for (const std::string& name : asking.wanted) {
        const auto verdict = discovery::compare_names(asking.policy, names, name);
        findings.all_covered = findings.all_covered && verdict.covered;
        if (!verdict.covered) add_missing(verdict, name, findings.missing);
        const std::string words =
            asking.client ? discovery::words_at(*asking.client, name, verdict.covered).sentence : "";
        if (!context.json) {
            print_verdict(verdict, name);
            if (!words.empty() && !verdict.covered) std::cout << "  " << words << "\n";
            continue;
        }
        findings.json.push_back(to_json(verdict, name));
        if (!asking.client) continue;
        auto& object = findings.json.back().as_object();
        object["client"] = words;
        object["profile"] = asking.client->name;
    }
}

}  // namespace

int run_check(const Context& context, const CheckArguments& arguments) {
    Presented presented;
    LoadFailure failure;
    const bool loaded = load_presented(
        context, arguments.certificate, arguments.password, arguments.live, presented, failure);
    const auto askings = askings_of(arguments, presented);
    if (askings.has_error()) return report(askings.error(), usage);
    const bool asks = std::any_of(
        askings->begin(), askings->end(), [](const Asking& asking) { return !asking.wanted.empty(); });
    if (!asks && arguments.batch.empty() && (loaded || failure.code < no_server)) {
        return report(Error{"nothing to check", "check", "--host NAME, --sip-domain DOMAIN or --batch FILE"},
                      usage);
    }
    if (!loaded) return report(failure.error, failure.code);
    const auto info = pki::read_certificate(presented.leaf.get());

    if (arguments.batch == "-") return answer_batch(std::cin, info.names, arguments.policy);
    if (!arguments.batch.empty()) {
        std::ifstream lines(arguments.batch);
        if (!lines) {
            return report(
                Error{"cannot open it", arguments.batch, "a file of JSON Lines, or - for standard input"});
        }
        return answer_batch(lines, info.names, arguments.policy);
    }

    if (!presented.host.empty() && !context.json) std::cout << "asked        " << presented.where << "\n";
    Findings findings;
    for (const Asking& asking : *askings) hold(context, asking, info.names, findings);
    const std::string fix = fix_of(context, presented, info.names, findings.missing);

    const auto ca = ca_to_trust(context, arguments.ca, presented);
    const auto problem = validity_problem(presented, ca, context.now);
    if (problem.has_error()) return report(problem.error());
    const int code = !findings.all_covered ? name_mismatch : problem->empty() ? done : not_trusted;
    if (context.json) {
        const bool trusted = problem->empty();
        const boost::json::object object = {
            {"from", visible(presented.where, 4096)},
            {"covered", findings.all_covered},
            {"trust",
             ca.empty() ? "not-checked"
             : trusted  ? "trusted"
                        : "not-trusted"},
            {"problem", *problem},
            {"fix", fix},
            {"exit_code", code},
            {"names", std::move(findings.json)},
        };
        std::cout << boost::json::serialize(object) << "\n";
        return code;
    }
    if (!problem->empty()) {
        std::cout << "NOT VALID    " << visible(*problem) << "\n";
    } else if (!ca.empty()) {
        std::cout << "valid        trusted by " << visible(ca.string()) << ", until "
                  << utc_date(info.not_after) << "\n";
    } else {
        std::cout << "valid        until " << utc_date(info.not_after)
                  << "; trust not checked: --ca FILE does\n";
    }
    if (!fix.empty()) std::cout << "fix          " << fix << "\n";
    return code;
}

}  // namespace ocs::certgen
