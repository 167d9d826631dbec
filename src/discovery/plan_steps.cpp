#include "discovery/plan_steps.hpp"

namespace ocs::discovery {

std::string_view to_string(PromptKind kind) {
    switch (kind) {
        case PromptKind::trust_server:
            return "trust-server";
        case PromptKind::trust_certificate:
            return "trust-certificate";
    }
    return "";
}

std::string_view to_string(DnsStatus status) {
    switch (status) {
        case DnsStatus::answered:
            return "answered";
        case DnsStatus::no_such_name:
            return "no-such-name";
        case DnsStatus::no_data:
            return "no-data";
        case DnsStatus::server_failure:
            return "server-failure";
        case DnsStatus::timed_out:
            return "timed-out";
        case DnsStatus::alias_loop:
            return "alias-loop";
        case DnsStatus::malformed:
            return "malformed";
    }
    return "";
}

std::string_view to_string(TcpStatus status) {
    switch (status) {
        case TcpStatus::connected:
            return "connected";
        case TcpStatus::refused:
            return "refused";
        case TcpStatus::timed_out:
            return "timed-out";
        case TcpStatus::unreachable:
            return "unreachable";
    }
    return "";
}

std::string_view to_string(TlsStatus status) {
    switch (status) {
        case TlsStatus::finished:
            return "finished";
        case TlsStatus::no_common_version:
            return "no-common-version";
        case TlsStatus::no_common_cipher:
            return "no-common-cipher";
        case TlsStatus::alert:
            return "alert";
        case TlsStatus::closed:
            return "closed";
        case TlsStatus::timed_out:
            return "timed-out";
        case TlsStatus::failed:
            return "failed";
    }
    return "";
}

std::string_view to_string(Trust trust) {
    switch (trust) {
        case Trust::trusted:
            return "trusted";
        case Trust::unknown_ca:
            return "unknown-ca";
        case Trust::self_signed:
            return "self-signed";
        case Trust::expired:
            return "expired";
        case Trust::not_yet_valid:
            return "not-yet-valid";
        case Trust::wrong_usage:
            return "wrong-usage";
        case Trust::other:
            return "other";
    }
    return "";
}

}  // namespace ocs::discovery
