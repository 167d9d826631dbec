#include "client/web_client.hpp"

#include <doctest/doctest.h>

using namespace ocs;

namespace {

discovery::WebAnswer read(const std::string& head, const std::string& body) {
    discovery::WebAnswer answer;
    client::read_web_answer(head + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body,
                            answer);
    return answer;
}

}  // namespace

TEST_CASE("web client: a redirect inside a 200 is read from XML and from JSON") {
    const char* bodies[] = {
        R"(<AutodiscoverResponse AccessLocation="External"><Root><Link token="Redirect" href="https://ld.corp.test/x"/></Root></AutodiscoverResponse>)",
        R"({"AccessLocation":"External","Root":{"Links":[{"token":"Redirect","href":"https://ld.corp.test/x"}]}})",
        R"({"_links":{"redirect":{"href":"https://ld.corp.test/x"}},"AccessLocation":"External"})"};
    for (const char* body : bodies) {
        CAPTURE(std::string(body));
        const auto answer = read("HTTP/1.1 200 OK", body);
        CHECK(answer.status == 200);
        REQUIRE(answer.redirect);
        CHECK(*answer.redirect == "https://ld.corp.test/x");
        REQUIRE(answer.inside);
        CHECK_FALSE(*answer.inside);
    }
}

TEST_CASE("web client: the SIP servers of a User resource, from XML and from JSON") {
    const char* bodies[] = {
        R"(<AutodiscoverResponse AccessLocation="Internal"><User><SipClientInternalAccess fqdn="Pool01.contoso.test" port="443"/>)"
        R"(<SipClientExternalAccess fqdn="sip.contoso.test" port="443"/><SipServerInternalAccess fqdn="no" port="1"/></User></AutodiscoverResponse>)",
        R"({"AccessLocation":"Internal","User":{"SipClientInternalAccess":{"fqdn":"Pool01.contoso.test","port":443},)"
        R"("SipClientExternalAccess":{"fqdn":"sip.contoso.test","port":"443"}}})"};
    for (const char* body : bodies) {
        CAPTURE(std::string(body));
        const auto answer = read("HTTP/1.1 200 OK\r\nContent-Type: anything", body);
        REQUIRE(answer.sip_internal);
        CHECK(answer.sip_internal->host == "pool01.contoso.test");
        CHECK(answer.sip_internal->port == 443);
        REQUIRE(answer.sip_external);
        CHECK(answer.sip_external->host == "sip.contoso.test");
        CHECK(answer.inside.value_or(false));
    }
}

TEST_CASE("web client: what is no autodiscover answer leaves nothing behind but its status") {
    struct Row {
        std::string head, body, why;
        int status;
    };
    const Row rows[] = {
        {"HTTP/1.1 404 Not Found", "", "no body", 404},
        {"HTTP/1.1 302 Found\r\nLocation: https://elsewhere.test/",
         "",
         "an HTTP redirect counts as a failure [109]",
         302},
        {"HTTP/1.1 200 OK", "<html><a href='x'>", "HTML", 200},
        {"HTTP/1.1 200 OK", "{\"redirect\":", "JSON cut short", 200},
        {"HTTP/1.1 200 OK", std::string(5000, '['), "too deep", 200},
        {"HTTP/1.1 200 OK", R"(<Link token="Redirect"/>)", "a link that leads nowhere", 200},
        {"HTTP/1.1 200 OK",
         R"({"User":{"SipClientExternalAccess":{"fqdn":"","port":70000}}})",
         "no name",
         200},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto answer = read(row.head, row.body);
        REQUIRE(answer.status);
        CHECK(*answer.status == row.status);
        CHECK_FALSE(answer.redirect);
        CHECK_FALSE(answer.sip_external);
    }
    discovery::WebAnswer none;
    client::read_web_answer("SSH-2.0-OpenSSH\r\n", none);
    CHECK_FALSE(none.status);
}

TEST_CASE("web client: the request names host, path and what it accepts") {
    discovery::WebRequest request;
    request.url = "https://lyncdiscover.contoso.test/?sipuri=alice@contoso.test";
    request.host = "lyncdiscover.contoso.test";
    request.accept = "application/json";
    CHECK(client::web_request(request) ==
          "GET /?sipuri=alice@contoso.test HTTP/1.1\r\nHost: lyncdiscover.contoso.test\r\n"
          "Accept: application/json\r\nConnection: close\r\n\r\n");
}
