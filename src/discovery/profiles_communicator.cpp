// Communicator and its elders and the R2 phone: the OCS family (facts sheet §1.2 to §1.4, §2.2, §5, §6).

#include "discovery/profile_parts.hpp"
#include "discovery/profiles.hpp"

namespace ocs::discovery {

using enum Confidence;

namespace {

/// What the OCS desktop clients have in common.
ClientProfile ocs_desktop(std::string name, std::string title) {
    ClientProfile profile;
    profile.name = std::move(name);
    profile.title = std::move(title);
    runs_on_windows_xp(profile);
    profile.asking =
        datum(Asking::one_by_one, "[45]", one_source, "the R2 text of the vendor says in parallel [2, 3]");
    profile.tries_all_addresses =
        datum(false, "[54]", one_source, "older clients do not move on if the first address fails");
    profile.name_policy = datum(NamePolicy::communicator2007,
                                "[9, 16, 17]",
                                one_source,
                                "CN or any SAN entry [9]; no wildcards [16, 17]");
    profile.domain_rule = datum(DomainRule::same_domain,
                                "[5, 10, 11, 58, 59]",
                                inferred,
                                "the sources disagree: strict-sip is the default by [10, 37], same-domain by "
                                "[58]; policy DisableStrictDNSNaming relaxes it to same-root [58]");
    asks_nothing(profile);
    checks_like_schannel(profile);
    negotiates(profile);
    profile.web_accept = text("", "[4, 5]", confirmed, "does not know autodiscover");
    return profile;
}

void show_like_communicator(ClientProfile& profile, Confidence confidence) {
    const std::string note = confidence == one_source ? "" : "as Communicator 2007";
    add_screen(profile,
               Ending::no_server,
               text("Cannot sign in because the server is temporarily unavailable. If the problem persists, "
                    "contact your system administrator.",
                    "[1]",
                    confidence,
                    note));
    const std::string certificate =
        "There was a problem verifying the certificate from the server. Please contact your system "
        "administrator.";
    add_screen(profile, Ending::name_mismatch, text(certificate, "[1]", confidence, note));
    add_screen(profile, Ending::not_trusted, text(certificate, "[1]", inferred, note));
}

}  // namespace

ClientProfile communicator2007() {
    ClientProfile profile = ocs_desktop("communicator2007", "Communicator 2007");
    for (const char* label : {"_sipinternaltls._tcp", "_sipinternal._tcp", "_sip._tls", "_sip._tcp"}) {
        profile.lookups.push_back(srv(label, "[25]", one_source));
    }
    add_host_names(profile.lookups, "[1, 25]", confirmed);
    profile.order_note = text("SRV first, then three host names; the observed walk shows the SRV step as one",
                              "[1, 25]",
                              confirmed,
                              "_sip._tcp is listed by [25], absent in later vendor texts [3, 5, 6]");
    profile.stop = datum(StopRule::stop_on_resolve,
                         "[1]",
                         one_source,
                         "a certificate error on sipinternal hides a good sip; also after a server that the "
                         "domain rule refuses (inf)");
    registers_like_r2(profile,
                      text("UCCP/2.0.6362.0 OC/2.0.6362.0 (Microsoft Office Communicator)",
                           "[22]",
                           one_source,
                           "spelled UserAgent in that document; in the field UCCAPI/2.0.6362.… (unv)"),
                      inferred);
    logs_like_communicator(profile, one_source);
    show_like_communicator(profile, one_source);
    add_common_departures(profile);
    return profile;
}

ClientProfile communicator2007r2() {
    ClientProfile profile = ocs_desktop("communicator2007r2", "Communicator 2007 R2");
    profile.lookups = {srv("_sipinternaltls._tcp", "[3]", one_source),
                       srv_if_tcp_allowed("_sipinternal._tcp", "[3]", one_source),
                       srv("_sip._tls", "[3]", one_source)};
    add_host_names(profile.lookups, "[3]", one_source);
    profile.order_note = text("the final text of the vendor",
                              "[3]",
                              one_source,
                              "its beta text has _sip._tcp too and sip before sipinternal [2]; a field note "
                              "misses sipexternal [25]");
    profile.bad_certificate = datum(CertificateReaction::refuse, "[1]", inferred, "as Communicator 2007");
    profile.certificate_prompt = text("", "[1]", inferred);
    profile.asking = datum(Asking::srv_at_once, "[2, 3]", confirmed, "one at a time by [45]");
    profile.stop = datum(StopRule::stop_on_first_srv,
                         "[2, 3]",
                         confirmed,
                         "host names only if no SRV record came; whether they end it at the first that "
                         "resolves, as in Communicator 2007, is inferred [1, 3]");
    registers_like_r2(
        profile,
        text("UCCAPI/3.5.6907.0 OC/3.5.6907.0 (Microsoft Office Communicator 2007 R2)", "[26]", one_source),
        confirmed);
    logs_like_communicator(profile, inferred);
    show_like_communicator(profile, inferred);
    add_screen(
        profile,
        Ending::sip_refused,
        text("Cannot sign in to Communicator. You may have entered your sign-in address, user name, or "
             "password incorrectly, or the authentication service may be incompatible with the version "
             "of the program.",
             "[94]",
             one_source));
    add_common_departures(profile);
    return profile;
}

ClientProfile lcs2005() {
    ClientProfile profile = communicator2007();
    profile.name = "lcs2005";
    profile.title = "Communicator 2005";
    for (Lookup& lookup : profile.lookups) {
        lookup.source = "[35, 36]";
        lookup.confidence = unknown;
    }
    profile.order_note =
        not_known<std::string>("automatic configuration by DNS exists; carried out as Communicator 2007",
                               "the list of questions was not found",
                               "[35, 36]");
    profile.asking = not_known(Asking::one_by_one, "as Communicator 2007");
    profile.stop = not_known(StopRule::stop_on_resolve, "as Communicator 2007");
    profile.name_policy =
        not_known(NamePolicy::communicator2007, "as Communicator 2007; no source for this generation");
    profile.tries_all_addresses = datum(false, "[54]", inferred, "older clients do not");
    profile.bad_certificate = not_known(CertificateReaction::refuse, "as Communicator 2007");
    profile.certificate_prompt = not_known<std::string>("", "as Communicator 2007");
    profile.negotiate = not_known<std::string>("", "no source for this generation; not carried out here");
    profile.domain_rule = datum(DomainRule::strict_sip,
                                "[10, 37, 38]",
                                one_source,
                                "on unless policy DisableStrictDNSNaming relaxes it; for Communicator 2005 "
                                "inferred from LCS 2003");
    profile.reg.user_agent = not_known<std::string>(
        "RTC/1.2", "Windows Messenger 5 is recalled with RTC/1.2… (unv); Communicator 2005 not found");
    logs_nothing_known(profile, "not found for this generation; not carried out", "");
    profile.events = {};
    profile.screen.clear();
    return profile;
}

ClientProfile communicator_phone() {
    ClientProfile profile = ocs_desktop("communicator-phone", "Communicator Phone Edition");
    const auto ports = datum<std::vector<std::uint16_t>>({5061, 443}, "[33]", one_source);
    profile.runs_on = text("Windows CE on the phone", "[33]", inferred);
    profile.lookups = {srv("_sipinternaltls._tcp", "[33]", one_source),
                       srv("_sip._tls", "[33]", one_source),
                       srv("_sipinternal._tcp", "[33]", one_source),
                       host("sipinternal", ports, "[33]", one_source),
                       host("sip", ports, "[33]", one_source),
                       host("sipexternal", ports, "[33]", one_source)};
    profile.order_note = text("the vendor's list for the phone", "[33]", one_source);
    profile.asking = datum(Asking::one_by_one, "[33]", one_source, "an ordered list");
    profile.stop = not_known(StopRule::stop_on_resolve,
                             "443 follows a failed 5061 [33] (inf); between names nothing is stated, "
                             "carried out as Communicator 2007",
                             "[33]");
    profile.domain_rule = not_known(DomainRule::same_domain, "as Communicator 2007 R2");
    profile.name_policy.confidence = inferred;
    profile.name_policy.note += "; from the desktop of its generation";
    profile.tries_all_addresses.confidence = inferred;
    profile.bad_certificate = datum(CertificateReaction::refuse, "[1]", inferred, "as Communicator 2007");
    profile.certificate_prompt = text("", "[1]", inferred);
    profile.certificate_check = not_known(CertificateCheck::after_handshake, "no source");
    profile.sends_sni = datum(false, "[120]", inferred, "Lync Phone Edition and other phones send none");
    profile.tls = not_known(TlsRange{0x0301, 0x0301}, "no source has the phone's TLS");
    profile.cipher_suites = not_known<std::string>("", "no source has the phone's hello");
    profile.tls_imitated = "no source has the phone's hello";
    registers_like_r2(profile,
                      not_known<std::string>("UCCAPI/3.5.6907.0 CPE/3.5.6907.0",
                                             "not in the sources; made in the manner of the R2 desktop"),
                      inferred);
    logs_nothing_known(profile, "a phone has no Windows event log", "");
    add_common_departures(profile);
    profile.departures.push_back({"SMTP domain as a second base name",
                                  "not carried out",
                                  "only the SIP domain is known here",
                                  "[33]"});
    profile.departures.push_back({"each name again with every DNS suffix appended",
                                  "not carried out",
                                  "the suffixes come from DHCP options 15 and 119",
                                  "[33, 50]"});
    return profile;
}

}  // namespace ocs::discovery
