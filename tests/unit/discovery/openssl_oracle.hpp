#pragma once
// What the linked OpenSSL itself says of names: X509_check_host on a certificate built from them.

#include <openssl/x509v3.h>

#include <memory>
#include <string>

#include "discovery/name_policy.hpp"

namespace ocs::discovery {

inline GENERAL_NAME* general_name(const PresentedName& entry) {
    const int type = entry.kind == NameKind::dns   ? GEN_DNS
                     : entry.kind == NameKind::uri ? GEN_URI
                     : entry.kind == NameKind::ip  ? GEN_IPADD
                                                   : GEN_EMAIL;  // stands for the kinds that are passed over
    ASN1_STRING* text = ASN1_STRING_type_new(type == GEN_IPADD ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING);
    ASN1_STRING_set(text, entry.text.data(), static_cast<int>(entry.text.size()));
    GENERAL_NAME* name = GENERAL_NAME_new();
    GENERAL_NAME_set0_value(name, type, text);
    return name;
}

/// X509_check_host with flags 0.
inline bool openssl_says(const PresentedNames& names, const std::string& host) {
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), &X509_free);
    for (const std::string& name : names.common_names) {
        X509_NAME_add_entry_by_NID(X509_get_subject_name(certificate.get()),
                                   NID_commonName,
                                   V_ASN1_UTF8STRING,
                                   reinterpret_cast<const unsigned char*>(name.data()),
                                   static_cast<int>(name.size()),
                                   -1,
                                   0);
    }
    if (names.san_present) {
        const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> san(GENERAL_NAMES_new(),
                                                                                &GENERAL_NAMES_free);
        for (const PresentedName& entry : names.san) sk_GENERAL_NAME_push(san.get(), general_name(entry));
        X509_add1_ext_i2d(certificate.get(), NID_subject_alt_name, san.get(), 0, X509V3_ADD_DEFAULT);
    }
    return X509_check_host(certificate.get(), host.data(), host.size(), 0, nullptr) == 1;
}

}  // namespace ocs::discovery
