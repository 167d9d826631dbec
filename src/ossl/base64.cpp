#include "ossl/base64.hpp"

#include <openssl/evp.h>

namespace ocs::ossl {

std::string base64(std::string_view bytes) {
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // the last one for a NUL
    const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(size));
    return text;
}

std::string pem_of_certificate(std::string_view der) {
    constexpr std::size_t line = 64;
    const std::string text = base64(der);
    std::string pem = "-----BEGIN CERTIFICATE-----\n";
    for (std::size_t at = 0; at < text.size(); at += line) pem += text.substr(at, line) + '\n';
    return pem + "-----END CERTIFICATE-----\n";
}

}  // namespace ocs::ossl
