#include "config/strength.hpp"

#include <doctest/doctest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <filesystem>

#include "ossl/handles.hpp"
#include "pki/certificate.hpp"

namespace ocs::config {

TEST_CASE("strength: OpenSSL refuses what we say it refuses, and nothing else") {
    const auto folder = std::filesystem::temp_directory_path() / ("strength-" + std::to_string(::getpid()));
    auto state = pki::StateFolder::open(folder);
    REQUIRE(state.has_value());
    const WallTime now = wall_now();
    pki::CaOptions ca;
    ca.key.type = pki::KeyType::p256;
    REQUIRE(state->make_ca(ca, now).has_value());
    const std::string recipes[][2] = {{"rsa-1024", "sha256"},
                                      {"rsa-2048", "sha1"},
                                      {"rsa-2048", "sha256"},
                                      {"p-256", "sha256"},
                                      {"p-384", "sha384"},
                                      {"p-384", "sha512"},
                                      {"ed25519", "sha256"}};
    int refused = 0;
    for (const auto& [key, hash] : recipes) {
        for (const auto issuer : {pki::Issuer::lab_ca, pki::Issuer::self_signed}) {
            pki::Recipe recipe;
            recipe.name = "a";
            recipe.sans = {{discovery::NameKind::dns, "a.test"}};
            recipe.key = pki::parse_key(key).value();
            recipe.hash = pki::parse_hash(hash).value();
            recipe.issuer = issuer;
            REQUIRE(state->issue(recipe, {}, now, true).has_value());
            auto identity = pki::load_pem(folder / "a/cert.pem", folder / "a/key.pem", {});
            REQUIRE(identity.has_value());
            for (int level = 0; level <= 5; ++level) {
                CAPTURE(key);
                CAPTURE(hash);
                CAPTURE(level);
                CAPTURE(static_cast<int>(issuer));
                ossl::SslCtxPtr context(SSL_CTX_new(TLS_server_method()));
                SSL_CTX_set_security_level(context.get(), level);
                const bool serves = SSL_CTX_use_certificate(context.get(), identity->leaf.get()) == 1;
                ERR_clear_error();
                CHECK(unservable(recipe, level).has_value() == !serves);
                refused += serves ? 0 : 1;
            }
        }
    }
    CHECK(refused > 10);
    std::filesystem::remove_all(folder);
}

}  // namespace ocs::config
