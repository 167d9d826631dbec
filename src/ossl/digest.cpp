#include "ossl/digest.hpp"

#include <openssl/evp.h>

#include <stdexcept>

namespace ocs::ossl {

std::string sha256(std::string_view bytes) {
    // Fetched once: EVP_sha256() would be looked up by name in every digest.
    static const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    std::string digest(32, '\0');
    auto* octets = reinterpret_cast<unsigned char*>(digest.data());
    if (EVP_Digest(bytes.data(), bytes.size(), octets, nullptr, fetched, nullptr) != 1)
        throw std::runtime_error("no SHA-256");
    return digest;
}

std::string thumbprint(std::string_view der) {
    unsigned char digest[20];
    if (EVP_Digest(der.data(), der.size(), digest, nullptr, EVP_sha1(), nullptr) != 1)
        throw std::runtime_error("no SHA-1");
    std::string text;
    for (const unsigned char octet : digest) {
        text += "0123456789abcdef"[octet >> 4U];
        text += "0123456789abcdef"[octet & 0xfU];
    }
    return text;
}

}  // namespace ocs::ossl
