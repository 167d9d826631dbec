#include "journal/redaction.hpp"

#include <doctest/doctest.h>

#include "log_lines.hpp"

using namespace ocs::journal;
using namespace ocs::journal::test;

namespace {

LogLine of(const std::string& peer, const std::string& user) {
    LogLine line;
    line.peer = peer;
    line.local = "192.168.56.1";
    line.user = user;
    return line;
}

Redaction learned() {
    Redaction redaction("LabHost");
    redaction.learn(of("192.168.56.20", "alice@contoso.test"));
    redaction.learn(of("fe80::1:20", "bob.ross@contoso.test"));
    return redaction;
}

}  // namespace

TEST_CASE("redaction: the same pseudonym wherever a client or user stands, and nothing else changes") {
    const Redaction redaction = learned();
    struct Row {
        std::string text, redacted, why;
    };
    const Row rows[] = {
        {"192.168.56.20:5061 to 192.168.56.1:5061",
         "client-1:5061 to 192.168.56.1:5061",
         "the lab's own stays"},
        {"1192.168.56.20 192.168.56.200", "1192.168.56.20 192.168.56.200", "other addresses"},
        {"at 192.168.56.20.", "at client-1.", "a full stop"},
        {"sip:192.168.56.20;x", "sip:client-1;x", "behind a scheme"},
        {"z9hG4bK192.168.56.20-7", "z9hG4bKclient-1-7", "glued to letters"},
        {"[FE80:0:0:0:0:0:1:20]:5061 fe80::1:20", "[client-2]:5061 client-2", "IPv6, however it is spelled"},
        {"xFE80::1:20-7", "xclient-2-7", "the same, glued to letters"},
        {"::ffff:c0a8:3814 ::FFFF:192.168.56.20", "client-1 client-1", "IPv4 within IPv6"},
        {"20.56.168.192.IN-ADDR.ARPA", "client-1.reverse", "its name in DNS"},
        {"0.2.0.0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.e.f.ip6.arpa",
         "client-2.reverse",
         "IPv6, the same"},
        {"sip:Alice@contoso.test, ALICE", "sip:user-1@contoso.test, user-1", "case"},
        {"alice.contoso.test x.alice.test malice alice2",
         "alice.contoso.test x.alice.test malice alice2",
         "names"},
        {"sip:bob.ross@x.test; bob.ross.", "sip:user-2@x.test; user-2.", "a dot inside"},
        {"u-192.168.56.20@x.test", "u-client-1@x.test", "an address in what is no known user"},
        {"labhost LABHOST: labhost.contoso.test",
         "this-machine this-machine: labhost.contoso.test",
         "this machine"},
        {"10:41:07.301 :: 4.0.7577.314 1::", "10:41:07.301 :: 4.0.7577.314 1::", "times and versions"},
        {"", "", "nothing"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(redaction.text(row.text) == row.redacted);
    }
    CHECK(redaction.clients() == 2);
    CHECK(redaction.users() == 2);
}

TEST_CASE("redaction: a SIP message keeps its shape and loses its people") {
    Redaction redaction = learned();
    const std::string message =
        "INVITE sip:carol:pass@contoso.test SIP/2.0\r\n"
        "Via: SIP/2.0/TLS 10.1.2.3:5061;received=192.168.56.20\r\n"
        "From: \"Alice, <the> \\\"boss\\\"\" <sip:alice@contoso.test>;tag=1\r\n"
        "To: Carol Danvers\r\n <sip:carol@contoso.test>, Dave <sips:dave@contoso.test>\r\n"
        "P-Asserted-Identity: \"open <sip:erin@contoso.test>\r\n"
        "Contact: <tel:+49301234567;phone-context=x>\r\n"
        "Subject: nothing\r\n\r\n<xml>Carol Danvers</xml>";
    redaction.learn_sip(message);
    CHECK(redaction.sip(message) ==
          "INVITE sip:user-3@contoso.test SIP/2.0\r\n"
          "Via: SIP/2.0/TLS client-3:5061;received=client-1\r\n"
          "From: \"name\" <sip:user-1@contoso.test>;tag=1\r\n"
          "To: \"name\" <sip:user-4@contoso.test>, \"name\" <sips:user-6@contoso.test>\r\n"
          "P-Asserted-Identity: \"name\" <sip:user-5@contoso.test>\r\n"
          "Contact: <tel:user-7;phone-context=x>\r\n"
          "Subject: nothing\r\n\r\n(24 bytes of body left out)");
}

TEST_CASE("redaction: users with an address in them, and very long ones") {
    Redaction redaction = learned();
    const std::string longest(5000, 'u');
    const std::string message = "OPTIONS sip:u-192.168.56.20@x.test SIP/2.0\r\nTo: <sip:" + longest +
                                "@x.test>\r\nFrom: <sip:192.168.56.20@x.test>\r\n\r\n";
    redaction.learn_sip(message);
    const std::string redacted = redaction.sip(message);
    CHECK(redacted.find("192.168.56.20") == std::string::npos);
    CHECK(redacted.find("uuu") == std::string::npos);
    CHECK(redacted.starts_with("OPTIONS sip:user-3@x.test SIP/2.0"));
}

TEST_CASE("redaction: a line of the log keeps keys, ids and times") {
    Redaction redaction("");
    redaction.learn(of("192.168.56.20", "time@contoso.test"));
    const std::string line =
        R"({"schema":"fakeocs.handshake/1","id":"x-1","time":"2026-11-24T05:59:00.000001Z","client":{"address":"192.168.56.20","port":1},)"
        R"("user":"time@contoso.test","reasons":["192.168.56.20 asked"],"certificate":{"folder":"/home/you/certs/a.pem"},"attempt":"x-a1"})";
    CHECK(
        redaction.line(line) ==
        R"({"schema":"fakeocs.handshake/1","id":"x-1","time":"2026-11-24T05:59:00.000001Z","client":{"address":"client-1","port":1},)"
        R"("user":"user-1@contoso.test","reasons":["client-1 asked"],"certificate":{"folder":"a.pem"},"attempt":"x-a1"})");
    CHECK(redaction.line("no JSON, 192.168.56.20") == "{}");
}
