// The OpenSSL engine: an SSL between two memory BIOs, watched through its message callback.

#include <openssl/err.h>

#include <algorithm>
#include <utility>

#include "core/escape.hpp"
#include "tls/client_hello.hpp"
#include "tls/engine.hpp"
#include "tls/fingerprint.hpp"
#include "tls/host_choice.hpp"
#include "tls/host_context.hpp"
#include "tls/minted_host.hpp"

namespace ocs::tls {
namespace {

using record::Direction;
using record::TlsRefusal;

constexpr std::size_t alert_limit = 16;
constexpr int most_key_updates =
    32;  // in a row, without a byte of data; nobody who means well needs a second
constexpr std::uint8_t certificate_message = 11;
constexpr std::uint8_t server_hello_message = 2;

/// What the callbacks of one SSL work on.
class OpensslEngine final : public Engine, public ConnectionHooks {
public:
    OpensslEngine(EngineOptions options, record::ConnectionFacts& facts)
        : options_(std::move(options)), facts_(facts) {}

    bool start(SSL_CTX* base);

    void receive(std::span<const std::uint8_t> bytes, Micros now) override;
    void receive_end(record::CloseKind kind, Micros now) override;
    [[nodiscard]] std::string_view output() const override;
    void output_sent(std::size_t count, Micros now) override;
    [[nodiscard]] bool established() const override { return facts_.handshake_finished && !failed_; }
    [[nodiscard]] bool ended() const override { return failed_ || closed_; }
    std::string take_plaintext() override { return std::exchange(plaintext_, {}); }
    void write(std::string_view plaintext) override;
    void close() override;
    [[nodiscard]] std::shared_ptr<const record::ServedCertificate> certificate() const override {
        return host_ ? host_->certificate : nullptr;
    }

    [[nodiscard]] std::vector<record::Bytes> chain() const override {
        return host_ ? host_->chain_of(ssl_.get()) : std::vector<record::Bytes>{};
    }

    void on_message(bool written, int version, int type, std::span<const std::uint8_t> bytes);
    int on_client_hello(int* alert);

private:
    void key_log_line(std::string_view line) override {
        if (options_.key_log) options_.key_log(line);
    }
    void run();
    void handshake_done();
    void fail(int ssl_error);
    void note_hello(record::ClientHelloFacts hello);
    void note_alert(Direction direction, std::span<const std::uint8_t> bytes);
    void answer_with_alert(std::uint8_t code);
    Result<std::shared_ptr<const HostContext>> context_of(const ChosenHost& chosen,
                                                          const record::Fault* fault) const;

    const EngineOptions options_;
    record::ConnectionFacts& facts_;
    ossl::SslPtr ssl_;
    BIO* in_ = nullptr;   // owned by ssl_
    BIO* out_ = nullptr;  // owned by ssl_
    std::shared_ptr<const HostContext> host_;
    std::string plaintext_;
    Micros now_{};
    std::uint64_t sent_ = 0;             // bytes of output that left
    std::uint64_t certificate_end_ = 0;  // output position by which the Certificate is out; 0: not made
    bool certificate_made_ = false;
    bool ending_ = false;  // the client's half is over
    bool failed_ = false;
    bool closed_ = false;
    int key_updates_ = 0;  // of the client, since it last said something
    bool refused_name_ = false;
    std::string host_trouble_;  // why the host's certificate could not be had
    bool host_chosen_ = false;
    bool held_ = false;  // by a fault: the ClientHello is not answered
    // Per direction, index 1 is ours: what the last record header said, and ChangeCipherSpec before TLS 1.3.
    std::uint8_t outer_type_[2] = {};
    std::uint16_t first_record_version_ = 0;
    bool ciphered_[2] = {};
};

void message_callback(
    int written, int version, int type, const void* bytes, std::size_t size, SSL*, void* engine) noexcept {
    static_cast<OpensslEngine*>(engine)->on_message(
        written != 0, version, type, {static_cast<const std::uint8_t*>(bytes), size});
}

int client_hello_callback(SSL* ssl, int* alert, void*) noexcept {
    // The hooks' index holds the ConnectionHooks; the message callback's argument is not readable back.
    auto* hooks = static_cast<ConnectionHooks*>(SSL_get_ex_data(ssl, hooks_index()));
    return static_cast<OpensslEngine*>(hooks)->on_client_hello(alert);
}

/// Where every connection starts, before its host is known. Level 0: the host's context brings its own.
SSL_CTX* base_context() {
    static const ossl::SslCtxPtr base = [] {
        auto context = make_context(0);
        if (context) SSL_CTX_set_client_hello_cb(context.get(), client_hello_callback, nullptr);
        return context;
    }();
    return base.get();
}

/// By number only. `hello` may be null: the failure came before it was whole.
TlsRefusal classify(unsigned long code, const record::ClientHelloFacts* hello, bool answered_hello) {
    const int reason = ERR_GET_REASON(code);
    if (ERR_GET_LIB(code) == ERR_LIB_SSL) {
        switch (reason) {
            case SSL_R_UNSUPPORTED_PROTOCOL:
            case SSL_R_VERSION_TOO_LOW:
            case SSL_R_VERSION_TOO_HIGH:
            case SSL_R_UNKNOWN_PROTOCOL:
            case SSL_R_BAD_LEGACY_VERSION:
            case SSL_R_WRONG_SSL_VERSION:
            case SSL_R_NO_PROTOCOLS_AVAILABLE:
                return TlsRefusal::no_common_version;
            case SSL_R_NO_SHARED_CIPHER:
            case SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS:
            case SSL_R_NO_SUITABLE_KEY_SHARE:
            case SSL_R_NO_SUITABLE_GROUPS:
                return TlsRefusal::no_common_cipher;
            case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM: {
                // TLS 1.0 and 1.1 sign with SHA-1 alone: above level 0 that is the version refused.
                const bool old =
                    hello != nullptr && (hello->sslv2_framed || hello->highest_version() < 0x0303);
                return old ? TlsRefusal::no_common_version : TlsRefusal::no_common_cipher;
            }
            case SSL_R_UNEXPECTED_EOF_WHILE_READING:
                return TlsRefusal::unexpected_end;
            default:
                break;
        }
        if (reason > SSL_AD_REASON_OFFSET && reason <= SSL_AD_REASON_OFFSET + 255)
            return TlsRefusal::peer_alert;
    }
    if (code == 0 || ERR_SYSTEM_ERROR(code) || ERR_GET_REASON(code) == ERR_R_INTERNAL_ERROR ||
        ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE) {
        return TlsRefusal::internal;
    }
    return answered_hello ? TlsRefusal::protocol_error : TlsRefusal::bad_hello;
}

/// A memory BIO keeps the room of the most it ever held: of an idle connection, its handshake's.
void give_back_room(BIO* bio) {
    BUF_MEM* held = nullptr;
    BIO_get_mem_ptr(bio, &held);
    if (held == nullptr || held->length != 0 || held->max == 0) return;
    if (BUF_MEM* empty = BUF_MEM_new()) BIO_set_mem_buf(bio, empty, BIO_CLOSE);
}

bool OpensslEngine::start(SSL_CTX* base) {
    ssl_.reset(SSL_new(base));
    ossl::BioPtr in(BIO_new(BIO_s_mem()));
    ossl::BioPtr out(BIO_new(BIO_s_mem()));
    if (!ssl_ || !in || !out) return false;
    in_ = in.get();
    out_ = out.get();
    SSL_set_bio(ssl_.get(), in.release(), out.release());
    SSL_set_accept_state(ssl_.get());
    SSL_set_msg_callback(ssl_.get(), message_callback);
    SSL_set_msg_callback_arg(ssl_.get(), this);
    return SSL_set_ex_data(ssl_.get(), hooks_index(), static_cast<ConnectionHooks*>(this)) == 1;
}

void OpensslEngine::receive(std::span<const std::uint8_t> bytes, Micros now) {
    now_ = now;
    if (bytes.empty()) return;
    facts_.bytes_in += bytes.size();
    if (!facts_.first_byte_at) facts_.first_byte_at = now;
    if (ended()) return;
    std::size_t written = 0;
    if (BIO_write_ex(in_, bytes.data(), bytes.size(), &written) != 1) {
        failed_ = true;
        facts_.refusal = TlsRefusal::internal;
        return;
    }
    run();
    if (established()) give_back_room(in_);
}

void OpensslEngine::receive_end(record::CloseKind kind, Micros now) {
    now_ = now;
    if (ending_) return;
    ending_ = true;
    if (facts_.hello_complete && !facts_.handshake_finished && !facts_.certificate_sent) {
        facts_.closed_with_hello = true;
    }
    if (facts_.close == record::CloseKind::open) facts_.close = kind;
    if (!facts_.closed_at) facts_.closed_at = now;
    if (ended()) return;
    BIO_set_mem_eof_return(in_, 0);  // an empty BIO is now the end, not a wait
    run();
    closed_ = true;
}

std::string_view OpensslEngine::output() const {
    const char* bytes = nullptr;
    const long size = BIO_get_mem_data(out_, &bytes);
    return size > 0 ? std::string_view(bytes, static_cast<std::size_t>(size)) : std::string_view();
}

void OpensslEngine::output_sent(std::size_t count, Micros now) {
    now_ = now;
    char dropped[4096];
    while (count > 0) {
        const int read = BIO_read(out_, dropped, static_cast<int>(std::min(count, sizeof dropped)));
        if (read <= 0) break;
        count -= static_cast<std::size_t>(read);
        sent_ += static_cast<std::uint64_t>(read);
        facts_.bytes_out += static_cast<std::uint64_t>(read);
    }
    if (established()) give_back_room(out_);
    if (certificate_end_ != 0 && sent_ >= certificate_end_ && !facts_.certificate_sent) {
        facts_.certificate_sent = true;
        facts_.certificate_sent_at = now;
    }
}

void OpensslEngine::write(std::string_view plaintext) {
    if (!established() || plaintext.empty()) return;
    ERR_clear_error();
    std::size_t written = 0;  // a memory BIO takes all of it
    if (SSL_write_ex(ssl_.get(), plaintext.data(), plaintext.size(), &written) != 1) {
        fail(SSL_get_error(ssl_.get(), 0));
    }
}

void OpensslEngine::close() {
    if (!facts_.handshake_finished || failed_) return;
    ERR_clear_error();
    SSL_shutdown(ssl_.get());  // sends once; a repetition would only read, and receive() does that
    ERR_clear_error();
}

void OpensslEngine::run() {
    ERR_clear_error();
    if (held_) return;
    if (!facts_.handshake_finished) {
        const int result = SSL_do_handshake(ssl_.get());
        if (certificate_made_ && certificate_end_ == 0) {
            certificate_end_ = sent_ + output().size();
        }
        if (result != 1) {
            const int error = SSL_get_error(ssl_.get(), result);
            if (error != SSL_ERROR_WANT_READ && !held_) fail(error);
            return;
        }
        handshake_done();
    }
    char buffer[16384];
    while (!ended()) {
        ERR_clear_error();
        std::size_t size = 0;
        const int result = SSL_read_ex(ssl_.get(), buffer, sizeof buffer, &size);
        if (result != 1) {
            const int error = SSL_get_error(ssl_.get(), result);
            if (error == SSL_ERROR_ZERO_RETURN) {
                closed_ = true;
            } else if (error != SSL_ERROR_WANT_READ) {
                fail(error);
            } else if (key_updates_ > most_key_updates) {
                closed_ = true;
                facts_.refusal = TlsRefusal::protocol_error;
                facts_.library_text = "too many key updates";
            }
            return;
        }
        plaintext_.append(buffer, size);
        key_updates_ = 0;
        facts_.data_bytes += size;
        if (!facts_.first_data_at) facts_.first_data_at = now_;
    }
}

void OpensslEngine::handshake_done() {
    facts_.handshake_finished = true;
    facts_.finished_at = now_;
    facts_.version = static_cast<std::uint16_t>(SSL_version(ssl_.get()));
    facts_.resumed = SSL_session_reused(ssl_.get()) == 1;
    if (const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl_.get())) {
        const char* name = SSL_CIPHER_standard_name(cipher);
        facts_.cipher_suite = name != nullptr ? name : SSL_CIPHER_get_name(cipher);
    }
    const int group = static_cast<int>(SSL_get_negotiated_group(ssl_.get()));
    const char* name = group > 0 ? SSL_group_to_name(ssl_.get(), group) : nullptr;
    if (name != nullptr) facts_.group = name;
}

void OpensslEngine::fail(int ssl_error) {
    failed_ = true;
    // The oldest entry is the cause; what follows is what it led to.
    const unsigned long code = ERR_peek_error();
    TlsRefusal refusal = classify(code, facts_.hello ? &*facts_.hello : nullptr, facts_.version != 0);
    if (code == 0) {
        if (ssl_error == SSL_ERROR_ZERO_RETURN || (ssl_error == SSL_ERROR_SYSCALL && ending_)) {
            refusal = TlsRefusal::unexpected_end;
        }
    }
    if (refused_name_) refusal = TlsRefusal::unrecognized_name;
    if (!host_trouble_.empty()) refusal = TlsRefusal::internal;
    // After the handshake an end without close_notify refuses nothing: facts_.close tells it.
    const bool plain_end = refusal == TlsRefusal::unexpected_end && facts_.handshake_finished;
    if (!plain_end && facts_.refusal == TlsRefusal::none) {
        facts_.refusal = refusal;
        facts_.library_reason = code != 0 ? ERR_GET_REASON(code) : 0;
        const char* text = code != 0 ? ERR_reason_error_string(code) : nullptr;
        if (text != nullptr) facts_.library_text = text;
        if (!host_trouble_.empty()) facts_.library_text = host_trouble_;  // "callback failed" says nothing
    }
    ERR_clear_error();
}

void OpensslEngine::on_message(bool written, int version, int type, std::span<const std::uint8_t> bytes) {
    if (bytes.empty()) return;
    if (!written && version == SSL2_VERSION && type == 0) {
        if (!facts_.hello) note_hello(parse_sslv2_hello(bytes));
        return;
    }
    switch (type) {
        case SSL3_RT_HEADER:
            if (bytes.size() < 5) return;
            outer_type_[written ? 1 : 0] = bytes[0];
            // By the record, since OpenSSL tells of a ChangeCipherSpec only where it writes one. In TLS 1.3
            // it is there for middleboxes and changes nothing: there the record type tells.
            if (bytes[0] == SSL3_RT_CHANGE_CIPHER_SPEC && facts_.version != TLS1_3_VERSION)
                ciphered_[written ? 1 : 0] = true;
            if (!written && first_record_version_ == 0) {
                first_record_version_ = static_cast<std::uint16_t>((bytes[1] << 8U) | bytes[2]);
            }
            return;
        case SSL3_RT_ALERT:
            note_alert(written ? Direction::to_client : Direction::from_client, bytes);
            return;
        case SSL3_RT_HANDSHAKE:
            break;
        default:
            return;
    }
    if (!written) {
        // The first hello is the one that counts: a second one answers a HelloRetryRequest.
        if (bytes[0] == SSL3_MT_CLIENT_HELLO && !facts_.hello) note_hello(parse_client_hello(bytes));
        // What follows is not looked at: each one costs two derivations, in 27 octets.
        if (bytes[0] == SSL3_MT_KEY_UPDATE && ++key_updates_ > most_key_updates) BIO_reset(in_);
        return;
    }
    if (bytes[0] == server_hello_message && facts_.version == 0) {
        facts_.version = static_cast<std::uint16_t>(SSL_version(ssl_.get()));
        const SSL_CIPHER* cipher = SSL_get_pending_cipher(ssl_.get());
        const char* name = cipher != nullptr ? SSL_CIPHER_standard_name(cipher) : nullptr;
        if (name != nullptr) facts_.cipher_suite = name;
    }
    if (bytes[0] == certificate_message) certificate_made_ = true;
}

void OpensslEngine::note_hello(record::ClientHelloFacts hello) {
    hello.record_version = hello.sslv2_framed ? 0 : first_record_version_;
    facts_.hello_complete = true;
    facts_.hello_at = now_;
    if (facts_.first_bytes == record::FirstBytes::none) {
        facts_.first_bytes = hello.sslv2_framed ? record::FirstBytes::sslv2_hello : record::FirstBytes::tls;
    }
    hello.ja3 = ja3(hello);
    hello.ja4 = ja4(hello);
    facts_.hello = std::move(hello);
}

void OpensslEngine::note_alert(Direction direction, std::span<const std::uint8_t> bytes) {
    if (bytes.size() < 2) return;
    const int side = direction == Direction::to_client ? 1 : 0;
    record::AlertFact alert;
    alert.direction = direction;
    alert.level = bytes[0];
    alert.code = bytes[1];
    alert.encrypted = ciphered_[side] || outer_type_[side] == SSL3_RT_APPLICATION_DATA;
    alert.after_finished = facts_.handshake_finished;
    alert.at = now_;
    if (facts_.alerts.size() < alert_limit) facts_.alerts.push_back(alert);
    if (direction == Direction::from_client && alert.code == SSL_AD_CLOSE_NOTIFY) {
        facts_.close = record::CloseKind::close_notify;
        if (!facts_.closed_at) facts_.closed_at = now_;
    }
}

int OpensslEngine::on_client_hello(int* alert) {
    if (host_chosen_) return SSL_CLIENT_HELLO_SUCCESS;  // the second hello after a HelloRetryRequest
    host_chosen_ = true;
    const record::SniFact sni = facts_.hello ? facts_.hello->sni : record::SniFact{};
    const ChosenHost chosen = choose_host(options_.hosts.get(), options_.policy, sni);
    if (!chosen.refused()) {
        facts_.virtual_host = chosen.id();
        facts_.host_choice = chosen.how;
    }
    const auto fault = options_.strike ? options_.strike(chosen) : std::nullopt;
    if (fault && fault->kind == record::FaultKind::alert) {
        answer_with_alert(fault->alert);
        return SSL_CLIENT_HELLO_RETRY;
    }
    if (fault && record::ends_at(*fault, record::FaultPoint::hello)) {
        held_ = true;
        return SSL_CLIENT_HELLO_RETRY;
    }
    *alert = SSL_AD_UNRECOGNIZED_NAME;
    refused_name_ = chosen.refused();
    if (refused_name_) return SSL_CLIENT_HELLO_ERROR;
    *alert = SSL_AD_INTERNAL_ERROR;
    auto context = context_of(chosen, fault ? &*fault : nullptr);
    if (context.has_error()) {
        host_trouble_ = to_string(context.error());
        return SSL_CLIENT_HELLO_ERROR;
    }
    host_ = std::move(*context);
    if (!host_->use_on(ssl_.get())) return SSL_CLIENT_HELLO_ERROR;
    TlsRange range = chosen.range();
    if (fault) range.session_tickets = false;  // a resumed client would see no certificate
    apply_range(ssl_.get(), range);
    facts_.allowed = {range.min_version, range.max_version, SSL_CTX_get_security_level(host_->context.get())};
    return SSL_CLIENT_HELLO_SUCCESS;
}

/// Written here, since OpenSSL sends those alerts only that it has a use for, and others in their place.
void OpensslEngine::answer_with_alert(std::uint8_t code) {
    held_ = true;
    const std::uint16_t offered = facts_.hello ? facts_.hello->legacy_version : std::uint16_t{0x0301};
    const std::uint16_t version = std::clamp<std::uint16_t>(offered, 0x0301, 0x0303);
    constexpr std::uint8_t fatal = 2;
    const std::uint8_t record[] = {
        SSL3_RT_ALERT, 3, static_cast<std::uint8_t>(version & 0xffU), 0, 2, fatal, code};
    std::size_t written = 0;
    failed_ = true;
    if (BIO_write_ex(out_, record, sizeof record, &written) != 1) return;
    outer_type_[1] = SSL3_RT_ALERT;
    note_alert(Direction::to_client, {record + 5, 2});
    if (facts_.fault) facts_.fault->ended_it = true;
}

/// The certificate to show: that of the host, unless a fault wants another.
Result<std::shared_ptr<const HostContext>> OpensslEngine::context_of(const ChosenHost& chosen,
                                                                     const record::Fault* fault) const {
    const bool expired = fault != nullptr && fault->kind == record::FaultKind::expired;
    if (fault != nullptr && fault->kind == record::FaultKind::certificate) {
        const auto other = options_.hosts ? options_.hosts->find_id(fault->shown) : nullptr;
        if (other) return other->current();
        return Error{
            "the fault wants the certificate of " + ocs::quoted(fault->shown) + ", who is gone", "", ""};
    }
    if (!chosen.minted) return expired ? chosen.host->expired(wall_now()) : chosen.host->current();
    const auto name = HostName::parse(facts_.hello->sni.name);
    if (name.has_error()) return name.error();
    return chosen.minted->context_for(*name, expired ? MintedHost::Dates::past : MintedHost::Dates::usual);
}

}  // namespace

Result<std::unique_ptr<Engine>> make_openssl_engine(EngineOptions options, record::ConnectionFacts& facts) {
    ERR_clear_error();
    SSL_CTX* base = base_context();
    auto engine = std::make_unique<OpensslEngine>(std::move(options), facts);
    if (base == nullptr || !engine->start(base)) {
        ERR_clear_error();
        return Error{"cannot make a TLS connection object", "", ""};
    }
    return std::unique_ptr<Engine>(std::move(engine));
}

}  // namespace ocs::tls
