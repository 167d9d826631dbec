#include "pki/crl.hpp"

#include <openssl/err.h>

#include "ossl/errors.hpp"

namespace ocs::pki {
namespace {

using CrlPtr = std::unique_ptr<X509_CRL, ossl::Deleter<&X509_CRL_free>>;
using RevokedPtr = std::unique_ptr<X509_REVOKED, ossl::Deleter<&X509_REVOKED_free>>;
using IntegerPtr = std::unique_ptr<ASN1_INTEGER, ossl::Deleter<&ASN1_INTEGER_free>>;
using TimePtr = std::unique_ptr<ASN1_TIME, ossl::Deleter<&ASN1_TIME_free>>;

TimePtr asn1_time(WallTime time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
    return TimePtr(ASN1_TIME_set(nullptr, static_cast<std::time_t>(seconds)));
}

/// What was on the list, if it is this issuer's.
CrlPtr read(std::string_view der, const Authority& issuer) {
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    CrlPtr list(d2i_X509_CRL(nullptr, &at, static_cast<long>(der.size())));
    if (list && X509_CRL_verify(list.get(), issuer.key.get()) != 1) list.reset();
    ERR_clear_error();
    return list;
}

long number_of(X509_CRL* list) {
    const IntegerPtr number(
        static_cast<ASN1_INTEGER*>(X509_CRL_get_ext_d2i(list, NID_crl_number, nullptr, nullptr)));
    return number ? ASN1_INTEGER_get(number.get()) : 0;
}

bool copy_entries(X509_CRL* from, X509_CRL* to) {
    STACK_OF(X509_REVOKED)* entries = X509_CRL_get_REVOKED(from);
    for (int i = 0; i < sk_X509_REVOKED_num(entries); ++i) {
        RevokedPtr entry(X509_REVOKED_dup(sk_X509_REVOKED_value(entries, i)));
        if (!entry || X509_CRL_add0_revoked(to, entry.get()) != 1) return false;
        (void)entry.release();
    }
    return true;
}

bool add_entry(X509_CRL* list, const X509* revoked, WallTime now) {
    RevokedPtr entry(X509_REVOKED_new());
    const TimePtr since = asn1_time(now - std::chrono::hours{1});
    const bool made = entry && since &&
                      X509_REVOKED_set_serialNumber(
                          entry.get(), const_cast<ASN1_INTEGER*>(X509_get0_serialNumber(revoked))) == 1 &&
                      X509_REVOKED_set_revocationDate(entry.get(), since.get()) == 1 &&
                      X509_CRL_add0_revoked(list, entry.get()) == 1;
    if (made) (void)entry.release();
    return made;
}

}  // namespace

Result<std::string> make_crl(const Authority& issuer,
                             std::string_view before,
                             const X509* revoked,
                             WallTime now) {
    ERR_clear_error();
    X509* certificate = issuer.certificate.get();
    const CrlPtr list(X509_CRL_new());
    const TimePtr begin = asn1_time(now - std::chrono::hours{1});
    const IntegerPtr number(ASN1_INTEGER_new());
    const CrlPtr old = read(before, issuer);
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, nullptr, nullptr, list.get(), 0);
    const ossl::X509ExtensionPtr key_id(
        X509V3_EXT_conf_nid(nullptr, &context, NID_authority_key_identifier, "keyid:always"));
    const bool made =
        list && begin && number && key_id && X509_CRL_set_version(list.get(), X509_CRL_VERSION_2) == 1 &&
        X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(certificate)) == 1 &&
        X509_CRL_set1_lastUpdate(list.get(), begin.get()) == 1 &&
        X509_CRL_set1_nextUpdate(list.get(), X509_get0_notAfter(certificate)) == 1 &&
        (!old || copy_entries(old.get(), list.get())) &&
        (revoked == nullptr || add_entry(list.get(), revoked, now)) &&
        ASN1_INTEGER_set(number.get(), old ? number_of(old.get()) + 1 : 1) == 1 &&
        X509_CRL_add1_ext_i2d(list.get(), NID_crl_number, number.get(), 0, X509V3_ADD_DEFAULT) == 1 &&
        X509_CRL_add_ext(list.get(), key_id.get(), -1) == 1 && X509_CRL_sort(list.get()) == 1 &&
        X509_CRL_sign(list.get(), issuer.key.get(), digest_for(issuer.key.get(), HashName::sha256)) != 0;
    unsigned char* bytes = nullptr;
    const int size = made ? i2d_X509_CRL(list.get(), &bytes) : -1;
    if (size < 0) return Error{"cannot make the CRL: " + ossl::take_errors(), "", ""};
    std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    OPENSSL_free(bytes);
    return der;
}

}  // namespace ocs::pki
