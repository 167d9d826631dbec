#pragma once
// An engine joined to an OpenSSL client in memory, and the hosts it serves. No port, no socket.

#include <openssl/ssl.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ossl/handles.hpp"
#include "tls/engine.hpp"

namespace ocs::tls {

/// Hosts with certificates made once for the run, in a folder that goes when it ends:
/// - rsa (sip.contoso.test, the default), ec (ec.contoso.test), wild (*.wild.test, exact.wild.test)
/// - old: RSA 1024 signed with SHA-1; only12, only13: one version; strict: security level 2
/// - tickets: with session tickets
class TestHosts {
public:
    static const TestHosts& get();
    [[nodiscard]] EngineOptions options() const;
    [[nodiscard]] std::shared_ptr<VirtualHost> host(const std::string& id) const;
    [[nodiscard]] const std::string& ca_file() const { return ca_file_; }

private:
    TestHosts();
    struct Folder;
    std::shared_ptr<Folder> folder_;
    std::shared_ptr<VirtualHosts> table_;
    std::vector<std::shared_ptr<VirtualHost>> hosts_;
    std::string ca_file_;
};

/// How the client is set up, beyond what it wants from every server.
struct ClientSetup {
    std::string sni;  ///< empty: none
    int min_version = TLS1_VERSION;
    int max_version = TLS1_3_VERSION;
    std::string ciphers = "ALL:@SECLEVEL=0";
    int verify_error = X509_V_OK;  ///< what its check of the certificate ends with; X509_V_OK: trusts all
    SSL_SESSION* session = nullptr;
};

class EnginePair {
public:
    explicit EnginePair(const ClientSetup& setup, EngineOptions options = TestHosts::get().options());
    explicit EnginePair(EngineOptions options = TestHosts::get().options());  ///< no client: raw bytes

    record::ConnectionFacts facts;
    std::unique_ptr<Engine> engine;
    SSL* client() { return client_.get(); }

    /// Moves bytes both ways until neither side has more to say. `segment`: at most so many at a time.
    void run(std::size_t segment = 65536);
    /// What the client has written, to the engine; the engine's output stays where it is.
    void receive_only();
    /// Raw bytes to the engine, in segments; its output goes out into `sent`.
    void send(const std::vector<std::uint8_t>& bytes, std::size_t segment = 65536);
    std::string sent;  ///< all that the engine put on the wire

    bool client_says(const std::string& text);               ///< SSL_write, then run()
    std::string client_hears();                              ///< what SSL_read gives
    std::function<void(std::string&)> on_the_way_to_client;  ///< may change what the engine sends

    Micros now{1000};

private:
    void flush_engine();
    bool client_to_engine(std::size_t segment);
    bool engine_to_client();

    ossl::SslCtxPtr context_;
    ossl::SslPtr client_;
    ossl::BioPtr network_;  // the client's other end
    std::string pending_;   // from the engine, not yet in the BIO
};

/// The alerts of one direction as words: "42 clear, 0 encrypted after-finished".
std::string alerts_of(const record::ConnectionFacts& facts, record::Direction direction);

}  // namespace ocs::tls
