#include "pki/glance.hpp"

#include <doctest/doctest.h>

#include "pki/certificate.hpp"
#include "pki/encode.hpp"
#include "pki/issue.hpp"

using namespace ocs;
using namespace ocs::pki;
using discovery::NameKind;

namespace {

ossl::X509Ptr certificate(const Recipe& recipe, EVP_PKEY* key) {
    auto leaf = make_leaf(recipe, key, nullptr, wall_now());
    REQUIRE(leaf.has_value());
    return std::move(*leaf);
}

std::vector<Recipe> recipes() {
    Recipe plain;
    plain.name = "plain";
    plain.issuer = Issuer::self_signed;
    plain.subject = {{"O", "Contoso"}, {"CN", "one.contoso.test"}, {"CN", "two.contoso.test"}};
    Recipe names = plain;
    names.sans = {{NameKind::dns, "sip.contoso.test"}, {NameKind::ip, "192.0.2.1"}, {NameKind::uri, "sip:x"}};
    Recipe nobody = plain;
    nobody.subject = {};
    Recipe broken = plain;
    broken.san_der = "3003820a61";
    return {plain, names, nobody, broken};
}

}  // namespace

TEST_CASE("glance: it tells the names that OpenSSL tells of the whole certificate") {
    const auto key = make_key({KeyType::p256, 0}).value();
    for (const Recipe& recipe : recipes()) {
        CAPTURE(fingerprint(recipe));
        const auto whole = certificate(recipe, key.get());
        const auto names = names_in_der(certificate_der(whole.get()).value());
        REQUIRE(names.has_value());
        CHECK((*names == presented_names(whole.get())));
        const auto glance =
            glance_at_pem("preface\n" + certificate_pem(whole.get()).value() + key_pem(key.get()).value());
        REQUIRE(glance.has_value());
        CHECK(glance->has_key);
        CHECK((glance->names == *names));
        CHECK(!glance_at_pem(certificate_pem(whole.get()).value())->has_key);
    }
}

TEST_CASE("glance: what is cut off or changed is refused or read, never past its end") {
    const auto key = make_key({KeyType::p256, 0}).value();
    const std::string der = certificate_der(certificate(recipes()[1], key.get()).get()).value();
    for (std::size_t size = 0; size < der.size(); ++size) {
        const std::vector<char> cut(der.begin(), der.begin() + static_cast<std::ptrdiff_t>(size));
        CHECK(names_in_der({cut.data(), cut.size()}).has_error());
    }
    for (std::size_t at = 0; at < der.size(); ++at) {
        for (const char value : {'\x00', '\x7f', '\x80', '\xff'}) {
            std::string changed = der;
            changed[at] = value;
            static_cast<void>(names_in_der(changed));  // under a sanitizer this is the test
        }
    }
    CHECK(!glance_at_pem("nothing")->has_certificate);
    CHECK(glance_at_pem("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").has_error());
    CHECK(glance_at_pem("-----BEGIN CERTIFICATE-----\n%%%\n").has_error());
}
