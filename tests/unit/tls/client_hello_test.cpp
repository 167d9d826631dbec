#include "tls/client_hello.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "hello_bytes.hpp"

using namespace ocs;
using namespace ocs::tls;
using record::SniForm;

namespace {

Bytes hello(const Bytes& extensions, std::size_t version = 0x0303) {
    const Bytes body = join({number(version, 2),
                             Bytes(32, 0x55),
                             block(1, Bytes(32, 0x66)),
                             block(2, Bytes{0x0a, 0x0a, 0x13, 0x01, 0xc0, 0x2f}),
                             block(1, Bytes{0}),
                             extensions});
    return join({Bytes{1}, block(3, body)});
}
Bytes full_hello() {
    return hello(block(2,
                       join({extension(0, server_name("Sip.Contoso.test")),
                             extension(10, block(2, Bytes{0, 29, 0, 23})),
                             extension(11, block(1, Bytes{0, 1})),
                             extension(13, block(2, Bytes{4, 3, 8, 4})),
                             extension(16, block(2, join({block(1, text("h2")), block(1, text("sip"))}))),
                             extension(43, block(1, Bytes{0x1a, 0x1a, 3, 4, 3, 3})),
                             extension(0xff01, Bytes{0})})));
}

}  // namespace

TEST_CASE("hello: a full one is decoded whole, in the client's order") {
    const auto facts = tls::parse_client_hello(full_hello());
    CHECK(facts.parse_problem == "");
    CHECK(facts.legacy_version == 0x0303);
    CHECK(facts.cipher_suites == std::vector<std::uint32_t>{0x0a0a, 0x1301, 0xc02f});
    CHECK(facts.extensions == std::vector<std::uint16_t>{0, 10, 11, 13, 16, 43, 0xff01});
    CHECK(facts.groups == std::vector<std::uint16_t>{29, 23});
    CHECK(facts.point_formats == std::vector<std::uint8_t>{0, 1});
    CHECK(facts.signature_algorithms == std::vector<std::uint16_t>{0x0403, 0x0804});
    CHECK(facts.alpn == std::vector<std::string>{"h2", "sip"});
    CHECK(facts.supported_versions == std::vector<std::uint16_t>{0x1a1a, 0x0304, 0x0303});
    CHECK(facts.sni.form == SniForm::host_name);
    CHECK(facts.sni.raw == "Sip.Contoso.test");
    CHECK(facts.sni.name == "sip.contoso.test");
    CHECK(facts.bytes == full_hello().size());
}

TEST_CASE("hello: cut at any byte it is decoded as far as it goes, and says so") {
    const Bytes whole = full_hello();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CAPTURE(size);
        const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        const auto facts = tls::parse_client_hello(cut);
        CHECK(facts.parse_problem != "");
        CHECK(facts.bytes == size);
    }
}

TEST_CASE("hello: without extensions, as XP sends it") {
    const auto facts = tls::parse_client_hello(hello({}, 0x0301));
    CHECK(facts.parse_problem == "");
    CHECK(facts.legacy_version == 0x0301);
    CHECK(facts.sni.form == SniForm::absent);
}

TEST_CASE("hello: what breaks the rules is named") {
    struct Row {
        Bytes message;
        std::string problem;
    };
    const Bytes twice = extension(0, server_name("a.test"));
    Bytes long_session = full_hello();
    long_session[4 + 2 + 32] = 33;
    const Row rows[] = {
        {Bytes{2, 0, 0, 0}, "not a ClientHello but handshake message 2"},
        {hello(block(2, join({twice, twice}))), "extension 0 is there twice"},
        {hello(block(2, extension(10, Bytes{0, 3, 0, 1, 2}))), "supported_groups is malformed"},
        {hello(block(2, extension(43, Bytes{4, 3, 4}))), "supported_versions is malformed"},
        {hello(block(2, extension(16, Bytes{0, 1, 0}))), "ALPN is malformed"},
        {hello(block(2, Bytes{0, 10, 0, 9})), "extensions are cut short"},
        {hello(join({block(2, {}), Bytes{7}})), "bytes after the extensions"},
        {long_session, "session_id is longer than 32 bytes"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.problem);
        CHECK(tls::parse_client_hello(row.message).parse_problem == row.problem);
    }
    CHECK(tls::parse_client_hello(hello(block(2, join({twice, twice})))).sni.form == SniForm::malformed);
}

TEST_CASE("hello in SSLv2 framing: 24-bit suites, and every truncation is named") {
    const Bytes whole = join({Bytes{1, 3, 1},
                              number(6, 2),
                              number(0, 2),
                              number(16, 2),
                              Bytes{0, 0, 0x2f, 1, 0, 0x80},
                              Bytes(16, 9)});
    const auto facts = tls::parse_sslv2_hello(whole);
    CHECK(facts.parse_problem == "");
    CHECK(facts.sslv2_framed);
    CHECK(facts.legacy_version == 0x0301);
    CHECK(facts.cipher_suites == std::vector<std::uint32_t>{0x00002f, 0x010080});
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CAPTURE(size);
        const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        CHECK(tls::parse_sslv2_hello(cut).parse_problem != "");
    }
}

TEST_CASE("SNI: every form is told apart, raw and parsed") {
    struct Row {
        Bytes extension;
        SniForm form;
        std::string name, why;
    };
    const Row rows[] = {
        {server_name("sip.contoso.test"), SniForm::host_name, "sip.contoso.test", "plain"},
        {server_name("SIP.Contoso.TEST"), SniForm::host_name, "sip.contoso.test", "case is folded"},
        {server_name("sip.contoso.test."), SniForm::trailing_dot, "sip.contoso.test", "one dot at the end"},
        {server_name("sip.contoso.test.."), SniForm::not_a_host_name, "", "two dots at the end"},
        {server_name("192.0.2.1"), SniForm::ip_literal, "", "IPv4"},
        {server_name("2001:db8::1"), SniForm::ip_literal, "", "IPv6"},
        {server_name("[2001:db8::1]"), SniForm::ip_literal, "", "IPv6 in brackets"},
        {server_name(""), SniForm::empty, "", "an empty name"},
        {{}, SniForm::empty, "", "no body"},
        {Bytes{0, 0}, SniForm::empty, "", "a list without a name"},
        {Bytes{0, 9, 0, 0, 1, 'a'}, SniForm::malformed, "", "list longer than the body"},
        {Bytes{0, 4, 0, 0, 9, 'a'}, SniForm::malformed, "", "name longer than the list"},
        {block(2, join({name_entry("a.test"), name_entry("b.test")})), SniForm::malformed, "", "two names"},
        {block(2, name_entry("a.test", 1)), SniForm::malformed, "", "another type"},
        {server_name("sip contoso.test"), SniForm::not_a_host_name, "", "blank"},
        {server_name(std::string_view("sip\0.test", 9)), SniForm::not_a_host_name, "", "NUL"},
        {server_name("sip.contoso.test\r\n"), SniForm::not_a_host_name, "", "line end"},
        {server_name("b\xc3\xbc"
                     "cher.test"),
         SniForm::not_a_host_name,
         "",
         "UTF-8"},
        {server_name("-a.test"), SniForm::not_a_host_name, "", "hyphen in front"},
        {server_name(std::string(600, 'a')), SniForm::not_a_host_name, "", "too long"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto fact = tls::parse_server_name(row.extension);
        CHECK(fact.form == row.form);
        CHECK(fact.name == row.name);
        CHECK(fact.raw.size() <= 512);
    }
    CHECK(tls::parse_server_name(server_name("SIP.test.")).raw == "SIP.test.");
}

TEST_CASE("client hello: where it ends in what came") {
    const Bytes message = full_hello();
    const Bytes more = {0x14, 3, 3, 0, 1, 1};
    Bytes cut = records(message);
    cut.pop_back();
    const Bytes old = sslv2_hello(0x0301, numbers({0x010080, 0x04}, 3));
    struct Row {
        Bytes stream;
        std::size_t end;
        std::string why;
    };
    const Row rows[] = {
        {records(message), message.size() + 5, "one record"},
        {join({records(message), more}), message.size() + 5, "more behind it is not its own"},
        {records(message, 3),
         message.size() + 5 * ((message.size() + 2) / 3),
         "in small records, the head cut"},
        {records(join({message, Bytes(40, 1)})), message.size() + 45, "a record is kept whole"},
        {join({records(message, 50), more}),
         message.size() + 5 * ((message.size() + 49) / 50),
         "several, and more"},
        {cut, message.size() + 4, "a byte is missing"},
        {join({records(Bytes(message.begin(), message.begin() + 20)), more}),
         31,
         "its second record never came"},
        {join({old, more}), old.size(), "SSLv2 framing"},
        {Bytes(old.begin(), old.end() - 1), old.size() - 1, "SSLv2, cut"},
        {text("GET / HTTP/1.0"), 14, "no hello"},
        {{}, 0, "nothing"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(hello_end(row.stream) == row.end);
    }
}
