#include "client/visit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <utility>

#include "client/channel.hpp"
#include "core/escape.hpp"
#include "record/alerts.hpp"

namespace ocs::client {
namespace {

using discovery::TcpStatus;
using discovery::TlsStatus;
using discovery::Trust;

constexpr std::size_t names_told = 8;
constexpr Micros hearing_out{1'000'000};

std::string names_of(const discovery::PresentedNames& names) {
    std::vector<std::string> all;
    for (const auto& entry : names.san)
        all.push_back(fmt::format("{}:{}", discovery::to_string(entry.kind), visible(entry.text)));
    if (!names.san_present)
        for (const std::string& name : names.common_names) all.push_back("CN:" + visible(name));
    if (all.empty()) return "no name";
    std::string text;
    for (std::size_t i = 0; i < std::min(all.size(), names_told); ++i)
        text += (i == 0 ? "" : ", ") + all[i].substr(0, 260);
    if (all.size() > names_told) text += fmt::format(" and {} more", all.size() - names_told);
    return text;
}

/// Why the client does not go on, and with which alert. Empty: it does.
struct Refusal {
    std::string why;
    std::uint8_t alert = 0;
    bool is_name = false;
};

/// In OpenSSL's order: the chain, the name, the dates.
Refusal refusal_of(const discovery::TlsObservation& seen, const std::string& name) {
    const bool dates = seen.trust == Trust::expired || seen.trust == Trust::not_yet_valid;
    const std::string detail = visible(seen.detail);
    if (seen.trust != Trust::trusted && !dates) {
        return {"the lab's CA does not vouch for the certificate" + (detail.empty() ? "" : ": " + detail),
                48,
                false};
    }
    if (!discovery::compare_names(discovery::NamePolicy::openssl, seen.names, name).covered)
        return {fmt::format("the certificate has {}, not {}", names_of(seen.names), name), 42, true};
    if (dates) return {"the certificate's dates: " + detail, 45, false};
    return {};
}

VisitResult result_of(TlsStatus status, bool by_alert) {
    if (by_alert) return VisitResult::server_alert;
    return status == TlsStatus::timed_out ? VisitResult::timed_out : VisitResult::no_handshake;
}

std::string with_alert(std::uint8_t code) {
    return fmt::format("alert {} {}", code, record::alert_name(code));
}

/// What it asks where it is content: the record then says what a request over the connection means, and who
/// asked.
std::string request_to(const std::string& name) {
    return fmt::format(
        "OPTIONS sip:{0} SIP/2.0\r\nVia: SIP/2.0/TLS test.invalid;branch=z9hG4bKtest\r\nMax-Forwards: 70\r\n"
        "From: <sip:test@{0}>;tag=test\r\nTo: <sip:{0}>\r\nCall-ID: test@test.invalid\r\nCSeq: 1 OPTIONS\r\n"
        "User-Agent: fakeocs test connection\r\nContent-Length: 0\r\n\r\n",
        name);
}

}  // namespace

asio::awaitable<Visit> visit(VisitWish wish) {
    const auto executor = co_await asio::this_coro::executor;
    const MonotonicTime until = monotonic_now() + wish.limit;
    Visit told;
    const auto roots = TrustStore::load(wish.roots);
    if (roots.has_error()) {
        told.why = to_string(roots.error());
        co_return told;
    }
    Channel channel(executor, *roots, wish.now);
    const TcpStatus tcp = co_await channel.connect(wish.server, until - monotonic_now());
    if (tcp != TcpStatus::connected) {
        told.why = fmt::format("no TCP connection: {}", channel.problem());
        co_return told;
    }
    told.address = channel.local_address();
    told.port = channel.local_port();
    discovery::TlsWish tls;
    tls.sni = wish.name;
    tls.range = {0x0301, 0x0304};
    tls.check = discovery::CertificateCheck::in_handshake;
    const discovery::TlsObservation seen = co_await channel.handshake(tls, until - monotonic_now());
    if (seen.status != TlsStatus::finished) {
        told.result = result_of(seen.status, seen.alert.has_value());
        told.why = seen.detail;
        co_await channel.leave_gently(false, false, hearing_out);
        co_return told;
    }
    const Refusal refusal = refusal_of(seen, wish.name);
    if (!refusal.why.empty()) {
        told.result = VisitResult::refused;
        told.why = fmt::format("{}; left with {}", refusal.why, with_alert(refusal.alert));
        co_await channel.leave_gently(true, refusal.is_name, hearing_out);
        co_return told;
    }
    const bool finished = co_await channel.accept(until - monotonic_now());
    told.result = finished ? VisitResult::accepted : VisitResult::no_handshake;
    told.why = finished ? fmt::format("the certificate is of the lab's CA and has {}", wish.name)
                        : "the certificate was good, and the lab did not finish the handshake";
    if (finished) {
        std::string request = request_to(wish.name);
        const bool sent = co_await channel.send(std::move(request), until - monotonic_now());
        if (sent) co_await channel.receive(until - monotonic_now());
    }
    co_await channel.leave_gently(false, false, hearing_out);
    co_return told;
}

}  // namespace ocs::client
