#include "admin/chain_text.hpp"

#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "ossl/handles.hpp"
#include "tls/host_context.hpp"

namespace ocs::admin {
namespace {

std::string text_of(BIO* memory) {
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(memory, &bytes);
    return size > 0 ? std::string(bytes, static_cast<std::size_t>(size)) : std::string();
}

}  // namespace

Result<std::string> chain_pem(tls::VirtualHost& host) {
    const auto current = host.current();
    if (current.has_error()) return current.error();
    SSL_CTX* context = (*current)->context.get();
    const ossl::BioPtr memory(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(memory.get(), SSL_CTX_get0_certificate(context));
    STACK_OF(X509)* chain = nullptr;
    SSL_CTX_get0_chain_certs(context, &chain);
    for (int i = 0; i < sk_X509_num(chain); ++i) PEM_write_bio_X509(memory.get(), sk_X509_value(chain, i));
    return text_of(memory.get());
}

Result<std::string> leaf_der(tls::VirtualHost& host) {
    const auto current = host.current();
    if (current.has_error()) return current.error();
    SSL_CTX* context = (*current)->context.get();
    const ossl::BioPtr memory(BIO_new(BIO_s_mem()));
    i2d_X509_bio(memory.get(), SSL_CTX_get0_certificate(context));
    return text_of(memory.get());
}

}  // namespace ocs::admin
