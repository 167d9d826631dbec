// describe(): a profile's data as rows.

#include <utility>

#include "core/escape.hpp"
#include "discovery/messages.hpp"
#include "discovery/profile_page.hpp"

namespace ocs::discovery {
namespace {

std::string words(const std::string& value) { return visible(value, 1000); }
std::string words(bool value) { return value ? "yes" : "no"; }
std::string words(const std::vector<std::string>& values) {
    std::string text;
    for (const std::string& value : values) text += (text.empty() ? "" : "; ") + words(value);
    return text;
}
std::string words(const std::vector<std::uint16_t>& values) {
    std::string text;
    for (std::uint16_t value : values) text += (text.empty() ? "" : ", then ") + std::to_string(value);
    return text;
}
std::string words(TlsRange range) { return to_string(range); }
std::string words(NamePolicy policy) { return std::string(to_string(policy)); }
std::string words(DomainRule rule) { return std::string(to_string(rule)); }
std::string words(StopRule rule) { return std::string(to_string(rule)); }
std::string words(Asking asking) { return std::string(to_string(asking)); }
std::string words(CertificateReaction reaction) { return std::string(to_string(reaction)); }
std::string words(CertificateCheck check) { return std::string(to_string(check)); }

std::string shown(std::string value, Confidence confidence) {
    if (confidence != Confidence::unknown) return value.empty() ? "none" : value;
    return value.empty() ? "unknown" : "unknown; carried out as " + value;
}

class Rows {
public:
    template <class T>
    void add(std::string what, const Datum<T>& datum) {
        rows_.push_back({std::move(what),
                         shown(words(datum.value), datum.confidence),
                         datum.source,
                         datum.confidence,
                         datum.note});
    }
    void add(ProfileRow row) { rows_.push_back(std::move(row)); }
    std::vector<ProfileRow> take() { return std::move(rows_); }

private:
    std::vector<ProfileRow> rows_;
};

ProfileRow lookup_row(const Lookup& lookup, std::size_t number) {
    ProfileRow row;
    row.what = "lookup " + std::to_string(number);
    row.source = lookup.source;
    row.confidence = lookup.confidence;
    const std::string name = lookup.label.empty() ? "<dom>" : lookup.label + ".<dom>";
    const std::string transport(to_string(lookup.transport));
    switch (lookup.kind) {
        case LookupKind::srv:
            row.value = "SRV " + name + ", " + transport;
            if (lookup.only_if_tcp_allowed) row.note = "used only where a policy allows TCP (--allow-tcp)";
            break;
        case LookupKind::web:
            row.value = "A " + name + ", HTTP and HTTPS";
            break;
        case LookupKind::host:
            row.value = "A " + name + ", " + transport + " " + words(lookup.ports.value);
            row.note =
                "ports " + lookup.ports.source + " (" + std::string(to_string(lookup.ports.confidence)) + ")";
            if (!lookup.ports.note.empty()) row.note += ": " + lookup.ports.note;
            break;
        case LookupKind::dhcp120:
            row.value = "DHCP option 120, " + transport;
            row.note = "not carried out";
            break;
    }
    if (lookup.confidence == Confidence::unknown) row.value = shown(row.value, lookup.confidence);
    return row;
}

void add_events(Rows& rows, const std::string& moment, const std::vector<EventTemplate>& events) {
    for (const EventTemplate& event : events) {
        const std::string text = event.text.empty() ? "wording not found" : "\"" + words(event.text) + "\"";
        rows.add({"event " + std::to_string(event.id) + ", " + moment,
                  text,
                  event.source,
                  event.confidence,
                  event.note});
    }
}

}  // namespace

std::vector<ProfileRow> describe(const ClientProfile& profile) {
    Rows rows;
    rows.add("runs on", profile.runs_on);
    rows.add("order", profile.order_note);
    std::size_t number = 0;
    for (const Lookup& lookup : profile.lookups) rows.add(lookup_row(lookup, ++number));
    rows.add("questions", profile.asking);
    rows.add("stop rule", profile.stop);
    rows.add("tries all addresses", profile.tries_all_addresses);
    rows.add("domain rule", profile.domain_rule);
    rows.add("trusted domains", profile.trusted_domains);
    rows.add("question about the server", profile.trust_prompt);
    rows.add("name policy", profile.name_policy);
    rows.add("bad certificate", profile.bad_certificate);
    rows.add("question about the certificate", profile.certificate_prompt);
    rows.add("looks at the certificate", profile.certificate_check);
    rows.add("sends SNI", profile.sends_sni);
    rows.add("TLS versions", profile.tls);
    rows.add("cipher suites", profile.cipher_suites);
    rows.add("NEGOTIATE", profile.negotiate);
    rows.add("User-Agent", profile.reg.user_agent);
    rows.add("methods in Contact", profile.reg.methods);
    rows.add("Supported", profile.reg.supported);
    rows.add("Allow-Events", profile.reg.allow_events);
    rows.add("branch in Via", profile.reg.via_branch);
    rows.add("transport in Via", profile.reg.via_transport);
    rows.add("more in Contact", profile.reg.contact_parameters);
    rows.add("Accept of autodiscover", profile.web_accept);
    rows.add("event log", profile.event_log);
    add_events(rows, "no SRV record", profile.events.no_srv_records);
    add_events(rows, "name without address", profile.events.name_unresolved);
    add_events(rows, "name mismatch", profile.events.name_mismatch);
    add_events(rows, "not trusted", profile.events.not_trusted);
    add_events(rows, "TCP failed", profile.events.tcp_failed);
    add_events(rows, "SIP failed", profile.events.sip_failed);
    for (const Ending ending : all_endings) {
        if (exit_code(ending) == 0) continue;
        rows.add("on screen, " + std::string(to_string(ending)), screen_template(profile, ending));
    }
    for (const Departure& departure : profile.departures) {
        rows.add({departure.what, departure.how, departure.source, Confidence::confirmed, departure.why});
    }
    return rows.take();
}

}  // namespace ocs::discovery
