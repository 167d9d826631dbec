#include "record/facts.hpp"

#include <algorithm>

namespace ocs::record {

std::string_view to_string(FirstBytes kind) {
    switch (kind) {
        case FirstBytes::none:
            return "none";
        case FirstBytes::tls:
            return "tls";
        case FirstBytes::sslv2_hello:
            return "sslv2-hello";
        case FirstBytes::http:
            return "http";
        case FirstBytes::sip:
            return "sip";
        case FirstBytes::ssh:
            return "ssh";
        case FirstBytes::crlf:
            return "crlf";
        case FirstBytes::other:
            return "other";
    }
    return "";
}

std::string_view to_string(SniForm form) {
    switch (form) {
        case SniForm::absent:
            return "absent";
        case SniForm::host_name:
            return "host-name";
        case SniForm::trailing_dot:
            return "trailing-dot";
        case SniForm::ip_literal:
            return "ip-literal";
        case SniForm::empty:
            return "empty";
        case SniForm::malformed:
            return "malformed";
        case SniForm::not_a_host_name:
            return "not-a-host-name";
    }
    return "";
}

std::string_view to_string(Direction direction) {
    switch (direction) {
        case Direction::from_client:
            return "from-client";
        case Direction::to_client:
            return "to-client";
    }
    return "";
}

std::string_view to_string(CloseKind kind) {
    switch (kind) {
        case CloseKind::open:
            return "open";
        case CloseKind::close_notify:
            return "close_notify";
        case CloseKind::fin:
            return "fin";
        case CloseKind::reset:
            return "reset";
    }
    return "";
}

std::string_view to_string(Ended ended) {
    switch (ended) {
        case Ended::by_client:
            return "by-client";
        case Ended::by_us:
            return "by-us";
        case Ended::hello_deadline:
            return "hello-deadline";
        case Ended::handshake_deadline:
            return "handshake-deadline";
        case Ended::idle_deadline:
            return "idle-deadline";
        case Ended::byte_limit:
            return "byte-limit";
        case Ended::shutdown:
            return "shutdown";
    }
    return "";
}

std::string_view to_string(TlsRefusal refusal) {
    switch (refusal) {
        case TlsRefusal::none:
            return "none";
        case TlsRefusal::no_common_version:
            return "no-common-version";
        case TlsRefusal::no_common_cipher:
            return "no-common-cipher";
        case TlsRefusal::bad_hello:
            return "bad-hello";
        case TlsRefusal::unrecognized_name:
            return "unrecognized-name";
        case TlsRefusal::peer_alert:
            return "peer-alert";
        case TlsRefusal::unexpected_end:
            return "unexpected-end";
        case TlsRefusal::protocol_error:
            return "protocol-error";
        case TlsRefusal::internal:
            return "internal";
    }
    return "";
}

std::string_view to_string(HostChoice choice) {
    switch (choice) {
        case HostChoice::none:
            return "none";
        case HostChoice::exact:
            return "exact";
        case HostChoice::wildcard:
            return "wildcard";
        case HostChoice::default_no_sni:
            return "default-no-sni";
        case HostChoice::minted:
            return "minted";
        case HostChoice::default_unknown_name:
            return "default-unknown-name";
        case HostChoice::default_invalid_sni:
            return "default-invalid-sni";
    }
    return "";
}

std::uint16_t ClientHelloFacts::highest_version() const {
    std::uint16_t highest = 0;
    for (std::uint16_t version : supported_versions) {
        const bool grease =
            (version & 0x0f0fU) == 0x0a0aU && (version >> 8U) == (version & 0xffU);  // RFC 8701
        if (!grease) highest = std::max(highest, version);
    }
    return highest != 0 ? highest : legacy_version;
}

std::string sip_user(const ConnectionFacts& facts) {
    for (const SipFact& message : facts.sip)
        if (message.direction == Direction::from_client && !message.user.empty()) return message.user;
    return "";
}

}  // namespace ocs::record
