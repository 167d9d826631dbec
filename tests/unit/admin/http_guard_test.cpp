#include "admin/http_guard.hpp"

#include <doctest/doctest.h>

using namespace ocs;
using namespace ocs::admin;

TEST_CASE("http guard: who may ask, and who may change something") {
    struct Row {
        std::string method, host, origin, site, type;
        int status;  // 0: may
        std::string why;
    };
    const std::string json = "application/json";
    const Row rows[] = {
        {"GET", "127.0.0.1:8061", "", "", "", 0, "the usual"},
        {"GET", "localhost", "", "", "", 0, "through a tunnel the port is another"},
        {"GET", "LocalHost:9", "", "", "", 0, "case does not matter"},
        {"GET", "[::1]:8061", "", "", "", 0, "IPv6"},
        {"GET", "192.0.2.7:8061", "", "", "", 0, "nobody can have an address point elsewhere"},
        {"GET", "lab.contoso.test:8061", "", "", "", 0, "a name of the configuration"},
        {"GET", "evil.test:8061", "", "", "", 421, "DNS rebinding"},
        {"GET", "127.0.0.1.evil.test", "", "", "", 421, "a name that begins like an address"},
        {"GET", "", "", "", "", 421, "no host at all"},
        {"GET", "[", "", "", "", 421, "an open bracket"},
        {"GET", "localhost:8061", "http://localhost:8061", "same-origin", "", 0, "our own page"},
        {"GET", "localhost:8061", "https://localhost:8061", "", "", 0, "behind TLS"},
        {"GET", "localhost:8061", "http://localhost:8062", "", "", 403, "another port is another origin"},
        {"GET", "localhost:8061", "http://evil.test", "", "", 403, "another site reads"},
        {"GET", "localhost:8061", "null", "", "", 403, "a page without an origin of its own"},
        {"GET", "localhost:8061", "", "cross-site", "", 0, "a link from elsewhere is followed"},
        {"POST", "localhost:8061", "", "", json, 0, "curl"},
        {"POST", "localhost:8061", "", "", "Application/JSON; charset=utf-8", 0, "with its parameters"},
        {"POST", "localhost:8061", "", "", "text/plain", 415, "a form can send this"},
        {"POST", "localhost:8061", "", "", "", 415, "no type"},
        {"POST", "localhost:8061", "http://localhost:8061", "same-origin", json, 0, "our own page"},
        {"POST", "localhost:8061", "http://evil.test", "", json, 403, "another site writes"},
        {"DELETE", "localhost:8061", "", "cross-site", "", 403, "another site deletes"},
        {"DELETE", "localhost:8061", "", "same-site", "", 403, "another port of this machine deletes"},
        {"DELETE", "localhost:8061", "", "", "", 0, "curl"},
    };
    const GuardRules rules{false, false, {"lab.contoso.test"}};
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto refusal = refusal_of({row.method, row.host, row.origin, row.site, row.type}, rules);
        CHECK((refusal ? refusal->status : 0) == row.status);
    }
}

TEST_CASE("http guard: the Unix socket is guarded by its mode, but a body is JSON there, too") {
    const GuardRules rules{true, false, {}};
    CHECK_FALSE(refusal_of({"GET", "x", "http://evil.test", "", ""}, rules));
    CHECK(refusal_of({"POST", "x", "", "", "text/plain"}, rules)->status == 415);
}
