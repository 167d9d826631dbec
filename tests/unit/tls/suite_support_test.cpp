#include "tls/suite_support.hpp"

#include <doctest/doctest.h>

#include <string>

#include "engine_pair.hpp"

using namespace ocs::tls;

namespace {

/// Whether a client that offers nothing else comes to an end of its handshake with one of the lab's hosts.
bool agreed(const std::string& cipher) {
    for (const char* name : {"sip.contoso.test", "ec.contoso.test"}) {
        ClientSetup setup;
        setup.sni = name;
        setup.max_version = TLS1_2_VERSION;
        setup.ciphers = cipher + ":@SECLEVEL=0";
        EnginePair pair(setup);
        pair.run();
        if (pair.facts.finished_at) return true;
    }
    return false;
}

}  // namespace

TEST_CASE("suite support: it says yes of exactly those with which the lab finishes a handshake") {
    const ocs::ossl::SslCtxPtr context(SSL_CTX_new(TLS_client_method()));
    REQUIRE(SSL_CTX_set_cipher_list(context.get(), "ALL:COMPLEMENTOFALL:@SECLEVEL=0") == 1);
    const auto* ciphers = SSL_CTX_get_ciphers(context.get());
    int yes = 0, off = 0;
    for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); ++i) {
        const SSL_CIPHER* cipher = sk_SSL_CIPHER_value(ciphers, i);
        const std::string name = SSL_CIPHER_get_name(cipher);
        if (std::string(SSL_CIPHER_get_version(cipher)) == "TLSv1.3") continue;
        CAPTURE(name);
        const SuiteSupport support = suite_support(SSL_CIPHER_get_protocol_id(cipher));
        CHECK((support == SuiteSupport::yes) == agreed(name));
        CHECK(support != SuiteSupport::absent);
        ++(support == SuiteSupport::yes ? yes : off);
    }
    CHECK(yes > 10);
    CHECK(off > 10);
}

TEST_CASE("suite support: what Windows XP offers is not in the library, and signs are no suites") {
    struct Row {
        std::uint32_t suite;
        SuiteSupport support;
        std::string why;
    };
    const Row rows[] = {
        {0x0004, SuiteSupport::absent, "TLS_RSA_WITH_RC4_128_MD5"},
        {0x0005, SuiteSupport::absent, "TLS_RSA_WITH_RC4_128_SHA"},
        {0x000a, SuiteSupport::absent, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"},
        {0x002f, SuiteSupport::yes, "TLS_RSA_WITH_AES_128_CBC_SHA: Vista and later"},
        {0x1301, SuiteSupport::yes, "TLS_AES_128_GCM_SHA256"},
        {0x1304, SuiteSupport::off, "TLS_AES_128_CCM_SHA256: in the library, not by default"},
        {0x010080, SuiteSupport::absent, "SSLv2's RC4"},
        {0x00ff, SuiteSupport::signal, "TLS_EMPTY_RENEGOTIATION_INFO_SCSV"},
        {0x5600, SuiteSupport::signal, "TLS_FALLBACK_SCSV"},
        {0x0a0a, SuiteSupport::signal, "GREASE"},
        {0xffff, SuiteSupport::absent, "nobody's"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(to_string(suite_support(row.suite)) == to_string(row.support));
    }
}
