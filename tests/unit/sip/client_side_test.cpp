#include <doctest/doctest.h>

#include <string>

#include "osip_oracle.hpp"
#include "sip/client_side.hpp"

using namespace ocs::sip;

TEST_CASE("client side: a NEGOTIATE parses for osip2 and here") {
    NegotiateValues values{"192.0.2.7", 49152, "192.0.2.1", 5061, "a1", "0123456789abcdef0123456789abcdef"};
    const std::string bytes = build_negotiate(values);
    const OsipMessage second = osip_parse(bytes);
    REQUIRE(second);
    CHECK(std::string(second->sip_method) == "NEGOTIATE");
    CHECK(std::string(second->req_uri->host) == "192.0.2.1");
    CHECK(std::string(second->call_id->number) == values.call_id);
    CHECK(parameter_of(second->from->gen_params, "tag") == "a1");
    const Message message = parse_message(bytes, "");
    CHECK(message.uri == "sip:192.0.2.1:5061");
    CHECK(message.find("Compression") == "LZ77-8K");
    CHECK(message.problem.empty());
    values.local_address = "2001:db8::7";
    CHECK(build_negotiate(values).find("Via: SIP/2.0/TLS [2001:db8::7]:49152\r\n") != std::string::npos);
}

TEST_CASE("client side: a redirect is read best home first") {
    const AnswerFacts facts = read_answer(parse_message(
        "SIP/2.0 301 Redirect request to Home Server\r\n"
        "Contact: <sip:backup.contoso.test;transport=tls>;q=0.3, "
        "<sip:Home.contoso.test:5061;transport=TLS>;q=0.7\r\n"
        "m: <sip:third.contoso.test>;q=x\r\nContact: nonsense\r\nServer: RTC/3.5\r\nCSeq: 1 REGISTER\r\n",
        ""));
    CHECK(facts.status == 301);
    CHECK(facts.reason == "Redirect request to Home Server");
    REQUIRE(facts.contacts.size() == 3);
    CHECK(facts.contacts[0].host == "third.contoso.test");  // a q that is no number counts as none: 1.0
    CHECK(facts.contacts[1].host == "home.contoso.test");
    CHECK(facts.contacts[1].port == 5061);
    CHECK(facts.contacts[1].transport == "tls");
    CHECK(facts.contacts[1].q == 0.7);
    CHECK(facts.contacts[2].port == 0);
    CHECK(facts.server == "RTC/3.5");
}

TEST_CASE("client side: diagnostics and challenges are read") {
    const AnswerFacts facts = read_answer(parse_message(
        "SIP/2.0 401 Unauthorized\r\n"
        "ms-diagnostics: 1000;reason=\"Final handshake failed; really\";source=\"fe.contoso.test\"\r\n"
        "WWW-Authenticate: NTLM realm=\"SIP Communications Service\", targetname=\"fe.contoso.test\", "
        "version=4\r\n"
        "WWW-Authenticate: Kerberos realm=\"SIP Communications Service\", "
        "targetname=\"sip/fe.contoso.test\", version=4\r\n"
        "Proxy-Authenticate: TLS-DSK\r\nExpires: 60\r\n",
        ""));
    REQUIRE(facts.diagnostics);
    CHECK(facts.diagnostics->id == 1000);
    CHECK(facts.diagnostics->source == "fe.contoso.test");
    CHECK(facts.diagnostics->reason == "Final handshake failed; really");
    REQUIRE(facts.challenges.size() == 3);
    CHECK(facts.challenges[0].scheme == "NTLM");
    CHECK(facts.challenges[0].realm == "SIP Communications Service");
    CHECK(facts.challenges[1].target_name == "sip/fe.contoso.test");
    CHECK(facts.challenges[2].scheme == "TLS-DSK");
    CHECK(facts.expires == 60U);
    const AnswerFacts bare =
        read_answer(parse_message("SIP/2.0 403 No\r\nms-diagnostics-public: x\r\nExpires: y\r\n", ""));
    CHECK(bare.diagnostics->id == 0);
    CHECK(!bare.expires);
}

TEST_CASE("client side: our own front end's answers are read back") {
    FrontEndSettings settings;
    settings.rules.resize(1);
    settings.rules[0].answer = RegisterAnswer::redirect;
    settings.rules[0].homes = {{"home.corp.local", 5062, "0.7"}, {"backup.corp.local", 0, "0.2"}};
    const Message request = parse_message(
        "REGISTER sip:public.test SIP/2.0\r\nVia: SIP/2.0/TLS 192.0.2.7\r\nFrom: "
        "<sip:a@public.test>;tag=1\r\n"
        "To: <sip:a@public.test>\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\n",
        "");
    const AnswerFacts facts = read_answer(*answer_to(request, settings, Peer{}));
    REQUIRE(facts.contacts.size() == 2);
    CHECK(facts.contacts[0].host == "home.corp.local");
    CHECK(facts.contacts[0].port == 5062);
    CHECK(facts.contacts[1].host == "backup.corp.local");
    CHECK(facts.contacts[1].port == 5061);
}
