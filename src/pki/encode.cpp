#include "pki/encode.hpp"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <optional>

#include "core/escape.hpp"
#include "core/ip_address.hpp"
#include "ossl/errors.hpp"

namespace ocs::pki {
namespace {

using discovery::NameKind;
using discovery::PresentedName;

using GeneralNamePtr = std::unique_ptr<GENERAL_NAME, ossl::Deleter<&GENERAL_NAME_free>>;
using GeneralNamesPtr = std::unique_ptr<GENERAL_NAMES, ossl::Deleter<&GENERAL_NAMES_free>>;
using BignumPtr = std::unique_ptr<BIGNUM, ossl::Deleter<&BN_free>>;
using ObjectPtr = std::unique_ptr<ASN1_OBJECT, ossl::Deleter<&ASN1_OBJECT_free>>;
using StringPtr = std::unique_ptr<ASN1_STRING, ossl::Deleter<&ASN1_STRING_free>>;
using MdCtxPtr = std::unique_ptr<EVP_MD_CTX, ossl::Deleter<&EVP_MD_CTX_free>>;
using TypePtr = std::unique_ptr<ASN1_TYPE, ossl::Deleter<&ASN1_TYPE_free>>;
using DistPointPtr = std::unique_ptr<DIST_POINT, ossl::Deleter<&DIST_POINT_free>>;
using DistPointsPtr = std::unique_ptr<CRL_DIST_POINTS, ossl::Deleter<&CRL_DIST_POINTS_free>>;

constexpr std::string_view subject_types[] = {"CN", "O", "OU", "C", "ST", "L", "DC", "emailAddress"};
constexpr std::string_view key_usages[] = {"digitalSignature",
                                           "nonRepudiation",
                                           "keyEncipherment",
                                           "dataEncipherment",
                                           "keyAgreement",
                                           "keyCertSign",
                                           "cRLSign",
                                           "encipherOnly",
                                           "decipherOnly"};

struct Usage {
    std::string_view word;
    const char* openssl;
};
constexpr Usage extended_usages[] = {{"serverAuth", "serverAuth"},
                                     {"clientAuth", "clientAuth"},
                                     {"emailProtection", "emailProtection"},
                                     {"codeSigning", "codeSigning"},
                                     {"any", "anyExtendedKeyUsage"}};

Error failure(const std::string& what) { return Error{what + ": " + ossl::take_errors(), "", ""}; }

bool is_dotted_oid(std::string_view text) {
    const bool characters =
        std::all_of(text.begin(), text.end(), [](char c) { return c == '.' || (c >= '0' && c <= '9'); });
    if (!characters || text.find('.') == std::string_view::npos) return false;
    ERR_clear_error();
    const ObjectPtr object(OBJ_txt2obj(std::string(text).c_str(), 1));
    ERR_clear_error();
    return object != nullptr;
}

ASN1_STRING* string_of(int type, std::string_view bytes) {
    ASN1_STRING* string = ASN1_STRING_type_new(type);
    if (string != nullptr) ASN1_STRING_set(string, bytes.data(), static_cast<int>(bytes.size()));
    return string;
}

/// The otherName of a service (RFC 4985) or of `OID:hex`, the hex being the DER of its value.
Result<GeneralNamePtr> other_name(const PresentedName& name) {
    ObjectPtr type;
    TypePtr value;
    if (name.kind == NameKind::srv) {
        type.reset(OBJ_txt2obj("1.3.6.1.5.5.7.8.7", 1));  // id-on-dnsSRV
        value.reset(ASN1_TYPE_new());
        if (value) ASN1_TYPE_set(value.get(), V_ASN1_IA5STRING, string_of(V_ASN1_IA5STRING, name.text));
    } else {
        const std::size_t colon = name.text.find(':');
        const std::string oid = name.text.substr(0, colon);
        const auto der = colon == std::string::npos ? std::nullopt
                                                    : from_hex(std::string_view(name.text).substr(colon + 1));
        if (der && is_dotted_oid(oid)) {
            type.reset(OBJ_txt2obj(oid.c_str(), 1));
            const auto* begin = reinterpret_cast<const unsigned char*>(der->data());
            const unsigned char* at = begin;
            value.reset(d2i_ASN1_TYPE(nullptr, &at, static_cast<long>(der->size())));
            if (value && at != begin + der->size()) value.reset();
        }
    }
    if (!type || !value) {
        ERR_clear_error();
        return Error{ocs::quoted(name.text) + " is not an other name",
                     "",
                     "OID:hex, the hex being the DER of the value"};
    }
    GeneralNamePtr general(GENERAL_NAME_new());
    if (!general || GENERAL_NAME_set0_othername(general.get(), type.get(), value.get()) != 1) {
        return failure("cannot encode " + ocs::quoted(name.text));
    }
    (void)type.release();
    (void)value.release();
    return general;
}

Result<GeneralNamePtr> general_name(const PresentedName& name) {
    int type = GEN_DNS;
    switch (name.kind) {
        case NameKind::common_name:
            return Error{"a CN is no SAN entry", "", "put it into the subject"};
        case NameKind::other:
            return other_name(name);
        case NameKind::ip: {
            std::optional<std::string> bytes;
            if (name.text.starts_with("hex:")) {
                bytes = from_hex(std::string_view(name.text).substr(4));
            } else if (const auto address = IpAddress::parse(name.text)) {
                bytes.emplace(address->bytes().begin(), address->bytes().end());
            }
            if (!bytes) {
                return Error{ocs::quoted(name.text) + " is not an IP address",
                             "",
                             "DNS:… writes this text as a DNS name, IP:hex:… any bytes as an address"};
            }
            GeneralNamePtr general(GENERAL_NAME_new());
            GENERAL_NAME_set0_value(general.get(), GEN_IPADD, string_of(V_ASN1_OCTET_STRING, *bytes));
            return general;
        }
        case NameKind::dns:
        case NameKind::srv:
            break;
        case NameKind::uri:
            type = GEN_URI;
            break;
        case NameKind::email:
            type = GEN_EMAIL;
            break;
    }
    if (name.kind == NameKind::srv) return other_name(name);
    GeneralNamePtr general(GENERAL_NAME_new());
    GENERAL_NAME_set0_value(general.get(), type, string_of(V_ASN1_IA5STRING, name.text));
    return general;
}

Result<void> add_part(X509_NAME* name, const SubjectPart& part) {
    if (std::find(std::begin(subject_types), std::end(subject_types), part.type) == std::end(subject_types)) {
        return Error{ocs::quoted(part.type) + " is not a subject attribute",
                     "",
                     "CN, O, OU, C, ST, L, DC or emailAddress"};
    }
    if (!is_valid_utf8(part.value)) return Error{ocs::quoted(part.value) + " is not UTF-8", "", ""};
    ERR_clear_error();
    if (X509_NAME_add_entry_by_txt(name,
                                   part.type.c_str(),
                                   part.value.empty() ? V_ASN1_UTF8STRING : MBSTRING_UTF8,  // no length check
                                   reinterpret_cast<const unsigned char*>(part.value.data()),
                                   static_cast<int>(part.value.size()),
                                   -1,
                                   0) != 1) {
        return failure(part.type + " " + ocs::quoted(part.value) + " cannot be encoded");
    }
    return {};
}

Result<void> set_name(X509_NAME* name, const std::vector<SubjectPart>& parts) {
    for (const SubjectPart& part : parts) {
        if (auto added = add_part(name, part); !added) return added;
    }
    return {};
}

bool add_by_text(X509* certificate, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const ossl::X509ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
    return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ",") + word;
    return text;
}

std::string openssl_usage(std::string_view word) {
    for (const Usage& usage : extended_usages) {
        if (usage.word == word) return usage.openssl;
    }
    return std::string(word);
}

/// The extension as given, so that it may be empty or not parse at all.
Result<void> add_raw_sans(X509* certificate, const Recipe& recipe) {
    const auto bytes = from_hex(recipe.san_der);
    if (!bytes) return Error{"not hex", "san_der", ""};
    const ObjectPtr type(OBJ_dup(OBJ_nid2obj(NID_subject_alt_name)));
    const StringPtr value(string_of(V_ASN1_OCTET_STRING, *bytes));
    const ossl::X509ExtensionPtr extension(X509_EXTENSION_create_by_OBJ(nullptr, type.get(), 0, value.get()));
    if (!extension || X509_add_ext(certificate, extension.get(), -1) != 1) {
        return failure("cannot add the SAN extension");
    }
    return {};
}

Result<void> add_sans(X509* certificate, const Recipe& recipe) {
    if (!recipe.san_der.empty()) return add_raw_sans(certificate, recipe);
    if (recipe.sans.empty()) return {};
    const GeneralNamesPtr names(GENERAL_NAMES_new());
    for (const PresentedName& san : recipe.sans) {
        auto name = general_name(san);
        if (!name) return name.error();
        if (sk_GENERAL_NAME_push(names.get(), name->get()) <= 0) return failure("cannot list a name");
        (void)name->release();
    }
    // RFC 5280 §4.2.1.6: critical where the subject is empty.
    const int critical = recipe.subject.empty() ? 1 : 0;
    if (X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), critical, X509V3_ADD_DEFAULT) !=
        1) {
        return failure("cannot add the SAN list");
    }
    return {};
}

Result<void> add_crl_urls(X509* certificate, const Recipe& recipe) {
    if (recipe.crl_urls.empty()) return {};
    const DistPointsPtr points(CRL_DIST_POINTS_new());
    for (const std::string& url : recipe.crl_urls) {
        auto name = general_name({NameKind::uri, url});
        if (!name) return name.error();
        DistPointPtr point(DIST_POINT_new());
        point->distpoint = DIST_POINT_NAME_new();
        point->distpoint->type = 0;  // fullName
        point->distpoint->name.fullname = GENERAL_NAMES_new();
        sk_GENERAL_NAME_push(point->distpoint->name.fullname, name->release());
        sk_DIST_POINT_push(points.get(), point.release());
    }
    if (X509_add1_ext_i2d(certificate, NID_crl_distribution_points, points.get(), 0, X509V3_ADD_DEFAULT) !=
        1) {
        return failure("cannot add the CRL distribution points");
    }
    return {};
}

/// Version, serial, validity and key: what every certificate has.
Result<ossl::X509Ptr> blank(EVP_PKEY* key, WallTime not_before, WallTime not_after) {
    ERR_clear_error();
    ossl::X509Ptr certificate(X509_new());
    const BignumPtr serial(BN_new());
    const auto seconds = [](WallTime time) {
        return static_cast<std::time_t>(
            std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count());
    };
    // 127 bits with the top one set: positive, 16 bytes, never zero.
    const bool made = certificate && serial && X509_set_version(certificate.get(), X509_VERSION_3) == 1 &&
                      BN_rand(serial.get(), 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
                      BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate.get())) != nullptr &&
                      ASN1_TIME_set(X509_getm_notBefore(certificate.get()), seconds(not_before)) != nullptr &&
                      ASN1_TIME_set(X509_getm_notAfter(certificate.get()), seconds(not_after)) != nullptr &&
                      X509_set_pubkey(certificate.get(), key) == 1;
    if (!made) return failure("cannot make a certificate");
    return certificate;
}

Result<void> add_key_ids(X509* certificate, X509* issuer) {
    if (!add_by_text(certificate, issuer, NID_subject_key_identifier, "hash") ||
        !add_by_text(certificate, issuer, NID_authority_key_identifier, "keyid:always")) {
        return failure("cannot add the key identifiers");
    }
    return {};
}

Result<void> sign(X509* certificate, EVP_PKEY* signer, HashName hash, bool pss = false) {
    if (pss && EVP_PKEY_is_a(signer, "RSA") != 1) {
        return Error{"the signing key is no RSA key, so it cannot sign with RSASSA-PSS",
                     "rsa_pss",
                     "make the CA with --key rsa-2048"};
    }
    ERR_clear_error();
    const MdCtxPtr context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* options = nullptr;  // belongs to context
    bool ready = context &&
                 EVP_DigestSignInit(context.get(), &options, digest_for(signer, hash), nullptr, signer) == 1;
    if (ready && pss) {
        ready = EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1 &&
                EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) == 1;
    }
    if (!ready || X509_sign_ctx(certificate, context.get()) == 0) {
        return failure("cannot sign the certificate");
    }
    return {};
}

template <class Write>
Result<std::string> written(Write write) {
    ERR_clear_error();
    const ossl::BioPtr memory(BIO_new(BIO_s_mem()));
    if (!memory || write(memory.get()) != 1) return failure("cannot encode");
    char* data = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &data);
    return std::string(data, static_cast<std::size_t>(size));
}

}  // namespace

Result<void> check_subject_part(const SubjectPart& part) {
    const ossl::X509NamePtr name(X509_NAME_new());
    return add_part(name.get(), part);
}

Result<void> check_san(const PresentedName& name) {
    const auto encoded = general_name(name);
    if (!encoded) return encoded.error();
    return {};
}

Result<void> check_hex(std::string_view text) {
    if (!text.empty() && from_hex(text)) return {};
    return Error{ocs::quoted(text) + " is not hex", "", "pairs of hex digits, such as 3000"};
}

Result<void> check_eku(std::string_view word) {
    const bool known = std::any_of(std::begin(extended_usages),
                                   std::end(extended_usages),
                                   [&](const Usage& usage) { return usage.word == word; });
    if (known || is_dotted_oid(word)) return {};
    return Error{ocs::quoted(word) + " is not an extended key usage",
                 "",
                 "serverAuth, clientAuth, emailProtection, codeSigning, any, or a dotted OID"};
}

Result<void> check_key_usage(std::string_view word) {
    if (std::find(std::begin(key_usages), std::end(key_usages), word) != std::end(key_usages)) return {};
    return Error{ocs::quoted(word) + " is not a key usage",
                 "",
                 "a name of RFC 5280 section 4.2.1.3, such as digitalSignature or keyEncipherment"};
}

std::string hex(const unsigned char* bytes, std::size_t size) {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (std::size_t i = 0; i < size; ++i) {
        text.push_back(digits[bytes[i] >> 4U]);
        text.push_back(digits[bytes[i] & 15U]);
    }
    return text;
}

std::optional<std::string> from_hex(std::string_view text) {
    if (text.size() % 2 != 0) return std::nullopt;
    const auto digit = [](char c) {
        if (c >= '0' && c <= '9') return c - '0';
        if (c >= 'a' && c <= 'f') return c - 'a' + 10;
        if (c >= 'A' && c <= 'F') return c - 'A' + 10;
        return -1;
    };
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = digit(text[i]);
        const int low = digit(text[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        bytes.push_back(static_cast<char>(high * 16 + low));
    }
    return bytes;
}

const EVP_MD* digest_for(EVP_PKEY* signer, HashName hash) {
    if (EVP_PKEY_is_a(signer, "ED25519") == 1) return nullptr;  // brings its own hash
    switch (hash) {
        case HashName::sha1:
            return EVP_sha1();
        case HashName::sha256:
            return EVP_sha256();
        case HashName::sha384:
            return EVP_sha384();
        case HashName::sha512:
            return EVP_sha512();
    }
    return EVP_sha256();
}

Result<ossl::PkeyPtr> make_key(const KeySpec& spec) {
    ERR_clear_error();
    ossl::PkeyPtr key;
    switch (spec.type) {
        case KeyType::rsa:
            key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(spec.rsa_bits)));
            break;
        case KeyType::p256:
            key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
            break;
        case KeyType::p384:
            key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-384"));
            break;
        case KeyType::ed25519:
            key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
            break;
    }
    if (!key) return failure("cannot make a key of type " + to_string(spec));
    return key;
}

Result<Authority> make_authority(const AuthoritySpec& spec, const Authority* issuer) {
    auto key = make_key(spec.key);
    if (!key) return key.error();
    auto certificate = blank(key->get(), spec.not_before, spec.not_after);
    if (!certificate) return certificate.error();
    X509* made = certificate->get();
    X509* signer = issuer != nullptr ? issuer->certificate.get() : made;
    if (auto named = set_name(X509_get_subject_name(made), spec.subject); !named) return named.error();
    if (X509_set_issuer_name(made, X509_get_subject_name(signer)) != 1)
        return failure("cannot set the issuer");
    if (!add_by_text(made,
                     signer,
                     NID_basic_constraints,
                     spec.last_in_chain ? "critical,CA:TRUE,pathlen:0" : "critical,CA:TRUE") ||
        !add_by_text(made, signer, NID_key_usage, "critical,keyCertSign,cRLSign")) {
        return failure("cannot mark the certificate as a CA");
    }
    if (auto added = add_key_ids(made, signer); !added) return added.error();
    EVP_PKEY* signing_key = issuer != nullptr ? issuer->key.get() : key->get();
    if (auto done = sign(made, signing_key, spec.hash); !done) return done.error();
    return Authority{std::move(*certificate), std::move(*key)};
}

Result<ossl::X509Ptr> make_leaf(const Recipe& recipe, EVP_PKEY* key, const Authority* issuer, WallTime now) {
    const auto begin = parse_time(recipe.not_before, now);
    if (!begin) return begin.error();
    const auto end = parse_time(recipe.not_after, now);
    if (!end) return end.error();
    auto certificate = blank(key, *begin, *end);
    if (!certificate) return certificate.error();
    X509* made = certificate->get();
    X509* signer = issuer != nullptr ? issuer->certificate.get() : made;
    if (auto named = set_name(X509_get_subject_name(made), recipe.subject); !named) return named.error();
    if (X509_set_issuer_name(made, X509_get_subject_name(signer)) != 1)
        return failure("cannot set the issuer");

    std::vector<std::string> usage = recipe.key_usage;
    if (usage.empty()) {
        usage.emplace_back("digitalSignature");
        if (recipe.key.type == KeyType::rsa) usage.emplace_back("keyEncipherment");
        if (recipe.is_ca) usage.insert(usage.end(), {"keyCertSign", "cRLSign"});
    }
    std::vector<std::string> extended;
    for (const std::string& word : recipe.eku) extended.push_back(openssl_usage(word));
    if (!add_by_text(made, signer, NID_basic_constraints, recipe.is_ca ? "critical,CA:TRUE" : "CA:FALSE") ||
        !add_by_text(made, signer, NID_key_usage, "critical," + joined(usage)) ||
        (!extended.empty() && !add_by_text(made, signer, NID_ext_key_usage, joined(extended)))) {
        return failure("cannot add the key usages");
    }
    if (auto added = add_sans(made, recipe); !added) return added.error();
    if (auto added = add_crl_urls(made, recipe); !added) return added.error();
    if (auto added = add_key_ids(made, signer); !added) return added.error();
    if (auto done = sign(made, issuer != nullptr ? issuer->key.get() : key, recipe.hash, recipe.rsa_pss);
        !done) {
        return done.error();
    }
    return std::move(*certificate);
}

Result<std::string> certificate_pem(X509* certificate) {
    return written([&](BIO* to) { return PEM_write_bio_X509(to, certificate); });
}

Result<std::string> certificate_der(X509* certificate) {
    return written([&](BIO* to) { return i2d_X509_bio(to, certificate); });
}

Result<std::string> key_pem(EVP_PKEY* key) {
    return written([&](BIO* to) {
        return PEM_write_bio_PKCS8PrivateKey(to, key, nullptr, nullptr, 0, nullptr, nullptr);
    });
}

}  // namespace ocs::pki
