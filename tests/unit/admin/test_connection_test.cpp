// Test connections: what is asked for, one at a time, and which record is theirs.
#include "admin/test_connection.hpp"

#include <boost/json/parse.hpp>
#include <vector>

#include "history_fixture.hpp"
#include "served_api.hpp"

using namespace ocs;
using namespace ocs::admin;

namespace {

/// An API with two listeners, whose client does what the test says, when it says so.
struct Tried {
    StoredHistory history;
    ServedApi api;
    std::uint16_t port = 0;
    std::vector<TestWish> wishes;
    std::vector<std::function<void(TestOutcome)>> waiting;

    explicit Tried(bool with_listeners = true) {
        api.lab.history = history.reader.get();
        if (with_listeners) {
            api.lab.listeners = [] {
                return std::vector<NamedListener>{{"sip", {"0.0.0.0", 5061}}, {"web", {"::", 443}}};
            };
        }
        api.lab.try_connection = [this](const TestWish& wish, std::function<void(TestOutcome)> done) {
            wishes.push_back(wish);
            waiting.push_back(std::move(done));
        };
        port = api.listen();
        api.start();
    }
    Tried(const Tried&) = delete;
    Tried& operator=(const Tried&) = delete;
    ~Tried() {  // a test that failed halfway must not wait for a client that never comes back
        for (const auto& done : waiting) done({});
    }

    void ask(Client& client, const std::string& body) {
        client.say(
            fmt::format("POST /api/v1/test-connection HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                        "application/json\r\nContent-Length: {}\r\n\r\n{}",
                        body.size(),
                        body));
    }
    std::string answered(Client& client) {
        api.until([&] { return client.hear().ends_with("}\n"); });
        return client.hear();
    }
};

std::string connection_from(
    const std::string& id, const std::string& address, int from, int to, const char* more = "") {
    return fmt::format(
        R"({{"schema":"fakeocs.handshake/1","id":"{0}","time":"2026-11-24T10:00:00Z",)"
        R"("client":{{"address":"{1}","port":{2}}},"local":{{"address":"127.0.0.1","port":{3}}},)"
        R"("verdict":"accepted"{4}}})",
        id,
        address,
        from,
        to,
        more);
}

boost::json::object told_in(const std::string& heard) {
    return boost::json::parse(heard.substr(heard.find("\r\n\r\n") + 4)).as_object();
}

}  // namespace

TEST_CASE("test connection: goes to the loopback of the listener that is named, else of the first") {
    struct Row {
        std::string body, to, listener;
    };
    const Row rows[] = {
        {R"({"name":"SIP.contoso.test"})", "127.0.0.1:5061", "sip"},
        {R"({"name":"sip.contoso.test","listener":"web"})", "[::1]:443", "web"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.body);
        Tried tried;
        Client client(tried.port);
        tried.ask(client, row.body);
        tried.api.until([&] { return tried.waiting.size() == 1; });
        CHECK(to_string(tried.wishes.front().server) == row.to);
        CHECK(tried.wishes.front().name == "sip.contoso.test");
        tried.waiting.front()({TestResult::unreachable, "refused", {"", 0}});
        const auto told = told_in(tried.answered(client));
        CHECK(told.at("connected") == false);
        CHECK(told.at("listener").as_string() == row.listener);
        CHECK(told.at("address").as_string() == row.to);
        CHECK(told.at("result") == "unreachable");
        CHECK(told.at("why") == "refused");
        CHECK_FALSE(told.contains("handshake"));
    }
}

TEST_CASE("test connection: its record is the one of its own port, stored later than it began") {
    Tried tried;
    tried.history.add({connection_from("before", "127.0.0.1", 40'000, 5061)});
    Client client(tried.port);
    tried.ask(client, R"({"name":"sip.contoso.test"})");
    tried.api.until([&] { return tried.waiting.size() == 1; });
    tried.history.add({connection_from("port", "127.0.0.1", 40'001, 5061),
                       connection_from("address", "127.0.0.2", 40'000, 5061),
                       connection_from("listener", "127.0.0.1", 40'000, 443),
                       connection_from("own", "127.0.0.1", 40'000, 5061)});
    tried.waiting.front()({TestResult::accepted, "good", {"127.0.0.1", 40'000}});
    const auto told = told_in(tried.answered(client));
    CHECK(told.at("handshake") == "own");
    CHECK(told.at("result") == "accepted");
}

TEST_CASE("test connection: one at a time, and others are answered meanwhile") {
    Tried tried;
    Client first(tried.port), second(tried.port), other(tried.port);
    tried.ask(first, R"({"name":"sip.contoso.test"})");
    tried.api.until([&] { return tried.waiting.size() == 1; });
    tried.ask(second, R"({"name":"sip.contoso.test"})");
    CHECK(statuses(tried.answered(second)) == "409");
    other.say(get("/livez"));
    tried.api.until([&] { return other.hear().find("alive") != std::string::npos; });
    CHECK(first.hear().empty());
    tried.waiting.front()({TestResult::timed_out, "", {"", 0}});
    CHECK(statuses(tried.answered(first)) == "200");
    Client third(tried.port);
    tried.ask(third, R"({"name":"sip.contoso.test"})");
    tried.api.until([&] { return tried.waiting.size() == 2; });
    third.close();  // who asked is gone: its end is nobody's trouble
    tried.waiting.back()({TestResult::accepted, "", {"", 0}});
    Client fourth(tried.port);
    tried.ask(fourth, R"({"name":"sip.contoso.test"})");
    tried.api.until([&] { return tried.waiting.size() == 3; });
    tried.waiting.back()({TestResult::accepted, "", {"", 0}});
    CHECK(statuses(tried.answered(fourth)) == "200");
}

TEST_CASE("test connection: what cannot be tried") {
    struct Row {
        std::string body, status;
        bool listens = true;
    };
    const Row rows[] = {
        {R"({"name":"bad..name"})", "400"},
        {R"({"name":"127.0.0.1"})", "400"},
        {R"({"name":"*.contoso.test"})", "400"},
        {R"({"listener":"sip"})", "400"},
        {R"(["name"])", "400"},
        {R"({"name":"sip.contoso.test","listener":"other"})", "404"},
        {R"({"name":"sip.contoso.test"})", "503", false},
    };
    for (const Row& row : rows) {
        CAPTURE(row.body);
        Tried tried(row.listens);
        Client client(tried.port);
        tried.ask(client, row.body);
        CHECK(statuses(tried.answered(client)) == row.status);
        CHECK(tried.wishes.empty());
    }
}
