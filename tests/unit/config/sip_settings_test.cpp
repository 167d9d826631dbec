#include "config/sip_settings.hpp"

#include <doctest/doctest.h>

#include <string>

#include "config/load.hpp"

using namespace ocs;
using namespace ocs::config;

namespace {

const std::string host = "hosts:\n  - {id: pool, names: [a.test], certificate: {load: {pfx: a.pfx}}}\n";

std::string errors_of(const std::string& text) {
    const auto settings = parse_settings("f.yaml", host + text);
    if (settings.has_value()) return "";
    std::string all;
    for (const Error& error : settings.error()) all += to_string(error) + "\n";
    return all;
}

}  // namespace

TEST_CASE("sip settings: nothing said is 200 for everybody, within limits") {
    const auto settings = parse_settings("f.yaml", host);
    REQUIRE(settings.has_value());
    CHECK(settings->sip.front_end.rules.empty());
    CHECK(settings->sip.front_end.server == "RTC/3.5");
    CHECK(settings->sip.limits.messages == 1000);
}

TEST_CASE("sip settings: rules are read in order, with homes and diagnostics") {
    const auto settings = parse_settings(
        "f.yaml",
        host +
            "sip:\n"
            "  server: RTC/5.0\n"
            "  expires_seconds: 600\n"
            "  answers:\n"
            "    - {user: Alice@Contoso.TEST, host: pool, answer: redirect, homes: "
            "[{host: Home.Contoso.test, q: 0.25}, {host: '::1', port: 5062, q: 0}]}\n"
            "    - {user: '@fabrikam.test', answer: unavailable, diagnostics: {id: 7, reason: x}}\n"
            "    - answer: never\n"
            "  limits: {messages: 5}\n"
            "listeners:\n"
            "  - {port: 5061}\n"
            "  - {plain_sip: true, port: 5060}\n");
    REQUIRE(settings.has_value());
    const auto& rules = settings->sip.front_end.rules;
    REQUIRE(rules.size() == 3);
    CHECK(rules[0].user == "Alice@contoso.test");
    CHECK(rules[0].host == "pool");
    CHECK(rules[0].answer == sip::RegisterAnswer::redirect);
    REQUIRE(rules[0].homes.size() == 2);
    CHECK(rules[0].homes[0].host == "home.contoso.test");
    CHECK(rules[0].homes[0].port == 0);
    CHECK(rules[0].homes[0].q == "0.25");
    CHECK(rules[0].homes[1].host == "::1");
    CHECK(rules[0].homes[1].port == 5062);
    CHECK(rules[0].homes[1].q == "0");
    CHECK(rules[1].user == "@fabrikam.test");
    CHECK(rules[1].diagnostics->id == 7);
    CHECK(rules[1].diagnostics->reason == "x");
    CHECK(rules[2].answer == sip::RegisterAnswer::never);
    CHECK(settings->sip.limits.messages == 5);
    CHECK(settings->sip.front_end.expires_seconds == 600);
    CHECK(!settings->listeners[0].plain_sip);
    CHECK(settings->listeners[1].plain_sip);
}

TEST_CASE("sip settings: what is wrong is said with its place") {
    struct Row {
        std::string text, found, why;
    };
    const Row rows[] = {
        {"sip: {answers: [{user: alice, answer: ok}]}\n",
         "f.yaml:3:24: sip.answers[0].user: not a SIP user\n",
         "no domain"},
        {"sip: {answers: [{user: 'a b@c.test', answer: ok}]}\n",
         "f.yaml:3:24: sip.answers[0].user: not a SIP user\n",
         "a blank in the user"},
        {"sip: {answers: [{user: 'a@c..test', answer: ok}]}\n",
         "f.yaml:3:24: sip.answers[0].user: not a SIP user\n",
         "an empty label"},
        {"sip: {answers: [{host: pol, answer: ok}]}\n",
         "f.yaml:3:24: sip.answers[0].host: no host has this id: found 'pol'\n",
         "unknown host"},
        {"sip: {answers: [{answer: redirect}]}\n",
         "f.yaml:3:17: sip.answers[0]: a redirect needs at least one home\n",
         "where to?"},
        {"sip: {answers: [{answer: ok, homes: [{host: h.test}]}]}\n",
         "f.yaml:3:37: sip.answers[0].homes: homes go with answer: redirect only\n",
         "homes of nobody"},
        {"sip: {answers: [{answer: redirect, homes: [{port: 1}]}]}\n",
         "f.yaml:3:44: sip.answers[0].homes[0]: key 'host' is missing\n",
         "a home without host"},
        {"sip: {server: \"a\\nb\"}\n",
         "f.yaml:3:15: sip.server: a control character cannot go into a header\n",
         "a line break into a header"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(errors_of(row.text) == row.found);
    }
}
