#include "sip/conversation.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace ocs::sip;

namespace {

std::string request(const std::string& method, int cseq, const std::string& more = "") {
    return method +
           " sip:contoso.test SIP/2.0\r\nVia: SIP/2.0/TLS 192.0.2.7:5061;branch=z9hG4bK1\r\n"
           "From: <sip:alice@contoso.test>;tag=1\r\nTo: <sip:alice@contoso.test>\r\nCall-ID: c1\r\nCSeq: " +
           std::to_string(cseq) + " " + method + "\r\n" + more + "Content-Length: 0\r\n\r\n";
}

const std::string contact = "Contact: <sip:alice@192.0.2.7:5061;transport=tls>\r\n";

Peer peer() {
    Peer made;
    made.address = "192.0.2.7";
    made.port = 49152;
    made.connection = "run-1";
    return made;
}

std::string statuses(const std::vector<Exchange>& exchanges) {
    std::string text;
    for (const Exchange& exchange : exchanges) {
        text += text.empty() ? "" : " ";
        text += exchange.sent ? std::to_string(exchange.sent->status)
                              : (exchange.answer == "\r\n" ? "pong" : "-");
    }
    return text;
}

}  // namespace

TEST_CASE("conversation: the text of what came is there where it is to be kept, and without credentials") {
    const std::string blob = "Authorization: NTLM gssapi-data=\"SECRET\"\r\n";
    const std::string stream = request("REGISTER", 1, contact + blob) + request("SUBSCRIBE", 2) +
                               "BYE sip:a SIP/2.0\r\n" + blob + "Content-Length: x\r\n\r\n";
    const FrontEndSettings settings;
    Conversation plain(settings, peer());
    for (const Exchange& exchange : plain.receive(stream)) CHECK(exchange.text.empty());
    Conversation kept(settings, peer());
    kept.keep_text();
    std::string whole;
    for (const char byte : stream)
        for (const Exchange& exchange : kept.receive(std::string(1, byte))) whole += exchange.text;
    CHECK(whole == without_credentials(stream));
    CHECK(whole.find("SECRET") == std::string::npos);
    CHECK(whole.find("Authorization: NTLM (21 bytes not kept)") != std::string::npos);
}

TEST_CASE("conversation: signed in means that a request came after our 200 to a REGISTER") {
    struct Row {
        std::string stream;
        RegisterAnswer rule;
        std::string answers;
        bool signed_in;
        std::string why;
    };
    const Row rows[] = {
        {request("REGISTER", 1, contact), RegisterAnswer::ok, "200", false, "nothing came after"},
        {request("REGISTER", 1, contact) + request("SUBSCRIBE", 1),
         RegisterAnswer::ok,
         "200 405",
         true,
         "it went on"},
        {request("REGISTER", 1, contact) + request("REGISTER", 2, contact),
         RegisterAnswer::ok,
         "200 200",
         true,
         "it registered again"},
        {request("REGISTER", 1, contact) + "\r\n\r\n",
         RegisterAnswer::ok,
         "200 pong",
         false,
         "a keep-alive is no request"},
        {request("REGISTER", 1) + request("SUBSCRIBE", 1),
         RegisterAnswer::ok,
         "200 405",
         false,
         "a query registers nothing"},
        {request("REGISTER", 1, contact + "Expires: 0\r\n") + request("SUBSCRIBE", 1),
         RegisterAnswer::ok,
         "200 405",
         false,
         "signed off"},
        {request("REGISTER", 1, contact) + request("SUBSCRIBE", 1),
         RegisterAnswer::forbidden,
         "403 405",
         false,
         "refused"},
        {request("REGISTER", 1, contact) + request("SUBSCRIBE", 1),
         RegisterAnswer::never,
         "- 405",
         false,
         "never answered"},
        {request("OPTIONS", 1) + request("OPTIONS", 2),
         RegisterAnswer::ok,
         "200 200",
         false,
         "no REGISTER at all"},
        {request("REGISTER", 1, contact) + "SIP/2.0 200 OK\r\n\r\n",
         RegisterAnswer::ok,
         "200 -",
         false,
         "an answer is no request"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        FrontEndSettings settings;
        settings.rules.resize(1);
        settings.rules[0].answer = row.rule;
        Conversation conversation(settings, peer());
        CHECK(statuses(conversation.receive(row.stream)) == row.answers);
        CHECK(conversation.is_signed_in() == row.signed_in);
        CHECK(!conversation.is_over());
    }
}

TEST_CASE(
    "conversation: a ruling is asked for at the first REGISTER, and answers this connection's from there") {
    struct Row {
        std::string stream;
        std::optional<RegisterAnswer> ruling;
        std::string answers;
        int asked;
    };
    const std::string registers = request("REGISTER", 1, contact) + request("REGISTER", 2, contact);
    const Row rows[] = {
        {request("OPTIONS", 1), RegisterAnswer::forbidden, "200", 0},
        {registers, RegisterAnswer::forbidden, "403 403", 1},
        {registers, std::nullopt, "404 404", 1},
        {registers + request("OPTIONS", 3), RegisterAnswer::never, "- - 200", 1},
    };
    FrontEndSettings settings;
    settings.rules.resize(1);
    settings.rules[0].answer = RegisterAnswer::not_found;
    for (const Row& row : rows) {
        CAPTURE(row.answers);
        int asked = 0;
        Conversation conversation(settings, peer(), {}, [&]() -> std::optional<AnswerRule> {
            ++asked;
            if (!row.ruling) return std::nullopt;
            AnswerRule rule;
            rule.answer = *row.ruling;
            return rule;
        });
        CHECK(statuses(conversation.receive(row.stream)) == row.answers);
        CHECK(asked == row.asked);
    }
}

TEST_CASE("conversation: a ping gets its pong, but not from a client with Communicator's keep-alive") {
    const FrontEndSettings settings;
    Conversation plain(settings, peer());
    const auto pong = plain.receive("\r\n\r\n");
    REQUIRE(pong.size() == 1);
    CHECK(pong[0].answer == "\r\n");
    CHECK(!pong[0].received);
    Conversation communicator(settings, peer());
    communicator.receive(request("REGISTER", 1, contact + "ms-keep-alive: UAC;hop-hop=yes\r\n"));
    const auto silence = communicator.receive("\r\n\r\n");
    REQUIRE(silence.size() == 1);
    CHECK(silence[0].answer.empty());
}

TEST_CASE("conversation: a lost stream is answered where a request can be read, and is over") {
    const FrontEndSettings settings;
    Conversation readable(settings, peer());
    std::string bad = request("REGISTER", 1);
    bad.replace(bad.find("Content-Length: 0"), 17, "Content-Length: x");
    const auto refused = readable.receive(bad + request("REGISTER", 2, contact));
    CHECK(statuses(refused) == "400");
    CHECK(refused[0].received->problem == "Content-Length is no number");
    CHECK(refused[0].received->method == "REGISTER");
    CHECK(readable.is_over());
    CHECK(readable.receive(request("OPTIONS", 3)).empty());
    Conversation garbage(settings, peer());
    CHECK(statuses(garbage.receive("hello world\r\n")) == "-");
    CHECK(garbage.is_over());
}

TEST_CASE("conversation: facts of both directions, and the domain the client registers in") {
    const FrontEndSettings settings;
    Conversation conversation(settings, peer());
    const std::string bytes = request("REGISTER", 1, contact + "User-Agent: test\r\n");
    const auto exchanges = conversation.receive(bytes);
    REQUIRE(exchanges.size() == 1);
    CHECK(exchanges[0].received->bytes == bytes.size());
    CHECK(exchanges[0].received->user_agent == "test");
    CHECK(exchanges[0].received->from_client);
    CHECK(!exchanges[0].sent->from_client);
    CHECK(exchanges[0].sent->status == 200);
    CHECK(exchanges[0].sent->method == "REGISTER");
    CHECK(exchanges[0].sent->user == "alice@contoso.test");
    CHECK(exchanges[0].sent->bytes == exchanges[0].answer.size());
    CHECK(conversation.domain() == "contoso.test");
}
