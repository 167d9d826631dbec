#pragma once
// One server-side TLS connection as a state machine over bytes. It owns no socket, no timer and no
// thread, and writes what it observes into record::ConnectionFacts.

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.hpp"
#include "record/evidence.hpp"
#include "record/facts.hpp"
#include "tls/host_choice.hpp"
#include "tls/virtual_hosts.hpp"

namespace ocs::tls {

/// The interface a second TLS library can implement. Not thread-safe: a connection stays on its thread.
///
/// Order of use: receive() with what the socket gave, then send output() until it is empty, and so on.
/// Input is always taken in before output is given up on: a client's alert is read even where writing
/// already failed.
class Engine {
public:
    virtual ~Engine() = default;

    /// Bytes off the wire, at `now` since accept. Runs the handshake or decrypts as far as they go.
    virtual void receive(std::span<const std::uint8_t> bytes, Micros now) = 0;
    /// The client ended its half: fin or reset. Notes it, and whether a close_notify came before.
    virtual void receive_end(record::CloseKind kind, Micros now) = 0;

    /// Bytes to put on the wire; valid until the next call. Tell with output_sent() how many left.
    [[nodiscard]] virtual std::string_view output() const = 0;
    virtual void output_sent(std::size_t count, Micros now) = 0;

    [[nodiscard]] virtual bool established()
        const = 0;  ///< the handshake is finished (and the engine not failed)
    [[nodiscard]] virtual bool ended()
        const = 0;  ///< failed or closed: nothing more will come out of receive()

    /// Application data decrypted since the last call. Take it after each receive(), or it piles up.
    virtual std::string take_plaintext() = 0;
    /// Encrypts an answer into output(). Only while established(); after the client's close_notify, too:
    /// it closes its own half only (RFC 8446 §6.1).
    virtual void write(std::string_view plaintext) = 0;
    /// Queues a close_notify (after a finished handshake). Harmless if repeated.
    virtual void close() = 0;

    /// The certificate this connection is shown, or would have been; null before a host is chosen.
    [[nodiscard]] virtual std::shared_ptr<const record::ServedCertificate> certificate() const = 0;
    /// The DER of each certificate of its chain as it is sent, the leaf first; the same bytes for all
    /// connections that are shown it, but for minted ones. Empty before a host is chosen.
    [[nodiscard]] virtual std::vector<record::Bytes> chain() const = 0;
};

/// What an engine needs of its listener.
struct EngineOptions {
    std::shared_ptr<const VirtualHosts> hosts;  ///< an immutable snapshot; kept until the connection ends
    ListenerPolicy policy;
    /// The armed fault that strikes this connection: asked once, when the ClientHello is whole and the host
    /// chosen (the facts have both). Empty: there are no faults. The engine carries out alert, certificate
    /// and expired, and leaves the hello unanswered for what ends at FaultPoint::hello; the rest is the
    /// session's.
    std::function<std::optional<record::Fault>(const ChosenHost& chosen)> strike;
    /// NSS key log lines ("CLIENT_RANDOM …"); empty: no key log. See tell_keys().
    std::function<void(std::string_view line)> key_log;
};

/// From now on contexts that are made tell their connections' keys: to be called before the first host is
/// loaded where there is a key log, since OpenSSL spells every secret in hex even if nobody listens.
void tell_keys();

/// The OpenSSL engine. `facts` outlives it.
Result<std::unique_ptr<Engine>> make_openssl_engine(EngineOptions options, record::ConnectionFacts& facts);

}  // namespace ocs::tls
