#include "config/fault_settings.hpp"

#include <doctest/doctest.h>

#include "config/load.hpp"

namespace ocs::config {
namespace {

const std::string hosts =
    "\nlisteners: [{name: front, port: 0}]\n"
    "hosts: [{id: front01, certificate: {generate: {}}}, {id: loaded, certificate: {load: "
    "{pfx: p}}}]\n";

std::string errors_of(const std::string& faults) {
    std::string all;
    const auto settings = parse_settings("f.yaml", "faults: [" + faults + "]" + hosts);
    if (settings.has_value()) return all;
    for (const Error& error : settings.error())
        all += to_string(error) + (error.hint.empty() ? "" : " [" + error.hint + "]") + "\n";
    return all;
}

std::string line_of(const std::string& fault) {
    const auto settings = parse_settings("f.yaml", "faults: [" + fault + "]" + hosts);
    REQUIRE_MESSAGE(settings.has_value(), errors_of(fault));
    REQUIRE(settings->faults.size() == 1);
    CHECK(settings->faults[0].from_file);
    CHECK(settings->faults[0].place == "f.yaml:1:10");
    return record::one_line(settings->faults[0], {});
}

}  // namespace

TEST_CASE("faults: what is written is what is armed") {
    struct Row {
        std::string written, line;
    };
    const Row rows[] = {
        {"{fault: wait, delay_ms: 3000}", "every connection: wait 3000 ms before the answer, until lifted"},
        {"{fault: close, at: accept, listener: front, next: 2}", "listener front: close at accept, next 2"},
        {"{fault: reset, at: finished, host: front01, seconds: 60}",
         "host front01: reset after Finished, for 60 s"},
        {"{fault: alert, alert: unknown_ca, name: SIP.Contoso.test.}",
         "name sip.contoso.test: alert 48 unknown_ca in place of the certificate, until lifted"},
        {"{fault: alert, alert: 255}",
         "every connection: alert 255 unassigned in place of the certificate, until "
         "lifted"},
        {"{fault: unrecognized_name}",
         "every connection: alert 112 unrecognized_name in place of the certificate, until lifted"},
        {"{fault: certificate, of: loaded}", "every connection: certificate of loaded, until lifted"},
        {"{fault: expired, host: front01}", "host front01: expired certificate, until lifted"},
        {"{fault: slow, bytes_per_second: 10}", "every connection: slow, 10 bytes a second, until lifted"},
        {"{fault: register, answer: unavailable}", "every connection: REGISTER answered 503, until lifted"},
        {"{fault: register, answer: 403}", "every connection: REGISTER answered 403, until lifted"},
        {"{fault: register, answer: never}", "every connection: REGISTER never answered, until lifted"},
        {"{fault: register, answer: 301, home: 'Pool02.contoso.test:5063'}",
         "every connection: REGISTER answered 301 to pool02.contoso.test port 5063, until lifted"},
        {"{fault: register, answer: redirect, home: '[2001:db8::1]'}",
         "every connection: REGISTER answered 301 to 2001:db8::1, until lifted"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.written);
        CHECK(line_of(row.written) == row.line);
    }
}

TEST_CASE("faults: what is wrong is said with its place and what to do") {
    struct Row {
        std::string written, found;
    };
    const Row rows[] = {
        {"{fault: clos, at: hello}",
         "f.yaml:1:18: faults[0].fault: unknown word: found 'clos', expected one of wait, close, reset, "
         "alert, "
         "certificate, expired, slow, register, unrecognized_name [did you mean 'close'?]\n"},
        {"{at: hello}", "f.yaml:1:10: faults[0]: key 'fault' is missing\n"},
        {"{fault: close}", "f.yaml:1:18: faults[0].fault: fault: close needs at\n"},
        {"{fault: close, at: helo}",
         "f.yaml:1:29: faults[0].at: unknown word: found 'helo', expected one of accept, hello, certificate, "
         "finished [did you mean 'hello'?]\n"},
        {"{fault: slow, bytes_per_second: 9, at: hello}",
         "f.yaml:1:49: faults[0].at: at goes with fault: close or reset, and only with it\n"},
        {"{fault: unrecognized_name, alert: 40}",
         "f.yaml:1:44: faults[0].alert: alert goes with fault: alert, and only with it\n"},
        {"{fault: close, at: accept, name: sip.test}",
         "f.yaml:1:43: faults[0].name: at accept nobody knows yet which name the client wants, or which host "
         "answers [at: hello, or listener in place of name and host]\n"},
        {"{fault: reset, at: accept, host: front01}",
         "f.yaml:1:43: faults[0].host: at accept nobody knows yet which name the client wants, or which host "
         "answers [at: hello, or listener in place of name and host]\n"},
        {"{fault: alert, alert: unknown_cas}",
         "f.yaml:1:32: faults[0].alert: 'unknown_cas' is no alert [did you mean 'unknown_ca'?]\n"},
        {"{fault: alert, alert: 256}",
         "f.yaml:1:32: faults[0].alert: '256' is no alert that refuses [1 to 255]\n"},
        {"{fault: alert, alert: 0}",
         "f.yaml:1:32: faults[0].alert: '0' is no alert that refuses [fault: close says close_notify after "
         "Finished]\n"},
        {"{fault: expired, host: front1}",
         "f.yaml:1:33: faults[0].host: no host has this id: found 'front1' [did you mean 'front01'?]\n"},
        {"{fault: expired, host: loaded}",
         "f.yaml:1:33: faults[0].host: the lab cannot make the certificate of 'loaded' again: it was loaded "
         "[a "
         "host with generate: can be shown expired]\n"},
        {"{fault: certificate, of: front01, host: front01}",
         "f.yaml:1:35: faults[0].of: that is the certificate it shows anyway [name another host]\n"},
        {"{fault: certificate, of: nowhere}",
         "f.yaml:1:35: faults[0].of: no host has this id: found 'nowhere'\n"},
        {"{fault: expired, listener: fron}",
         "f.yaml:1:37: faults[0].listener: no listener has this name: found 'fron', expected one of front "
         "[did "
         "you mean 'front'?]\n"},
        {"{fault: expired, host: minted}",
         "f.yaml:1:33: faults[0].host: no host has this id: found 'minted'\n"},
        {"{fault: expired, name: 192.0.2.1}",
         "f.yaml:1:33: faults[0].name: '192.0.2.1' is not a host name: it is an IP "
         "address\n"},
        {"{fault: register, answer: redirect}",
         "f.yaml:1:36: faults[0].answer: home goes with answer: redirect, and only with it [home: "
         "pool02.contoso.test, where the client is sent]\n"},
        {"{fault: register, answer: 404, home: pool02.test}",
         "f.yaml:1:47: faults[0].home: home goes with answer: redirect, and only with it [home: "
         "pool02.contoso.test, where the client is sent]\n"},
        {"{fault: register, answer: 301, home: 'a b'}",
         "f.yaml:1:47: faults[0].home: 'a b' is neither a name nor an address [home.contoso.test or "
         "home.contoso.test:5061]\n"},
        {"{fault: register, answer: 302}",
         "f.yaml:1:36: faults[0].answer: unknown word: found '302', expected one of redirect, forbidden, "
         "not-found, unavailable, never\n"},
        {"{fault: expired, home: pool02.test}",
         "f.yaml:1:33: faults[0].home: home goes with fault: register, and only with it\n"},
        {"{fault: wait, delay_ms: 0}",
         "f.yaml:1:34: faults[0].delay_ms: bad number: found '0', expected a whole number from 1 to 60000\n"},
        {"{fault: expired, next: 0}",
         "f.yaml:1:33: faults[0].next: bad number: found '0', expected a whole number from 1 to "
         "1000000000\n"},
        {"{fault: expired, nxt: 1}",
         "f.yaml:1:27: faults[0]: unknown key 'nxt': expected one of fault, at, alert, of, answer, home, "
         "host, "
         "name, listener, delay_ms, bytes_per_second, next, seconds [did you mean 'next'?]\n"},
        {"{fault: expired}, {fault: slow, bytes_per_second: 9}",
         "f.yaml:1:28: faults[1]: an earlier fault strikes the same connections at the same moment [a "
         "connection "
         "is struck by one fault]\n"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.written);
        CHECK(errors_of(row.written) == row.found);
    }
}

TEST_CASE("faults: two for the same connections are none where their moments differ") {
    CHECK(errors_of("{fault: expired}, {fault: register, answer: 404}, {fault: close, at: accept}") == "");
}

TEST_CASE("faults: names that get a certificate made for them have a host, too") {
    const std::string text =
        "faults: [{fault: expired, host: minted}]\n"
        "listeners: [{port: 0, unknown_names: mint}]\n"
        "hosts: [{id: a, certificate: {load: {pfx: p}}}]\n";
    CHECK(parse_settings("f.yaml", text).has_value());
}

}  // namespace ocs::config
