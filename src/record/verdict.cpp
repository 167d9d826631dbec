#include "record/verdict.hpp"

namespace ocs::record {

std::string_view to_string(Verdict verdict) {
    switch (verdict) {
        case Verdict::signed_in:
            return "signed-in";
        case Verdict::accepted:
            return "accepted";
        case Verdict::rejected_alert:
            return "rejected-alert";
        case Verdict::finished_no_data:
            return "finished-no-data";
        case Verdict::finished_silent:
            return "finished-silent";
        case Verdict::closed_in_handshake:
            return "closed-in-handshake";
        case Verdict::closed_after_hello:
            return "closed-after-hello";
        case Verdict::closed_partial_hello:
            return "closed-partial-hello";
        case Verdict::closed_before_hello:
            return "closed-before-hello";
        case Verdict::no_bytes:
            return "no-bytes";
        case Verdict::handshake_timeout:
            return "handshake-timeout";
        case Verdict::no_common_version:
            return "no-common-version";
        case Verdict::no_common_cipher:
            return "no-common-cipher";
        case Verdict::bad_hello:
            return "bad-hello";
        case Verdict::not_tls:
            return "not-tls";
        case Verdict::turned_away:
            return "turned-away";
        case Verdict::server_error:
            return "server-error";
    }
    return "";
}

std::string_view to_string(Confidence confidence) {
    switch (confidence) {
        case Confidence::certain:
            return "certain";
        case Confidence::likely:
            return "likely";
        case Confidence::possible:
            return "possible";
    }
    return "";
}

std::string_view to_string(Cause cause) {
    switch (cause) {
        case Cause::name_mismatch:
            return "name-mismatch";
        case Cause::untrusted_issuer:
            return "untrusted-issuer";
        case Cause::validity_dates:
            return "validity-dates";
        case Cause::key_usage:
            return "key-usage";
        case Cause::weak_key:
            return "weak-key";
        case Cause::not_stated:
            return "not-stated";
        case Cause::not_certificate:
            return "not-certificate";
    }
    return "";
}

}  // namespace ocs::record
