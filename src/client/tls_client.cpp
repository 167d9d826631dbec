#include "client/tls_client.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <utility>

#include "ossl/errors.hpp"
#include "record/alerts.hpp"

namespace ocs::client {
namespace {

using StorePtr = std::unique_ptr<X509_STORE, ossl::Deleter<&X509_STORE_free>>;
using StoreContextPtr = std::unique_ptr<X509_STORE_CTX, ossl::Deleter<&X509_STORE_CTX_free>>;

// A server's certificate chain and greetings are small; a peer that sends more than this without an
// end is not listened to any longer.
constexpr std::size_t plaintext_limit = std::size_t{1} << 20U;

ChainTrust trust_of(int error) {
    switch (error) {
        case X509_V_OK:
            return ChainTrust::trusted;
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return ChainTrust::expired;
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return ChainTrust::not_yet_valid;
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
            return ChainTrust::self_signed;
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_CERT_UNTRUSTED:
            return ChainTrust::unknown_issuer;
        case X509_V_ERR_INVALID_PURPOSE:
            return ChainTrust::wrong_usage;
        default:
            return ChainTrust::other;
    }
}

/// The chain as a client of the period checks it: any key size and hash, purpose "TLS server".
int verify_chain(X509* leaf, STACK_OF(X509) * sent, const TrustStore& trust, WallTime now) {
    const StorePtr store(X509_STORE_new());
    const StoreContextPtr context(X509_STORE_CTX_new());
    if (!store || !context) return X509_V_ERR_OUT_OF_MEM;
    for (const auto& root : trust.roots()) X509_STORE_add_cert(store.get(), root.get());
    if (X509_STORE_CTX_init(context.get(), store.get(), leaf, sent) != 1) return X509_V_ERR_UNSPECIFIED;
    X509_VERIFY_PARAM* rules = X509_STORE_CTX_get0_param(context.get());
    X509_VERIFY_PARAM_set_purpose(rules, X509_PURPOSE_SSL_SERVER);
    X509_VERIFY_PARAM_set_auth_level(rules, 0);
    X509_VERIFY_PARAM_set_time(
        rules, std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
    X509_verify_cert(context.get());
    return X509_STORE_CTX_get_error(context.get());
}

}  // namespace

std::string_view to_string(ChainTrust trust) {
    switch (trust) {
        case ChainTrust::trusted:
            return "trusted";
        case ChainTrust::unknown_issuer:
            return "unknown-issuer";
        case ChainTrust::self_signed:
            return "self-signed";
        case ChainTrust::expired:
            return "expired";
        case ChainTrust::not_yet_valid:
            return "not-yet-valid";
        case ChainTrust::wrong_usage:
            return "wrong-usage";
        case ChainTrust::other:
            return "other";
    }
    return "";
}

Result<TrustStore> TrustStore::load(const std::filesystem::path& pem) {
    TrustStore store;
    if (pem.empty()) return store;
    ERR_clear_error();
    const ossl::BioPtr file(BIO_new_file(pem.c_str(), "r"));
    if (!file) return Error{"cannot open the trusted roots: " + ossl::take_errors(), pem.string(), ""};
    while (ossl::X509Ptr root{PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr)}) {
        store.roots_.push_back(std::move(root));
    }
    ERR_clear_error();  // the end of the file is an error to OpenSSL
    if (store.roots_.empty()) {
        return Error{
            "no PEM certificate here", pem.string(), "the lab's root is ca/ca.pem in the state folder"};
    }
    return store;
}

Result<std::unique_ptr<TlsClient>> TlsClient::start(const TlsOffer& offer,
                                                    const TrustStore& trust,
                                                    WallTime now) {
    std::unique_ptr<TlsClient> client(new TlsClient(trust, now));
    ERR_clear_error();
    client->context_.reset(SSL_CTX_new(TLS_client_method()));
    SSL_CTX* context = client->context_.get();
    if (context == nullptr) return Error{"cannot make a TLS context: " + ossl::take_errors(), "", ""};
    // Level 0: the clients of the period take SHA-1, RSA 1024 and TLS 1.0 (toolchain facts §5.1).
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_cipher_list(context, "DEFAULT:@SECLEVEL=0");
    SSL_CTX_set_min_proto_version(context, offer.min_version);
    SSL_CTX_set_max_proto_version(context, offer.max_version);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_cert_verify_callback(context, &TlsClient::on_verify, client.get());
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    client->ssl_.reset(SSL_new(context));
    ossl::BioPtr in(BIO_new(BIO_s_mem()));
    ossl::BioPtr out(BIO_new(BIO_s_mem()));
    if (!client->ssl_ || !in || !out) return Error{"cannot make a TLS connection: no memory", "", ""};
    client->in_ = in.get();
    client->out_ = out.get();
    SSL* ssl = client->ssl_.get();
    SSL_set_bio(ssl, in.release(), out.release());
    SSL_set_connect_state(ssl);
    SSL_set_msg_callback(ssl, &TlsClient::on_message);
    SSL_set_msg_callback_arg(ssl, client.get());
    if (!offer.server_name.empty() && SSL_set_tlsext_host_name(ssl, offer.server_name.c_str()) != 1) {
        return Error{"this name does not fit into SNI: " + ossl::take_errors(), "", ""};
    }
    client->pause_wanted_ = offer.pause_at_certificate;
    client->run();
    return client;
}

void TlsClient::receive(std::span<const std::uint8_t> bytes) {
    if (ended() || bytes.empty()) return;
    std::size_t written = 0;
    if (BIO_write_ex(in_, bytes.data(), bytes.size(), &written) != 1) return fail("no memory");
    run();
}

void TlsClient::receive_end() {
    if (ended()) return;
    BIO_set_mem_eof_return(in_, 0);
    run();
    closed_ = true;
    if (!established_ && !failed_) fail("the server closed the connection in the handshake");
}

std::string TlsClient::take_output() {
    const char* bytes = nullptr;
    const long size = BIO_get_mem_data(out_, &bytes);
    if (size <= 0) return {};
    std::string taken(bytes, static_cast<std::size_t>(size));
    BIO_reset(out_);
    return taken;
}

std::string TlsClient::take_plaintext() { return std::exchange(plaintext_, {}); }

void TlsClient::write(std::string_view plaintext) {
    if (!established_ || ended() || plaintext.empty()) return;
    ERR_clear_error();
    std::size_t written = 0;  // a memory BIO takes all of it
    if (SSL_write_ex(ssl_.get(), plaintext.data(), plaintext.size(), &written) != 1) {
        fail("cannot write: " + ossl::take_errors());
    }
}

void TlsClient::close() {
    if (!established_ || failed_) return;
    ERR_clear_error();
    SSL_shutdown(ssl_.get());  // sends close_notify once and does not wait for the answer
    ERR_clear_error();
}

void TlsClient::run() {
    ERR_clear_error();
    if (!established_) {
        const int result = SSL_do_handshake(ssl_.get());
        if (result != 1) {
            const int error = SSL_get_error(ssl_.get(), result);
            if (error == SSL_ERROR_WANT_READ) return;
            if (error == SSL_ERROR_WANT_RETRY_VERIFY) {
                paused_ = true;
                return;
            }
            return fail(decision_.value_or(X509_V_OK) == X509_V_OK ? ossl::take_errors()
                                                                   : "refused the certificate");
        }
        established_ = true;
    }
    char buffer[16384];
    while (!ended()) {
        ERR_clear_error();
        std::size_t size = 0;
        const int result = SSL_read_ex(ssl_.get(), buffer, sizeof buffer, &size);
        if (result == 1) {
            if (plaintext_.size() + size > plaintext_limit) return fail("the server sends without an end");
            plaintext_.append(buffer, size);
            continue;
        }
        const int error = SSL_get_error(ssl_.get(), result);
        if (error == SSL_ERROR_ZERO_RETURN) {
            closed_ = true;
        } else if (error != SSL_ERROR_WANT_READ) {
            fail(ossl::take_errors());
        }
        return;
    }
}

void TlsClient::decide(bool accept, bool name_is_wrong) {
    if (!paused_) return;
    paused_ = false;
    // OpenSSL makes the alert of this code: hostname mismatch → 42, expired → 45, unknown CA → 48.
    decision_ = X509_V_OK;
    if (!accept) {
        const ChainTrust trust = presented_ ? presented_->trust : ChainTrust::other;
        const bool dates = trust == ChainTrust::expired || trust == ChainTrust::not_yet_valid;
        decision_ = name_is_wrong ? X509_V_ERR_HOSTNAME_MISMATCH
                    : dates       ? X509_V_ERR_CERT_HAS_EXPIRED
                                  : X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;
    }
    run();
}

int TlsClient::on_verify(X509_STORE_CTX* chain, void* self) noexcept {
    return static_cast<TlsClient*>(self)->verify(chain);
}

/// Called by OpenSSL when the certificate is there, and again after a pause.
int TlsClient::verify(X509_STORE_CTX* chain) noexcept {
    if (!presented_) look_at_server(X509_STORE_CTX_get0_cert(chain), X509_STORE_CTX_get0_untrusted(chain));
    if (pause_wanted_ && !decision_) return SSL_set_retry_verify(ssl_.get());
    const int decision = decision_.value_or(X509_V_OK);
    X509_STORE_CTX_set_error(chain, decision);
    return decision == X509_V_OK ? 1 : 0;
}

void TlsClient::look_at_server(X509* leaf, STACK_OF(X509) * sent) {
    ServerPresented seen;
    seen.version = static_cast<std::uint16_t>(SSL_version(ssl_.get()));
    const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl_.get());
    if (cipher == nullptr) cipher = SSL_get_pending_cipher(ssl_.get());
    if (cipher != nullptr) {
        const char* name = SSL_CIPHER_standard_name(cipher);
        seen.cipher_suite = name != nullptr ? name : SSL_CIPHER_get_name(cipher);
    }
    if (leaf != nullptr) {
        seen.certificate = pki::read_certificate(leaf);
        for (int i = 1; i < sk_X509_num(sent); ++i) {
            seen.chain_subjects.push_back(pki::read_certificate(sk_X509_value(sent, i)).subject);
        }
        const int verdict = verify_chain(leaf, sent, *trust_, now_);
        seen.trust = trust_of(verdict);
        if (verdict != X509_V_OK) seen.trust_text = X509_verify_cert_error_string(verdict);
        ERR_clear_error();
    }
    presented_ = std::move(seen);
}

void TlsClient::fail(std::string what) {
    failed_ = true;
    if (!failure_.empty()) return;
    failure_ = alert_ ? fmt::format("the server sent alert {} {}", *alert_, record::alert_name(*alert_))
                      : std::move(what);
}

void TlsClient::on_message(
    int written, int, int type, const void* bytes, std::size_t size, SSL*, void* self) noexcept {
    if (written != 0 || type != SSL3_RT_ALERT || size < 2) return;
    const auto* alert = static_cast<const std::uint8_t*>(bytes);
    if (alert[0] == SSL3_AL_FATAL) static_cast<TlsClient*>(self)->alert_ = alert[1];
}

}  // namespace ocs::client
