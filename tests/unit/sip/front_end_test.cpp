#include "sip/front_end.hpp"

#include <doctest/doctest.h>

#include <string>

#include "osip_oracle.hpp"
#include "sip/address.hpp"

using namespace ocs::sip;

namespace {

// What pidgin-sipe sends first, seen in the experiment of docs/decisions.md.
const std::string sipe_register =
    "REGISTER sip:contoso.test SIP/2.0\r\n"
    "Via: SIP/2.0/tls 127.0.0.1:40402;branch=z9hG4bKD8FCBD50B1F00CE2EA7B\r\n"
    "From: <sip:alice@contoso.test>;tag=556763007;epid=abb2cb12b77f\r\n"
    "To: <sip:alice@contoso.test>\r\n"
    "Max-Forwards: 70\r\n"
    "CSeq: 1 REGISTER\r\n"
    "User-Agent: Purple/2.14.12 Sipe/1.25.0 (linux-x86_64)\r\n"
    "Call-ID: A533gB601a67A5i3EA5m80BDt5D2AbEA20xC6EEx\r\n"
    "Contact: <sip:127.0.0.1:40402;transport=tls;ms-opaque=d3470f2e1d>;methods=\"INVITE, "
    "MESSAGE\";proxy=replace;"
    "+sip.instance=\"<urn:uuid:0e324752-e1ab-56eb-8f4a-267c85a97459>\"\r\n"
    "Supported: gruu-10, adhoclist, msrtc-event-categories, com.microsoft.msrtc.presence\r\n"
    "Event: registration\r\n"
    "ms-keep-alive: UAC;hop-hop=yes\r\n"
    "Content-Length: 0\r\n\r\n";

std::string request(const std::string& method,
                    const std::string& more = "",
                    const std::string& uri = "sip:contoso.test") {
    return method + " " + uri +
           " SIP/2.0\r\nVia: SIP/2.0/TLS 192.0.2.7:5061;branch=z9hG4bK1\r\n"
           "From: <sip:alice@contoso.test>;tag=1\r\nTo: <sip:alice@contoso.test>\r\nCall-ID: c1\r\nCSeq: 7 " +
           method + "\r\nMax-Forwards: 70\r\n" + more + "\r\n";
}

Peer peer_at(const std::string& address = "192.0.2.7") {
    Peer peer;
    peer.address = address;
    peer.port = 49152;
    peer.local_port = 5061;
    peer.virtual_host = "pool";
    peer.host_name = "sip.contoso.test";
    peer.reached = {"sip.contoso.test"};
    peer.connection = "run-1";
    return peer;
}

std::optional<Message> answered(const std::string& bytes,
                                const FrontEndSettings& settings = {},
                                const Peer& peer = peer_at()) {
    return answer_to(parse_message(bytes, ""), settings, peer);
}

std::string value(const Message& message, std::string_view name) {
    return std::string(message.find(name).value_or("(none)"));
}

AnswerRule rule(RegisterAnswer answer, const std::string& user = "", const std::string& host = "") {
    AnswerRule made;
    made.answer = answer;
    made.user = user;
    made.host = host;
    if (answer == RegisterAnswer::redirect) made.homes = {{"home.contoso.test", 5061, "0.7"}};
    return made;
}

}  // namespace

TEST_CASE("front end: a REGISTER gets what a real client needs to go on") {
    const auto answer = answered(sipe_register, {}, peer_at("127.0.0.1"));
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(value(*answer, "From") == "<sip:alice@contoso.test>;tag=556763007;epid=abb2cb12b77f");
    CHECK(value(*answer, "Call-ID") == "A533gB601a67A5i3EA5m80BDt5D2AbEA20xC6EEx");
    CHECK(value(*answer, "CSeq") == "1 REGISTER");
    CHECK(value(*answer, "ms-keep-alive") == "UAS; tcp=no; hop-hop=yes; end-end=no; timeout=300");
    CHECK(value(*answer, "Expires") == "7200");
    CHECK(value(*answer, "presence-state") == "register-action=\"added\"");
    CHECK(answer->lists("Allow-Events", "vnd-microsoft-roaming-self"));
    CHECK(answer->lists("Supported", "msrtc-event-categories"));
    CHECK(value(*answer, "WWW-Authenticate") == "(none)");
    const Address contact = parse_address(value(*answer, "Contact"));
    CHECK(contact.uri_text == "sip:127.0.0.1:40402;transport=tls;ms-opaque=d3470f2e1d");
    CHECK(contact.parameter("expires") == "7200");
    CHECK(contact.parameter("methods") == "INVITE, MESSAGE");
    CHECK(contact.parameter("gruu")->starts_with("sip:alice@contoso.test;opaque=user:epid:"));

    const std::string bytes = to_bytes(*answer);
    const OsipMessage second = osip_parse(bytes);
    REQUIRE(second);
    CHECK(osip_message_get_status_code(second.get()) == 200);
    CHECK(taken(osip_call_id_get_number(second->call_id) == nullptr
                    ? nullptr
                    : osip_strdup(second->call_id->number)) == "A533gB601a67A5i3EA5m80BDt5D2AbEA20xC6EEx");
    CHECK(std::string(second->cseq->method) == "REGISTER");
    CHECK(parameter_of(second->to->gen_params, "tag").size() == 16);
    auto* via = static_cast<osip_via_t*>(osip_list_get(&second->vias, 0));
    CHECK(parameter_of(via->via_params, "branch") == "z9hG4bKD8FCBD50B1F00CE2EA7B");
    CHECK(parameter_of(via->via_params, "received") == "(none)");
    CHECK(parameter_of(via->via_params, "ms-received-port") == "49152");
    auto* bound = static_cast<osip_contact_t*>(osip_list_get(&second->contacts, 0));
    REQUIRE(bound != nullptr);
    CHECK(parameter_of(bound->gen_params, "expires") == "7200");
    CHECK(std::string(bound->url->host) == "127.0.0.1");
}

TEST_CASE("front end: which status a request gets") {
    struct Row {
        std::string bytes;
        int status;  // 0: no answer
        std::string why;
    };
    const Row rows[] = {
        {request("OPTIONS"), 200, "a probe"},
        {request("REGISTER"), 200, "a query: no Contact"},
        {request("NEGOTIATE"), 405, "a server that does not compress, §6.2"},
        {"NEGOTIATE sip:192.0.2.1:5061 SIP/2.0\r\nVia: SIP/2.0/TLS 192.0.2.7:5061\r\nCSeq: 1 "
         "NEGOTIATE\r\nCall-ID: 1\r\nFrom: <sip:192.0.2.7>;tag=1\r\n\r\n",
         405,
         "as Communicator sends it, without To"},
        {request("SUBSCRIBE", "Event: presence\r\nProxy-Require: ms-benotify\r\n"),
         405,
         "sipe is content with it"},
        {request("INVITE"), 405, "known, not carried out"},
        {request("SERVICE"), 405, "of Communicator"},
        {request("FROBNICATE"), 501, "unknown"},
        {request("register"), 501, "methods are case-sensitive, RFC 3261 §7.1"},
        {request("CANCEL"), 481, "nothing to cancel, §9.2"},
        {request("ACK"), 0, "never answered"},
        {"SIP/2.0 200 OK\r\nVia: SIP/2.0/TLS h\r\n\r\n", 0, "an answer is not answered"},
        {"GET / HTTP/1.1\r\n\r\n", 0, "not SIP"},
        {request("OPTIONS", "", "tel:+1555"), 416, "unknown scheme, §8.2.2.1"},
        {request("REGISTER", "", "contoso.test"), 400, "no URI"},
        {request("REGISTER", "Require: gruu-10, ms-x\r\n"), 200, "harmless extensions"},
        {request("REGISTER", "Require: timer, precondition\r\n"), 420, "unknown extensions, §8.2.2.3"},
        {request("REGISTER", "Contact: *\r\nExpires: 0\r\n"), 200, "all off, §10.2.2"},
        {request("REGISTER", "Contact: *\r\n"), 400, "a star only goes with Expires 0"},
        {request("REGISTER", "Contact: *, <sip:a@b>\r\nExpires: 0\r\n"), 400, "a star stands alone"},
        {"OPTIONS sip:a.test SIP/3.0\r\nVia: SIP/2.0/TLS h\r\n\r\n", 505, "another version"},
        {"OPTIONS sip:a.test SIP/2.0\r\n\r\n", 400, "nothing but a request line"},
        {"OPTIONS sip:a.test SIP/2.0\r\nVia: SIP/2.0/TLS h\r\nFrom: <sip:a@b>;tag=1\r\nTo: "
         "<sip:a@b>\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\n\r\n",
         400,
         "CSeq of another method, §8.1.1.5"},
        {"OPTIONS sip:a.test SIP/2.0\r\nVia: SIP/2.0/TLS h\r\nFrom: <sip:a@b>;tag=1\r\nTo: "
         "<sip:a@b>\r\nCall-ID: 1\r\nCSeq: x OPTIONS\r\n\r\n",
         400,
         "CSeq without a number"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto answer = answered(row.bytes);
        CHECK((answer ? answer->status : 0) == row.status);
        if (answer && row.status != 400 && row.status != 505) CHECK(osip_parse(to_bytes(*answer)) != nullptr);
    }
    CHECK(value(*answered(request("SUBSCRIBE")), "Allow") == "REGISTER, OPTIONS");
    CHECK(answered(request("REGISTER", "Require: timer, precondition\r\n"))->all("Unsupported").size() == 2);
}

TEST_CASE("front end: REGISTER is answered by the first rule that fits") {
    FrontEndSettings settings;
    settings.rules = {rule(RegisterAnswer::not_found, "Bob@contoso.test"),
                      rule(RegisterAnswer::forbidden, "@fabrikam.test"),
                      rule(RegisterAnswer::never, "", "hole"),
                      rule(RegisterAnswer::redirect, "carol@contoso.test"),
                      rule(RegisterAnswer::unavailable, "carol@contoso.test")};
    struct Row {
        std::string user, host;
        int status;  // 0: no answer
        std::string diagnostics, why;
    };
    const Row rows[] = {
        {"alice@contoso.test", "pool", 200, "(none)", "no rule fits"},
        {"bob@contoso.test",
         "pool",
         404,
         "4005;source=\"sip.contoso.test\";reason=\"Destination URI either not enabled for SIP or does not "
         "exist.\"",
         "user, any case"},
        {"eve@fabrikam.test",
         "pool",
         403,
         "4004;source=\"sip.contoso.test\";reason=\"Credentials provided are not authorized to act as "
         "specified from URI.\"",
         "a whole domain"},
        {"eve@notfabrikam.test", "pool", 200, "(none)", "another domain with the same end"},
        {"alice@contoso.test", "hole", 0, "", "a host"},
        {"carol@contoso.test", "pool", 301, "(none)", "redirect"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Peer peer = peer_at();
        peer.virtual_host = row.host;
        const std::string bytes =
            "REGISTER sip:x.test SIP/2.0\r\nVia: SIP/2.0/TLS 192.0.2.7\r\nFrom: <sip:" + row.user +
            ">;tag=1\r\nTo: <sip:" + row.user + ">\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\n\r\n";
        const auto answer = answered(bytes, settings, peer);
        CHECK((answer ? answer->status : 0) == row.status);
        if (answer) CHECK(value(*answer, "ms-diagnostics") == row.diagnostics);
        if (answer) CHECK(osip_parse(to_bytes(*answer)) != nullptr);
    }
}

TEST_CASE("front end: a redirect names the home pools, and does not send a client where it already is") {
    FrontEndSettings settings;
    settings.rules = {rule(RegisterAnswer::redirect)};
    settings.rules[0].homes = {{"home.contoso.test", 5061, "0.7"}, {"2001:db8::1", 0, "0.5"}};
    Peer peer = peer_at();
    const auto answer = answered(sipe_register, settings, peer);
    REQUIRE(answer);
    CHECK(answer->reason == "Redirect request to Home Server");
    const auto contacts = answer->all("Contact");
    REQUIRE(contacts.size() == 2);
    CHECK(contacts[0] == "<sip:home.contoso.test:5061;transport=TLS>;q=0.7");
    CHECK(contacts[1] == "<sip:[2001:db8::1]:5061;transport=TLS>;q=0.5");
    const OsipMessage second = osip_parse(to_bytes(*answer));
    REQUIRE(second);
    auto* first = static_cast<osip_contact_t*>(osip_list_get(&second->contacts, 0));
    CHECK(std::string(first->url->host) == "home.contoso.test");
    CHECK(std::string(first->url->port) == "5061");

    peer.reached = {"home.contoso.test"};
    CHECK(answered(sipe_register, settings, peer)->status == 200);
    peer.local_port = 5062;
    CHECK(answered(sipe_register, settings, peer)->status == 301);
    peer.tls = false;
    peer.local_port = 5061;
    CHECK(answered(sipe_register, settings, peer)->status == 301);
}

TEST_CASE("front end: own diagnostics are quoted") {
    FrontEndSettings settings;
    settings.rules = {rule(RegisterAnswer::unavailable)};
    settings.rules[0].diagnostics = Diagnostics{2, "fe.\"x\"", "back\\slash"};
    const auto answer = answered(sipe_register, settings);
    CHECK(value(*answer, "ms-diagnostics") == "2;source=\"fe.\\\"x\\\"\";reason=\"back\\\\slash\"");
    settings.rules = {rule(RegisterAnswer::redirect)};
    settings.rules[0].diagnostics = Diagnostics{4000, "", "moved"};
    CHECK(value(*answered(sipe_register, settings), "ms-diagnostics") ==
          "4000;source=\"sip.contoso.test\";reason=\"moved\"");
}

TEST_CASE("front end: how long a Contact is granted") {
    struct Row {
        std::string lines, contact, expires, why;
    };
    const Row rows[] = {
        {"Contact: <sip:a@h>\r\n", "<sip:a@h>;expires=7200", "7200", "nothing asked"},
        {"Contact: <sip:a@h>\r\nExpires: 60\r\n", "<sip:a@h>;expires=60", "60", "asked by header"},
        {"Contact: <sip:a@h>;expires=30\r\nExpires: 60\r\n",
         "<sip:a@h>;expires=30",
         "30",
         "the parameter wins, RFC 3261 §10.2.1.1"},
        {"Contact: <sip:a@h>;EXPIRES=99999;q=0.1\r\n",
         "<sip:a@h>;q=0.1;expires=7200",
         "7200",
         "no more than ours"},
        {"Contact: <sip:a@h>\r\nExpires: soon\r\n", "<sip:a@h>;expires=7200", "7200", "not a number"},
        {"Contact: <sip:a@h>\r\nExpires: 99999999999999999999\r\n",
         "<sip:a@h>;expires=7200",
         "7200",
         "larger than any number"},
        {"Contact: sip:a@h\r\n",
         "<sip:a@h>;expires=7200",
         "7200",
         "brackets are added where a parameter follows"},
        {"Contact: <sip:a@h>\r\nExpires: 0\r\n", "(none)", "(none)", "signed off"},
        {"Contact: <sip:a@h>;expires=0, <sip:b@h>\r\n", "<sip:b@h>;expires=7200", "7200", "one off, one on"},
        {"Contact: *\r\nExpires: 0\r\n", "(none)", "(none)", "all off"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto answer = answered(request("REGISTER", row.lines));
        REQUIRE(answer);
        CHECK(value(*answer, "Contact") == row.contact);
        CHECK(value(*answer, "Expires") == row.expires);
        CHECK(value(*answer, "Allow-Events") == "(none)");
    }
}

TEST_CASE("front end: the topmost Via says where the request came from") {
    struct Row {
        std::string sent, peer, expected, why;
    };
    const Row rows[] = {
        {"SIP/2.0/TLS 192.0.2.7:1;branch=b",
         "192.0.2.7",
         "SIP/2.0/TLS 192.0.2.7:1;branch=b",
         "it came from there"},
        {"SIP/2.0/TLS 10.0.0.1:1;branch=b",
         "192.0.2.7",
         "SIP/2.0/TLS 10.0.0.1:1;branch=b;received=192.0.2.7",
         "another address, RFC 3261 §18.2.1"},
        {"SIP/2.0/TLS pc.contoso.test",
         "192.0.2.7",
         "SIP/2.0/TLS pc.contoso.test;received=192.0.2.7",
         "a name"},
        {"SIP/2.0/TLS [2001:DB8:0::1]:1",
         "2001:db8::1",
         "SIP/2.0/TLS [2001:DB8:0::1]:1",
         "the same address, spelled otherwise"},
        {"SIP/2.0/TLS 192.0.2.7;rport",
         "192.0.2.7",
         "SIP/2.0/TLS 192.0.2.7;rport=49152;received=192.0.2.7",
         "RFC 3581 §4"},
        {"SIP/2.0/TLS 192.0.2.7;received=6.6.6.6;ms-received-port=1",
         "192.0.2.7",
         "SIP/2.0/TLS 192.0.2.7",
         "what a client claims is dropped"},
        {"SIP/2.0/TLS 192.0.2.7 , SIP/2.0/TCP 10.9.9.9;branch=c",
         "192.0.2.7",
         "SIP/2.0/TLS 192.0.2.7",
         "the topmost of a list"},
        {"garbage", "192.0.2.7", "garbage;received=192.0.2.7", "not readable, still answered"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const std::string bytes = "OPTIONS sip:a.test SIP/2.0\r\nVia: " + row.sent +
                                  "\r\nv: SIP/2.0/TCP 10.8.8.8;branch=z\r\nFrom: <sip:a@b>;tag=1\r\nTo: "
                                  "<sip:a@b>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n";
        const auto answer = answered(bytes, {}, peer_at(row.peer));
        REQUIRE(answer);
        const auto vias = answer->all("Via");
        REQUIRE(vias.size() == 2);
        const std::string added = ";ms-received-port=49152;ms-received-cid=";
        const auto first = split_list(vias[0]);
        CHECK(std::string(first[0].substr(0, first[0].find(added))) == row.expected);
        CHECK(first[0].find(added) != std::string::npos);
        if (first.size() > 1) CHECK(first[1] == "SIP/2.0/TCP 10.9.9.9;branch=c");
        CHECK(vias[1] == "SIP/2.0/TCP 10.8.8.8;branch=z");
    }
}

TEST_CASE("front end: the To tag is the same for the same request and differs between connections") {
    const std::string first = value(*answered(request("OPTIONS")), "To");
    CHECK(first.starts_with("<sip:alice@contoso.test>;tag="));
    CHECK(value(*answered(request("OPTIONS")), "To") == first);
    Peer other = peer_at();
    other.connection = "run-2";
    CHECK(value(*answered(request("OPTIONS"), {}, other), "To") != first);
    std::string tagged = request("OPTIONS");
    tagged.replace(tagged.find("To: <sip:alice@contoso.test>"), 28, "To: <sip:alice@contoso.test>;tag=own");
    CHECK(value(*answered(tagged), "To") == "<sip:alice@contoso.test>;tag=own");
}

TEST_CASE("front end: Record-Route is in no answer") {
    for (const char* method : {"REGISTER", "SUBSCRIBE", "INVITE", "OPTIONS"}) {
        const auto answer = answered(request(method, "Record-Route: <sip:proxy.test;lr>\r\n"));
        CHECK(value(*answer, "Record-Route") == "(none)");
    }
}

TEST_CASE("front end: facts of a message are bounded and hold no password") {
    const std::string credential = "Authorization: NTLM response=\"0102SECRET\"\r\n";
    std::string bytes = request("REGISTER",
                                credential + "User-Agent: " + std::string(400, 'u') + "\r\n",
                                "sip:alice:hidden@contoso.test");
    bytes.replace(bytes.find("From: <sip:alice@"), 17, "From: <sip:alice:hidden@");
    const MessageFacts facts = facts_of(parse_message(bytes, ""), 77);
    CHECK(facts.method == "REGISTER");
    CHECK(facts.user == "alice@contoso.test");
    CHECK(facts.domain == "contoso.test");
    CHECK(facts.call_id == "c1");
    CHECK(facts.cseq == "7 REGISTER");
    CHECK(facts.user_agent.size() == 256);
    CHECK(facts.has_credentials);
    CHECK(facts.bytes == 77);
    const MessageFacts answer = facts_of(*answered(request("OPTIONS")), 1);
    CHECK(answer.method == "OPTIONS");
    CHECK(answer.status == 200);
    CHECK(answer.reason == "OK");
}

TEST_CASE("front end: the words for answers go both ways") {
    for (const char* word : {"ok", "redirect", "forbidden", "not-found", "unavailable", "never"}) {
        const auto answer = register_answer_of(word);
        REQUIRE(answer);
        CHECK(std::string(to_string(*answer)) == word);
    }
    CHECK(!register_answer_of("OK"));
}
