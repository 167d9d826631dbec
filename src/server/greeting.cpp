#include "server/greeting.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "core/escape.hpp"
#include "discovery/name_policy.hpp"
#include "record/alerts.hpp"

namespace ocs::server {
namespace {

constexpr std::size_t width = 80;
constexpr std::size_t label_width = 9;
constexpr std::size_t command_indent = 4;
constexpr std::size_t hosts_tried = 20;  // for an example that works: each may have to be loaded

/// Words put together to lines that fit, each but the first behind `indent`, each but the last ended by
/// `ending`.
std::string wrapped(std::string line,
                    const std::vector<std::string>& words,
                    std::size_t indent,
                    const std::string& ending) {
    std::string out;
    bool fresh = true;
    for (const std::string& word : words) {
        if (!fresh && line.size() + 1 + word.size() + ending.size() > width) {
            out += line + ending + '\n';
            line = std::string(indent, ' ');
            fresh = true;
        }
        line += (fresh ? "" : " ") + word;
        fresh = false;
    }
    return out + line;
}

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        words.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
}

/// A command over several lines, as a shell takes it.
std::string command(const std::vector<std::string>& words) {
    return wrapped("  ", words, command_indent, " \\");
}

std::string range(const config::TlsSettings& tls) {
    const std::string low = record::tls_version_name(tls.min_version);
    const std::string high = record::tls_version_name(tls.max_version);
    return low == high ? low : low + " to " + high.substr(high.find(' ') + 1);
}

struct NamesToTry {
    std::string on_it;
    std::string not_on_it;  ///< empty: every name that clients look for is there
};

/// Loads its certificate, where nobody has asked for it yet.
std::shared_ptr<const record::ServedCertificate> certificate_of(tls::VirtualHost& host) {
    if (!host.certificate()) static_cast<void>(host.current());  // what is wrong with it has been said
    return host.certificate();
}

bool covers(const config::Settings& settings, tls::VirtualHost& host, const std::string& name) {
    const auto certificate = certificate_of(host);
    return certificate &&
           discovery::compare_names(settings.policies.front(), certificate->names, name).covered;
}

/// The first name of a host that its own certificate covers, and the first of the names that clients try in
/// its domain (facts sheet §1.2) that is not covered by what they would be shown.
std::optional<NamesToTry> names_to_try(const config::Settings& settings, const Hosting& hosting) {
    const auto shown_for = [&](const std::string& name) {
        const auto match = hosting.hosts->find(name);
        return match ? match->host : hosting.policy.default_host;
    };
    for (std::size_t i = 0; i < std::min(settings.hosts.size(), hosts_tried); ++i) {
        for (const HostPattern& pattern : settings.hosts[i].names) {
            const std::string& name = pattern.text();
            const auto shown = shown_for(name);
            if (pattern.is_wildcard() || !shown || !covers(settings, *shown, name)) continue;
            if (shown->certificate()->chain != record::ChainKind::to_own_ca) continue;
            NamesToTry names{name, ""};
            const std::string domain = name.substr(name.find('.') + 1);
            for (const char* label : {"sipinternal.", "sip.", "sipexternal."}) {
                const auto wanted = label + domain;
                const auto other = shown_for(wanted);
                if (!names.not_on_it.empty() || !other || covers(settings, *other, wanted)) continue;
                names.not_on_it = wanted;
            }
            return names;
        }
    }
    return std::nullopt;
}

}  // namespace

std::string row(std::string_view label, std::string_view text) {
    return wrapped(fmt::format("{:<{}}", label, label_width), words_of(text), label_width, "");
}

std::vector<std::string> banner(std::string_view version, const config::Settings& settings) {
    return {
        fmt::format("fakeocs {}, a fake OCS front end. For labs only: anyone can read its keys.", version),
        row("config", visible(settings.file.string())),
        row("state", visible(settings.state_dir.string())),
        row("history",
            settings.history.keep ? fmt::format("fakeocs log shows it: {} days, at most {} records, {} MB",
                                                settings.history.days,
                                                settings.history.records,
                                                settings.history.megabytes)
                                  : "not kept")};
}

std::vector<std::string> user_lines(const config::Settings& settings, const User& user) {
    std::vector<std::string> lines = {
        row("user", fmt::format("{}, who may still bind ports below 1024", visible(user.name)))};
    if (::access(settings.file.c_str(), R_OK) != 0) {
        lines.push_back(fmt::format("problem: user {} cannot read {}: SIGHUP will not reload it",
                                    ocs::quoted(user.name),
                                    visible(settings.file.string())));
    }
    return lines;
}

std::string listening_line(const config::ListenerSettings& listener,
                           const record::Endpoint& bound,
                           const Hosting& hosting) {
    const std::size_t names = hosting.hosts->size();
    std::string others = "others are refused";
    if (!hosting.policy.refuse_unknown_names) others = "others get " + hosting.policy.default_host->id();
    if (hosting.policy.minted) others = "others get a certificate made for their name";
    return fmt::format("listening tls {} ({} {}, {}; {}{}{})",
                       to_string(bound),
                       names,
                       names == 1 ? "name" : "names",
                       others,
                       range(listener.tls),
                       listener.tls.session_tickets ? "; session tickets on" : "",
                       listener.plain_sip ? "; SIP in clear, too" : "");
}

std::string guard_line(const config::Settings& settings, const std::vector<record::Endpoint>& bound) {
    std::string open;
    for (const auto& end : bound) {
        const auto address = IpAddress::parse(end.address);
        if (address.has_error() || address->is_loopback()) continue;
        open += (open.empty() ? "" : ", ") + to_string(end);
    }
    const auto tickets = [](const config::ListenerSettings& listener) {
        return listener.tls.session_tickets;
    };
    std::string text = open.empty() ? "only this machine can connect"
                                    : "the network can connect to " + open + ": for lab networks only";
    const bool resumes = std::any_of(settings.listeners.begin(), settings.listeners.end(), tickets);
    text += resumes ? "; session resumption ON" : "; session resumption off";
    const bool captures = settings.history.keep && settings.history.capture;
    text += "; no client certificate asked; ";
    if (!captures) text += "credentials never stored; ";
    const auto& key_log = settings.logs.key_log;
    text += key_log.empty() ? "keys not logged"
                            : "keys LOGGED to " + visible(key_log.string()) +
                                  ": whoever reads that file reads the traffic";
    if (captures)
        text += "; every connection's bytes and keys, credentials too, KEPT in the history (capture)";
    return row("guard", text);
}

std::vector<std::string> fault_lines(const std::vector<record::Fault>& faults, MonotonicTime now) {
    std::vector<std::string> lines;
    lines.reserve(faults.size());
    for (const record::Fault& fault : faults)
        lines.push_back(row("guard", "armed for " + one_line(fault, now)));
    return lines;
}

std::vector<std::string> try_lines(const config::Settings& settings,
                                   const Hostings& hostings,
                                   const std::vector<record::Endpoint>& bound) {
    if (bound.empty() || hostings.by_listener.empty()) return {};
    const auto names = names_to_try(settings, *hostings.by_listener.front());
    if (!names) return {};
    const std::string ca = shell_quoted((settings.state_dir / "ca" / "ca.pem").string());
    const record::Endpoint sip = reachable(bound.front());
    const record::Endpoint web = reachable(bound.size() > 1 ? bound[1] : bound[0]);  // browsers refuse 5061
    const std::string web_address =
        web.address.find(':') == std::string::npos ? web.address : "[" + web.address + "]";
    const std::string request = "printf 'GET / HTTP/1.0\\r\\n\\r\\n' |";
    std::vector<std::string> lines = {"",
                                      "In a second terminal, with a name that is on the certificate:",
                                      "  N=" + shell_quoted(names->on_it),
                                      command({request,
                                               "openssl s_client",
                                               "-quiet",
                                               "-connect " + to_string(sip),
                                               "-servername $N",
                                               "-verify_hostname $N",
                                               "-verify_return_error",
                                               "-CAfile " + ca}),
                                      command({"curl",
                                               fmt::format("--resolve $N:{}:{}", web.port, web_address),
                                               "--cacert " + ca,
                                               fmt::format("https://$N:{}/", web.port)}),
                                      command({request,
                                               "gnutls-cli",
                                               "--x509cafile " + ca,
                                               "--sni-hostname $N",
                                               "--verify-hostname $N",
                                               fmt::format("--port {} {}", sip.port, sip.address)})};
    if (!names->not_on_it.empty()) {
        lines.emplace_back("and again with one that clients look for, and that is not on it:");
        lines.push_back("  N=" + shell_quoted(names->not_on_it));
    }
    lines.emplace_back("");
    return lines;
}

}  // namespace ocs::server
