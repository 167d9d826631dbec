#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/provider.h>

#include <optional>

#include "core/files.hpp"
#include "ossl/errors.hpp"
#include "pki/certificate.hpp"
#include "pki/pfx_rounds.hpp"

namespace ocs::pki {
namespace {

using LibraryPtr = std::unique_ptr<OSSL_LIB_CTX, ossl::Deleter<&OSSL_LIB_CTX_free>>;
using ProviderPtr = std::unique_ptr<OSSL_PROVIDER, ossl::Deleter<&OSSL_PROVIDER_unload>>;

struct FreeStack {
    void operator()(STACK_OF(X509) * stack) const noexcept { sk_X509_pop_free(stack, X509_free); }
};
using StackPtr = std::unique_ptr<STACK_OF(X509), FreeStack>;

ossl::BioPtr over(const std::string& bytes) {
    return ossl::BioPtr(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

/// Without it OpenSSL would ask for a password on the terminal.
int no_password(char* /*buffer*/, int /*size*/, int /*writing*/, void* asked) noexcept {
    *static_cast<bool*>(asked) = true;
    return -1;
}

Result<std::vector<ossl::X509Ptr>> certificates_in(const std::filesystem::path& path) {
    auto text = read_file(path);
    if (!text) return text.error();
    ERR_clear_error();
    const ossl::BioPtr bio = over(*text);
    std::vector<ossl::X509Ptr> found;
    while (X509* next = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) found.emplace_back(next);
    const unsigned long last = ERR_peek_last_error();
    if (ERR_GET_LIB(last) != ERR_LIB_PEM || ERR_GET_REASON(last) != PEM_R_NO_START_LINE) {
        return Error{"cannot read a certificate: " + ossl::take_errors(), path.string(), ""};
    }
    ERR_clear_error();
    return found;
}

}  // namespace

Result<ossl::PkeyPtr> load_key(const std::filesystem::path& path) {
    auto text = read_file(path);
    if (!text) return text.error();
    ERR_clear_error();
    bool asked = false;
    const ossl::BioPtr bio = over(*text);
    ossl::PkeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, &asked));
    OPENSSL_cleanse(text->data(), text->size());
    if (key) return key;
    const std::string why = ossl::take_errors();
    if (asked) {
        return Error{"the private key is encrypted",
                     path.string(),
                     "decrypt it: openssl pkey -in KEY -out PLAIN, with mode 0600"};
    }
    return Error{
        "no PEM private key here: " + why, path.string(), "fakeocs-certgen writes one per certificate"};
}

namespace {

Result<Identity> joined(ossl::X509Ptr leaf,
                        std::vector<ossl::X509Ptr> chain,
                        ossl::PkeyPtr key,
                        const std::string& where) {
    ERR_clear_error();
    if (X509_check_private_key(leaf.get(), key.get()) != 1) {
        ERR_clear_error();
        return Error{"the private key does not belong to the certificate",
                     where,
                     "the certificate and the key must come from the same request"};
    }
    Identity identity;
    identity.info = read_certificate(leaf.get());
    identity.issuer_included = identity.info.self_signed;
    for (const ossl::X509Ptr& candidate : chain) {
        const bool named =
            X509_NAME_cmp(X509_get_subject_name(candidate.get()), X509_get_issuer_name(leaf.get())) == 0;
        if (named && X509_verify(leaf.get(), X509_get0_pubkey(candidate.get())) == 1) {
            identity.issuer_included = true;
        }
    }
    ERR_clear_error();
    identity.leaf = std::move(leaf);
    identity.chain = std::move(chain);
    identity.key = std::move(key);
    return identity;
}

/// What a PFX holds, as DER: nothing of it is tied to the library context that decrypted it.
struct Contents {
    std::string leaf, key;
    std::vector<std::string> chain;
    std::optional<Error> refused;  // why it was not even tried
};

template <class T, class Encode>
std::string der(T* object, Encode encode) {
    unsigned char* bytes = nullptr;
    const int size = encode(object, &bytes);
    if (size < 0) return {};
    std::string text(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    OPENSSL_clear_free(bytes, static_cast<std::size_t>(size));
    return text;
}

/// False: the queue tells why, unless leaf or key is what is missing.
bool unpack(const std::string& bytes, const std::string& password, Contents& contents) {
    const ossl::BioPtr bio = over(bytes);
    const ossl::Pkcs12Ptr file(d2i_PKCS12_bio(bio.get(), nullptr));
    if (!file) return false;
    // Here rather than once before: what is behind RC2 can be counted only where RC2 can be opened.
    if (const auto few = check_pfx_rounds(file.get(), password); few.has_error()) {
        contents.refused = few.error();
        return false;
    }
    EVP_PKEY* key = nullptr;
    X509* leaf = nullptr;
    STACK_OF(X509)* chain = nullptr;
    if (PKCS12_parse(file.get(), password.c_str(), &key, &leaf, &chain) != 1) return false;
    const ossl::PkeyPtr own_key(key);
    const ossl::X509Ptr own_leaf(leaf);
    const StackPtr own_chain(chain);
    if (own_leaf)
        contents.leaf = der(leaf, [](X509* from, unsigned char** to) { return i2d_X509(from, to); });
    if (own_key) {
        contents.key = der(key, [](EVP_PKEY* from, unsigned char** to) { return i2d_PrivateKey(from, to); });
    }
    for (int i = 0; own_chain && i < sk_X509_num(chain); ++i) {
        contents.chain.push_back(
            der(sk_X509_value(chain, i), [](X509* from, unsigned char** to) { return i2d_X509(from, to); }));
    }
    return true;
}

/// RC2, which old Windows and `openssl pkcs12 -legacy` write, is in the legacy provider. It is loaded into
/// a context of its own, which is this thread's default for the time of the call and no longer.
bool unpack_legacy(const std::string& bytes, const std::string& password, Contents& contents) {
    const LibraryPtr library(OSSL_LIB_CTX_new());
    if (!library) return false;
    const ProviderPtr base(OSSL_PROVIDER_load(library.get(), "default"));
    const ProviderPtr legacy(OSSL_PROVIDER_load(library.get(), "legacy"));
    if (!base || !legacy) return false;
    OSSL_LIB_CTX* before = OSSL_LIB_CTX_set0_default(library.get());
    const bool done = unpack(bytes, password, contents);
    OSSL_LIB_CTX_set0_default(before);
    return done;
}

ossl::X509Ptr certificate_of(const std::string& bytes) {
    const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
    return ossl::X509Ptr(d2i_X509(nullptr, &at, static_cast<long>(bytes.size())));
}

}  // namespace

Result<Identity> load_pem(const std::filesystem::path& certificate,
                          const std::filesystem::path& key,
                          const std::filesystem::path& chain) {
    auto found = certificates_in(certificate);
    if (!found) return found.error();
    if (found->empty()) return Error{"no PEM certificate here", certificate.string(), ""};
    ossl::X509Ptr leaf = std::move(found->front());
    found->erase(found->begin());
    if (!chain.empty()) {
        auto more = certificates_in(chain);
        if (!more) return more.error();
        for (ossl::X509Ptr& next : *more) {
            if (X509_cmp(next.get(), leaf.get()) != 0) found->push_back(std::move(next));
        }
    }
    const std::filesystem::path& key_path = key.empty() ? certificate : key;
    auto private_key = load_key(key_path);
    if (!private_key) return private_key.error();
    return joined(std::move(leaf), std::move(*found), std::move(*private_key), key_path.string());
}

Result<Identity> load_pfx(const std::filesystem::path& pfx, const std::string& password) {
    const auto bytes = read_file(pfx);
    if (!bytes) return bytes.error();
    ERR_clear_error();
    Contents contents;
    if (!unpack(*bytes, password, contents)) {
        const bool wrong = ERR_GET_REASON(ERR_peek_last_error()) == PKCS12_R_MAC_VERIFY_FAILURE &&
                           ERR_GET_LIB(ERR_peek_last_error()) == ERR_LIB_PKCS12;
        ERR_clear_error();
        if (wrong) return Error{"the password does not open this PFX", pfx.string(), ""};
        const bool opened = !contents.refused && unpack_legacy(*bytes, password, contents);
        if (contents.refused) return Error{contents.refused->what, pfx.string(), contents.refused->hint};
        if (!opened) {
            return Error{"cannot read the PFX: " + ossl::take_errors(), pfx.string(), ""};
        }
    }
    ERR_clear_error();
    ossl::X509Ptr leaf = certificate_of(contents.leaf);
    const auto* at = reinterpret_cast<const unsigned char*>(contents.key.data());
    ossl::PkeyPtr key(d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(contents.key.size())));
    OPENSSL_cleanse(contents.key.data(), contents.key.size());
    ERR_clear_error();
    if (!leaf || !key) return Error{"no certificate with a private key in this PFX", pfx.string(), ""};
    std::vector<ossl::X509Ptr> chain;
    for (const std::string& der_bytes : contents.chain) {
        if (auto next = certificate_of(der_bytes)) chain.push_back(std::move(next));
    }
    return joined(std::move(leaf), std::move(chain), std::move(key), pfx.string());
}

}  // namespace ocs::pki
