#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "discovery/client_profile.hpp"
#include "discovery/messages.hpp"
#include "discovery/register_request.hpp"
#include "discovery/sip_user.hpp"

using namespace ocs;
using namespace ocs::discovery;

namespace {

HostName host(std::string_view text) { return HostName::parse(text).value(); }
ClientProfile profile(std::string_view name) { return find_profile(name).value(); }

/// The list of a client, labels only: what the order tables of the facts sheet show.
std::string labels(const ClientProfile& client) {
    std::string text;
    for (const OutlinedLookup& line : outline(client, host("contoso.test"))) {
        std::string word = line.name.substr(0, line.name.find(".contoso.test"));
        if (line.kind == LookupKind::dhcp120) word = "dhcp-" + std::string(to_string(line.transport));
        text += (text.empty() ? "" : " ") + word;
    }
    return text;
}

std::string ports(const ClientProfile& client, std::string_view label) {
    std::string text;
    for (const Lookup& lookup : client.lookups) {
        if (lookup.label != label) continue;
        for (std::uint16_t port : lookup.ports.value)
            text += (text.empty() ? "" : " ") + std::to_string(port);
    }
    return text;
}

RegisterIds ids() {
    RegisterIds made;
    made.local_port = 47646;
    made.tag = "5440937207";
    made.epid = "d305162831";
    made.call_id = "0123456789abcdef0123456789abcdef";
    made.opaque = "d3470f2e1d";
    made.instance = "00c2fda5-efa3-57b6-a1ed-78170f48a174";
    made.branch = "C5A4CCC0";
    return made;
}

}  // namespace

TEST_CASE("profiles: each client has the order of its table") {
    struct Row {
        std::string name, order, why;
    };
    const std::string host_names = " sipinternal sip sipexternal";
    const std::string web_names = "lyncdiscoverinternal lyncdiscover ";
    const Row rows[] = {
        {"communicator2007",
         "_sipinternaltls._tcp _sipinternal._tcp _sip._tls _sip._tcp" + host_names,
         "[1] for the host names, [25] for the SRV list"},
        {"communicator2007r2",
         "_sipinternaltls._tcp _sipinternal._tcp _sip._tls" + host_names,
         "the final text [3]: no _sip._tcp, sipinternal first"},
        {"communicator-phone",
         "_sipinternaltls._tcp _sip._tls _sipinternal._tcp" + host_names,
         "the phone has _sip._tls second [33]"},
        {"lync2010",
         "_sipinternaltls._tcp _sipinternal._tcp _sip._tls" + host_names,
         "before lyncdiscover [4]"},
        {"lync2010-cu4",
         web_names + "_sipinternaltls._tcp _sipinternal._tcp _sip._tls" + host_names,
         "late update [4, 5]"},
        {"lync2013", web_names + "_sipinternaltls._tcp _sipinternal._tcp _sip._tls" + host_names, "[5, 34]"},
        {"sfb2016", web_names + "_sipinternaltls._tcp _sip._tls" + host_names, "no TCP record [6]"},
        {"lync-mobile", "lyncdiscoverinternal lyncdiscover", "stops there [5, 28]"},
        {"lync-phone",
         "_sipinternaltls._tcp dhcp-TLS _sipinternal._tcp dhcp-TCP _sip._tls _sip._tcp",
         "SRV and DHCP by turns [30]"},
        {"sipe",
         web_names + "_sipinternaltls._tcp _sipinternal._tcp _sip._tls _sip._tcp sipinternal sipexternal sip "
                     "contoso.test",
         "sipexternal before sip, the domain last [26]"},
        {"lcs2005",
         "_sipinternaltls._tcp _sipinternal._tcp _sip._tls _sip._tcp" + host_names,
         "unknown, carried out as Communicator 2007 [35, 36]"},
    };
    CHECK(std::size(rows) == all_profiles().size());
    for (const Row& row : rows) {
        CAPTURE(row.name);
        CAPTURE(row.why);
        CHECK(labels(profile(row.name)) == row.order);
    }
}

TEST_CASE("profiles: each client stops by its rule and keeps its domain rule") {
    struct Row {
        std::string name, stop, domain, policy;
        bool sni, all_addresses;
        std::string tls;
    };
    const Row rows[] = {
        {"lcs2005", "stop-on-resolve", "strict-sip", "communicator2007", false, false, "TLS 1.0"},
        {"communicator2007", "stop-on-resolve", "same-domain", "communicator2007", false, false, "TLS 1.0"},
        {"communicator2007r2",
         "stop-on-first-srv",
         "same-domain",
         "communicator2007",
         false,
         false,
         "TLS 1.0"},
        {"communicator-phone", "stop-on-resolve", "same-domain", "communicator2007", false, false, "TLS 1.0"},
        {"lync2010", "continue-on-error", "prompt", "lync2010", true, true, "TLS 1.0"},
        {"lync2010-cu4", "continue-on-error", "prompt", "lync2010", true, true, "TLS 1.0"},
        {"lync2013", "continue-on-error", "prompt", "lync2010", true, true, "TLS 1.0"},
        {"sfb2016", "continue-on-error", "prompt", "lync2010", true, true, "TLS 1.0 to 1.2"},
        {"lync-phone", "continue-on-error", "refuse-foreign", "communicator2007", false, true, "TLS 1.0"},
        {"lync-mobile", "continue-on-error", "none", "lync2010", true, true, "TLS 1.0 to 1.2"},
        {"sipe", "continue-on-error", "none", "openssl", true, true, "TLS 1.2 to 1.3"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.name);
        const ClientProfile client = profile(row.name);
        CHECK(to_string(client.stop.value) == row.stop);
        CHECK(to_string(client.domain_rule.value) == row.domain);
        CHECK(to_string(client.name_policy.value) == row.policy);
        CHECK(client.sends_sni.value == row.sni);
        CHECK(client.tries_all_addresses.value == row.all_addresses);
        CHECK(to_string(client.tls.value) == row.tls);
    }
}

TEST_CASE("profiles: ports of the host names") {
    CHECK(ports(profile("communicator-phone"), "sip") == "5061 443");
    CHECK(ports(profile("communicator2007"), "sipinternal") == "5061 443");
    CHECK(profile("communicator2007").lookups.back().ports.confidence == Confidence::inferred);
    CHECK(ports(profile("sipe"), "sipinternal") == "5061");
    CHECK(ports(profile("sipe"), "sip") == "443");
    CHECK(ports(profile("sipe"), "sipexternal") == "443");
    CHECK(ports(profile("sipe"), "") == "5061");
}

TEST_CASE(
    "profiles: a reference name is the name itself, of an SRV record its target; TCP shows no certificate") {
    for (const ClientProfile& client : all_profiles()) {
        CAPTURE(client.name);
        for (const OutlinedLookup& line : outline(client, host("contoso.test"))) {
            const bool own_name = line.kind == LookupKind::web || line.kind == LookupKind::host;
            CHECK(line.reference == (own_name ? line.name : ""));
            if (line.kind == LookupKind::srv) {
                const bool clear =
                    line.name.starts_with("_sipinternal._tcp") || line.name.starts_with("_sip._tcp");
                CHECK((line.transport == Transport::tcp) == clear);
            }
        }
    }
}

TEST_CASE("profiles: an unknown name is refused with the nearest one") {
    const auto found = find_profile("communicator2070");
    REQUIRE(found.has_error());
    CHECK(found.error().what == "no client profile 'communicator2070'");
    CHECK(found.error().hint.starts_with("did you mean 'communicator2007'?"));
    CHECK(find_profile("outlook").error().hint.starts_with(
        "one of communicator2007, lync2010, lync2013, sipe"));
}

TEST_CASE("profiles: the REGISTER of pidgin-sipe is the one that was watched") {
    const auto user = SipUser::parse("alice@schertz.local").value();
    CHECK(
        register_request(profile("sipe"), user, ids()) ==
        "REGISTER sip:schertz.local SIP/2.0\r\n"
        "Via: SIP/2.0/tls 127.0.0.1:47646;branch=z9hG4bKC5A4CCC0\r\n"
        "From: <sip:alice@schertz.local>;tag=5440937207;epid=d305162831\r\n"
        "To: <sip:alice@schertz.local>\r\n"
        "Max-Forwards: 70\r\n"
        "CSeq: 1 REGISTER\r\n"
        "User-Agent: Purple/2.14.12 Sipe/1.25.0 (linux-x86_64)\r\n"
        "Call-ID: 0123456789abcdef0123456789abcdef\r\n"
        "Contact: <sip:127.0.0.1:47646;transport=tls;ms-opaque=d3470f2e1d>;methods=\"INVITE, MESSAGE, INFO, "
        "SUBSCRIBE, OPTIONS, BYE, CANCEL, NOTIFY, ACK, REFER, BENOTIFY\";proxy=replace;"
        "+sip.instance=\"<urn:uuid:00c2fda5-efa3-57b6-a1ed-78170f48a174>\"\r\n"
        "Supported: gruu-10, adhoclist, msrtc-event-categories, com.microsoft.msrtc.presence\r\n"
        "Event: registration\r\n"
        "Allow-Events: presence\r\n"
        "ms-keep-alive: UAC;hop-hop=yes\r\n"
        "Content-Length: 0\r\n"
        "\r\n");
}

TEST_CASE("profiles: the REGISTER of Communicator has no branch, two Supported lines and no SUBSCRIBE") {
    const auto user = SipUser::parse("alice@schertz.local").value();
    RegisterIds plain = ids();
    plain.transport = Transport::tcp;
    plain.local_address = IpAddress::parse("2001:db8::7").value();
    const std::string text = register_request(profile("communicator2007r2"), user, plain);
    CHECK(text.find("Via: SIP/2.0/TCP [2001:db8::7]:47646\r\n") != std::string::npos);
    CHECK(text.find("Contact: <sip:[2001:db8::7]:47646;transport=tcp;") != std::string::npos);
    CHECK(text.find("Supported: gruu-10, adhoclist, msrtc-event-categories\r\nSupported: ms-forking\r\n") !=
          std::string::npos);
    CHECK(text.find(
              "User-Agent: UCCAPI/3.5.6907.0 OC/3.5.6907.0 (Microsoft Office Communicator 2007 R2)\r\n") !=
          std::string::npos);
    CHECK(text.find("SUBSCRIBE") == std::string::npos);
    CHECK(text.find("Allow-Events") == std::string::npos);
}

TEST_CASE("sign-in address: what is taken and what is refused, with the reason") {
    struct Row {
        std::string text, found;
    };
    const std::string long_user(129, 'a');
    const Row rows[] = {
        {"alice@contoso.test", "alice@contoso.test"},
        {"sip:Alice.B@Contoso.TEST", "Alice.B@contoso.test"},
        {"alice@b\xc3\xbc"
         "cher.test",
         "alice@xn--bcher-kva.test"},
        {"alice", "sign-in address 'alice': no '@' in it"},
        {"", "sign-in address '': no '@' in it"},
        {"@contoso.test", "sign-in address '@contoso.test': nothing before the '@'"},
        {"alice@", "sign-in address 'alice@': nothing after the '@'"},
        {"a@b@c.test", "sign-in address 'a@b@c.test': more than one '@' in it"},
        {"al ice@contoso.test",
         "sign-in address 'al ice@contoso.test': '\\x20' before the '@' is not allowed in a SIP address"},
        {"a\r\nX@contoso.test",
         "sign-in address 'a\\x0d\\x0aX@contoso.test': '\\x0d' before the '@' is not allowed in a SIP "
         "address"},
        {"<a>@contoso.test",
         "sign-in address '<a>@contoso.test': '<' before the '@' is not allowed in a SIP address"},
        {"alice@192.0.2.1",
         "sign-in address 'alice@192.0.2.1': an address instead of a domain, and there is nothing to look up "
         "for it"},
        {"alice@[2001:db8::1]",
         "sign-in address 'alice@[2001:db8::1]': an address instead of a domain, and there is nothing to "
         "look "
         "up for it"},
        {long_user + "@a.test",
         "sign-in address '" + std::string(120, 'a') + "…(+16 bytes)': more than 128 bytes before the '@'"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        const auto user = SipUser::parse(row.text);
        CHECK((user.has_value() ? user->address() : user.error().what) == row.found);
    }
    CHECK(SipUser::parse("alice@contoso..test").has_error());
    CHECK(SipUser::parse("alice@.contoso.test").has_error());
    CHECK(SipUser::parse("alice@-contoso.test").has_error());
}

TEST_CASE("client's words: what it does at a name whose certificate fits or does not") {
    struct Row {
        std::string client;
        bool covered, stops;
        std::string sentence;
    };
    const Row rows[] = {
        {"communicator2007", false, true, "Communicator 2007 stops here, event 4"},
        {"communicator2007", true, false, "Communicator 2007 finds the name it wants and goes on to sign in"},
        {"communicator2007r2", false, true, "Communicator 2007 R2 stops here, event 4"},
        {"lync2013", false, false, "Lync 2013 gives this server up and goes on with its list"},
        {"sipe", false, false, "Pidgin with SIPE asks its user here whether to accept the certificate"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.client);
        const ClientWords words = words_at(profile(row.client), "sipinternal.schertz.local", row.covered);
        CHECK(words.sentence == row.sentence);
        CHECK(words.stops == row.stops);
        CHECK(words.accepts == row.covered);
    }
    const ClientWords words = words_at(profile("communicator2007"), "sipinternal.schertz.local", false);
    REQUIRE(words.events.size() == 1);
    CHECK(
        words.events.front().text ==
        "Communicator could not connect securely to server sipinternal.schertz.local because the certificate "
        "presented by the server did not match the expected hostname (sipinternal.schertz.local).");
    CHECK(words.screen.value ==
          "There was a problem verifying the certificate from the server. Please contact your system "
          "administrator.");
    CHECK(words_at(profile("communicator2007"), "a\nb", false).events.front().text.find('\n') ==
          std::string::npos);
}

TEST_CASE("client profile: words and exit codes are stable") {
    struct Row {
        Ending ending;
        std::string word;
        int code;
    };
    const Row rows[] = {
        {Ending::signed_in, "signed-in", 0},
        {Ending::challenged, "challenged", 0},
        {Ending::discovered, "discovered", 0},
        {Ending::name_mismatch, "name-mismatch", 10},
        {Ending::not_trusted, "not-trusted", 11},
        {Ending::no_server, "no-server", 12},
        {Ending::tcp_failed, "tcp-failed", 13},
        {Ending::tls_failed, "tls-failed", 14},
        {Ending::sip_refused, "sip-refused", 15},
        {Ending::sip_silent, "sip-silent", 15},
        {Ending::domain_refused, "domain-refused", 16},
    };
    CHECK(std::size(rows) == std::size(all_endings));
    for (const Row& row : rows) {
        CHECK(to_string(row.ending) == row.word);
        CHECK(exit_code(row.ending) == row.code);
    }
    for (StopRule rule : all_stop_rules) CHECK(parse_stop_rule(to_string(rule)).value() == rule);
    CHECK(parse_stop_rule("never").has_error());
}
