#include "tls/host_context.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <string>

#include "core/escape.hpp"
#include "ossl/chain_der.hpp"
#include "tls/engine.hpp"

namespace ocs::tls {
namespace {

void on_key_log(const SSL* ssl, const char* line) noexcept {
    auto* hooks = static_cast<ConnectionHooks*>(SSL_get_ex_data(ssl, hooks_index()));
    if (hooks != nullptr) hooks->key_log_line(line);
}

std::atomic<bool> tells_keys = false;

}  // namespace

void tell_keys() { tells_keys = true; }

record::ServedCertificate facts_of(const pki::CertificateInfo& info) {
    record::ServedCertificate shown;
    shown.names = info.names;
    shown.subject = visible(info.subject);
    shown.issuer = visible(info.issuer);
    shown.serial = info.serial;
    shown.fingerprint = info.fingerprint;
    shown.not_before = info.not_before;
    shown.not_after = info.not_after;
    shown.key = info.key;
    shown.key_bits = info.key_bits;
    shown.signature = info.signature;
    shown.weak = info.weak;
    shown.has_eku = !info.eku.empty();
    shown.server_auth = info.eku.empty();
    for (const auto& usage : info.eku) {
        if (usage == "serverAuth" || usage == "1.3.6.1.5.5.7.3.1") shown.server_auth = true;
    }
    shown.is_ca = info.is_ca;
    return shown;
}

int hooks_index() {
    static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

std::string cipher_list(int security_level) { return "DEFAULT:@SECLEVEL=" + std::to_string(security_level); }

ossl::SslCtxPtr make_context(int security_level) {
    ossl::SslCtxPtr context(SSL_CTX_new(TLS_server_method()));
    if (!context) return nullptr;
    const int level = std::clamp(security_level, 0, 5);
    SSL_CTX_set_security_level(context.get(), level);
    if (SSL_CTX_set_cipher_list(context.get(), cipher_list(level).c_str()) != 1) return nullptr;
    SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context.get(), TLS1_3_VERSION);
    SSL_CTX_set_options(context.get(), SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    // The chain that was configured is the chain that is sent, with its gaps.
    SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context.get(), 0);
    if (tells_keys) SSL_CTX_set_keylog_callback(context.get(), on_key_log);
    return context;
}

ossl::SslCtxPtr shared_context(int security_level) {
    static std::mutex mutex;
    static std::array<ossl::SslCtxPtr, 6> made;
    const std::lock_guard lock(mutex);
    auto& context = made[static_cast<std::size_t>(std::clamp(security_level, 0, 5))];
    if (!context) context = make_context(security_level);
    if (!context) return nullptr;
    SSL_CTX_up_ref(context.get());
    return ossl::SslCtxPtr(context.get());
}

bool HostContext::use_on(SSL* ssl) const {
    if (SSL_set_SSL_CTX(ssl, context.get()) == nullptr) return false;
    if (minted) return SSL_use_cert_and_key(ssl, minted->leaf.get(), minted->key, nullptr, 1) == 1;
    if (!identity) return true;
    bool fits = SSL_use_cert_and_key(ssl, identity->leaf.get(), identity->key.get(), nullptr, 1) == 1;
    for (const auto& intermediate : identity->chain) {
        fits = fits && SSL_add1_chain_cert(ssl, intermediate.get()) == 1;
    }
    return fits;
}

const std::vector<record::Bytes>& HostContext::chain_of(const SSL* ssl) const {
    std::call_once(encoded_, [&] {
        for (std::string& encoded : ossl::chain_der(ssl))
            chain_.push_back(record::make_bytes(std::move(encoded)));
    });
    return chain_;
}

void apply_range(SSL* ssl, const TlsRange& range) {
    // SSL_set_SSL_CTX carries none of these over (openssl #13208).
    SSL_set_min_proto_version(ssl, range.min_version);
    SSL_set_max_proto_version(ssl, range.max_version);
    if (!range.session_tickets) return;
    SSL_clear_options(ssl, SSL_OP_NO_TICKET);
    SSL_set_num_tickets(ssl, 2);
}

}  // namespace ocs::tls
