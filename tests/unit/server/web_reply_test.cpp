#include "server/web_reply.hpp"

#include <doctest/doctest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

using namespace ocs;

namespace {

const config::AutodiscoverSettings no_autodiscover;

record::ConnectionRecord seen(const std::string& sni) {
    record::ConnectionRecord record;
    record.client = {"192.0.2.1", 50000};
    record.facts.virtual_host = "front01";
    record.facts.host_choice = record::HostChoice::default_unknown_name;
    record.facts.version = 0x0303;
    record.facts.cipher_suite = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256";
    auto& hello = record.facts.hello.emplace();
    hello.legacy_version = 0x0303;
    hello.cipher_suites = {0x0a0a, 0xc02f, 0x0004, 0x1234};
    hello.extensions = {0, 16, 65281};
    hello.groups = {29};
    hello.signature_algorithms = {0x0804};
    hello.alpn = {"h2"};
    hello.sni = {record::SniForm::not_a_host_name, sni, ""};
    auto certificate = std::make_shared<record::ServedCertificate>();
    certificate->names.san_present = true;
    certificate->names.san = {{discovery::NameKind::dns, "sip.contoso.test"}};
    certificate->names.common_names = {"sip.contoso.test"};
    record.certificate = certificate;
    record.wanted = record::WantedName{sni, record::NameSource::sni};
    return record;
}

struct Answer {
    std::string head, body;
};
Answer answer(const std::string& request, const std::string& sni = "sip.contoso.test") {
    auto record = seen(sni);
    auto speaker = server::make_web_speaker(record, no_autodiscover);
    const auto reply = speaker->hear(request, Micros{0});
    CHECK(reply.last);
    const std::size_t end = reply.bytes.find("\r\n\r\n");
    REQUIRE(end != std::string::npos);
    return {reply.bytes.substr(0, end + 2), reply.bytes.substr(end + 4)};
}
/// The dotted paths of all values, "[]" for the elements of a list of objects.
void collect(const boost::json::value& value, const std::string& path, std::set<std::string>& keys) {
    if (value.is_object()) {
        for (const auto& member : value.get_object())
            collect(member.value(),
                    path.empty() ? std::string(member.key()) : path + "." + std::string(member.key()),
                    keys);
    } else if (value.is_array() && !value.get_array().empty() && value.get_array()[0].is_object()) {
        collect(value.get_array()[0], path + "[]", keys);
    } else {
        keys.insert(path);
    }
}
bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("web reply: the form that the client likes best") {
    struct Row {
        std::string accept, type, why;
    };
    const Row rows[] = {
        {"", "text/plain; charset=utf-8", "no Accept"},
        {"Accept: */*\r\n", "text/plain; charset=utf-8", "curl"},
        {"Accept: application/json\r\n", "application/json", "a script"},
        {"ACCEPT:application/JSON\r\n", "application/json", "case does not matter"},
        {"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n",
         "text/html; charset=utf-8",
         "a browser"},
        {"Accept: text/html;q=0.5, application/json;q=0.9\r\n", "application/json", "q decides"},
        {"Accept: application/json;q=0\r\n", "text/plain; charset=utf-8", "q=0 is a no"},
        {"Accept: image/png\r\n", "text/plain; charset=utf-8", "nothing fits: text is better than 406"},
        {"Accept: ;;,,;q=\r\n", "text/plain; charset=utf-8", "nonsense"},
        {"X-Accept: application/json\r\n", "text/plain; charset=utf-8", "another header"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const Answer got = answer("GET / HTTP/1.1\r\nHost: a\r\n" + row.accept + "\r\n");
        CHECK(got.head.starts_with("HTTP/1.1 200 OK\r\n"));
        CHECK(has(got.head, "Content-Type: " + row.type + "\r\n"));
        CHECK(has(got.head, "Content-Length: " + std::to_string(got.body.size()) + "\r\n"));
        CHECK(has(got.head, "Connection: close\r\n"));
    }
}

TEST_CASE("web reply: a request however it is written") {
    struct Row {
        std::string request, status, why;
    };
    const Row rows[] = {
        {"GET / HTTP/1.0\r\n\r\n", "200", "the README's"},
        {"GET / HTTP/1.0\n\n", "200", "bare newlines"},
        {"GET / HTTP/1.0\r\n\n", "200", "both"},
        {"\r\n\r\nGET / HTTP/1.0\n\r\n", "200", "blank lines before it"},
        {"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n",
         "200",
         "a body is not waited for"},
        {"GET /\r\n\r\n", "400", "no version"},
        {"GET / HTTP/1.1\r\nbad header\r\n\r\n", "400", "no header"},
        {"PRI * HTTP/2.0\r\n\r\n", "400", "HTTP/2 was not agreed on"},
        {"GET / HTTP/1.1\r\nX: " + std::string(9000, 'a'), "431", "a head without end"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(answer(row.request).head.starts_with("HTTP/1.1 " + row.status + " "));
    }
    const Answer head = answer("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(head.head.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(head.body == "");
}

TEST_CASE("web reply: waits for the whole head, in whatever pieces") {
    auto record = seen("a");
    auto speaker = server::make_web_speaker(record, no_autodiscover);
    const std::string request = "GET / HTTP/1.0\r\nAccept: application/json\r\n\r\n";
    for (std::size_t i = 0; i + 1 < request.size(); ++i) {
        const auto reply = speaker->hear(request.substr(i, 1), Micros{0});
        CHECK(reply.bytes.empty());
        CHECK(!reply.last);
    }
    CHECK(has(speaker->hear("\n", Micros{0}).bytes, "application/json"));
}

TEST_CASE("web page: JSON reflects what the server saw") {
    const Answer got =
        answer("GET / HTTP/1.1\r\nHost: a\r\nAccept: application/json\r\n\r\n", "SIP.contoso.test");
    const auto page = boost::json::parse(got.body).as_object();
    CHECK(page.at("sni").as_string() == "SIP.contoso.test");
    CHECK(page.at("virtual_host").as_string() == "front01");
    CHECK(page.at("host_choice").as_string() == "default-unknown-name");
    CHECK(page.at("covered").at("rfc9525").as_bool());
    CHECK(page.at("certificate").at("san").at(0).at("text").as_string() == "sip.contoso.test");
    const auto& hello = page.at("hello").as_object();
    CHECK(boost::json::serialize(hello.at("cipher_suites")) ==
          R"(["GREASE 0x0a0a","TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256","TLS_RSA_WITH_RC4_128_MD5","0x1234"])");
    CHECK(boost::json::serialize(hello.at("extensions")) ==
          R"(["server_name","application_layer_protocol_negotiation","renegotiation_info"])");
    CHECK(boost::json::serialize(hello.at("versions")) == R"(["TLS 1.2"])");
    CHECK(boost::json::serialize(hello.at("alpn")) == R"(["h2"])");
}

TEST_CASE("web page: docs/handshake-log.md has exactly the keys of the JSON") {
    const Answer got = answer("GET / HTTP/1.1\r\nHost: a\r\nAccept: application/json\r\n\r\n");
    std::set<std::string> keys, documented;
    collect(boost::json::parse(got.body), "", keys);
    std::ifstream page(std::filesystem::path(OCS_SOURCE_DIR) / "docs/handshake-log.md");
    bool inside = false;
    for (std::string line; std::getline(page, line);) {
        if (line.starts_with("## ")) inside = line == "## The page at `/`";
        if (inside && line.starts_with("| `")) documented.insert(line.substr(3, line.find('`', 3) - 3));
    }
    for (const auto& key : keys) {
        CAPTURE(key);
        CHECK(documented.count(key) == 1);
    }
    CHECK(documented.size() == keys.size());
}

TEST_CASE("web page: hostile text is shown and does nothing") {
    const std::string sni = "<script>alert(1)</script>\"&\r\n\x1b[2J";
    for (const std::string accept : {"text/html", "text/plain", "application/json"}) {
        CAPTURE(accept);
        const Answer got = answer("GET / HTTP/1.1\r\nAccept: " + accept + "\r\n\r\n", sni);
        CHECK(!has(got.body, "\x1b"));
        if (accept == "text/html") CHECK(!has(got.body, "<script"));
        if (accept == "text/html")
            CHECK(has(got.body, "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&amp;\\x0d\\x0a"));
        if (accept == "application/json") CHECK(boost::json::parse(got.body).is_object());
        CHECK(has(got.head, "Content-Security-Policy: default-src 'none'"));
    }
}
