#include "client/channel.hpp"

#include <algorithm>

#include "core/escape.hpp"

namespace ocs::client {
namespace {

using discovery::TcpStatus;
using discovery::TlsStatus;

constexpr Micros farewell{500'000};  // for an alert or close_notify to leave
constexpr std::size_t most_unheard = std::size_t{256} << 10U;

std::span<const std::uint8_t> as_bytes(const std::string& text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

TlsStatus status_of(const TlsClient& tls, NetworkOutcome outcome) {
    if (tls.established() || tls.paused()) return TlsStatus::finished;
    if (const auto alert = tls.alert()) {
        if (*alert == 70) return TlsStatus::no_common_version;
        if (*alert == 40) return TlsStatus::no_common_cipher;
        return TlsStatus::alert;
    }
    if (outcome == NetworkOutcome::timed_out) return TlsStatus::timed_out;
    if (outcome == NetworkOutcome::closed) return TlsStatus::closed;
    return TlsStatus::failed;
}

}  // namespace

discovery::Trust to_plan(ChainTrust trust) {
    switch (trust) {
        case ChainTrust::trusted:
            return discovery::Trust::trusted;
        case ChainTrust::unknown_issuer:
            return discovery::Trust::unknown_ca;
        case ChainTrust::self_signed:
            return discovery::Trust::self_signed;
        case ChainTrust::expired:
            return discovery::Trust::expired;
        case ChainTrust::not_yet_valid:
            return discovery::Trust::not_yet_valid;
        case ChainTrust::wrong_usage:
            return discovery::Trust::wrong_usage;
        case ChainTrust::other:
            return discovery::Trust::other;
    }
    return discovery::Trust::other;
}

asio::awaitable<TcpStatus> Channel::connect(Remote server, Micros limit) {
    const NetworkOutcome outcome = co_await stream_.connect(server, limit);
    switch (outcome) {
        case NetworkOutcome::ok:
            co_return TcpStatus::connected;
        case NetworkOutcome::refused:
            co_return TcpStatus::refused;
        case NetworkOutcome::timed_out:
            co_return TcpStatus::timed_out;
        case NetworkOutcome::unreachable:
        case NetworkOutcome::closed:
            break;
    }
    co_return TcpStatus::unreachable;
}

asio::awaitable<NetworkOutcome> Channel::flush(Micros limit) {
    std::string bytes = tls_->take_output();
    if (bytes.empty()) co_return NetworkOutcome::ok;
    const NetworkOutcome outcome = co_await stream_.write(std::move(bytes), limit);
    co_return outcome;
}

asio::awaitable<NetworkOutcome> Channel::pump(MonotonicTime until) {
    std::string bytes;
    NetworkOutcome outcome = NetworkOutcome::ok;
    while (true) {
        // What cannot be written may still be explained by what is there to read: an alert.
        const NetworkOutcome sent = co_await flush(until - monotonic_now());
        if (sent == NetworkOutcome::timed_out) co_return sent;
        if (tls_->established() || tls_->paused() || tls_->ended()) co_return outcome;
        outcome = co_await stream_.read(bytes, until - monotonic_now());
        if (outcome == NetworkOutcome::timed_out) co_return outcome;
        if (outcome == NetworkOutcome::ok) {
            tls_->receive(as_bytes(bytes));
        } else {
            tls_->receive_end();
        }
    }
}

asio::awaitable<discovery::TlsObservation> Channel::handshake(discovery::TlsWish wish, Micros limit) {
    discovery::TlsObservation seen;
    TlsOffer offer;
    offer.server_name = wish.sni.value_or("");
    offer.min_version = wish.range.min_version;
    offer.max_version = wish.range.max_version;
    offer.pause_at_certificate = wish.check == discovery::CertificateCheck::in_handshake;
    auto started = TlsClient::start(offer, *trust_, now_);
    if (started.has_error()) {
        seen.status = TlsStatus::failed;
        seen.detail = started.error().what;
        co_return seen;
    }
    tls_ = std::move(*started);
    const NetworkOutcome outcome = co_await pump(monotonic_now() + limit);
    seen.status = status_of(*tls_, outcome);
    seen.alert = tls_->alert();
    if (seen.status != TlsStatus::finished) {
        seen.detail = outcome == NetworkOutcome::timed_out ? "no answer in time" : visible(tls_->failure());
        co_return seen;
    }
    if (const auto& server = tls_->presented()) {
        seen.names = server->certificate.names;
        seen.trust = to_plan(server->trust);
        seen.detail = server->trust_text;
    }
    co_return seen;
}

asio::awaitable<bool> Channel::accept(Micros limit) {
    if (!tls_) co_return true;
    tls_->decide(true, false);
    co_await pump(monotonic_now() + limit);
    co_return tls_->established() && !tls_->ended();
}

asio::awaitable<void> Channel::say_farewell(bool certificate_refused, bool name_is_wrong) {
    if (!tls_) co_return;
    if (tls_->paused()) tls_->decide(!certificate_refused, name_is_wrong);
    tls_->close();
    co_await flush(farewell);
}

asio::awaitable<void> Channel::leave(bool certificate_refused, bool name_is_wrong) {
    co_await say_farewell(certificate_refused, name_is_wrong);
    stream_.close();
}

asio::awaitable<void> Channel::leave_gently(bool certificate_refused, bool name_is_wrong, Micros limit) {
    const MonotonicTime until = monotonic_now() + limit;
    co_await say_farewell(certificate_refused, name_is_wrong);
    stream_.end();
    std::string dropped;
    std::size_t heard = 0;
    NetworkOutcome outcome = NetworkOutcome::ok;
    while (outcome == NetworkOutcome::ok && heard < most_unheard) {
        outcome = co_await stream_.read(dropped, until - monotonic_now());
        heard += dropped.size();
    }
    stream_.close();
}

asio::awaitable<bool> Channel::send(std::string bytes, Micros limit) {
    NetworkOutcome outcome = NetworkOutcome::ok;
    if (tls_) {
        tls_->write(bytes);
        outcome = co_await flush(limit);
    } else {
        outcome = co_await stream_.write(std::move(bytes), limit);
    }
    co_return outcome == NetworkOutcome::ok;
}

asio::awaitable<std::string> Channel::receive(Micros limit) {
    const MonotonicTime until = monotonic_now() + limit;
    std::string bytes;
    while (true) {
        if (tls_) {
            std::string plain = tls_->take_plaintext();
            if (!plain.empty()) co_return plain;
            if (tls_->ended()) co_return std::string();
        }
        const NetworkOutcome outcome = co_await stream_.read(bytes, until - monotonic_now());
        if (outcome != NetworkOutcome::ok) co_return std::string();
        if (!tls_) co_return bytes;
        tls_->receive(as_bytes(bytes));
    }
}

const std::optional<ServerPresented>& Channel::presented() const {
    return tls_ ? tls_->presented() : nothing_;
}

}  // namespace ocs::client
