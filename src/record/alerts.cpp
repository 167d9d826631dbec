#include "record/alerts.hpp"

#include <fmt/format.h>

namespace ocs::record {

std::string_view alert_name(std::uint8_t code) {
    switch (code) {
        case 0:
            return "close_notify";
        case 10:
            return "unexpected_message";
        case 20:
            return "bad_record_mac";
        case 21:
            return "decryption_failed";
        case 22:
            return "record_overflow";
        case 30:
            return "decompression_failure";
        case 40:
            return "handshake_failure";
        case 41:
            return "no_certificate";
        case 42:
            return "bad_certificate";
        case 43:
            return "unsupported_certificate";
        case 44:
            return "certificate_revoked";
        case 45:
            return "certificate_expired";
        case 46:
            return "certificate_unknown";
        case 47:
            return "illegal_parameter";
        case 48:
            return "unknown_ca";
        case 49:
            return "access_denied";
        case 50:
            return "decode_error";
        case 51:
            return "decrypt_error";
        case 60:
            return "export_restriction";
        case 70:
            return "protocol_version";
        case 71:
            return "insufficient_security";
        case 80:
            return "internal_error";
        case 86:
            return "inappropriate_fallback";
        case 90:
            return "user_canceled";
        case 100:
            return "no_renegotiation";
        case 109:
            return "missing_extension";
        case 110:
            return "unsupported_extension";
        case 111:
            return "certificate_unobtainable";
        case 112:
            return "unrecognized_name";
        case 113:
            return "bad_certificate_status_response";
        case 114:
            return "bad_certificate_hash_value";
        case 115:
            return "unknown_psk_identity";
        case 116:
            return "certificate_required";
        case 120:
            return "no_application_protocol";
        default:
            return "unassigned";
    }
}

std::string_view schannel_name(std::uint8_t code) {
    switch (code) {
        case 20:
        case 30:
            return "MESSAGE_ALTERED 0x8009030F";
        case 21:
        case 51:
            return "DECRYPT_FAILURE 0x80090330";
        case 42:
        case 43:
        case 46:
            return "CERT_UNKNOWN 0x80090327";
        case 44:
            return "CRYPT_E_REVOKED 0x80092010";
        case 45:
            return "CERT_EXPIRED 0x80090328";
        case 48:
            return "UNTRUSTED_ROOT 0x80090325";
        case 49:
            return "LOGON_DENIED 0x8009030C";
        case 70:
            return "UNSUPPORTED_FUNCTION 0x80090302";
        case 71:
            return "ALGORITHM_MISMATCH 0x80090331";
        case 80:
            return "INTERNAL_ERROR 0x80090304";
        case 90:
            return "UNFINISHED_CONTEXT_DELETED 0x80090333";
        case 10:
        case 22:
        case 40:
        case 47:
        case 50:
        case 60:
        case 100:
        case 110:
            return "ILLEGAL_MESSAGE 0x80090326";
        default:
            return "";
    }
}

std::string tls_version_name(std::uint16_t version) {
    switch (version) {
        case 0x0002:
            return "SSL 2.0";
        case 0x0300:
            return "SSL 3.0";
        case 0x0301:
            return "TLS 1.0";
        case 0x0302:
            return "TLS 1.1";
        case 0x0303:
            return "TLS 1.2";
        case 0x0304:
            return "TLS 1.3";
        default:
            return fmt::format("0x{:04x}", version);
    }
}

}  // namespace ocs::record
