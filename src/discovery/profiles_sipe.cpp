// pidgin-sipe: the one client whose source is open and that was run and watched (facts sheet §1, §6; the runs
// with finch 2.14.12 and pidgin-sipe 1.25.0 are marked [finch]).

#include "discovery/profile_parts.hpp"
#include "discovery/profiles.hpp"

namespace ocs::discovery {

using enum Confidence;

namespace {

Datum<std::vector<std::uint16_t>> port(std::uint16_t number, std::string note = "") {
    return datum<std::vector<std::uint16_t>>({number}, "[26, finch]", confirmed, std::move(note));
}

void add_certificate_dialog(ClientProfile& profile) {
    profile.bad_certificate =
        datum(CertificateReaction::ask,
              "[finch]",
              one_source,
              "name, chain and dates; a self-signed certificate or a wrong usage is refused without asking. "
              "Accepted once, it is taken silently ever after (not kept here)");
    profile.certificate_prompt =
        text("Accept certificate for %2? The certificate for %2 could not be validated.",
             "[finch]",
             one_source,
             "a further sentence tells the cause: the name it claims, the missing CA, the dates");
}

}  // namespace

ClientProfile sipe() {
    ClientProfile profile;
    profile.name = "sipe";
    profile.title = "Pidgin with SIPE";
    profile.runs_on = text("Linux, libpurple with NSS", "[finch]", one_source);
    profile.lookups = {web("lyncdiscoverinternal", "[26, finch]", confirmed),
                       web("lyncdiscover", "[26, finch]", confirmed),
                       srv("_sipinternaltls._tcp", "[26, finch]", confirmed),
                       srv("_sipinternal._tcp", "[26, finch]", confirmed),
                       srv("_sip._tls", "[26, finch]", confirmed),
                       srv("_sip._tcp", "[26, finch]", confirmed),
                       host("sipinternal", port(5061), "[26, finch]", confirmed),
                       host("sipexternal", port(443), "[26, finch]", confirmed),
                       host("sip", port(443, "one port a name: 5061 is not tried"), "[26, finch]", confirmed),
                       host("", port(5061), "[26, finch]", confirmed)};
    profile.order_note = text("source code and a run agree", "[26, finch]", confirmed);
    profile.asking = datum(Asking::one_by_one, "[26, finch]", confirmed, "HTTP and HTTPS go together");
    profile.stop = datum(StopRule::continue_on_error,
                         "[26, finch]",
                         confirmed,
                         "also after the user's \"Reject\": the next line is _sipinternal._tcp, and REGISTER "
                         "goes out in clear text");
    profile.tries_all_addresses = not_known(true, "no source");
    profile.name_policy = datum(NamePolicy::openssl,
                                "[finch]",
                                inferred,
                                "takes the CN without DNS entries in the SAN, and wildcards");
    profile.domain_rule =
        datum(DomainRule::none, "[finch]", one_source, "a target in another domain is taken");
    profile.trusted_domains = datum<std::vector<std::string>>({}, "[finch]", one_source);
    profile.trust_prompt = text("", "[finch]", one_source);
    add_certificate_dialog(profile);
    profile.certificate_check = datum(CertificateCheck::after_handshake,
                                      "[finch]",
                                      one_source,
                                      "silent while the dialog is open, then close_notify");
    profile.sends_sni = datum(true, "[finch]", one_source, "the name it connected to");
    profile.tls = datum(TlsRange{0x0303, 0x0304}, "[finch]", one_source);
    profile.cipher_suites = text("35 suites of NSS 3.87, RC4 and 3DES at the end", "[finch]", one_source);
    profile.tls_imitated = "suites and extensions are this tool's, not those of NSS";
    profile.negotiate = text("never", "[finch]", one_source);
    profile.reg.user_agent = text("Purple/2.14.12 Sipe/1.25.0 (linux-x86_64)", "[finch]", one_source);
    profile.reg.methods =
        text("INVITE, MESSAGE, INFO, SUBSCRIBE, OPTIONS, BYE, CANCEL, NOTIFY, ACK, REFER, BENOTIFY",
             "[26, finch]",
             confirmed);
    profile.reg.supported = datum<std::vector<std::string>>(
        {"gruu-10, adhoclist, msrtc-event-categories, com.microsoft.msrtc.presence"}, "[finch]", one_source);
    profile.reg.allow_events = text("presence", "[finch]", one_source);
    profile.reg.via_branch = datum(true, "[finch]", one_source);
    profile.reg.via_transport = text("tls", "[finch]", one_source);
    profile.reg.contact_parameters = text("", "[finch]", one_source);
    profile.web_accept = text("application/vnd.microsoft.rtc.autodiscover+xml;v=1", "[26]", one_source);
    profile.event_log = text("", "[finch]", inferred, "no Windows event log");
    add_screen(profile,
               Ending::name_mismatch,
               text("", "[finch]", one_source, "no message at all after \"Reject\""));
    add_screen(profile,
               Ending::not_trusted,
               text("SSL Certificate Error: Unable to validate certificate. …The certificate chain presented "
                    "is invalid.",
                    "[finch]",
                    one_source,
                    "of a self-signed certificate or a wrong usage; no message after \"Reject\""));
    for (Ending ending : {Ending::no_server, Ending::tcp_failed}) {
        add_screen(
            profile, ending, text("SSL Connection Failed", "[finch]", one_source, "at the end of the list"));
    }
    add_screen(profile,
               Ending::sip_refused,
               text("You have been rejected by the server: no reason given",
                    "[finch]",
                    one_source,
                    "of a 403 without ms-diagnostics"));
    profile.departures.push_back({"TLS", "imitated", profile.tls_imitated, "[finch]"});
    profile.departures.push_back({"authentication",
                                  "not carried out",
                                  "no credentials are sent; a 401 ends the walk as challenged",
                                  "[26]"});
    profile.departures.push_back({"autodiscover beyond its root",
                                  "not carried out",
                                  "the user resource asks for credentials",
                                  "[26, 109]"});
    profile.departures.push_back(
        {"the whole list again after some 14 s, by itself", "not carried out", "one walk a run", "[finch]"});
    return profile;
}

}  // namespace ocs::discovery
