#include "server/autodiscover.hpp"

#include <doctest/doctest.h>

using namespace ocs;

namespace {

constexpr const char* xml = "application/vnd.microsoft.rtc.autodiscover+xml;v=1";
const std::string host = "lyncdiscover.contoso.test";

config::AutodiscoverSettings with_servers() {
    config::AutodiscoverSettings settings;
    settings.sip_internal = {"pool01.contoso.test", 5061};
    settings.sip_external = {"sip.contoso.test", 443};
    return settings;
}

}  // namespace

TEST_CASE("autodiscover: which requests are for it") {
    struct Row {
        std::string target;
        bool answered;
        std::string why;
    };
    const Row rows[] = {
        {"/?sipuri=alice@contoso.test", true, "what Lync and pidgin-sipe ask"},
        {"/?x=1&SipUri=alice@contoso.test", true, "parameter names in any case"},
        {"/autodiscover/autodiscoverservice.svc/root?sipuri=a@b.test", true, "the resource behind it"},
        {"/Autodiscover/AutodiscoverService.svc/root/user", true, "the link we give"},
        {"/", false, "a person with a browser gets the page"},
        {"/index.html?sipuri=a@b.test", false, "another path"},
        {"/autodiscover/autodiscover.xml", false, "Exchange's"},
        {"/autodiscover/autodiscoverservice.svc/other", false, "an unknown resource"},
        {"", false, "nothing"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(server::autodiscover_answer(row.target, "", host, true, {}).has_value() == row.answered);
    }
}

TEST_CASE("autodiscover: JSON unless XML is asked for, with the links of Root") {
    const auto json = server::autodiscover_answer("/?sipuri=a@b.test", "application/json", host, true, {});
    REQUIRE(json);
    CHECK(json->content_type == "application/json");
    CHECK(json->body.find(R"("user":{"href":"https://lyncdiscover.contoso.test/Autodiscover/)") !=
          std::string::npos);
    const auto markup = server::autodiscover_answer("/?sipuri=a@b.test", xml, host, true, {});
    REQUIRE(markup);
    CHECK(markup->body.find("<Root><Link token=\"Self\"") != std::string::npos);
    CHECK(markup->body.find("<Link token=\"User\" href=\"https://lyncdiscover.contoso.test/") !=
          std::string::npos);
    CHECK(markup->body.find("SipClient") == std::string::npos);
}

TEST_CASE("autodiscover: in clear, and with a redirect configured, the answer is a redirect inside a 200") {
    const auto clear = server::autodiscover_answer("/?sipuri=a@b.test", xml, host, false, with_servers());
    REQUIRE(clear);
    CHECK(clear->status == 200);
    CHECK(
        clear->body.find("<Link token=\"Redirect\" href=\"https://lyncdiscover.contoso.test/Autodiscover/") !=
        std::string::npos);
    CHECK(clear->body.find("SipClient") == std::string::npos);
    config::AutodiscoverSettings settings = with_servers();
    settings.redirect = "https://ld.corp.test/?a=1&b=2";
    const auto away = server::autodiscover_answer("/?sipuri=a@b.test", xml, host, true, settings);
    REQUIRE(away);
    CHECK(away->body.find("href=\"https://ld.corp.test/?a=1&amp;b=2\"") != std::string::npos);
    CHECK(away->body.find("User") == std::string::npos);
}

TEST_CASE("autodiscover: the SIP servers, where there are any") {
    const auto user = server::autodiscover_answer(
        "/autodiscover/autodiscoverservice.svc/root/user", xml, host, true, with_servers());
    REQUIRE(user);
    CHECK(user->body.find("<User><SipClientInternalAccess fqdn=\"pool01.contoso.test\" port=\"5061\"/>"
                          "<SipClientExternalAccess fqdn=\"sip.contoso.test\" port=\"443\"/>") !=
          std::string::npos);
    CHECK(user->body.find("AccessLocation=\"Internal\"") != std::string::npos);
    const auto none =
        server::autodiscover_answer("/autodiscover/autodiscoverservice.svc/root/user", xml, host, true, {});
    REQUIRE(none);
    CHECK(none->status == 404);
}
