#include "tls/suite_support.hpp"

#include <doctest/doctest.h>

#include <set>

#include "engine_pair.hpp"
#include "hello_bytes.hpp"
#include "record/tls_names.hpp"

using namespace ocs;
using namespace ocs::tls;

namespace {

/// All suites of this OpenSSL that go with a version, by its own name.
std::vector<std::string> suites_of(int version) {
    const ossl::SslCtxPtr context(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_security_level(context.get(), 0);
    SSL_CTX_set_cipher_list(context.get(), "ALL:COMPLEMENTOFALL:@SECLEVEL=0");
    SSL_CTX_set_min_proto_version(context.get(), version);
    SSL_CTX_set_max_proto_version(context.get(), version);
    const ossl::SslPtr ssl(SSL_new(context.get()));
    STACK_OF(SSL_CIPHER)* enabled = SSL_get1_supported_ciphers(ssl.get());
    std::vector<std::string> names;
    for (int i = 0; i < sk_SSL_CIPHER_num(enabled); ++i)
        names.emplace_back(SSL_CIPHER_get_name(sk_SSL_CIPHER_value(enabled, i)));
    sk_SSL_CIPHER_free(enabled);
    return names;
}

std::vector<std::string> words_of(const std::vector<SuiteAnswer>& answers) {
    std::vector<std::string> words;
    for (const SuiteAnswer& answer : answers) words.emplace_back(to_string(answer.support));
    return words;
}

std::string key_of(const EnginePair& pair) {
    const auto certificate = pair.engine->certificate();
    return certificate ? certificate->key : "";
}

}  // namespace

TEST_CASE("suites: yes or no is what OpenSSL does when a client offers that one suite") {
    std::set<std::string> yes, no;
    for (const std::string sni : {"sip.contoso.test",
                                  "ec.contoso.test",
                                  "old.contoso.test",
                                  "only12.test",
                                  "only13.test",
                                  "strict.test"}) {
        for (const int version : {TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION}) {
            for (const std::string& name : suites_of(version)) {
                ClientSetup setup;
                setup.sni = sni;
                setup.min_version = setup.max_version = version;
                setup.ciphers = name + ":@SECLEVEL=0";
                EnginePair pair(setup);
                pair.run();
                REQUIRE(pair.facts.hello.has_value());
                REQUIRE(pair.facts.allowed.has_value());
                const auto& hello = *pair.facts.hello;
                const auto answers = suite_support(hello, pair.facts.allowed, key_of(pair));
                REQUIRE(answers.size() == hello.cipher_suites.size());
                CAPTURE(sni);
                CAPTURE(version);
                CAPTURE(name);
                CAPTURE(answers.front().why);
                CAPTURE(pair.facts.library_text);
                CHECK((answers.front().support == SuiteSupport::yes) == pair.facts.handshake_finished);
                CHECK(to_string(answers.back().support) == "signalling");
                (pair.facts.handshake_finished ? yes : no).insert(name);
            }
        }
    }
    CHECK(yes.size() > 10);  // or nothing was tried
    CHECK(no.size() > 20);
}

TEST_CASE("suites: of TLS 1.3, too, and with groups and signature algorithms that do not fit") {
    struct Row {
        std::string sni, ciphers, groups, signatures;
        int version;
        std::string why;
    };
    const Row rows[] = {
        {"sip.contoso.test", "ALL", "X25519", "", TLS1_3_VERSION, "as usual"},
        {"only12.test", "ALL", "X25519", "", TLS1_3_VERSION, "the host has none"},
        {"sip.contoso.test", "ALL", "X25519", "ECDSA+SHA256", TLS1_3_VERSION, "nothing for an RSA key"},
        {"ec.contoso.test", "ALL", "X25519", "ecdsa_secp384r1_sha384", TLS1_3_VERSION, "another curve's"},
        {"sip.contoso.test",
         "ECDHE-RSA-AES128-GCM-SHA256",
         "secp256k1",
         "",
         TLS1_2_VERSION,
         "no group in common"},
        {"sip.contoso.test", "AES128-GCM-SHA256", "secp256k1", "", TLS1_2_VERSION, "RSA needs no group"},
        {"ec.contoso.test",
         "ECDHE-ECDSA-AES128-SHA",
         "X25519",
         "",
         TLS1_2_VERSION,
         "without the certificate's curve"},
        {"ec.contoso.test", "ECDHE-ECDSA-AES128-SHA", "X25519:P-256", "", TLS1_2_VERSION, "with it"},
        {"strict.test", "ECDHE-ECDSA-AES128-SHA", "P-256", "ECDSA+SHA1", TLS1_2_VERSION, "SHA-1 at level 2"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        ClientSetup setup;
        setup.sni = row.sni;
        setup.min_version = setup.max_version = row.version;
        setup.ciphers = row.ciphers + ":@SECLEVEL=0";
        EnginePair pair(setup);
        REQUIRE(SSL_set1_groups_list(pair.client(), row.groups.c_str()) == 1);
        if (!row.signatures.empty())
            REQUIRE(SSL_set1_sigalgs_list(pair.client(), row.signatures.c_str()) == 1);
        pair.run();
        REQUIRE(pair.facts.hello.has_value());
        const auto answers = suite_support(*pair.facts.hello, pair.facts.allowed, key_of(pair));
        bool any = false;
        for (const SuiteAnswer& answer : answers) any = any || answer.support == SuiteSupport::yes;
        CAPTURE(answers.front().why);
        CHECK(any == pair.facts.handshake_finished);
    }
}

TEST_CASE("suites: RSA key exchange asks for a signature algorithm, too, as OpenSSL does") {
    for (const std::size_t scheme : {0x0403, 0x0401}) {
        CAPTURE(scheme);
        EnginePair pair;
        const Bytes schemes = extension(13, block(2, numbers({scheme}, 2)));
        pair.send(records(hello_message(0x0303, numbers({0x009c}, 2), block(2, schemes))));
        REQUIRE(pair.facts.hello.has_value());
        const auto answers = suite_support(*pair.facts.hello, pair.facts.allowed, key_of(pair));
        CAPTURE(answers.front().why);
        CHECK((answers.front().support == SuiteSupport::yes) == (pair.facts.version != 0));
        CHECK((pair.facts.version != 0) == (scheme == 0x0401));
    }
}

TEST_CASE("suites: a client that says it fell back is refused, whatever it offers (RFC 7507)") {
    for (const bool says_so : {false, true}) {
        CAPTURE(says_so);
        EnginePair pair;
        const Bytes schemes = extension(13, block(2, numbers({0x0401}, 2)));
        const Bytes suites = says_so ? numbers({0x009c, 0x5600}, 2) : numbers({0x009c}, 2);
        pair.send(records(hello_message(0x0303, suites, block(2, schemes))));
        REQUIRE(pair.facts.hello.has_value());
        const auto answers = suite_support(*pair.facts.hello, pair.facts.allowed, key_of(pair));
        CHECK((pair.facts.version != 0) == !says_so);
        CHECK(answers.front().support == (says_so ? SuiteSupport::no : SuiteSupport::yes));
    }
}

TEST_CASE("suites: what is none, what is not there, and why") {
    EnginePair pair;
    pair.send(
        records(hello_message(0x0301, join({xp_suites, numbers({0x2a2a, 0x00ff, 0x002f, 0xc02f}, 2)}), {})));
    REQUIRE(pair.facts.hello.has_value());
    auto answers = suite_support(*pair.facts.hello, pair.facts.allowed, key_of(pair));
    const auto last = std::vector<SuiteAnswer>(answers.end() - 4, answers.end());
    CHECK(words_of(last) == std::vector<std::string>{"grease", "signalling", "yes", "no"});
    CHECK(last[2].why == "in TLS 1.0");
    CHECK(last[3].why == "here it goes with TLS 1.2 at the earliest, which client and host do not both have");
    answers.resize(xp_suites.size() / 2);
    for (const SuiteAnswer& answer : answers) {
        CHECK(to_string(answer.support) == "compiled-out");
        CHECK(answer.why == "this OpenSSL has no such suite");
    }

    record::ClientHelloFacts hello;
    hello.legacy_version = 0x0303;
    hello.supported_versions = {0x0304, 0x0303};
    hello.cipher_suites = {0x1301, 0x002f, 0xc02b, 0x010080, 0x0018};
    hello.groups = {29};
    hello.signature_algorithms = {0x0804, 0x0401};
    const record::AllowedTls all{0x0301, 0x0304, 0};
    answers = suite_support(hello, all, "RSA 2048");
    CHECK(words_of(answers) == std::vector<std::string>{"yes", "yes", "no", "compiled-out", "compiled-out"});
    CHECK(answers[0].why == "in TLS 1.3");
    CHECK(answers[1].why == "in TLS 1.2 (TLS 1.3 comes first)");
    CHECK(answers[2].why == "it needs an ECDSA key, and the certificate's is RSA 2048");
    CHECK(answers[3].why == "of SSL 2.0, which this OpenSSL does not have");
    hello.groups = {22};
    CHECK(suite_support(hello, all, "RSA 2048")[0].why == "there is no group in common");
    answers = suite_support(hello, std::nullopt, "RSA 2048");
    CHECK(words_of(answers) ==
          std::vector<std::string>{"unknown", "unknown", "unknown", "compiled-out", "compiled-out"});
    answers = suite_support(hello, record::AllowedTls{0x0303, 0x0304, 3}, "EC P-256");
    CHECK(answers[1].why == "security level 3 leaves it out");
    CHECK(suite_support({}, all, "RSA 2048").empty());
}
