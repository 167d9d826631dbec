// The functions that make such a key are deprecated, and nothing replaces them in 3.0.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "pki/quick_key.hpp"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

namespace ocs::pki {
namespace {

using EcKeyPtr = std::unique_ptr<EC_KEY, ossl::Deleter<&EC_KEY_free>>;
using RsaPtr = std::unique_ptr<RSA, ossl::Deleter<&RSA_free>>;

}  // namespace

ossl::PkeyPtr quick_key(ossl::PkeyPtr key) {
    ossl::PkeyPtr quick(EVP_PKEY_new());
    bool made = false;
    if (quick && EVP_PKEY_is_a(key.get(), "EC") == 1) {
        const EcKeyPtr inner(EVP_PKEY_get1_EC_KEY(key.get()));
        made = inner && EVP_PKEY_set1_EC_KEY(quick.get(), inner.get()) == 1;
    } else if (quick && EVP_PKEY_is_a(key.get(), "RSA") == 1) {
        const RsaPtr inner(EVP_PKEY_get1_RSA(key.get()));
        made = inner && EVP_PKEY_set1_RSA(quick.get(), inner.get()) == 1;
    }
    ERR_clear_error();
    return made ? std::move(quick) : std::move(key);
}

}  // namespace ocs::pki
