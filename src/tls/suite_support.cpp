#include "tls/suite_support.hpp"

#include <openssl/ssl.h>

#include <algorithm>
#include <vector>

#include "ossl/handles.hpp"
#include "record/tls_names.hpp"
#include "tls/host_context.hpp"

namespace ocs::tls {

namespace {

/// What a server with a certificate can agree on: no PSK, no SRP, nothing anonymous. A DHE suite needs
/// parameters that no host here has.
bool is_for_certificates(const SSL_CIPHER* cipher) {
    const int key_exchange = SSL_CIPHER_get_kx_nid(cipher);
    const int authentication = SSL_CIPHER_get_auth_nid(cipher);
    return (key_exchange == NID_kx_rsa || key_exchange == NID_kx_ecdhe || key_exchange == NID_kx_any) &&
           (authentication == NID_auth_rsa || authentication == NID_auth_ecdsa ||
            authentication == NID_auth_any);
}

std::vector<std::uint16_t> numbers(SSL_CTX* context, bool for_certificates) {
    std::vector<std::uint16_t> all;
    const STACK_OF(SSL_CIPHER)* ciphers = context == nullptr ? nullptr : SSL_CTX_get_ciphers(context);
    for (int i = 0; ciphers != nullptr && i < sk_SSL_CIPHER_num(ciphers); ++i) {
        const SSL_CIPHER* cipher = sk_SSL_CIPHER_value(ciphers, i);
        if (!for_certificates || is_for_certificates(cipher))
            all.push_back(SSL_CIPHER_get_protocol_id(cipher));
    }
    std::sort(all.begin(), all.end());
    return all;
}

std::vector<std::uint16_t> served() { return numbers(make_context(0).get(), true); }

std::vector<std::uint16_t> known() {
    const ossl::SslCtxPtr context(SSL_CTX_new(TLS_server_method()));
    if (context) {
        SSL_CTX_set_cipher_list(context.get(), "ALL:COMPLEMENTOFALL:@SECLEVEL=0");
        // Those of TLS 1.3 are a list of their own, and these are all there are (RFC 8446 §B.4).
        SSL_CTX_set_ciphersuites(context.get(),
                                 "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:"
                                 "TLS_AES_128_CCM_SHA256:TLS_AES_128_CCM_8_SHA256");
    }
    return numbers(context.get(), false);
}

bool is_in(const std::vector<std::uint16_t>& list, std::uint32_t suite) {
    return suite <= 0xffff && std::binary_search(list.begin(), list.end(), static_cast<std::uint16_t>(suite));
}

}  // namespace

std::string_view to_string(SuiteSupport support) {
    switch (support) {
        case SuiteSupport::yes:
            return "yes";
        case SuiteSupport::off:
            return "off";
        case SuiteSupport::absent:
            return "absent";
        case SuiteSupport::signal:
            return "signal";
    }
    return "";
}

SuiteSupport suite_support(std::uint32_t suite) {
    static const std::vector<std::uint16_t> of_lab = served();
    static const std::vector<std::uint16_t> of_library = known();
    if (record::is_grease(suite) || record::is_signalling_suite(suite)) return SuiteSupport::signal;
    if (is_in(of_lab, suite)) return SuiteSupport::yes;
    return is_in(of_library, suite) ? SuiteSupport::off : SuiteSupport::absent;
}

}  // namespace ocs::tls
