// The API's transport: what a client may take of it, and what it makes of odd requests.
#include "admin/http_server.hpp"

#include "history_fixture.hpp"
#include "served_api.hpp"

using namespace ocs;
using namespace ocs::admin;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

/// What is answered to these bytes, until the server closes.
std::string answered(const std::string& said, const GuardRules& rules = {}) {
    ServedApi api;
    const auto port = api.listen(rules);
    api.start();
    Client client(port);
    client.say(said);
    client.half_close();
    api.until([&] {
        client.hear();
        return client.ended();
    });
    return client.hear();
}

void hear_until(ServedApi& api, Client& client, const std::string& text) {
    api.until([&] { return client.hear().find(text) != std::string::npos; });
}

}  // namespace

TEST_CASE("http server: a door that is full keeps nobody from another") {
    HttpLimits limits;
    limits.ca_connections = 2;
    ServedApi api(limits);
    const auto ca_port = api.listen(GuardRules{false, true, {}});
    const auto port = api.listen();
    api.start();
    Client first(ca_port), second(ca_port), third(ca_port);
    api.until([&] {
        third.hear();
        return third.ended();
    });
    CHECK(third.hear().empty());
    Client administrator(port);
    administrator.say(get("/livez"));
    hear_until(api, administrator, "alive");
    first.close();  // and its place is free again
    std::string answer;
    api.until([&] {
        Client next(ca_port);
        next.say(get("/"));
        api.until([&] { return !next.hear().empty() || next.ended(); });
        answer = next.hear();
        return !answer.empty();
    });
    CHECK(statuses(answer) == "404");
    second.hear();
    CHECK_FALSE(second.ended());
}

TEST_CASE("http server: a further request on a connection has as long as the first") {
    HttpLimits limits;
    limits.patience = 50ms;
    limits.idle = 1h;
    ServedApi api(limits);
    const auto port = api.listen();
    api.start();
    Client client(port);
    client.say(get("/livez"));
    hear_until(api, client, "alive");
    client.say("GET /livez HTTP/1.1\r\nHost");  // and no more
    api.until([&] {
        client.hear();
        return client.ended();
    });
    CHECK(statuses(client.hear()) == "200");
}

TEST_CASE("http server: a connection may be silent between requests, and not for ever") {
    HttpLimits limits;
    limits.patience = 1h;
    limits.idle = 50ms;
    ServedApi api(limits);
    const auto port = api.listen();
    api.start();
    Client client(port);
    client.say(get("/livez"));
    api.until([&] {
        client.hear();
        return client.ended();
    });
    CHECK(statuses(client.hear()) == "200");
}

TEST_CASE("http server: who waits or watches and goes away leaves the place to somebody else") {
    for (const std::string path : {"/api/v1/handshakes/wait?timeout=600", "/api/v1/events"}) {
        CAPTURE(path);
        HttpLimits limits;
        limits.streams = 1;
        limits.heartbeat = 1h;  // it is not a failed write that tells
        const StoredHistory history;
        ServedApi api(limits);
        api.lab.history = history.reader.get();
        const auto port = api.listen();
        api.start();
        const auto status_of_another = [&] {
            Client another(port);
            another.say(get("/api/v1/handshakes/wait?timeout=0"));
            api.until([&] {
                another.hear();
                return another.ended();
            });
            return statuses(another.hear());
        };
        Client client(port);
        client.say(get(path));
        api.until([&] { return status_of_another() == "503"; });
        client.close();
        api.until([&] { return status_of_another() == "404"; });
    }
}

TEST_CASE("http server: others are answered while somebody's filter reads through a long history") {
    for (const std::string path : {"/api/v1/handshakes/wait?timeout=0&after=0&filter=verdict%3Aserver-error",
                                   "/api/v1/events?after=0&filter=verdict%3Aserver-error"}) {
        CAPTURE(path);
        const StoredHistory history;
        std::vector<std::string> lines;
        for (int i = 1; i <= 12'000; ++i) lines.push_back(connection_line(i, "a1", "accepted"));
        lines.push_back(connection_line(12'001, "a1", "server-error"));
        history.add(lines);
        ServedApi api;
        api.lab.history = history.reader.get();
        const auto port = api.listen();
        api.start();
        Client reader(port), other(port);
        reader.say(get(path));
        other.say(get("/livez"));
        while (other.hear().find("alive") == std::string::npos) api.step();
        CHECK(reader.hear().find("c12001") == std::string::npos);
        hear_until(api, reader, "c12001");
    }
}

TEST_CASE("http server: what is asked for by its id is stored first, and others are answered meanwhile") {
    const StoredHistory history;
    ServedApi api;
    api.lab.history = history.reader.get();
    std::function<void()> stored;
    api.lab.store_now = [&](std::function<void()> done) { stored = std::move(done); };
    const auto port = api.listen();
    api.start();
    for (const std::string path :
         {"/api/v1/handshakes/c1", "/api/v1/attempts/a1", "/api/v1/attempts/a1/export"}) {
        CAPTURE(path);
        Client asks(port), other(port);
        asks.say(get(path));
        api.until([&] { return stored != nullptr; });
        other.say(get("/api/v1/handshakes"));
        hear_until(api, other, "200 OK");
        CHECK(asks.hear().empty());
        if (path.ends_with("c1")) history.add({connection_line(1, "a1", "accepted")});
        std::exchange(stored, nullptr)();
        hear_until(api, asks, "\r\n\r\n");
        CHECK(statuses(asks.hear()) == "200");
    }
}

TEST_CASE("http server: a journal that cannot store is not waited for for ever") {
    const StoredHistory history;
    HttpLimits limits;
    limits.storing = 1ms;
    ServedApi api(limits);
    api.lab.history = history.reader.get();
    api.lab.store_now = [](const std::function<void()>&) {};
    const auto port = api.listen();
    api.start();
    Client client(port);
    client.say(get("/api/v1/handshakes/c1"));
    hear_until(api, client, "is in the history");
    CHECK(statuses(client.hear()) == "404");
}

TEST_CASE("http server: limits of size") {
    const std::string post =
        "POST /api/v1/compare HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    CHECK(statuses(answered(post + "Content-Length: 65537\r\n\r\n" + std::string(65537, ' '))) == "413");
    CHECK(statuses(answered(post + "Content-Length: 65536\r\n\r\n" + std::string(65536, ' '))) == "400");
    CHECK(statuses(answered("\x16\x03\x01")) == "400");  // TLS, say: nothing more is waited for
    CHECK(statuses(answered(get("/livez", "X: " + std::string(9000, 'y') + "\r\n"))) == "431");
}

TEST_CASE("http server: a request is one request or none, never two") {
    const std::string line = "POST /api/v1/compare HTTP/1.1\r\n";
    const std::string json = "Content-Type: application/json\r\n";
    const std::string host = "Host: localhost\r\n";
    const std::string hidden = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";
    const std::string length = fmt::format("Content-Length: {}\r\n", hidden.size());
    struct Row {
        std::string said, statuses, why;
    };
    const Row rows[] = {
        {hidden, "200", "the usual"},
        {line + host + json + length + "\r\n" + hidden, "400", "a body that looks like a request is a body"},
        {hidden + hidden, "200 200", "pipelined: two requests are two"},
        {line + host + json + "Content-Length: 0\r\n" + length + "\r\n" + hidden,
         "400",
         "two lengths that differ"},
        {line + host + json + length + length + "\r\n" + hidden, "400", "two lengths that agree"},
        {line + host + json + "Content-Length: 0, 40\r\n\r\n" + hidden, "400", "two lengths in one"},
        {line + host + json + "Content-Length: +0\r\n\r\n" + hidden, "400", "a sign"},
        {line + host + json + "Content-Length: 0x0\r\n\r\n" + hidden, "400", "another base"},
        {line + host + json + "Content-Length: 99999999999999999999\r\n\r\n" + hidden, "400", "overflow"},
        {line + host + json + "Transfer-Encoding: chunked\r\n" + length + "\r\n0\r\n\r\n" + hidden,
         "400",
         "both kinds"},
        {line + host + json + length + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
         "400",
         "the other way"},
        {line + host + json + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" +
             hidden,
         "400",
         "two encodings"},
        {line + host + json + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + hidden,
         "400",
         "no such encoding"},
        {line + host + json + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + hidden,
         "400",
         "blank before colon"},
        {line + host + json + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n" + hidden, "400", "folded"},
        {"GET /livez HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n", "400", "obs-fold (RFC 9112 5.2)"},
        {"GET /livez HTTP/1.1\nHost: localhost\n\n" + hidden, "400", "bare LF"},
        {"GET /livez HTTP/1.1\r\nHost: localhost\nX: a\r\n\r\n", "400", "bare LF in a header"},
        {"GET /livez HTTP/1.1\r\nHost: localhost\rX: a\r\n\r\n", "400", "bare CR"},
        {"GET http://localhost/livez HTTP/1.1\r\nHost: localhost\r\n\r\n", "400", "absolute form"},
        {"GET http://evil.test/livez HTTP/1.1\r\nHost: localhost\r\n\r\n", "400", "whose Host is it?"},
        {"CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n", "400", "no proxy"},
        {"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", "400", "asterisk form"},
        {"GET /livez HTTP/1.1\r\nHost: localhost\r\nHost: evil.test\r\n\r\n", "400", "two hosts"},
        {"GET /livez HTTP/1.1\r\nHost: localhost\r\nOrigin: null\r\nOrigin: http://localhost\r\n\r\n",
         "400",
         "two origins"},
        {"GET /livez HTTP/1.1\r\n\r\n", "421", "no host"},
        {"GET /livez HTTP/1.0\r\nHost: localhost\r\n\r\n" + hidden, "200", "HTTP/1.0 ends with its answer"},
        {"GET /livez HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n" + hidden,
         "200 200",
         "unless asked"},
        {"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" + hidden,
         "200",
         "nothing after close"},
        {"GET /livez HTTP/2.0\r\nHost: localhost\r\n\r\n", "400", "another version"},
        {"GET /livez\r\n\r\n", "400", "HTTP/0.9"},
        {"GET  /livez HTTP/1.1\r\nHost: localhost\r\n\r\n", "400", "two blanks"},
        {"GET /li\0vez HTTP/1.1\r\nHost: localhost\r\n\r\n"s, "400", "a NUL in the target"},
        {"GET /livez HTTP/1.1\r\nHost: local\0host\r\n\r\n"s, "400", "a NUL in a header"},
        {"GET /livez#x HTTP/1.1\r\nHost: localhost\r\n\r\n", "404", "a fragment is no path of ours"},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "400", "HTTP/2 that did not ask"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const std::string heard = answered(row.said);
        CAPTURE(heard);
        CHECK(statuses(heard) == row.statuses);
    }
}
