#include "pki/certificate.hpp"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/objects.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <span>

#include "core/ip_address.hpp"
#include "pki/encode.hpp"
#include "pki/presented.hpp"

namespace ocs::pki {
namespace {

using discovery::NameKind;
using discovery::PresentedName;

using GeneralNamesPtr = std::unique_ptr<GENERAL_NAMES, ossl::Deleter<&GENERAL_NAMES_free>>;
using DistPointsPtr = std::unique_ptr<CRL_DIST_POINTS, ossl::Deleter<&CRL_DIST_POINTS_free>>;
using UsagePtr = std::unique_ptr<EXTENDED_KEY_USAGE, ossl::Deleter<&EXTENDED_KEY_USAGE_free>>;
using BitsPtr = std::unique_ptr<ASN1_BIT_STRING, ossl::Deleter<&ASN1_BIT_STRING_free>>;
using ConstraintsPtr = std::unique_ptr<BASIC_CONSTRAINTS, ossl::Deleter<&BASIC_CONSTRAINTS_free>>;

std::span<const unsigned char> bytes_of(const ASN1_STRING* string) {
    return {ASN1_STRING_get0_data(string), static_cast<std::size_t>(ASN1_STRING_length(string))};
}

std::string raw(const ASN1_STRING* string) {
    const auto bytes = bytes_of(string);
    return {bytes.begin(), bytes.end()};
}

std::string hex_of(const ASN1_STRING* string) {
    const auto bytes = bytes_of(string);
    return hex(bytes.data(), bytes.size());
}

/// UTF-8 where the string's own encoding allows it, else its bytes.
std::string text_of(const ASN1_STRING* string) {
    unsigned char* utf8 = nullptr;
    const int size = ASN1_STRING_to_UTF8(&utf8, string);
    if (size < 0) return raw(string);
    std::string text(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(size));
    OPENSSL_free(utf8);
    return text;
}

std::string oid_text(const ASN1_OBJECT* object) {
    std::array<char, 128> text{};
    OBJ_obj2txt(text.data(), static_cast<int>(text.size()), object, 1);
    return text.data();
}

std::string line_of(const X509_NAME* name) {
    const ossl::BioPtr memory(BIO_new(BIO_s_mem()));
    if (!memory || X509_NAME_print_ex(memory.get(), name, 0, XN_FLAG_RFC2253) < 0) return {};
    char* data = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &data);
    return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

PresentedName other_name(const OTHERNAME* other) {
    const std::string oid = oid_text(other->type_id);
    const bool service = oid == "1.3.6.1.5.5.7.8.7" && other->value->type == V_ASN1_IA5STRING;
    if (service) return {NameKind::srv, raw(other->value->value.ia5string)};
    unsigned char* der = nullptr;
    const int size = i2d_ASN1_TYPE(other->value, &der);
    if (size < 0) return {NameKind::other, oid + ":"};
    PresentedName name{NameKind::other, oid + ":" + hex(der, static_cast<std::size_t>(size))};
    OPENSSL_free(der);
    return name;
}

PresentedName presented(const GENERAL_NAME* name) {
    switch (name->type) {
        case GEN_DNS:
            return {NameKind::dns, raw(name->d.dNSName)};
        case GEN_URI:
            return {NameKind::uri, raw(name->d.uniformResourceIdentifier)};
        case GEN_EMAIL:
            return {NameKind::email, raw(name->d.rfc822Name)};
        case GEN_IPADD: {
            const auto address = IpAddress::from_bytes(bytes_of(name->d.iPAddress));
            if (address) return {NameKind::ip, address->text()};
            return {NameKind::ip, "hex:" + hex_of(name->d.iPAddress)};
        }
        case GEN_OTHERNAME:
            return other_name(name->d.otherName);
        case GEN_DIRNAME:
            return {NameKind::other, "directoryName:" + line_of(name->d.directoryName)};
        case GEN_RID:
            return {NameKind::other, "registeredID:" + oid_text(name->d.registeredID)};
        default:
            return {NameKind::other, "type " + std::to_string(name->type)};
    }
}

WallTime wall_time(const ASN1_TIME* time) {
    std::tm parts{};
    if (ASN1_TIME_to_tm(time, &parts) != 1) return WallTime{};
    return WallTime{std::chrono::seconds{timegm(&parts)}};
}

void read_key(const X509* certificate, CertificateInfo& info) {
    EVP_PKEY* key = X509_get0_pubkey(certificate);
    if (key == nullptr) {
        info.key = "unreadable";
        return;
    }
    info.key_bits = EVP_PKEY_get_bits(key);
    if (EVP_PKEY_is_a(key, "RSA") == 1) {
        info.key = "RSA " + std::to_string(info.key_bits);
        info.weak = info.key_bits < 2048;
    } else if (EVP_PKEY_is_a(key, "EC") == 1) {
        std::array<char, 80> group{};
        std::size_t size = 0;
        EVP_PKEY_get_group_name(key, group.data(), group.size(), &size);
        const std::string name(group.data(), size);
        const char* nist = EC_curve_nid2nist(OBJ_sn2nid(name.c_str()));
        info.key = "EC " + (nist != nullptr ? std::string(nist) : name);
        info.weak = info.key_bits < 224;
    } else if (EVP_PKEY_is_a(key, "ED25519") == 1) {
        info.key = "Ed25519";
    } else {
        const char* name = EVP_PKEY_get0_type_name(key);
        info.key = name != nullptr ? name : "unknown";
    }
}

void read_usages(const X509* certificate, CertificateInfo& info) {
    static constexpr std::array<const char*, 9> words = {"digitalSignature",
                                                         "nonRepudiation",
                                                         "keyEncipherment",
                                                         "dataEncipherment",
                                                         "keyAgreement",
                                                         "keyCertSign",
                                                         "cRLSign",
                                                         "encipherOnly",
                                                         "decipherOnly"};
    const BitsPtr bits(
        static_cast<ASN1_BIT_STRING*>(X509_get_ext_d2i(certificate, NID_key_usage, nullptr, nullptr)));
    for (std::size_t i = 0; bits && i < words.size(); ++i) {
        if (ASN1_BIT_STRING_get_bit(bits.get(), static_cast<int>(i)) == 1)
            info.key_usage.emplace_back(words[i]);
    }
    const UsagePtr usages(
        static_cast<EXTENDED_KEY_USAGE*>(X509_get_ext_d2i(certificate, NID_ext_key_usage, nullptr, nullptr)));
    for (int i = 0; usages && i < sk_ASN1_OBJECT_num(usages.get()); ++i) {
        const ASN1_OBJECT* object = sk_ASN1_OBJECT_value(usages.get(), i);
        const int nid = OBJ_obj2nid(object);
        if (nid == NID_anyExtendedKeyUsage) {
            info.eku.emplace_back("any");
        } else {
            info.eku.push_back(nid == NID_undef ? oid_text(object) : OBJ_nid2sn(nid));
        }
    }
    const ConstraintsPtr constraints(static_cast<BASIC_CONSTRAINTS*>(
        X509_get_ext_d2i(certificate, NID_basic_constraints, nullptr, nullptr)));
    info.is_ca = constraints && constraints->ca != 0;
}

void read_crl_urls(const X509* certificate, CertificateInfo& info) {
    const DistPointsPtr points(static_cast<CRL_DIST_POINTS*>(
        X509_get_ext_d2i(certificate, NID_crl_distribution_points, nullptr, nullptr)));
    for (int i = 0; points && i < sk_DIST_POINT_num(points.get()); ++i) {
        const DIST_POINT* point = sk_DIST_POINT_value(points.get(), i);
        if (point->distpoint == nullptr || point->distpoint->type != 0) continue;
        const GENERAL_NAMES* names = point->distpoint->name.fullname;
        for (int k = 0; k < sk_GENERAL_NAME_num(names); ++k) {
            const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, k);
            if (name->type == GEN_URI) info.crl_urls.push_back(raw(name->d.uniformResourceIdentifier));
        }
    }
}

}  // namespace

discovery::PresentedNames presented_by(const X509_NAME* subject,
                                       const STACK_OF(X509_EXTENSION) * extensions) {
    discovery::PresentedNames names;
    for (int at = -1; (at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0;) {
        names.common_names.push_back(text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))));
    }
    names.san_present = X509v3_get_ext_by_NID(extensions, NID_subject_alt_name, -1) >= 0;
    if (names.san_present) {
        const GeneralNamesPtr list(
            static_cast<GENERAL_NAMES*>(X509V3_get_d2i(extensions, NID_subject_alt_name, nullptr, nullptr)));
        names.san_readable = list != nullptr;
        for (int i = 0; list && i < sk_GENERAL_NAME_num(list.get()); ++i) {
            names.san.push_back(presented(sk_GENERAL_NAME_value(list.get(), i)));
        }
    }
    ERR_clear_error();
    return names;
}

discovery::PresentedNames presented_names(const X509* certificate) {
    return presented_by(X509_get_subject_name(certificate), X509_get0_extensions(certificate));
}

discovery::PresentedNames names_of(const Recipe& recipe) {
    discovery::PresentedNames names;
    for (const SubjectPart& part : recipe.subject) {
        if (part.type == "CN") names.common_names.push_back(part.value);
    }
    names.san = recipe.sans;
    names.san_present = !recipe.sans.empty() || !recipe.san_der.empty();
    if (recipe.san_der.empty()) return names;
    const std::string bytes = from_hex(recipe.san_der).value_or("");
    const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
    const GeneralNamesPtr list(d2i_GENERAL_NAMES(nullptr, &at, static_cast<long>(bytes.size())));
    names.san_readable = list != nullptr;
    for (int i = 0; list && i < sk_GENERAL_NAME_num(list.get()); ++i) {
        names.san.push_back(presented(sk_GENERAL_NAME_value(list.get(), i)));
    }
    ERR_clear_error();
    return names;
}

CertificateInfo read_certificate(const X509* certificate) {
    CertificateInfo info;
    info.names = presented_names(certificate);
    info.subject = line_of(X509_get_subject_name(certificate));
    info.issuer = line_of(X509_get_issuer_name(certificate));
    info.serial = hex_of(X509_get0_serialNumber(certificate));
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (X509_digest(certificate, EVP_sha256(), digest.data(), &size) == 1) {
        info.fingerprint = hex(digest.data(), size);
    }
    info.not_before = wall_time(X509_get0_notBefore(certificate));
    info.not_after = wall_time(X509_get0_notAfter(certificate));
    read_key(certificate, info);
    const int signature = X509_get_signature_nid(certificate);
    const char* long_name = OBJ_nid2ln(signature);
    info.signature = long_name != nullptr ? long_name : "unknown";
    int hash = NID_undef;
    OBJ_find_sigid_algs(signature, &hash, nullptr);
    info.weak = info.weak || hash == NID_sha1 || hash == NID_md5 || hash == NID_md5_sha1;
    read_usages(certificate, info);
    read_crl_urls(certificate, info);
    if (X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0) {
        // On a copy, since OpenSSL 3.0 verifies only what it may write to.
        const ossl::X509Ptr copy(X509_dup(certificate));
        info.self_signed = copy && X509_verify(copy.get(), X509_get0_pubkey(certificate)) == 1;
    }
    ERR_clear_error();
    return info;
}

}  // namespace ocs::pki
