#include "discovery/profile_parts.hpp"

namespace ocs::discovery {

using enum Confidence;

Lookup srv(std::string label, std::string source, Confidence confidence) {
    Lookup lookup;
    lookup.kind = LookupKind::srv;
    // "_sip._tls" carries TLS though its protocol label is no transport; the two TCP records are clear text.
    const bool clear = label == "_sipinternal._tcp" || label == "_sip._tcp";
    lookup.transport = clear ? Transport::tcp : Transport::tls;
    lookup.label = std::move(label);
    lookup.ports = datum<std::vector<std::uint16_t>>({}, "[5]", one_source, "the record has the port");
    lookup.source = std::move(source);
    lookup.confidence = confidence;
    return lookup;
}

Lookup srv_if_tcp_allowed(std::string label, std::string source, Confidence confidence) {
    Lookup lookup = srv(std::move(label), std::move(source), confidence);
    lookup.only_if_tcp_allowed = true;
    return lookup;
}

Lookup web(std::string label, std::string source, Confidence confidence) {
    Lookup lookup;
    lookup.kind = LookupKind::web;
    lookup.label = std::move(label);
    lookup.ports = datum<std::vector<std::uint16_t>>({80, 443}, "[27, 28, 29]", confirmed);
    lookup.source = std::move(source);
    lookup.confidence = confidence;
    return lookup;
}

Lookup host(std::string label,
            Datum<std::vector<std::uint16_t>> ports,
            std::string source,
            Confidence confidence) {
    Lookup lookup;
    lookup.label = std::move(label);
    lookup.ports = std::move(ports);
    lookup.source = std::move(source);
    lookup.confidence = confidence;
    return lookup;
}

Lookup dhcp120(Transport transport, std::string source) {
    Lookup lookup;
    lookup.kind = LookupKind::dhcp120;
    lookup.transport = transport;
    lookup.ports = datum<std::vector<std::uint16_t>>({}, "[30, 31]", confirmed, "the option has the port");
    lookup.source = std::move(source);
    return lookup;
}

Datum<std::vector<std::uint16_t>> desktop_ports() {
    return datum<std::vector<std::uint16_t>>(
        {5061, 443},
        "[26, 33]",
        inferred,
        "not written down; the tables of the R2 phone and of pidgin-sipe suggest 5061 inside, 443 outside");
}

void add_host_names(std::vector<Lookup>& lookups, const std::string& source, Confidence confidence) {
    for (const char* label : {"sipinternal", "sip", "sipexternal"}) {
        lookups.push_back(host(label, desktop_ports(), source, confidence));
    }
}

void runs_on_windows_xp(ClientProfile& profile) {
    profile.runs_on = not_known<std::string>(
        "Windows XP SP3", "TLS depends on the system below; from Windows Vista on SNI is sent");
    profile.sends_sni = datum(false,
                              "[113, 114, 115]",
                              inferred,
                              "XP and Server 2003 send no extensions; from Vista on SNI is sent");
    profile.tls = datum(
        TlsRange{0x0301, 0x0301}, "[113, 114, 115]", inferred, "SSL 3.0 is on as well, not carried out");
    profile.cipher_suites = text("0004 0005 000a 0009 0064 0062 0003 0006 0013 0012 0063",
                                 "[115]",
                                 inferred,
                                 "hello of Internet Explorer 8 on the same system: RC4, 3DES, DES, export");
    profile.tls_imitated =
        "the client offers RC4, 3DES, DES and export suites only; this handshake offers AES instead";
}

void runs_on_windows_7(ClientProfile& profile) {
    profile.runs_on = not_known<std::string>("Windows 7", "TLS depends on the system below");
    profile.sends_sni = datum(true, "[113, 114, 116, 119]", inferred, "Schannel sends it from Vista on");
    profile.tls = datum(
        TlsRange{0x0301, 0x0301}, "[113, 115, 116]", inferred, "1.1 and 1.2 are there, but off by default");
    profile.cipher_suites = text("002f 0035 0005 000a c013 c014 c009 c00a 0032 0038 0013 0004",
                                 "[115]",
                                 inferred,
                                 "hello of Internet Explorer 8 on the same system");
    profile.tls_imitated = "extensions and their order are this tool's; RC4 and 3DES are left out";
}

void runs_on_windows_10(ClientProfile& profile) {
    profile.runs_on = not_known<std::string>("Windows 10", "TLS depends on the system below");
    profile.sends_sni = datum(true, "[113, 116]", inferred, "Schannel sends it from Vista on");
    profile.tls = datum(TlsRange{0x0301, 0x0303}, "[115, 116]", inferred);
    profile.cipher_suites = text("c02c c02b c030 c02f 009f 009e c024 …",
                                 "[115]",
                                 inferred,
                                 "hello of Internet Explorer 11 on the same system; the list is cut there");
    profile.tls_imitated = "extensions and their order are this tool's";
}

void registers_like_r2(ClientProfile& profile, Datum<std::string> user_agent, Confidence confidence) {
    const std::string source = "[22, 26, 101]";
    const std::string note = confidence == confirmed ? "" : "as the capture of Communicator 2007 R2";
    RegisterShape& shape = profile.reg;
    shape.user_agent = std::move(user_agent);
    shape.methods = text("INVITE, MESSAGE, INFO, OPTIONS, BYE, CANCEL, NOTIFY, ACK, REFER, BENOTIFY",
                         source,
                         confidence,
                         note);
    shape.supported = datum<std::vector<std::string>>(
        {"gruu-10, adhoclist, msrtc-event-categories", "ms-forking"}, source, confidence, note);
    shape.allow_events = text("", source, confidence, note);
    shape.via_branch = datum(false, source, confidence, note);
    shape.via_transport = text("TLS", source, confidence, note);
    shape.contact_parameters = text("", source, confidence, note);
}

void logs_like_communicator(ClientProfile& profile, Confidence confidence) {
    const std::string note = confidence == one_source ? "" : "as Communicator 2007";
    profile.event_log = text(
        "Application log, source Communicator",
        "[1, 89]",
        confidence,
        "one source has to switch it on in Options > General [89], one had its entries without that [1]");
    EventTemplates& events = profile.events;
    events.no_srv_records = {{1,
                              "Communicator was unable to locate the login server.  No DNS SRV records exist "
                              "for domain %1, so Communicator was unable to login.",
                              "[1]",
                              confidence,
                              note}};
    events.name_unresolved = {{3,
                               "Communicator was unable to resolve the DNS hostname of the login server %1.",
                               "[1]",
                               confidence,
                               note}};
    events.name_mismatch = {
        {4,
         "Communicator could not connect securely to server %1 because the certificate presented by the "
         "server did not match the expected hostname (%2).",
         "[1]",
         confidence,
         "the source cuts the text after the bracket"}};
    const std::string guess = "number recalled, no source; wording not found";
    events.not_trusted = {{5, "", "", unverified, guess}};
    events.tcp_failed = {{7, "", "", unverified, guess}};
    events.sip_failed = {{11, "", "", unverified, guess}};
}

void logs_nothing_known(ClientProfile& profile, std::string note, std::string source) {
    profile.event_log = not_known<std::string>("", std::move(note), std::move(source));
}

void asks_nothing(ClientProfile& profile) {
    const std::string note = "the question came with Lync 2010";
    profile.trusted_domains = datum<std::vector<std::string>>({}, "[12, 13]", confirmed, note);
    profile.trust_prompt = text("", "[12, 13]", confirmed, note);
    profile.bad_certificate = datum(CertificateReaction::refuse, "[1]", one_source);
    profile.certificate_prompt = text("", "[1]", one_source);
}

void asks_about_foreign_servers(ClientProfile& profile) {
    profile.domain_rule = datum(DomainRule::prompt,
                                "[12, 13]",
                                confirmed,
                                "not for typed servers, nor for those a trusted server redirects to [12]; "
                                "\"no\" ends the sign-in here (inf)");
    profile.trusted_domains = datum<std::vector<std::string>>(
        {"lync.com", "outlook.com", "lync.glbdns.microsoft.com", "microsoftonline.com"},
        "[12, 61]",
        one_source,
        "next to the SIP domain; the domain of the last server that worked is not kept here");
    profile.trust_prompt = text(
        "Lync is attempting to connect to: %2. Lync cannot verify that the server is trusted for your "
        "sign-in address. Connect anyway?",
        "[12, 13]",
        confirmed);
    profile.bad_certificate = datum(CertificateReaction::refuse, "[74]", one_source);
    profile.certificate_prompt = text("", "[74]", one_source);
}

void checks_like_schannel(ClientProfile& profile) {
    profile.certificate_check =
        not_known(CertificateCheck::after_handshake,
                  "Schannel may check in the handshake or leave it to the program; which one, and whether an "
                  "alert is sent, is not documented",
                  "[76, 77]");
}

void negotiates(ClientProfile& profile) {
    profile.negotiate = text("may offer LZ77-8K compression, over TLS only; not carried out here",
                             "[20, 21, 48]",
                             confirmed,
                             "the default of the policy depends on the link speed [48]");
}

void add_common_departures(ClientProfile& profile) {
    profile.departures.push_back(
        {"NEGOTIATE", "not carried out", "this tool does not compress; REGISTER comes first", "[20, 21]"});
    profile.departures.push_back({"authentication",
                                  "not carried out",
                                  "no credentials are sent; a 401 ends the walk as challenged",
                                  "[20, 22, 99]"});
    profile.departures.push_back({"check of the server's version",
                                  "not carried out",
                                  "policies DisableServerCheck and ConfiguredServerCheckValues rule it",
                                  "[48, 49]"});
    profile.departures.push_back({"HTTP tunnel after TLS and TCP failed",
                                  "not carried out",
                                  "policy DisableHttpConnect rules it",
                                  "[48, 49]"});
    if (!profile.tls_imitated.empty()) {
        profile.departures.push_back({"TLS", "imitated", profile.tls_imitated, "[115, 118]"});
    }
}

void add_screen(ClientProfile& profile, Ending ending, Datum<std::string> shown) {
    profile.screen.push_back({ending, std::move(shown)});
}

void shows_like_lync(ClientProfile& profile) {
    add_screen(profile,
               Ending::no_server,
               text("Lync couldn't find a Lync Server for %1. There might be an issue with the Domain Name "
                    "System (DNS) configuration …",
                    "[55, 74]",
                    confirmed,
                    "cut in the source"));
    for (Ending ending : {Ending::name_mismatch, Ending::not_trusted}) {
        add_screen(profile,
                   ending,
                   text("There was a problem verifying the certificate from the server. …",
                        "[74]",
                        one_source,
                        "variant: \"Sign-in may be delayed while we retry the connection.\""));
    }
    for (Ending ending : {Ending::tcp_failed, Ending::sip_silent}) {
        add_screen(profile,
                   ending,
                   text("The server is not responding or cannot be reached. Sign-in may be delayed …",
                        "[74]",
                        ending == Ending::tcp_failed ? one_source : inferred,
                        "cut in the source; a variant has \"… temporarily unavailable …\""));
    }
    add_screen(
        profile,
        Ending::sip_refused,
        not_known<std::string>(
            "", "of a 404 it says that the sign-in address was not found, wording not quoted", "[74, 95]"));
    add_screen(profile,
               Ending::domain_refused,
               not_known<std::string>("", "what is on the screen after \"no\" is not in the sources"));
}

}  // namespace ocs::discovery
