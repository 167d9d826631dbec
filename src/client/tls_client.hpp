#pragma once
// The client half of one TLS connection as a state machine over bytes: what a named client offers goes
// out, what the server presents is read and judged by the runner. It owns no socket and no timer.
//
// Where the client looks at the certificate inside the handshake, the machine pauses as soon as the
// certificate is there, with its own Finished unsent, until decide() is called: a refusal is then an
// alert before Finished, as from that client. Else the handshake is carried to its end first.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.hpp"
#include "core/result.hpp"
#include "pki/certificate.hpp"

namespace ocs::client {

/// What the client offers. Versions are wire numbers, 0x0301 to 0x0304.
struct TlsOffer {
    std::string server_name;  ///< for SNI; empty: none is sent
    std::uint16_t min_version = 0x0301;
    std::uint16_t max_version = 0x0304;
    bool pause_at_certificate = false;  ///< wait for decide() before Finished
};

/// How the chain stands against the trusted roots. The name is another matter: discovery compares it.
enum class ChainTrust {
    trusted,
    unknown_issuer,  ///< no trusted root signs it, or an intermediate is missing
    self_signed,
    expired,
    not_yet_valid,
    wrong_usage,  ///< its extended key usage lacks serverAuth
    other,        ///< `trust_text` has OpenSSL's words
};
std::string_view to_string(ChainTrust trust);  ///< "unknown-issuer"

/// What was seen of the server. Certificate text is raw: escape it where it is shown.
struct ServerPresented {
    std::uint16_t version = 0;  ///< negotiated, or 0
    std::string cipher_suite;
    pki::CertificateInfo certificate;
    std::vector<std::string> chain_subjects;  ///< what came after the leaf
    ChainTrust trust = ChainTrust::other;
    std::string trust_text;  ///< OpenSSL's words where trust is not `trusted`
};

/// The roots this client trusts. Immutable; shared by all connections of a run.
class TrustStore {
public:
    /// Reads all certificates of a PEM file; an empty path trusts nobody.
    static Result<TrustStore> load(const std::filesystem::path& pem);
    [[nodiscard]] const std::vector<ossl::X509Ptr>& roots() const { return roots_; }

private:
    std::vector<ossl::X509Ptr> roots_;
};

class TlsClient {
public:
    /// `trust` outlives the client. `now` is the time the dates are held against.
    static Result<std::unique_ptr<TlsClient>> start(const TlsOffer& offer,
                                                    const TrustStore& trust,
                                                    WallTime now);

    void receive(std::span<const std::uint8_t> bytes);
    void receive_end();                       ///< the server ended its half
    [[nodiscard]] std::string take_output();  ///< bytes to put on the wire

    /// The certificate is there and the handshake waits: presented() is set.
    [[nodiscard]] bool paused() const { return paused_; }
    /// Goes on with a paused handshake: to Finished, or to a fatal bad_certificate, unknown_ca or
    /// certificate_expired, by what is wrong.
    void decide(bool accept, bool name_is_wrong);

    [[nodiscard]] bool established() const { return established_; }
    [[nodiscard]] bool failed() const { return failed_; }  ///< no handshake, or a broken connection
    [[nodiscard]] bool ended() const { return failed_ || closed_; }
    [[nodiscard]] const std::string& failure() const { return failure_; }  ///< "alert 40 handshake_failure …"
    [[nodiscard]] std::optional<std::uint8_t> alert() const { return alert_; }  ///< fatal, from the server

    /// Set once established() or paused().
    [[nodiscard]] const std::optional<ServerPresented>& presented() const { return presented_; }

    [[nodiscard]] std::string take_plaintext();
    void write(std::string_view plaintext);  ///< while established() and not ended()
    void close();                            ///< queues a close_notify

private:
    TlsClient(const TrustStore& trust, WallTime now) : trust_(&trust), now_(now) {}
    void run();
    void look_at_server(X509* leaf, STACK_OF(X509) * sent);
    int verify(X509_STORE_CTX* chain) noexcept;
    static int on_verify(X509_STORE_CTX* chain, void* self) noexcept;
    void fail(std::string what);
    static void on_message(int written,
                           int version,
                           int type,
                           const void* bytes,
                           std::size_t size,
                           SSL* ssl,
                           void* self) noexcept;

    const TrustStore* trust_;
    WallTime now_;
    ossl::SslCtxPtr context_;
    ossl::SslPtr ssl_;
    BIO* in_ = nullptr;   // owned by ssl_
    BIO* out_ = nullptr;  // owned by ssl_
    std::string plaintext_;
    std::optional<ServerPresented> presented_;
    std::optional<std::uint8_t> alert_;
    std::string failure_;
    bool pause_wanted_ = false;
    bool paused_ = false;
    std::optional<int> decision_;  // an X509_V_ code
    bool established_ = false;
    bool failed_ = false;
    bool closed_ = false;
};

}  // namespace ocs::client
