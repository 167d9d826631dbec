// How a client reads what a TLS handshake brought.

#include "core/escape.hpp"
#include "discovery/plan_walk.hpp"

namespace ocs::discovery {
namespace {

std::string tls_words(const TlsObservation& seen) {
    std::string text;
    switch (seen.status) {
        case TlsStatus::finished:
            return "handshake finished";
        case TlsStatus::no_common_version:
            text = "no TLS version in common";
            break;
        case TlsStatus::no_common_cipher:
            text = "no cipher suite in common";
            break;
        case TlsStatus::alert:
            text = "the server sent a fatal alert";
            break;
        case TlsStatus::closed:
            text = "the server closed within the handshake";
            break;
        case TlsStatus::timed_out:
            text = "the handshake did not end in time";
            break;
        case TlsStatus::failed:
            text = "the handshake failed";
            break;
    }
    if (seen.alert) text += " (alert " + std::to_string(*seen.alert) + ")";
    return seen.detail.empty() ? text : text + ": " + visible(seen.detail);
}

std::string trust_words(const TlsObservation& seen) {
    std::string text;
    switch (seen.trust) {
        case Trust::trusted:
            return "trusted";
        case Trust::unknown_ca:
            text = "its issuer is not trusted";
            break;
        case Trust::self_signed:
            text = "it is self-signed";
            break;
        case Trust::expired:
            text = "it has expired";
            break;
        case Trust::not_yet_valid:
            text = "it is not valid yet";
            break;
        case Trust::wrong_usage:
            text = "it is not for servers";
            break;
        case Trust::other:
            text = "it is not valid";
            break;
    }
    return seen.detail.empty() ? text : text + " (" + visible(seen.detail) + ")";
}

}  // namespace

CertificateJudgement judge_certificate(const TlsObservation& seen, const TlsWish& wish) {
    CertificateJudgement judgement;
    if (seen.status != TlsStatus::finished) {
        judgement.failure = Ending::tls_failed;
        judgement.text = tls_words(seen);
        return judgement;
    }
    judgement.names = compare_names(wish.policy, seen.names, wish.reference);
    const bool trusted = seen.trust == Trust::trusted;
    // The dialog of pidgin-sipe offers no choice for these two [finch].
    judgement.may_ask = seen.trust != Trust::self_signed && seen.trust != Trust::wrong_usage;
    if (!judgement.names->covered) {
        judgement.failure = Ending::name_mismatch;
        judgement.text = "the certificate does not cover " + quoted(wish.reference);
        if (!trusted) judgement.text += "; besides, " + trust_words(seen);
    } else if (!trusted) {
        judgement.failure = Ending::not_trusted;
        judgement.text = "the certificate covers " + quoted(wish.reference) + ", but " + trust_words(seen);
    } else {
        judgement.text = "the certificate covers " + quoted(wish.reference);
    }
    return judgement;
}

}  // namespace ocs::discovery
