#include "pki/pfx_rounds.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <climits>
#include <functional>

#include "core/files.hpp"
#include "pki/state_folder.hpp"

using namespace ocs;
using namespace ocs::pki;

namespace {

/// A good PFX of our own, its folder gone with it.
class Pfx {
public:
    Pfx() {
        std::string pattern = (std::filesystem::temp_directory_path() / "pfx_rounds_XXXXXX").string();
        REQUIRE(mkdtemp(pattern.data()) != nullptr);
        folder = pattern;
        auto state = StateFolder::open(folder).value();
        Recipe recipe;
        recipe.name = "pool";
        recipe.key.type = KeyType::p256;
        recipe.issuer = Issuer::self_signed;
        REQUIRE(state.issue(recipe, {PfxProfile::modern, "secret"}, wall_now(), true).has_value());
        path = folder / "pool" / "cert.pfx";
    }
    ~Pfx() { std::filesystem::remove_all(folder); }
    Pfx(const Pfx&) = delete;
    Pfx& operator=(const Pfx&) = delete;

    /// The error of loading the file after `change`, which may break its MAC.
    std::string error_after(const std::function<void(PKCS12*)>& change) const {
        const std::string bytes = read_file(path).value();
        const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
        const ossl::Pkcs12Ptr file(d2i_PKCS12(nullptr, &at, static_cast<long>(bytes.size())));
        REQUIRE(file);
        change(file.get());
        unsigned char* out = nullptr;
        const int size = i2d_PKCS12(file.get(), &out);
        REQUIRE(size > 0);
        const auto changed = folder / "changed.pfx";
        REQUIRE(write_file(changed, {reinterpret_cast<char*>(out), static_cast<std::size_t>(size)}, 0600)
                    .has_value());
        OPENSSL_free(out);
        const auto loaded = load_pfx(changed, "secret");
        return loaded.has_error() ? loaded.error().what : "";
    }

    std::filesystem::path folder, path;
};

/// Another number of rounds, and nothing derived with it.
void set_rounds(const X509_ALGOR* algorithm, int rounds) {
    auto* target = const_cast<X509_ALGOR*>(algorithm);
    REQUIRE(PKCS5_pbe_set0_algor(target, NID_pbe_WithSHA1And3_Key_TripleDES_CBC, rounds, nullptr, 8) == 1);
}

void set_rounds_of_mac(PKCS12* file, long rounds) {
    const ASN1_INTEGER* value = nullptr;
    PKCS12_get0_mac(nullptr, nullptr, nullptr, &value, file);
    REQUIRE(value != nullptr);
    REQUIRE(ASN1_INTEGER_set(const_cast<ASN1_INTEGER*>(value), rounds) == 1);
}

void set_rounds_of_parts(PKCS12* file, int rounds, bool encrypted_parts) {
    STACK_OF(PKCS7)* parts = PKCS12_unpack_authsafes(file);
    REQUIRE(parts != nullptr);
    for (int i = 0; i < sk_PKCS7_num(parts); ++i) {
        PKCS7* part = sk_PKCS7_value(parts, i);
        if (PKCS7_type_is_encrypted(part)) {
            if (encrypted_parts) set_rounds(part->d.encrypted->enc_data->algorithm, rounds);
        } else if (!encrypted_parts) {
            STACK_OF(PKCS12_SAFEBAG)* bags = PKCS12_unpack_p7data(part);
            REQUIRE(bags != nullptr);
            const X509_ALGOR* algorithm = nullptr;
            X509_SIG_get0(PKCS12_SAFEBAG_get0_pkcs8(sk_PKCS12_SAFEBAG_value(bags, 0)), &algorithm, nullptr);
            set_rounds(algorithm, rounds);
            PKCS7_free(part);
            sk_PKCS7_set(parts, i, PKCS12_pack_p7data(bags));
            sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
        }
    }
    REQUIRE(PKCS12_pack_authsafes(file, parts) == 1);
    sk_PKCS7_pop_free(parts, PKCS7_free);
}

}  // namespace

TEST_CASE("load_pfx: a file that asks for endless key derivation is refused before it is begun") {
    const Pfx pfx;
    const std::string refused = "this PFX asks for more than 2000000 rounds of key derivation";
    CHECK(pfx.error_after([](PKCS12*) {}) == "");
    CHECK(pfx.error_after([](PKCS12* file) { set_rounds_of_mac(file, 2049); }) ==
          "the password does not open this PFX");
    struct Row {
        std::function<void(PKCS12*)> change;
        std::string why;
    };
    const Row rows[] = {
        {[](PKCS12* file) { set_rounds_of_mac(file, INT_MAX); }, "the MAC"},
        {[](PKCS12* file) { set_rounds_of_mac(file, max_pfx_rounds); }, "the MAC alone takes all there is"},
        {[](PKCS12* file) { set_rounds_of_mac(file, -1); }, "OpenSSL would take it for a large number"},
        {[](PKCS12* file) { set_rounds_of_parts(file, INT_MAX, true); }, "the encrypted certificates"},
        {[](PKCS12* file) { set_rounds_of_parts(file, INT_MAX, false); }, "the encrypted key"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(pfx.error_after(row.change) == refused);
    }
}
