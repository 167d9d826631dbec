#include <fmt/format.h>

#include <algorithm>

#include "client/report.hpp"
#include "core/escape.hpp"
#include "core/host_name.hpp"

namespace ocs::client {

using namespace discovery;

namespace {

/// The last connection that counted: the one whose finding made the ending.
const ReportedStep* decisive_connection(const SigninReport& report) {
    const ReportedStep* found = nullptr;
    for (const ReportedStep& step : report.steps) {
        if (!step.step.beyond && std::holds_alternative<ConnectStep>(step.step.action)) found = &step;
    }
    return found;
}

std::string state_flag(const ReportContext& context) {
    return context.state_dir.empty() ? "" : " --state-dir " + shell_quoted(context.state_dir);
}

std::string dns_command(const ReportContext& context, const std::string& words) {
    return shell_quoted(context.fakeocs) + " dns " + words + state_flag(context);
}

/// The names on the certificate that a client may be sent to: plain host names, no wildcards.
std::vector<HostName> usable_names(const PresentedNames& names) {
    std::vector<HostName> usable;
    for (const PresentedName& name : names.san) {
        if (name.kind != NameKind::dns) continue;
        const auto host = HostName::parse(name.text);
        if (host.has_value()) usable.push_back(*host);
    }
    for (const std::string& name : names.common_names) {
        const auto host = HostName::parse(name);
        if (host.has_value() && std::find(usable.begin(), usable.end(), *host) == usable.end()) {
            usable.push_back(*host);
        }
    }
    return usable;
}

/// Would this client take `name` from an SRV record, and find it on the certificate?
bool would_do(const HostName& name, const PresentedNames& names, const SigninOptions& options) {
    const DomainRule rule = options.plan.domain_rule.value_or(options.profile.domain_rule.value);
    return compare_names(options.profile.name_policy.value, names, name.text()).covered &&
           apply_domain_rule(rule, options.user.domain(), name).verdict == DomainVerdict::accepted;
}

bool looks_up_srv(const ClientProfile& profile) {
    return std::any_of(profile.lookups.begin(), profile.lookups.end(), [](const Lookup& lookup) {
        return lookup.kind == LookupKind::srv && lookup.transport == Transport::tls;
    });
}

Fix reissue(const SigninReport& report, const ReportedStep& step, const ReportContext& context) {
    const std::string& wanted = report.outcome.wanted;
    Fix fix;
    const auto folder = context.folder_of && step.presented
                            ? context.folder_of(step.presented->certificate.fingerprint)
                            : std::nullopt;
    if (folder) {
        fix.what = "add the name to the certificate:";
        fix.lines.push_back(fmt::format("{} reissue {} --add-san {}{}",
                                        shell_quoted(context.certgen),
                                        shell_quoted(*folder),
                                        shell_quoted(wanted),
                                        state_flag(context)));
        return fix;
    }
    fix.what = "have the certificate issued again with this SAN list:";
    std::string list = "DNS:" + wanted;
    if (step.presented) {
        for (const PresentedName& name : step.presented->certificate.names.san) {
            list += fmt::format(",{}:{}", to_string(name.kind), visible(name.text));
        }
    }
    fix.lines.push_back(list);
    return fix;
}

void mend_name(const SigninReport& report,
               const SigninOptions& options,
               const ReportContext& context,
               std::vector<Fix>& out) {
    const ReportedStep* step = decisive_connection(report);
    if (step == nullptr || report.outcome.wanted.empty()) return;
    const auto wanted = HostName::parse(report.outcome.wanted);
    if (wanted.has_value()) out.push_back(reissue(report, *step, context));
    if (!step->presented) return;
    const PresentedNames& names = step->presented->certificate.names;
    if (options.plan.server) {
        const auto usable = usable_names(names);
        if (!usable.empty()) {
            const auto& typed = std::get<ConnectStep>(step->step.action);
            out.push_back({"give the client a name that is on the certificate (and resolves to the server):",
                           {fmt::format("{} signin {} --server {}:{}",
                                        shell_quoted(context.fakeocs),
                                        options.user.address(),
                                        usable.front().text(),
                                        typed.port)}});
        }
        return;
    }
    const auto& target = std::get<ConnectStep>(step->step.action);
    const HostName& domain = options.user.domain();
    for (const HostName& name : usable_names(names)) {
        if (!looks_up_srv(options.profile) || !would_do(name, names, options)) continue;
        const std::string type = target.address.is_v6() ? "AAAA" : "A";
        Fix fix{"publish an SRV record for a name that is on it:", {}};
        fix.lines.push_back(dns_command(
            context,
            fmt::format(
                "add _sipinternaltls._tcp.{} SRV '0 0 {} {}'", domain.text(), target.port, name.text())));
        fix.lines.push_back(
            dns_command(context, fmt::format("add {} {} {}", name.text(), type, target.address.text())));
        fix.lines.push_back(fmt::format(
            "; _sipinternaltls._tcp.{}. 0 IN SRV 0 0 {} {}.", domain.text(), target.port, name.text()));
        out.push_back(std::move(fix));
        break;
    }
    // The name that led astray can go, if a later one of the client's list is on the certificate.
    for (const Lookup& lookup : options.profile.lookups) {
        if (lookup.kind != LookupKind::host || lookup.label.empty() || !wanted.has_value()) continue;
        const auto later = HostName::parse(lookup.label + "." + domain.text());
        if (later.has_error() || *later == *wanted) continue;
        if (!compare_names(options.profile.name_policy.value, names, later->text()).covered) continue;
        if (!wanted->is_in_domain(domain)) continue;
        Fix fix{"drop the name that led here, and publish one that is on the certificate:", {}};
        fix.lines.push_back(dns_command(context, "del " + wanted->text()));
        fix.lines.push_back(dns_command(context,
                                        fmt::format("add {} {} {}",
                                                    later->text(),
                                                    target.address.is_v6() ? "AAAA" : "A",
                                                    target.address.text())));
        out.push_back(std::move(fix));
        break;
    }
}

void mend_trust(const SigninReport& report,
                const SigninOptions& options,
                const ReportContext& context,
                std::vector<Fix>& out) {
    const ReportedStep* step = decisive_connection(report);
    if (step == nullptr || !step->presented) return;
    const auto folder =
        context.folder_of ? context.folder_of(step->presented->certificate.fingerprint) : std::nullopt;
    switch (step->presented->trust) {
        case ChainTrust::unknown_issuer:
        case ChainTrust::self_signed:
            out.push_back({"trust the issuer: import its root on the client (Windows, as administrator):",
                           {"certutil -addstore Root ca.cer"}});
            if (folder && options.roots.empty()) {
                out.push_back({"or name the lab's root here:", {"--ca STATE/ca/ca.pem"}});
            }
            break;
        case ChainTrust::expired:
        case ChainTrust::not_yet_valid:
        case ChainTrust::wrong_usage:
        case ChainTrust::trusted:
        case ChainTrust::other:
            if (!folder) break;
            out.push_back({"issue the certificate again:",
                           {fmt::format("{} reissue {}{}",
                                        shell_quoted(context.certgen),
                                        shell_quoted(*folder),
                                        state_flag(context))}});
            break;
    }
}

void publish(const SigninOptions& options, const ReportContext& context, std::vector<Fix>& out) {
    const std::string& domain = options.user.domain().text();
    if (looks_up_srv(options.profile)) {
        out.push_back(
            {"publish an SRV record (sip." + domain + " stands for a name on the certificate):",
             {dns_command(context,
                          "add _sipinternaltls._tcp." + domain + " SRV '0 0 5061 sip." + domain + "'"),
              dns_command(context, "add sip." + domain + " A 127.0.0.1")}});
    }
    for (const Lookup& lookup : options.profile.lookups) {
        if (lookup.kind != LookupKind::host || lookup.label.empty()) continue;
        out.push_back({"or publish a name this client tries by itself:",
                       {dns_command(context, "add " + lookup.label + "." + domain + " A 127.0.0.1")}});
        break;
    }
}

}  // namespace

std::vector<Fix> fixes(const SigninReport& report,
                       const SigninOptions& options,
                       const ReportContext& context) {
    std::vector<Fix> out;
    switch (report.outcome.ending) {
        case Ending::name_mismatch:
            mend_name(report, options, context, out);
            break;
        case Ending::not_trusted:
            mend_trust(report, options, context, out);
            break;
        case Ending::no_server:
            if (!report.resolver_unreachable) publish(options, context, out);
            break;
        case Ending::domain_refused:
            out.push_back({"give the client a server name in its SIP domain, on the certificate as well:",
                           {dns_command(context,
                                        fmt::format("add _sipinternaltls._tcp.{0} SRV '0 0 5061 sip.{0}'",
                                                    options.user.domain().text()))}});
            break;
        case Ending::signed_in:
        case Ending::challenged:
        case Ending::discovered:
        case Ending::tcp_failed:
        case Ending::tls_failed:
        case Ending::sip_refused:
        case Ending::sip_silent:
            break;
    }
    return out;
}

}  // namespace ocs::client
