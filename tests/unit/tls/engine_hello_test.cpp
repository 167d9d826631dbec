// The engine against hellos that no library would send: of old clients, odd, and wrong on purpose.

#include <doctest/doctest.h>

#include "engine_pair.hpp"
#include "hello_bytes.hpp"
#include "tls/verdict.hpp"

using namespace ocs;
using namespace ocs::tls;
using record::CloseKind;
using record::Direction;

namespace {

/// The first handshake message in what the engine sent: 2 ServerHello, 0 none.
int first_message(const EnginePair& pair) {
    return pair.sent.size() > 5 && pair.sent[0] == 0x16 ? pair.sent[5] : 0;
}

record::Judgement judged(const EnginePair& pair) {
    VerdictContext context;
    const auto certificate = pair.engine->certificate();
    context.certificate = certificate.get();
    context.now = wall_now();
    return judge(pair.facts, context);
}

bool has_reason(const record::Judgement& judgement, std::string_view part) {
    for (const auto& reason : judgement.reasons)
        if (reason.find(part) != std::string::npos) return true;
    return false;
}

Bytes with_extensions(const Bytes& extensions) {
    return records(hello_message(0x0303, numbers({0xc02b, 0xc02f, 0x002f}, 2), block(2, extensions)));
}
Bytes with_sni(const Bytes& server_name_body) {
    return with_extensions(join({extension(10, block(2, numbers({23}, 2))),
                                 extension(13, block(2, numbers({0x0403, 0x0401, 0x0804}, 2))),
                                 extension(0, server_name_body)}));
}

}  // namespace

TEST_CASE("hello of Windows XP: refused with its list decoded and the reason said, in both framings") {
    const Bytes kinds = join({numbers({0x000004, 0x000005, 0x00000a, 0x010080, 0x0700c0}, 3),
                              numbers({0x000009, 0x000064, 0x000062, 0x000003, 0x000006}, 3)});
    for (const bool sslv2 : {false, true}) {
        CAPTURE(sslv2);
        EnginePair pair;
        pair.send(sslv2 ? sslv2_hello(0x0301, kinds) : records(hello_message(0x0301, xp_suites, {})));
        REQUIRE(pair.facts.hello.has_value());
        CHECK(pair.facts.hello->sslv2_framed == sslv2);
        CHECK(pair.facts.hello->highest_version() == 0x0301);
        CHECK(pair.facts.hello->cipher_suites.front() == 0x0004);
        CHECK(pair.facts.hello->cipher_suites.size() == (sslv2 ? 10 : 11));
        CHECK(to_string(pair.facts.hello->sni.form) == "absent");
        CHECK(to_string(pair.facts.host_choice) == "default-no-sni");
        CHECK(to_string(pair.facts.refusal) == "no-common-cipher");
        CHECK(alerts_of(pair.facts, Direction::to_client) == "40 clear");
        CHECK(!pair.facts.certificate_sent);
        const auto judgement = judged(pair);
        CHECK(to_string(judgement.verdict) == "no-common-cipher");
        CHECK(has_reason(judgement, "the client offers TLS_RSA_WITH_RC4_128_MD5, TLS_RSA_WITH_RC4_128_SHA"));
        CHECK(has_reason(judgement, "this OpenSSL has none of them"));
        CHECK(has_reason(judgement, "the certificate was never shown"));
        CHECK(has_reason(judgement, "Windows Vista and later"));
    }
}

TEST_CASE("hello of Windows Vista: served, in both framings") {
    EnginePair vista;
    vista.send(records(hello_message(0x0301, vista_suites, vista_extensions("sip.contoso.test"))));
    CHECK(first_message(vista) == 2);
    CHECK(vista.facts.version == 0x0301);
    CHECK(vista.facts.cipher_suite == "TLS_RSA_WITH_AES_128_CBC_SHA");
    CHECK(vista.facts.certificate_sent);
    CHECK(to_string(vista.facts.host_choice) == "exact");

    EnginePair framed;
    framed.send(sslv2_hello(0x0301, numbers({0x00002f, 0x000035}, 3)));
    CHECK(first_message(framed) == 2);
    CHECK(framed.facts.hello->sslv2_framed);
    CHECK(framed.facts.certificate_sent);
    CHECK(framed.facts.host_choice == record::HostChoice::default_no_sni);
}

TEST_CASE("hello in records of any size, and in segments of any size") {
    const Bytes message = hello_message(0x0301, vista_suites, vista_extensions("ec.contoso.test"));
    for (const std::size_t record_size : {std::size_t{1}, std::size_t{20}, std::size_t{16384}}) {
        for (const std::size_t segment : {std::size_t{1}, std::size_t{3}, std::size_t{65536}}) {
            CAPTURE(record_size);
            CAPTURE(segment);
            EnginePair pair;
            pair.send(records(message, record_size), segment);
            CHECK(pair.facts.certificate_sent);
            CHECK(pair.facts.virtual_host == "ec");
            CHECK(pair.facts.hello->bytes == message.size());
            CHECK(pair.facts.hello->record_version == 0x0301);
        }
    }
}

TEST_CASE("hello that is not whole: nothing is decided, and its end is told apart") {
    const Bytes whole = records(hello_message(0x0301, vista_suites, vista_extensions("ec.contoso.test")), 40);
    for (std::size_t size = 1; size < whole.size(); size += 13) {
        CAPTURE(size);
        EnginePair pair;
        pair.send(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
        CHECK(!pair.engine->ended());
        CHECK(!pair.facts.hello_complete);
        CHECK(pair.sent == "");
        pair.engine->receive_end(CloseKind::fin, pair.now);
        CHECK(to_string(judged(pair).verdict) == "closed-partial-hello");
    }
}

TEST_CASE(
    "hello: every odd server name of client-behaviour §6 is kept, and taken or refused as OpenSSL does") {
    struct Row {
        Bytes body;
        std::string form, raw, alert, why;
    };
    const std::string longest(255, 'a');
    // clang-format off
    const Row rows[] = {
        {server_name("sip.contoso.test."), "trailing-dot", "sip.contoso.test.", "", "one dot at the end"},
        {server_name("192.0.2.1"), "ip-literal", "192.0.2.1", "", "IPv4"},
        {server_name("2001:db8::1"), "ip-literal", "2001:db8::1", "", "IPv6"},
        {server_name("SIP.CONTOSO.TEST"), "host-name", "SIP.CONTOSO.TEST", "", "upper case"},
        {server_name("my_pc.contoso.test"), "host-name", "my_pc.contoso.test", "", "underscore"},
        {server_name("a b"), "not-a-host-name", "a b", "", "blank"},
        {server_name("a\x01\x7f"), "not-a-host-name", "a\x01\x7f", "", "control characters"},
        {server_name("a\r\nb"), "not-a-host-name", "a\r\nb", "", "line end"},
        {server_name("\"a'"), "not-a-host-name", "\"a'", "", "quotes"},
        {server_name("b\xfc"), "not-a-host-name", "b\xfc", "", "Latin-1"},
        {server_name("b\xc3\xbc"), "not-a-host-name", "b\xc3\xbc", "", "UTF-8"},
        {server_name(""), "empty", "", "", "the empty name"},
        {server_name(longest), "not-a-host-name", longest, "", "255 bytes"},
        {server_name(longest + "a"), "not-a-host-name", longest + "a", "112", "over 255 bytes"},
        {server_name(std::string_view("a\0b", 3)), "not-a-host-name", std::string("a\0b", 3), "112", "NUL"},
        {Bytes{0, 9, 0, 0, 1, 'a'}, "malformed", std::string("\0\x09\0\0\x01" "a", 6), "50", "a list that is too long"},
        {Bytes{0, 4, 0, 0, 9, 'a'}, "malformed", std::string("\0\x04\0\0\x09" "a", 6), "50", "a name that is too long"},
        {block(2, name_entry("a", 1)), "malformed", std::string("\0\x04\x01\0\x01" "a", 6), "50", "another type"},
        {block(2, join({name_entry("a"), name_entry("b")})), "malformed", "a", "50", "two names"},
    };
    // clang-format on
    for (const Row& row : rows) {
        CAPTURE(row.why);
        EnginePair pair;
        pair.send(with_sni(row.body));
        REQUIRE(pair.facts.hello.has_value());
        CHECK(to_string(pair.facts.hello->sni.form) == row.form);
        CHECK(pair.facts.hello->sni.raw == row.raw);
        CHECK(pair.facts.certificate_sent == row.alert.empty());
        if (row.alert.empty()) continue;
        CHECK(alerts_of(pair.facts, Direction::to_client) == row.alert + " clear");
        CHECK(to_string(pair.facts.refusal) == "bad-hello");
        CHECK(to_string(judged(pair).verdict) == "bad-hello");
    }
    EnginePair twice;
    twice.send(
        with_extensions(join({extension(0, server_name("a.test")), extension(0, server_name("b.test"))})));
    CHECK(to_string(twice.facts.hello->sni.form) == "malformed");
    CHECK(alerts_of(twice.facts, Direction::to_client) == "47 clear");
    CHECK(judged(twice).detail == "extension 0 is there twice");
}

TEST_CASE("hello: what breaks the protocol is a bad hello, and the client is told") {
    const Bytes good = hello_message(0x0303, numbers({0xc02f}, 2), {});
    Bytes empty_records;
    for (int i = 0; i < 40; ++i) empty_records = join({empty_records, Bytes{0x16, 3, 1, 0, 0}});
    Bytes other_message = good;
    other_message[0] = 2;
    Bytes odd_suites = hello_message(0x0303, Bytes{0xc0, 0x2f, 0x00}, {});
    struct Row {
        Bytes bytes;
        std::string verdict, alert, why;
    };
    const Row rows[] = {
        {records(other_message), "bad-hello", "10 clear", "a ServerHello from a client"},
        {records(odd_suites), "bad-hello", "50 clear", "half a cipher suite"},
        {join({Bytes{0x16, 3, 1, 0xff, 0xff}, Bytes(100, 1)}), "bad-hello", "22 clear", "a record too long"},
        {empty_records, "bad-hello", "10 clear", "empty records without end"},
        {records(hello_message(0x0300, numbers({0xc02f}, 2), {})),
         "no-common-version",
         "40 clear",
         "SSL 3.0"},
        {sslv2_hello(0x0002, numbers({0x010080, 0x0700c0}, 3)),
         "no-common-version",
         "70 clear",
         "SSL 2.0 itself"},
        {records(join({Bytes{1}, number(200'000, 3), Bytes(16'000, 0)})),
         "bad-hello",
         "47 clear",
         "a hello that is going to be too long"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        EnginePair pair;
        pair.send(row.bytes);
        CHECK(pair.engine->ended());
        CHECK(to_string(judged(pair).verdict) == row.verdict);
        CHECK(alerts_of(pair.facts, Direction::to_client) == row.alert);
    }
}

TEST_CASE("hello of over 64 KB: taken, and the record keeps a bounded part of it") {
    Bytes suites;
    for (std::size_t i = 0; i < 30'000; ++i) suites.insert(suites.end(), {0x7a, 0x7b});
    suites.insert(suites.end(), {0x00, 0x2f});
    Bytes extensions = extension(0, server_name("sip.contoso.test"));
    for (std::size_t type = 30'000; type < 38'000; ++type)
        extensions = join({std::move(extensions), number(type, 2), number(0, 2)});
    const Bytes message = hello_message(0x0303, suites, block(2, extensions));
    CHECK(message.size() > 90'000);
    EnginePair pair;
    pair.send(records(message), 1000);
    CHECK(pair.facts.certificate_sent);
    CHECK(pair.facts.virtual_host == "rsa");
    CHECK(pair.facts.hello->bytes == message.size());
    CHECK(pair.facts.hello->cipher_suites.size() == 1000);
    CHECK(pair.facts.hello->extensions.size() == 1000);
    CHECK(pair.facts.hello->parse_problem == "only the first 1000 cipher suites are kept");
}

TEST_CASE("hello without a usable key share: asked for another, and the first hello is the one recorded") {
    const Bytes extensions = join({extension(0, server_name("ec.contoso.test")),
                                   extension(10, block(2, numbers({23}, 2))),
                                   extension(13, block(2, numbers({0x0403}, 2))),
                                   extension(43, block(1, numbers({0x0304}, 2))),
                                   extension(51, block(2, {}))});
    EnginePair pair;
    pair.send(records(hello_message(0x0303, numbers({0x1301}, 2), block(2, extensions))));
    CHECK(first_message(pair) == 2);  // a HelloRetryRequest looks like a ServerHello
    CHECK(!pair.engine->ended());
    CHECK(pair.facts.hello_complete);
    CHECK(!pair.facts.certificate_sent);
    pair.engine->receive_end(CloseKind::fin, pair.now);
    CHECK(to_string(judged(pair).verdict) == "closed-after-hello");
}
