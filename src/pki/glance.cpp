#include "pki/glance.hpp"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <memory>
#include <optional>

#include "ossl/handles.hpp"
#include "pki/presented.hpp"

namespace ocs::pki {
namespace {

struct FreeExtensions {
    void operator()(STACK_OF(X509_EXTENSION) * stack) const noexcept {
        sk_X509_EXTENSION_pop_free(stack, X509_EXTENSION_free);
    }
};
using ExtensionsPtr = std::unique_ptr<STACK_OF(X509_EXTENSION), FreeExtensions>;

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

/// One value at the front of DER: the whole of it, and what is in it.
struct Element {
    int tag = -1;
    bool universal = false;
    std::string_view whole, content;
};

/// Takes the first value off `der`. Indefinite lengths are no DER.
std::optional<Element> take(std::string_view& der) {
    if (der.empty()) return std::nullopt;
    const unsigned char* at = bytes_of(der);
    long length = 0;
    int tag = 0;
    int tag_class = 0;
    const int flags = ASN1_get_object(&at, &length, &tag, &tag_class, static_cast<long>(der.size()));
    if ((flags & 0x80) != 0 || (flags & 1) != 0) return std::nullopt;
    const auto header = static_cast<std::size_t>(at - bytes_of(der));
    Element element;
    element.tag = tag;
    element.universal = tag_class == V_ASN1_UNIVERSAL;
    element.whole = der.substr(0, header + static_cast<std::size_t>(length));
    element.content = element.whole.substr(header);
    der.remove_prefix(element.whole.size());
    return element;
}

}  // namespace

Result<discovery::PresentedNames> names_in_der(std::string_view der) {
    const Error broken("the certificate cannot be read", "", "");
    const auto certificate = take(der);
    std::string_view fields = certificate ? certificate->content : std::string_view();
    const auto signed_part = take(fields);
    if (!signed_part) return broken;
    fields = signed_part->content;

    // version [0] (absent in version 1), serialNumber, signature, issuer, validity, subject, public key
    auto element = take(fields);
    if (element && !element->universal) element = take(fields);
    for (int i = 0; element && i < 4; ++i) element = take(fields);
    const auto subject = element;
    const auto public_key = take(fields);
    if (!subject || !public_key) return broken;
    const unsigned char* at = bytes_of(subject->whole);
    const ossl::X509NamePtr name(d2i_X509_NAME(nullptr, &at, static_cast<long>(subject->whole.size())));
    ExtensionsPtr extensions;
    while (const auto more = take(fields)) {  // [1] and [2] are unique identifiers
        if (more->universal || more->tag != 3) continue;
        at = bytes_of(more->content);
        extensions.reset(d2i_X509_EXTENSIONS(nullptr, &at, static_cast<long>(more->content.size())));
    }
    ERR_clear_error();
    if (!name) return broken;
    return presented_by(name.get(), extensions.get());
}

Result<Glance> glance_at_pem(std::string_view text) {
    Glance glance;
    glance.has_key = text.find("PRIVATE KEY-----") != std::string_view::npos;
    const std::size_t begin = text.find("-----BEGIN CERTIFICATE-----");
    glance.has_certificate = begin != std::string_view::npos;
    if (!glance.has_certificate) return glance;
    text.remove_prefix(begin);
    ERR_clear_error();
    const ossl::BioPtr bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    char* name = nullptr;
    char* header = nullptr;
    unsigned char* der = nullptr;
    long size = 0;
    const bool read = bio && PEM_read_bio(bio.get(), &name, &header, &der, &size) == 1;
    ERR_clear_error();
    if (!read) return Error{"the certificate cannot be read", "", ""};
    auto names = names_in_der({reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)});
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_free(der);
    if (names.has_error()) return names.error();
    glance.names = std::move(*names);
    return glance;
}

}  // namespace ocs::pki
