// Each thing that can be wrong, and whether a lab with it is ready.
#include "admin/readiness.hpp"

#include <doctest/doctest.h>

using namespace ocs;
using namespace ocs::admin;

namespace {

LabStatus sound() {
    LabStatus status;
    status.listeners = {{"127.0.0.1", 5061}};
    status.sinks = {{"text log", false, 3, 0}, {"history /a/b", false, 3, 0}};
    return status;
}

ApiReply ask(const LabStatus& status, const std::string& query) {
    ControlledLab lab;
    lab.status = [&] { return status; };
    return handle({"GET", "/readyz" + query, ""}, lab);
}

}  // namespace

TEST_CASE("ready: what is wrong is told, and what keeps clients out is 503") {
    LabStatus deaf = sound(), down = sound(), unwritten = sound(), old = sound(), lossy = sound();
    deaf.listeners.clear();
    down.down = {"DNS is configured and not served"};
    unwritten.sinks[1].failing = true;
    old.reload_problem = "lab.yaml:1:1: no";
    lossy.sinks[1].lost = 7;  // in the past: it can be written again
    struct Row {
        LabStatus status;
        int usual, strict;
        std::string problems;
    };
    const Row rows[] = {
        {sound(), 200, 200, ""},
        {deaf, 503, 503, R"("nothing listens")"},
        {down, 503, 503, R"("DNS is configured and not served")"},
        {unwritten, 200, 503, R"("history /a/b cannot be written")"},
        {old, 200, 503, R"("the configuration was not reloaded: lab.yaml:1:1: no")"},
        {lossy, 200, 200, ""},
    };
    for (const Row& row : rows) {
        CAPTURE(row.problems);
        const auto said = [&](int status) {
            return std::string(R"({"ready":)") + (status == 200 ? "true" : "false") + R"(,"problems":[)" +
                   row.problems + "]}\n";
        };
        for (const std::string query : {"", "?strict=false"}) {
            const ApiReply reply = ask(row.status, query);
            CHECK(reply.status == row.usual);
            CHECK(reply.body == said(row.usual));
        }
        const ApiReply strict = ask(row.status, "?strict=true");
        CHECK(strict.status == row.strict);
        CHECK(strict.body == said(row.strict));
    }
    CHECK(ask(sound(), "?strict=yes").status == 400);
}
