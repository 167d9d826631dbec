// The API over a history: pages, the latest, one, attempts, and the live feed's way through it.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "admin/control_api.hpp"
#include "admin/handshakes.hpp"
#include "admin/live.hpp"
#include "history_fixture.hpp"

using namespace ocs;
using namespace ocs::admin;
namespace json = boost::json;

namespace {

struct Fixture : StoredHistory {
    ControlledLab lab;

    Fixture() { lab.history = reader.get(); }

    void connection(int number, const std::string& attempt, const std::string& verdict) const {
        add({connection_line(number, attempt, verdict)});
    }
    void question(int number, const std::string& attempt) const { add({question_line(number, attempt)}); }

    json::object get(const std::string& target, int status = 200) {
        const ApiReply reply = handle({"GET", target, "", "", ""}, lab);
        CAPTURE(reply.body);
        CHECK(reply.status == status);
        return json::parse(reply.body).as_object();
    }
};

std::string ids(const json::object& reply, const char* list) {
    std::string all;
    for (const json::value& item : reply.at(list).as_array()) {
        all += (all.empty() ? "" : " ") + std::string(item.at("id").as_string());
    }
    return all;
}

}  // namespace

TEST_CASE("api: connections come newest first, page by page, and questions do not disturb them") {
    Fixture lab;
    for (int i = 1; i <= 5; ++i) {
        lab.connection(i, "a1", "accepted");
        lab.question(i + 10, "a1");
    }
    const auto first = lab.get("/api/v1/handshakes?limit=2");
    CHECK(ids(first, "handshakes") == "c5 c4");
    CHECK(first.at("last").to_number<int>() == 10);
    CHECK(first.at("handshakes").as_array()[0].at("sequence").to_number<int>() == 9);
    const auto next = first.at("next").to_number<int>();
    const auto second = lab.get(fmt::format("/api/v1/handshakes?limit=2&before={}", next));
    CHECK(ids(second, "handshakes") == "c3 c2");
    const auto third =
        lab.get(fmt::format("/api/handshakes?limit=2&before={}", second.at("next").to_number<int>()));
    CHECK(ids(third, "handshakes") == "c1");
    CHECK_FALSE(third.contains("next"));
}

TEST_CASE("api: the filter language, the latest, and one by its id") {
    Fixture lab;
    lab.connection(1, "a1", "rejected-alert");
    lab.connection(2, "a2", "accepted");
    CHECK(ids(lab.get("/api/v1/handshakes?filter=verdict%3Arejected-alert"), "handshakes") == "c1");
    CHECK(lab.get("/api/v1/handshakes/latest").at("id") == "c2");
    CHECK(lab.get("/api/v1/handshakes/latest?filter=-verdict%3Aaccepted").at("id") == "c1");
    lab.get("/api/v1/handshakes/latest?filter=verdict%3Aserver-error", 404);
    CHECK(lab.get("/api/v1/handshakes/c1").at("verdict") == "rejected-alert");
    lab.get("/api/v1/handshakes/c9", 404);
    lab.get("/api/v1/handshakes?filter=verdict%3Aaccept", 400);
    lab.get("/api/v1/handshakes?limit=501", 400);
    lab.get("/api/v1/handshakes?before=x", 400);
}

TEST_CASE("api: one connection has the names of its hello's numbers beside them") {
    Fixture lab;
    lab.add(
        {R"({"schema":"fakeocs.handshake/1","id":"c1","time":"2026-11-24T10:00:01Z","client":{"address":)"
         R"("192.0.2.1","port":5},"verdict":"accepted","hello":{"record_version":769,"legacy_version":771,)"
         R"("supported_versions":[2570,772],"cipher_suites":[4865,47,51914,65025],"extensions":[0,13],)"
         R"("groups":[29],"signature_algorithms":[1027,-1,"x",70000]}})"});
    lab.connection(2, "a1", "closed-before-hello");
    CHECK(
        json::serialize(lab.get("/api/v1/handshakes/c1").at("hello_names")) ==
        R"({"record_version":"TLS 1.0","legacy_version":"TLS 1.2","supported_versions":["GREASE 0x0a0a","TLS 1.3"],)"
        R"("cipher_suites":["TLS_AES_128_GCM_SHA256","TLS_RSA_WITH_AES_128_CBC_SHA","GREASE 0xcaca","0xfe01"],)"
        R"("extensions":["server_name","signature_algorithms"],"groups":["x25519"],)"
        R"("signature_algorithms":["ecdsa_secp256r1_sha256"]})");
    CHECK_FALSE(lab.get("/api/v1/handshakes/c2").contains("hello_names"));
    CHECK_FALSE(lab.get("/api/v1/handshakes/c2").contains("suite_support"));
}

TEST_CASE("api: one connection has what could have been agreed on, suite by suite") {
    const auto line = [](const std::string& id, const std::string& allowed) {
        return R"({"schema":"fakeocs.handshake/1","id":")" + id +
               R"(","time":"2026-11-24T10:00:01Z","client":{"address":"192.0.2.1","port":5},"verdict":"accepted",)" +
               R"("tls":{)" + allowed +
               R"(},"certificate":{"key":"RSA 2048"},"hello":{"legacy_version":769,)" +
               R"("cipher_suites":[4,47,49169,2570,255,65664,49195]}})";
    };
    Fixture lab;
    lab.add({line("c1", R"("allowed":{"min_version":"TLS 1.0","max_version":"TLS 1.3","security_level":0})"),
             line("c2", R"("allowed":{"min_version":"TLS 1.2","max_version":"TLS 1.3","security_level":0})"),
             line("c3", "")});
    const auto words = [&](const char* id) {
        std::string all;
        const auto shown = lab.get(std::string("/api/v1/handshakes/") + id);
        for (const auto& answer : shown.at("suite_support").as_array())
            all += (all.empty() ? "" : " ") + std::string(answer.at("support").as_string());
        return all;
    };
    CHECK(words("c1") == "compiled-out yes compiled-out grease signalling compiled-out no");
    CHECK(words("c2") == "compiled-out no compiled-out grease signalling compiled-out no");
    CHECK(words("c3") == "compiled-out unknown compiled-out grease signalling compiled-out unknown");
    CHECK(lab.get("/api/v1/handshakes/c1").at("suite_support").at(1).at("why") == "in TLS 1.0");
}

TEST_CASE("api: attempts by their latest record, each once over all pages") {
    Fixture lab;
    lab.question(1, "a1");
    lab.question(2, "a2");
    lab.question(3, "a3");
    lab.connection(4, "a1", "rejected-alert");
    lab.connection(5, "a2", "accepted");
    std::string all;
    std::string before;
    for (int pages = 0; pages < 10; ++pages) {
        const auto page = lab.get("/api/v1/attempts?limit=1" + before);
        all += ids(page, "attempts") + ";";
        if (!page.contains("next")) break;
        before = fmt::format("&before={}", page.at("next").to_number<int>());
    }
    CHECK(all == "a2;a1;a3;;;");
    CHECK(ids(lab.get("/api/v1/attempts"), "attempts") == "a2 a1 a3");
    CHECK(ids(lab.get("/api/v1/attempts?filter=verdict%3Arejected-alert"), "attempts") == "a1");

    const auto one = lab.get("/api/v1/attempts/a1");
    CHECK(one.at("verdict") == "rejected-alert");
    CHECK(one.at("questions").to_number<int>() == 1);
    CHECK(ids(one, "records") == "q1 c4");
    CHECK(one.at("tree").as_string().find("sip.a.test") != json::string::npos);
    CHECK(lab.get("/api/v1/attempts/latest").at("id") == "a2");
    lab.get("/api/v1/attempts/a7", 404);
}

TEST_CASE("live feed: goes on behind the last event, and says what it cannot give") {
    Fixture lab;
    for (int i = 1; i <= 3; ++i) lab.connection(i, "a1", "accepted");
    const ApiRequest request{"GET", "/api/v1/events", "", "1", ""};
    auto opening = open_events({request, {}, ""}, *lab.reader);
    REQUIRE(opening.has_value());
    CHECK(opening->text.find("event: gap") == std::string::npos);
    const std::string events = more_events(opening->position, *lab.reader, 100).value();
    CHECK(events.find("id: 1\n") == std::string::npos);
    CHECK(events.find("id: 2\nevent: handshake\ndata: {\"sequence\":2,") != std::string::npos);
    CHECK(events.find("id: 3\n") != std::string::npos);
    CHECK(more_events(opening->position, *lab.reader, 100).value().empty());
    CHECK(opening->position.after == 3);

    const ApiRequest late{"GET", "/api/v1/events", "", "77", ""};
    const auto anew = open_events({late, {}, ""}, *lab.reader);
    CHECK(anew->text.find("event: gap") != std::string::npos);
    CHECK(anew->position.after == 0);

    const ApiRequest odd{"GET", "/api/v1/events", "", "x", ""};
    CHECK(open_events({odd, {}, ""}, *lab.reader).has_error());
    const ApiRequest now{"GET", "/api/v1/events", "", "", ""};
    CHECK(open_events({now, {}, ""}, *lab.reader)->position.after == 3);
}

TEST_CASE("live feed: what passes by carries no id, and a filter holds for it") {
    Fixture lab;
    const std::string seen = R"({"schema":"fakeocs.seen/1","id":"c1"})";
    const std::string silent =
        R"({"schema":"fakeocs.handshake/1","id":"c1","time":"2026-11-24T10:00:01Z","provisional":true,)"
        R"("client":{"address":"192.0.2.1","port":5},"verdict":"finished-silent"})";
    Position all{journal::Filter::parse("", WallTime{}).value(), 0, true};
    CHECK(passing_event(all, seen) == "event: seen\ndata: " + seen + "\n\n");
    CHECK(passing_event(all, silent) == "event: silent\ndata: " + silent + "\n\n");
    Position some{journal::Filter::parse("verdict:accepted", WallTime{}).value(), 0, true};
    CHECK(passing_event(some, seen).empty());
    CHECK(passing_event(some, silent).empty());
}

TEST_CASE("api: who waits reads a bounded part of the history at once, and no row twice") {
    Fixture lab;
    lab.connection(1, "a1", "accepted");
    lab.question(2, "a1");
    lab.connection(3, "a1", "accepted");
    lab.connection(4, "a1", "rejected-alert");
    lab.question(5, "a1");
    const auto filter = journal::Filter::parse("verdict:rejected-alert", WallTime{}).value();
    std::uint64_t after = 0;
    auto step = next_handshake(filter, *lab.reader, after, 2).value();
    CHECK((step.line.empty() && step.more && after == 3));
    step = next_handshake(filter, *lab.reader, after, 2).value();
    CHECK((step.line.starts_with(R"({"sequence":4,)") && after == 4));
    step = next_handshake(filter, *lab.reader, after, 2).value();
    CHECK((step.line.empty() && !step.more && after == 5));
}

TEST_CASE("api: where no history is kept, it says so") {
    HistoryReader none("");
    ControlledLab lab;
    lab.history = &none;
    const ApiReply reply = handle({"GET", "/api/v1/handshakes", "", "", ""}, lab);
    CHECK(reply.status == 503);
    CHECK(reply.body.find("no history is kept") != std::string::npos);
}
