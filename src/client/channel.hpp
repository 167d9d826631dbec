#pragma once
// One connection of the sign-in runner: TCP, and TLS on it where it is wished for.

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>

#include "client/network.hpp"
#include "client/tls_client.hpp"
#include "discovery/plan_steps.hpp"

namespace ocs::client {

/// Belongs to the thread of its executor. Every function ends at its deadline and throws nothing.
class Channel {
public:
    Channel(const asio::any_io_executor& executor, const TrustStore& trust, WallTime now)
        : stream_(executor), trust_(&trust), now_(now) {}

    asio::awaitable<discovery::TcpStatus> connect(Remote server, Micros limit);
    /// Carries the handshake to its end, or to the certificate where the client looks at it inside.
    asio::awaitable<discovery::TlsObservation> handshake(discovery::TlsWish wish, Micros limit);
    /// Goes on with a handshake that waits at the certificate. True: it is finished.
    asio::awaitable<bool> accept(Micros limit);
    /// Leaves as the client does: an alert inside the handshake, else close_notify; then closes.
    asio::awaitable<void> leave(bool certificate_refused, bool name_is_wrong);
    /// The same, and hears the server out before it closes: a close over what it still says would be a reset.
    asio::awaitable<void> leave_gently(bool certificate_refused, bool name_is_wrong, Micros limit);

    asio::awaitable<bool> send(std::string bytes, Micros limit);
    /// Some bytes; empty: the server has ended, or nothing came in time.
    asio::awaitable<std::string> receive(Micros limit);

    [[nodiscard]] const std::optional<ServerPresented>& presented() const;
    [[nodiscard]] const std::string& problem() const { return stream_.problem(); }
    [[nodiscard]] std::string local_address() const { return stream_.local_address(); }
    [[nodiscard]] std::uint16_t local_port() const { return stream_.local_port(); }

private:
    /// Moves bytes until the machine is established, paused or ended, or `until` is reached.
    asio::awaitable<NetworkOutcome> pump(MonotonicTime until);
    asio::awaitable<NetworkOutcome> flush(Micros limit);
    asio::awaitable<void> say_farewell(bool certificate_refused, bool name_is_wrong);

    Stream stream_;
    const TrustStore* trust_;
    WallTime now_;
    std::unique_ptr<TlsClient> tls_;
    std::optional<ServerPresented> nothing_;
};

discovery::Trust to_plan(ChainTrust trust);

}  // namespace ocs::client
