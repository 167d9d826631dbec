#include "discovery/required_names.hpp"

#include <algorithm>
#include <utility>

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
        const auto same = std::find_if(result_.names.begin(), result_.names.end(), [&](const auto& other) {
            return other.name == facts.name && other.kind == facts.kind;
        });
        if (same != result_.names.end()) {  // wanted at one more step
            if (same->step != facts.step) same->step += "; " + facts.step;
            return;
        }
        const bool uri = facts.kind == NameKind::uri;
        result_.san.push_back({facts.kind, uri ? "sip:" + facts.name : facts.name});
        result_.names.push_back(std::move(facts));
    }

    void for_each_domain(std::string_view label, const RequiredName& facts) {
        for (const HostName& domain : known_.sip_domains) {
            RequiredName copy = facts;
            const std::string name = std::string(label) + "." + domain.text();
            if (copy.step.empty()) copy.step = "host name " + name;
            // The fallback names are needed where DNS has them (2+) [1, 57].
            if (label == "sipinternal" || label == "sipexternal") copy.step += ", if DNS has it";
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
    for (const HostName& server : known.servers) {
        names.add(server.text(),
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
    for (const HostName& server : known.servers) {
        names.add(
            server.text(),
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

// The name that becomes the CN; of rfc5922 the primary SIP domain.
Result<HostName> subject_of(ServerRole role, const RoleNames& known) {
    const RoleNeeds needs = needs_of(role);
    std::optional<HostName> server, domain;
    if (!known.servers.empty()) server = known.servers.front();
    if (!known.sip_domains.empty()) domain = known.sip_domains.front();
    std::optional<HostName> subject;
    switch (needs) {
        case RoleNeeds::pool:
            subject = known.pool;
            break;
        case RoleNeeds::server:
            subject = server;
            break;
        case RoleNeeds::web:
            subject = known.web;
            break;
        case RoleNeeds::server_or_pool:
            subject = known.pool ? known.pool : server;
            break;
        case RoleNeeds::server_or_domain:
            subject = server;
            if (!subject && domain) return HostName::parse("sip." + domain->text());
            break;
        case RoleNeeds::domain:
            subject = domain;
            break;
    }
    if (subject) return *subject;
    return Error{
        "role '" + std::string(to_string(role)) + "' needs a " + std::string(to_string(needs)), "", ""};
}

void collect(ServerRole role, const RoleNames& known, const HostName& subject, Collector& names) {
    switch (role) {
        case ServerRole::ocs_se:
            return ocs_inside(names, known, subject, "[56, 70]", confirmed, confirmed);
        case ServerRole::ocs_pool:
            return ocs_inside(names, known, subject, "[56, 66]", confirmed, confirmed);
        case ServerRole::ocs_pool_member:
            return single_name(
                names,
                subject,
                fact(
                    "OCS servers inside", "connection to this server", servers_fail, "[56, 66]", one_source));
        case ServerRole::ocs_director:
            return ocs_inside(names, known, subject, "[9]", one_source, inferred);
        case ServerRole::ocs_edge:
            return edge_outside(names, subject, "OC 2007, OC R2", "[85, 86]");
        case ServerRole::lync_edge:
        case ServerRole::lync_edge_im:
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
        case ServerRole::lync_av:
            return single_name(names,
                               subject,
                               fact("nobody: name and SAN are not used",
                                    "A/V Edge; one exportable key on all members",
                                    "nothing",
                                    "[15]",
                                    one_source));
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
            for (const HostName& server : known.servers) {
                names.add(
                    server.text(),
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
    // Towards public IM providers the Edge is a client (1) [64].
    if (role == ServerRole::lync_edge_im) result.eku.emplace_back("clientAuth");
    return result;
}

}  // namespace ocs::discovery
