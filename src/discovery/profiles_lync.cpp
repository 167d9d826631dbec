// Lync and Skype for Business: desktop, phone, mobile (facts sheet §1.2 to §1.5, §2.4, §5.2, §5.3).

#include "discovery/profile_parts.hpp"
#include "discovery/profiles.hpp"

namespace ocs::discovery {

using enum Confidence;

namespace {

ClientProfile lync_desktop(std::string name, std::string title) {
    ClientProfile profile;
    profile.name = std::move(name);
    profile.title = std::move(title);
    runs_on_windows_7(profile);
    profile.asking = not_known(Asking::one_by_one, "HTTP and HTTPS of a lyncdiscover name go together [13]");
    profile.tries_all_addresses =
        datum(true, "[5]", one_source, "TCP to each address in turn, then TLS with the pool's name");
    profile.name_policy = datum(NamePolicy::lync2010,
                                "[14, 15, 69]",
                                confirmed,
                                "no CN beside a SAN [14, 15]; signs in with a wildcard in the SAN [69]");
    asks_about_foreign_servers(profile);
    checks_like_schannel(profile);
    negotiates(profile);
    profile.web_accept =
        not_known<std::string>("application/json",
                               "not in the sources for the desktop; JSON is the server's default [109]",
                               "[109]");
    logs_nothing_known(
        profile, "source name and numbers were not found; a field report saw nothing relevant", "[90]");
    shows_like_lync(profile);
    return profile;
}

Datum<StopRule> continues() {
    return datum(StopRule::continue_on_error,
                 "[5, 8]",
                 confirmed,
                 "the last error is shown [5]; taken here as the last one after DNS, since the names at the "
                 "end rarely exist (inf)");
}

void add_lync2013_lookups(ClientProfile& profile, const std::string& source, Confidence confidence) {
    profile.lookups = {web("lyncdiscoverinternal", source, confidence),
                       web("lyncdiscover", source, confidence),
                       srv("_sipinternaltls._tcp", source, confidence),
                       srv_if_tcp_allowed("_sipinternal._tcp", source, confidence),
                       srv("_sip._tls", source, confidence)};
    add_host_names(profile.lookups, source, confidence);
}

void add_autodiscover_departure(ClientProfile& profile) {
    profile.departures.push_back({"autodiscover beyond its root",
                                  "not carried out",
                                  "the user resource asks for credentials",
                                  "[26, 109]"});
}

void add_desktop_departures(ClientProfile& profile) {
    add_common_departures(profile);
    profile.departures.push_back(
        {"DHCP option 120",
         "not carried out",
         "a source of servers for the desktop too; its place in the order is unknown",
         "[12]"});
    profile.departures.push_back({"SMTP domain as a second base name",
                                  "not carried out",
                                  "only the SIP domain is known here",
                                  "[12]"});
}

void add_cache_departure(ClientProfile& profile) {
    profile.departures.push_back({"EndpointConfiguration.cache",
                                  "not carried out",
                                  "the last server that worked, which lets the client skip discovery; each "
                                  "walk here is a first one",
                                  "[51, 52]"});
}

}  // namespace

ClientProfile lync2010() {
    ClientProfile profile = lync_desktop("lync2010", "Lync 2010");
    profile.lookups = {srv("_sipinternaltls._tcp", "[4]", one_source),
                       srv("_sipinternal._tcp", "[4]", one_source),
                       srv("_sip._tls", "[4]", one_source)};
    add_host_names(profile.lookups, "[4]", one_source);
    profile.order_note = text("before the update that added lyncdiscover", "[4]", one_source);
    profile.stop =
        not_known(StopRule::continue_on_error, "not stated for Lync 2010; carried out as Lync 2013 [5, 8]");
    profile.web_accept = text("", "[4]", one_source, "does not know autodiscover");
    registers_like_r2(profile,
                      text("UCCAPI/4.0.7577.0 OC/4.0.7577.0 (Microsoft Lync 2010)",
                           "[101]",
                           unverified,
                           "the build's last part is not known; a protocol sample has UCCAPI/4.0.7400.0 "
                           "OC/4.0.7400.0 [101]"),
                      inferred);
    add_desktop_departures(profile);
    add_cache_departure(profile);
    return profile;
}

ClientProfile lync2010_cu4() {
    ClientProfile profile = lync2010();
    profile.name = "lync2010-cu4";
    profile.title = "Lync 2010 (CU4 and later)";
    add_lync2013_lookups(profile, "[4, 5]", confirmed);
    profile.order_note = text("lyncdiscover first, since a late update",
                              "[4, 5]",
                              confirmed,
                              "could not be reproduced by [7]; which update brought it is not certain");
    profile.web_accept = lync_desktop("", "").web_accept;
    add_autodiscover_departure(profile);
    return profile;
}

ClientProfile lync2013() {
    ClientProfile profile = lync_desktop("lync2013", "Lync 2013");
    add_lync2013_lookups(profile, "[5, 34]", confirmed);
    profile.order_note = text("the vendor's list and a field description", "[5, 34]", confirmed);
    profile.stop = continues();
    registers_like_r2(profile,
                      text("UCCAPI/15.0.3419.3001 OC/15.0.3419.3003 (Microsoft Lync)",
                           "[102]",
                           one_source,
                           "the program's name in the brackets is not in the trace"),
                      inferred);
    add_desktop_departures(profile);
    add_cache_departure(profile);
    add_autodiscover_departure(profile);
    return profile;
}

ClientProfile sfb2016() {
    ClientProfile profile = lync_desktop("sfb2016", "Skype for Business 2016");
    runs_on_windows_10(profile);
    profile.lookups = {web("lyncdiscoverinternal", "[6]", one_source),
                       web("lyncdiscover", "[6]", one_source),
                       srv("_sipinternaltls._tcp", "[6]", one_source),
                       srv("_sip._tls", "[6]", one_source)};
    add_host_names(profile.lookups, "[6]", one_source);
    profile.tries_all_addresses.confidence = inferred;
    profile.tries_all_addresses.note = "from Lync 2013";
    profile.order_note = text("the vendor's list",
                              "[6]",
                              one_source,
                              "an article on the call flow has sip before sipinternal [91]");
    profile.stop =
        datum(StopRule::continue_on_error, "[5, 8]", inferred, "from Lync 2013; not stated for this one");
    registers_like_r2(profile,
                      not_known<std::string>("UCCAPI/16.0.0.0 OC/16.0.0.0 (Skype for Business)",
                                             "not in the sources; made in the manner of Lync 2013"),
                      inferred);
    for (ScreenText& shown : profile.screen) {
        if (shown.text.confidence != Confidence::unknown) shown.text.confidence = inferred;
    }
    add_desktop_departures(profile);
    add_cache_departure(profile);
    add_autodiscover_departure(profile);
    return profile;
}

ClientProfile lync_phone() {
    ClientProfile profile = lync_desktop("lync-phone", "Lync Phone Edition");
    profile.runs_on = text("Windows CE on the phone", "[30]", inferred);
    profile.lookups = {srv("_sipinternaltls._tcp", "[30]", one_source),
                       dhcp120(Transport::tls, "[30]"),
                       srv("_sipinternal._tcp", "[30]", one_source),
                       dhcp120(Transport::tcp, "[30]"),
                       srv("_sip._tls", "[30]", inferred),
                       srv("_sip._tcp", "[30]", inferred)};
    profile.order_note = text("internal SRV and DHCP by turns, then \"external DNS\"",
                              "[30]",
                              one_source,
                              "that external DNS means _sip._tls and _sip._tcp is inferred");
    profile.asking = not_known(Asking::one_by_one, "an ordered list");
    profile.tries_all_addresses = not_known(true, "as the desktop");
    profile.stop = not_known(StopRule::continue_on_error, "not stated");
    profile.name_policy = datum(NamePolicy::communicator2007,
                                "[18, 69]",
                                inferred,
                                "refuses a certificate that fits by its wildcard only [69]; whether the CN "
                                "counts beside a SAN is not known");
    profile.domain_rule = datum(DomainRule::refuse_foreign,
                                "[58]",
                                one_source,
                                "from 4.0.7577.4363 (January 2013) on; before, any server was taken");
    asks_nothing(profile);
    profile.trust_prompt.note = "the desktop asks, the phone refuses [58]";
    profile.trust_prompt.source = "[58]";
    profile.trust_prompt.confidence = one_source;
    profile.trusted_domains = datum<std::vector<std::string>>({}, "[58]", one_source);
    profile.bad_certificate = datum(CertificateReaction::refuse, "[69]", one_source);
    profile.certificate_prompt = text("", "[69]", one_source);
    profile.certificate_check = not_known(CertificateCheck::after_handshake, "no source");
    profile.sends_sni = datum(false, "[120]", one_source);
    profile.tls = not_known(TlsRange{0x0301, 0x0301}, "no source has the phone's TLS");
    profile.cipher_suites = not_known<std::string>("", "no source has the phone's hello");
    profile.tls_imitated = "no source has the phone's hello";
    profile.web_accept = text("", "[30]", one_source, "no autodiscover in its list");
    registers_like_r2(profile,
                      not_known<std::string>("UCCAPI/4.0.7577.4363 CPE/4.0.7577.4363",
                                             "not in the sources; made in the manner of the desktop"),
                      inferred);
    logs_nothing_known(profile, "a phone has no Windows event log", "");
    profile.screen.clear();
    add_screen(profile,
               Ending::name_mismatch,
               text("Cannot connect to the server. Retrying…",
                    "[69]",
                    one_source,
                    "seen with a certificate that fits by its wildcard only"));
    add_screen(
        profile, Ending::domain_refused, text("Cannot connect to the server. Retrying…", "[58]", one_source));
    add_common_departures(profile);
    profile.departures.push_back(
        {"DHCP option 120", "not carried out", "no DHCP client in here", "[30, 31]"});
    profile.departures.push_back({"own list of public roots, and the CA learned from the pool",
                                  "not carried out",
                                  "trusts what --ca names",
                                  "[73]"});
    profile.departures.push_back({"failure if a wildcard stands before the FQDN",
                                  "not carried out",
                                  "the name policy does not look at the order",
                                  "[18]"});
    return profile;
}

ClientProfile lync_mobile() {
    ClientProfile profile = lync_desktop("lync-mobile", "Lync Mobile");
    profile.runs_on = not_known<std::string>("a phone or tablet", "TLS depends on its system");
    profile.lookups = {web("lyncdiscoverinternal", "[5, 27, 28]", confirmed),
                       web("lyncdiscover", "[5, 27, 28]", confirmed)};
    profile.order_note =
        text("the two autodiscover names and nothing else; the Store app too", "[5, 27, 28]", confirmed);
    profile.stop = datum(StopRule::continue_on_error, "[5, 28]", confirmed, "no SRV after it at all");
    profile.tries_all_addresses = not_known(true, "no source");
    profile.name_policy = datum(
        NamePolicy::lync2010, "[18, 19, 57]", confirmed, "wildcards in the SAN are allowed for web names");
    profile.domain_rule =
        not_known(DomainRule::none, "an alias into another domain over HTTPS is not supported [27, 29]");
    asks_nothing(profile);
    profile.trust_prompt = not_known<std::string>("", "no source has a question of this client");
    profile.trusted_domains = not_known<std::vector<std::string>>({}, "no source");
    profile.bad_certificate = datum(CertificateReaction::refuse, "[96]", one_source);
    profile.certificate_prompt = text("", "[96]", one_source);
    profile.certificate_check = not_known(CertificateCheck::in_handshake, "no source");
    profile.sends_sni = not_known(true, "no source");
    profile.tls = not_known(TlsRange{0x0301, 0x0303}, "no source");
    profile.cipher_suites = not_known<std::string>("", "no source");
    profile.tls_imitated = "no source has its hello";
    profile.web_accept =
        text("application/json", "[109]", inferred, "what clients of the same web service take; the default");
    profile.negotiate = text("no SIP from the device", "[5, 28]", inferred);
    registers_like_r2(
        profile, not_known<std::string>("Lync Mobile", "no source has its User-Agent"), inferred);
    profile.reg.contact_parameters =
        text("mobility=mobile", "[39]", one_source, "of Communicator Mobile; not used, since no SIP is sent");
    logs_nothing_known(profile, "no Windows event log", "");
    profile.screen.clear();
    for (Ending ending : {Ending::name_mismatch, Ending::not_trusted}) {
        add_screen(profile,
                   ending,
                   text("Can't verify the certificate from the server …",
                        "[96]",
                        one_source,
                        "version 5.4; E_SslError 0x22020002; cut in the source"));
    }
    profile.departures.push_back({"TLS", "imitated", profile.tls_imitated, ""});
    add_autodiscover_departure(profile);
    profile.departures.push_back(
        {"sign-in over the web service (UCWA)", "not carried out", "it needs credentials", "[27, 109]"});
    return profile;
}

}  // namespace ocs::discovery
