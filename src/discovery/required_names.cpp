#include "discovery/required_names.hpp"

#include <algorithm>
#include <utility>

#include "core/escape.hpp"

namespace ocs::discovery {
namespace {

// On-screen texts of §5.3: name mismatch (1) [1]; the same text in Lync (1) [74].
constexpr std::string_view sign_in_fails =
    "\"There was a problem verifying the certificate from the server.\", no sign-in";
constexpr std::string_view web_fails = "web pages and downloads from this name show a certificate error";
constexpr std::string_view mobile_fails =
    "Lync Mobile: \"Can't verify the certificate from the server\"; the desktop goes on to SRV";
constexpr std::string_view remote_fails = "nobody outside signs in, or federation and conferencing fail";
constexpr std::string_view servers_fail = "servers refuse each other; users see features missing";

class Collector {
public:
    Collector(ServerRole role, const RoleNames& known) : known_(known) { result_.role = role; }

    /// The CN, repeated in the SAN where there is one: TLS ignores the CN beside a SAN (2+) [14, 15].
    void subject(const HostName& name, RequiredName facts) {
        result_.common_name = name.text();
        facts.place = NamePlace::subject_and_san;
        add(name.text(), std::move(facts));
    }

    void add(std::string name, RequiredName facts) {
        facts.name = std::move(name);
        const auto same = [&](const RequiredName& other) {
            return other.name == facts.name && other.kind == facts.kind;
        };
        if (std::any_of(result_.names.begin(), result_.names.end(), same)) return;
        const bool uri = facts.kind == NameKind::uri;
        result_.san.push_back({facts.kind, uri ? "sip:" + facts.name : facts.name});
        result_.names.push_back(std::move(facts));
    }

    void for_each_domain(std::string_view label, const RequiredName& facts) {
        for (const HostName& domain : known_.sip_domains) {
            RequiredName copy = facts;
            const std::string name = std::string(label) + "." + domain.text();
            if (copy.step.empty()) copy.step = "host name " + name;
            add(name, std::move(copy));
        }
    }

    RequiredNames take() { return std::move(result_); }

private:
    const RoleNames& known_;
    RequiredNames result_;
};

RequiredName fact(std::string_view asked_by,
                  std::string_view step,
                  std::string_view if_missing,
                  std::string_view source,
                  Confidence confidence) {
    RequiredName name;
    name.asked_by = asked_by;
    name.step = step;
    name.if_missing = if_missing;
    name.source = source;
    name.confidence = confidence;
    return name;
}

using enum Confidence;

// The fallback names: "if they exist in DNS" (2+) [1, 57]. They go with the box that DNS sends clients to.
void add_inside_names(Collector& names,
                      std::string_view clients,
                      std::string_view sip_source,
                      Confidence sip_confidence) {
    names.for_each_domain("sip", fact(clients, "", sign_in_fails, sip_source, sip_confidence));
    names.for_each_domain("sipinternal", fact(clients, "", sign_in_fails, "[1, 57]", confirmed));
}

void ocs_inside(Collector& names,
                const RoleNames& known,
                const HostName& subject,
                std::string_view source,
                Confidence confidence,
                Confidence sip_confidence) {
    names.subject(
        subject,
        fact("OC 2007, OC R2", "SRV target of _sipinternaltls._tcp", sign_in_fails, source, confidence));
    add_inside_names(names, "OC 2007, OC R2", source, sip_confidence);
    if (known.web) {
        names.add(known.web->text(),
                  fact("OC 2007, OC R2",
                       "address book and meeting content over HTTPS",
                       web_fails,
                       "[56, 66]",
                       confirmed));
    }
    // Edge connects to the boxes when external web conferencing is used.
    if (known.server) {
        names.add(known.server->text(),
                  fact("OCS Edge", "connection to the single front end", servers_fail, "[17]", one_source));
    }
}

void lync_inside(ServerRole role, Collector& names, const RoleNames& known, const HostName& subject) {
    // Simple URLs on a Director stand only in the summary table (1) [64].
    const bool director = role == ServerRole::lync_director;
    const std::string_view source = director ? "[64]" : "[57, 59]";
    const Confidence confidence = director ? one_source : confirmed;
    constexpr std::string_view clients = "Lync 2010, Lync 2013, SfB";
    names.subject(subject,
                  fact(clients, "SRV target of _sipinternaltls._tcp", sign_in_fails, "[57, 59]", confirmed));
    if (known.server) {
        names.add(
            known.server->text(),
            fact("other servers", "connection to the single server", servers_fail, "[57, 59]", confirmed));
    }
    add_inside_names(names, clients, "[57, 59]", confirmed);
    for (std::string_view label : {"lyncdiscoverinternal", "lyncdiscover"}) {
        names.for_each_domain(label,
                              fact("Lync 2013, SfB, Lync Mobile", "", mobile_fails, "[27, 64]", confirmed));
    }
    if (known.web) {
        names.add(known.web->text(),
                  fact(clients, "web services over HTTPS", web_fails, "[57, 59]", confirmed));
    }
    names.for_each_domain("meet", fact(clients, "simple URL", web_fails, source, confidence));
    names.for_each_domain("dialin", fact(clients, "simple URL", web_fails, source, confidence));
    // "dialin, admin" for the web use of Standard Edition and Front End; the Director's tables have no admin.
    if (!director) {
        names.for_each_domain("admin",
                              fact("administrators inside", "simple URL", web_fails, "[57, 59]", confirmed));
    }
}

void edge_outside(Collector& names,
                  const HostName& subject,
                  std::string_view clients,
                  std::string_view source) {
    names.subject(subject, fact(clients, "SRV target of _sip._tls", remote_fails, source, confirmed));
    names.for_each_domain("sip", fact(clients, "", sign_in_fails, source, confirmed));
    names.for_each_domain("sipexternal", fact(clients, "", sign_in_fails, "[1, 57]", confirmed));
}

// One name, no SAN rows in the tables of §4.
void single_name(Collector& names, const HostName& subject, RequiredName facts) {
    names.subject(subject, std::move(facts));
}

void reverse_proxy(Collector& names, const HostName& web) {
    names.subject(web,
                  fact("Lync 2010, Lync 2013, SfB",
                       "external web services over HTTPS",
                       web_fails,
                       "[15, 64]",
                       confirmed));
    for (std::string_view label : {"dialin", "meet"}) {
        names.for_each_domain(label,
                              fact("browsers, Lync, SfB", "simple URL", web_fails, "[15, 64]", confirmed));
    }
    names.for_each_domain("lyncdiscover",
                          fact("Lync 2013, SfB, Lync Mobile", "", mobile_fails, "[27, 64]", confirmed));
}

// URI first, then dNSName (1) [65]; both entries as in the preset of §4.4 (inf).
void sip_domain(Collector& names, const RoleNames& known) {
    for (const HostName& domain : known.sip_domains) {
        auto facts = fact("SIP clients and proxies by RFC 5922",
                          "the SIP domain itself",
                          "the peer drops the connection: the SIP domain is not on the certificate",
                          "[65]",
                          one_source);
        facts.kind = NameKind::uri;
        names.add(domain.text(), facts);
        facts.kind = NameKind::dns;
        names.add(domain.text(), std::move(facts));
    }
}

enum class Needs { pool, server, web, domain, server_or_domain, server_or_pool };

Needs needs_of(ServerRole role) {
    switch (role) {
        case ServerRole::ocs_pool:
        case ServerRole::lync_fe:
        case ServerRole::lync_mediation:
            return Needs::pool;
        case ServerRole::lync_se:
        case ServerRole::ocs_se:
        case ServerRole::ocs_director:
        case ServerRole::lync_director:
            return Needs::server_or_pool;
        case ServerRole::ocs_edge_internal:
        case ServerRole::ocs_webconf_edge:
        case ServerRole::ocs_av:
        case ServerRole::lync_sba:
        case ServerRole::lync_edge_internal:
            return Needs::server;
        case ServerRole::ocs_rp:
        case ServerRole::ocs_cwa:
        case ServerRole::lync_rp:
            return Needs::web;
        case ServerRole::ocs_edge:
        case ServerRole::lync_edge:
            return Needs::server_or_domain;
        case ServerRole::rfc5922:
            return Needs::domain;
    }
    return Needs::domain;
}

Error missing(ServerRole role, std::string_view what) {
    return Error{"role '" + std::string(to_string(role)) + "' needs a " + std::string(what), "", ""};
}

// The name that becomes the CN; of rfc5922 the primary SIP domain.
Result<HostName> subject_of(ServerRole role, const RoleNames& known) {
    switch (needs_of(role)) {
        case Needs::pool:
            if (known.pool) return *known.pool;
            return missing(role, "pool FQDN");
        case Needs::server:
            if (known.server) return *known.server;
            return missing(role, "server FQDN");
        case Needs::web:
            if (known.web) return *known.web;
            return missing(role, "web FQDN");
        case Needs::server_or_pool:
            if (known.pool) return *known.pool;
            if (known.server) return *known.server;
            return missing(role, "server or pool FQDN");
        case Needs::server_or_domain:
            if (known.server) return *known.server;
            if (!known.sip_domains.empty()) return HostName::parse("sip." + known.sip_domains.front().text());
            return missing(role, "server FQDN or SIP domain");
        case Needs::domain:
            if (!known.sip_domains.empty()) return known.sip_domains.front();
            return missing(role, "SIP domain");
    }
    return missing(role, "name");
}

void collect(ServerRole role, const RoleNames& known, const HostName& subject, Collector& names) {
    switch (role) {
        case ServerRole::ocs_se:
            return ocs_inside(names, known, subject, "[56, 70]", confirmed, confirmed);
        case ServerRole::ocs_pool:
            return ocs_inside(names, known, subject, "[56, 66]", confirmed, confirmed);
        case ServerRole::ocs_director:
            return ocs_inside(names, known, subject, "[9]", one_source, inferred);
        case ServerRole::ocs_edge:
            return edge_outside(names, subject, "OC 2007, OC R2", "[85, 86]");
        case ServerRole::lync_edge:
            edge_outside(names, subject, "Lync 2010, Lync 2013, SfB", "[14, 15, 64, 88]");
            return names.for_each_domain("webcon",
                                         fact("Lync 2010, Lync 2013, SfB",
                                              "web conferencing",
                                              "no meeting content from outside",
                                              "[14, 15, 64, 88]",
                                              confirmed));
        case ServerRole::ocs_edge_internal:
            return single_name(
                names,
                subject,
                fact("OCS servers inside", "connection to the Edge", remote_fails, "[85, 86]", confirmed));
        case ServerRole::lync_edge_internal:
            return single_name(
                names,
                subject,
                fact("Lync servers inside", "connection to the Edge", remote_fails, "[64, 88]", confirmed));
        case ServerRole::ocs_webconf_edge:
            return single_name(names,
                               subject,
                               fact("OC 2007, OC R2, Live Meeting",
                                    "web conferencing",
                                    "no meeting content from outside",
                                    "[85, 86]",
                                    confirmed));
        case ServerRole::ocs_av:
            return single_name(names,
                               subject,
                               fact("nobody: clients do not use the name",
                                    "A/V authentication",
                                    "nothing",
                                    "[85, 86]",
                                    confirmed));
        case ServerRole::ocs_rp:
            return single_name(
                names,
                subject,
                fact("OC 2007, OC R2", "external web farm over HTTPS", web_fails, "[85, 87]", confirmed));
        case ServerRole::ocs_cwa:
            names.subject(subject, fact("browsers", "CWA URL", web_fails, "[87]", one_source));
            for (std::string_view label : {"as.", "download."}) {
                names.add(std::string(label) + subject.text(),
                          fact("browsers",
                               "desktop sharing and downloads of CWA R2",
                               web_fails,
                               "[87]",
                               unverified));
            }
            return;
        case ServerRole::lync_se:
        case ServerRole::lync_fe:
        case ServerRole::lync_director:
            return lync_inside(role, names, known, subject);
        case ServerRole::lync_mediation:
            names.subject(subject,
                          fact("other servers", "connection to the pool", servers_fail, "[57]", one_source));
            if (known.server) {
                names.add(
                    known.server->text(),
                    fact("other servers", "connection to the member", servers_fail, "[57]", one_source));
            }
            return;
        case ServerRole::lync_sba:
            names.subject(subject,
                          fact("Lync 2010, Lync 2013, SfB",
                               "registrar of the branch",
                               sign_in_fails,
                               "[34, 57]",
                               confirmed));
            return names.for_each_domain(
                "sip", fact("Lync 2010, Lync 2013, SfB", "", sign_in_fails, "[34, 57]", confirmed));
        case ServerRole::lync_rp:
            return reverse_proxy(names, subject);
        case ServerRole::rfc5922:
            return sip_domain(names, known);
    }
}

}  // namespace

std::string_view to_string(ServerRole role) {
    switch (role) {
        case ServerRole::ocs_se:
            return "ocs-se";
        case ServerRole::ocs_pool:
            return "ocs-pool";
        case ServerRole::ocs_director:
            return "ocs-director";
        case ServerRole::ocs_edge:
            return "ocs-edge";
        case ServerRole::ocs_edge_internal:
            return "ocs-edge-internal";
        case ServerRole::ocs_webconf_edge:
            return "ocs-webconf-edge";
        case ServerRole::ocs_av:
            return "ocs-av";
        case ServerRole::ocs_rp:
            return "ocs-rp";
        case ServerRole::ocs_cwa:
            return "ocs-cwa";
        case ServerRole::lync_se:
            return "lync-se";
        case ServerRole::lync_fe:
            return "lync-fe";
        case ServerRole::lync_director:
            return "lync-director";
        case ServerRole::lync_mediation:
            return "lync-mediation";
        case ServerRole::lync_sba:
            return "lync-sba";
        case ServerRole::lync_edge:
            return "lync-edge";
        case ServerRole::lync_edge_internal:
            return "lync-edge-internal";
        case ServerRole::lync_rp:
            return "lync-rp";
        case ServerRole::rfc5922:
            return "rfc5922";
    }
    return "";
}

Result<ServerRole> parse_server_role(std::string_view word) {
    if (word == "director") return ServerRole::lync_director;
    std::string known;
    for (ServerRole role : all_server_roles) {
        if (word == to_string(role)) return role;
        known += (known.empty() ? "" : ", ") + std::string(to_string(role));
    }
    return Error{"no server role " + quoted(word), "", "one of " + known};
}

std::string_view to_string(NamePlace place) {
    switch (place) {
        case NamePlace::subject_and_san:
            return "Subject and SAN";
        case NamePlace::san:
            return "SAN";
    }
    return "";
}

Result<RequiredNames> required_names(ServerRole role, const RoleNames& known) {
    const Result<HostName> subject = subject_of(role, known);
    if (subject.has_error()) return subject.error();
    Collector names(role, known);
    collect(role, known, *subject, names);
    RequiredNames result = names.take();
    if (result.common_name.empty()) result.common_name = subject->text();
    return result;
}

}  // namespace ocs::discovery
