#include "discovery/client_profile.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/escape.hpp"
#include "core/nearest.hpp"
#include "discovery/profiles.hpp"

namespace ocs::discovery {
namespace {

std::string version_name(std::uint16_t version) {
    switch (version) {
        case 0x0300:
            return "SSL 3.0";
        case 0x0301:
            return "1.0";
        case 0x0302:
            return "1.1";
        case 0x0303:
            return "1.2";
        case 0x0304:
            return "1.3";
        default:
            return "?";
    }
}

}  // namespace

std::span<const ClientProfile> all_profiles() {
    static const std::vector<ClientProfile> profiles = {
        communicator2007(),
        lync2010(),
        lync2013(),
        sipe(),
        lcs2005(),
        communicator2007r2(),
        communicator_phone(),
        lync2010_cu4(),
        sfb2016(),
        lync_phone(),
        lync_mobile(),
    };
    return profiles;
}

Result<ClientProfile> find_profile(std::string_view name) {
    std::vector<std::string> known;
    std::string list;
    for (const ClientProfile& profile : all_profiles()) {
        if (profile.name == name) return profile;
        known.push_back(profile.name);
        list += (list.empty() ? "" : ", ") + profile.name;
    }
    const auto meant = nearest(name, known);
    return Error{"no client profile " + quoted(name),
                 "",
                 meant ? "did you mean '" + *meant + "'? the profiles are " + list : "one of " + list};
}

std::vector<OutlinedLookup> outline(const ClientProfile& profile, const HostName& sip_domain) {
    std::vector<OutlinedLookup> lines;
    for (const Lookup& lookup : profile.lookups) {
        OutlinedLookup line;
        line.kind = lookup.kind;
        line.transport = lookup.transport;
        line.ports = lookup.ports.value;
        line.source = lookup.source;
        line.confidence = lookup.confidence;
        if (lookup.kind != LookupKind::dhcp120) line.name = lookup_name(lookup, sip_domain);
        // A name made of label and domain is itself the reference name, even behind a CNAME (2+) [1, 26].
        if (lookup.kind == LookupKind::web || lookup.kind == LookupKind::host) line.reference = line.name;
        lines.push_back(std::move(line));
    }
    return lines;
}

std::string lookup_name(const Lookup& lookup, const HostName& sip_domain) {
    return lookup.label.empty() ? sip_domain.text() : lookup.label + "." + sip_domain.text();
}

std::string_view to_string(LookupKind kind) {
    switch (kind) {
        case LookupKind::web:
            return "web";
        case LookupKind::srv:
            return "SRV";
        case LookupKind::host:
            return "host";
        case LookupKind::dhcp120:
            return "DHCP 120";
    }
    return "";
}

std::string_view to_string(Transport transport) {
    switch (transport) {
        case Transport::tls:
            return "TLS";
        case Transport::tcp:
            return "TCP";
    }
    return "";
}

std::string_view to_string(Asking asking) {
    switch (asking) {
        case Asking::one_by_one:
            return "one-by-one";
        case Asking::srv_at_once:
            return "srv-at-once";
    }
    return "";
}

std::string_view to_string(StopRule rule) {
    switch (rule) {
        case StopRule::stop_on_resolve:
            return "stop-on-resolve";
        case StopRule::stop_on_first_srv:
            return "stop-on-first-srv";
        case StopRule::continue_on_error:
            return "continue-on-error";
    }
    return "";
}

Result<StopRule> parse_stop_rule(std::string_view word) {
    for (StopRule rule : all_stop_rules) {
        if (word == to_string(rule)) return rule;
    }
    return Error{
        "no stop rule " + quoted(word), "", "one of stop-on-resolve, stop-on-first-srv, continue-on-error"};
}

std::string_view to_string(CertificateReaction reaction) {
    switch (reaction) {
        case CertificateReaction::refuse:
            return "refuse";
        case CertificateReaction::ask:
            return "ask";
    }
    return "";
}

std::string_view to_string(CertificateCheck check) {
    switch (check) {
        case CertificateCheck::in_handshake:
            return "in-handshake";
        case CertificateCheck::after_handshake:
            return "after-handshake";
    }
    return "";
}

std::string to_string(TlsRange range) {
    std::string text = "TLS " + version_name(range.min_version);
    if (range.max_version != range.min_version) text += " to " + version_name(range.max_version);
    return text;
}

std::string_view to_string(Ending ending) {
    switch (ending) {
        case Ending::signed_in:
            return "signed-in";
        case Ending::challenged:
            return "challenged";
        case Ending::discovered:
            return "discovered";
        case Ending::name_mismatch:
            return "name-mismatch";
        case Ending::not_trusted:
            return "not-trusted";
        case Ending::no_server:
            return "no-server";
        case Ending::tcp_failed:
            return "tcp-failed";
        case Ending::tls_failed:
            return "tls-failed";
        case Ending::sip_refused:
            return "sip-refused";
        case Ending::sip_silent:
            return "sip-silent";
        case Ending::domain_refused:
            return "domain-refused";
    }
    return "";
}

int exit_code(Ending ending) {
    switch (ending) {
        case Ending::signed_in:
        case Ending::challenged:
        case Ending::discovered:
            return 0;
        case Ending::name_mismatch:
            return 10;
        case Ending::not_trusted:
            return 11;
        case Ending::no_server:
            return 12;
        case Ending::tcp_failed:
            return 13;
        case Ending::tls_failed:
            return 14;
        case Ending::sip_refused:
        case Ending::sip_silent:
            return 15;
        case Ending::domain_refused:
            return 16;
    }
    return 1;
}

}  // namespace ocs::discovery
