#include "pki/pfx_rounds.hpp"

#include <openssl/asn1t.h>
#include <openssl/err.h>

#include <limits>
#include <memory>
#include <string>

namespace ocs::pki {
namespace {

struct FreeParts {
    void operator()(STACK_OF(PKCS7) * stack) const noexcept { sk_PKCS7_pop_free(stack, PKCS7_free); }
};
struct FreeBags {
    void operator()(STACK_OF(PKCS12_SAFEBAG) * stack) const noexcept {
        sk_PKCS12_SAFEBAG_pop_free(stack, PKCS12_SAFEBAG_free);
    }
};
using PartsPtr = std::unique_ptr<STACK_OF(PKCS7), FreeParts>;
using BagsPtr = std::unique_ptr<STACK_OF(PKCS12_SAFEBAG), FreeBags>;
using PbePtr = std::unique_ptr<PBEPARAM, ossl::Deleter<&PBEPARAM_free>>;
using Pbe2Ptr = std::unique_ptr<PBE2PARAM, ossl::Deleter<&PBE2PARAM_free>>;
using Pbkdf2Ptr = std::unique_ptr<PBKDF2PARAM, ossl::Deleter<&PBKDF2PARAM_free>>;
using ScryptPtr = std::unique_ptr<SCRYPT_PARAMS, ossl::Deleter<&SCRYPT_PARAMS_free>>;

constexpr std::int64_t endless = std::numeric_limits<std::int64_t>::max();
constexpr int max_nesting = 8;  // bags in bags: nobody writes one

std::int64_t number(const ASN1_INTEGER* value) {
    std::int64_t read = 0;
    if (value == nullptr) return 1;
    return ASN1_INTEGER_get_int64(&read, value) == 1 && read >= 0 ? read : endless;
}

/// Stays at `endless` rather than wrapping.
std::int64_t product(std::int64_t a, std::int64_t b) {
    std::int64_t out = 0;
    return __builtin_mul_overflow(a, b, &out) ? endless : out;
}

template <class T>
T* unpacked(const ASN1_TYPE* parameter, const ASN1_ITEM* item) {
    return static_cast<T*>(ASN1_TYPE_unpack_sequence(item, parameter));
}

std::int64_t rounds_of(const X509_ALGOR* algorithm) {
    const ASN1_OBJECT* object = nullptr;
    X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
    const ASN1_TYPE* parameter = algorithm->parameter;
    switch (OBJ_obj2nid(object)) {
        case NID_pbes2: {
            const Pbe2Ptr both(unpacked<PBE2PARAM>(parameter, ASN1_ITEM_rptr(PBE2PARAM)));
            return both && both->keyfunc != nullptr ? rounds_of(both->keyfunc) : 0;
        }
        case NID_id_pbkdf2: {
            const Pbkdf2Ptr derivation(unpacked<PBKDF2PARAM>(parameter, ASN1_ITEM_rptr(PBKDF2PARAM)));
            return derivation ? number(derivation->iter) : 0;
        }
        case NID_id_scrypt: {
            const ScryptPtr derivation(unpacked<SCRYPT_PARAMS>(parameter, ASN1_ITEM_rptr(SCRYPT_PARAMS)));
            if (!derivation) return 0;
            return product(product(number(derivation->costParameter), number(derivation->blockSize)),
                           number(derivation->parallelizationParameter));
        }
        default: {
            const PbePtr derivation(unpacked<PBEPARAM>(parameter, ASN1_ITEM_rptr(PBEPARAM)));
            return derivation ? number(derivation->iter) : 0;
        }
    }
}

class Count {
public:
    void add(std::int64_t rounds) { left_ = rounds > left_ ? -1 : left_ - rounds; }
    void add(const STACK_OF(PKCS12_SAFEBAG) * bags, int nesting = 0) {
        for (int i = 0; bags != nullptr && i < sk_PKCS12_SAFEBAG_num(bags) && !over(); ++i) {
            const PKCS12_SAFEBAG* bag = sk_PKCS12_SAFEBAG_value(bags, i);
            const int kind = PKCS12_SAFEBAG_get_nid(bag);
            if (kind == NID_pkcs8ShroudedKeyBag) {
                const X509_ALGOR* algorithm = nullptr;
                X509_SIG_get0(PKCS12_SAFEBAG_get0_pkcs8(bag), &algorithm, nullptr);
                add(rounds_of(algorithm));
            } else if (kind == NID_safeContentsBag) {
                if (nesting >= max_nesting) return add(endless);
                add(PKCS12_SAFEBAG_get0_safes(bag), nesting + 1);
            }
        }
    }
    [[nodiscard]] bool over() const { return left_ < 0; }

private:
    std::int64_t left_ = max_pfx_rounds;
};

}  // namespace

Result<void> check_pfx_rounds(PKCS12* file, const std::string& password) {
    Count count;
    const ASN1_INTEGER* rounds = nullptr;
    PKCS12_get0_mac(nullptr, nullptr, nullptr, &rounds, file);
    if (PKCS12_mac_present(file) == 1) count.add(number(rounds));
    const PartsPtr parts(count.over() ? nullptr : PKCS12_unpack_authsafes(file));
    for (int i = 0; parts && i < sk_PKCS7_num(parts.get()) && !count.over(); ++i) {
        PKCS7* part = sk_PKCS7_value(parts.get(), i);
        if (PKCS7_type_is_data(part)) {
            count.add(BagsPtr(PKCS12_unpack_p7data(part)).get());
        } else if (PKCS7_type_is_encrypted(part) && part->d.encrypted != nullptr) {
            count.add(rounds_of(part->d.encrypted->enc_data->algorithm));
            if (count.over()) break;
            const auto size = static_cast<int>(password.size());
            count.add(BagsPtr(PKCS12_unpack_p7encdata(part, password.c_str(), size)).get());
        }
    }
    ERR_clear_error();
    if (!count.over()) return {};
    return Error{
        "this PFX asks for more than " + std::to_string(max_pfx_rounds) + " rounds of key derivation",
        "",
        "export it again with fewer: OpenSSL and Windows take 2048"};
}

}  // namespace ocs::pki
