#include "ossl/chain_der.hpp"

namespace ocs::ossl {

namespace {

void append(std::vector<std::string>& chain, X509* certificate) {
    unsigned char* encoded = nullptr;
    const int size = i2d_X509(certificate, &encoded);
    if (size <= 0) return;
    chain.emplace_back(reinterpret_cast<const char*>(encoded), static_cast<std::size_t>(size));
    OPENSSL_free(encoded);
}

}  // namespace

std::vector<std::string> chain_der(const SSL* ssl) {
    std::vector<std::string> chain;
    X509* leaf = SSL_get_certificate(ssl);
    if (leaf == nullptr) return chain;
    append(chain, leaf);
    // A macro of OpenSSL's that takes what it does not change.
    STACK_OF(X509)* others = nullptr;
    SSL_get0_chain_certs(const_cast<SSL*>(ssl), &others);
    for (int i = 0; i < sk_X509_num(others); ++i) append(chain, sk_X509_value(others, i));
    return chain;
}

}  // namespace ocs::ossl
