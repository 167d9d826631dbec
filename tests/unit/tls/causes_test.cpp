// Holds tls/causes.cpp against the tables of what real clients do.

#include <doctest/doctest.h>

#include "judged_facts.hpp"

using namespace ocs;
using namespace ocs::tls;

TEST_CASE("verdict: every alert and its cause (client-behaviour §3, §1 no. 12)") {
    const ServedCertificate good = good_certificate();
    ServedCertificate weak = good;
    weak.weak = true;
    ServedCertificate expired = good;
    expired.not_after = now - std::chrono::hours{1};
    ServedCertificate early = good;
    early.not_before = now + std::chrono::hours{1};
    ServedCertificate client_only = good;
    client_only.server_auth = false;
    ServedCertificate weak_client_only = weak;
    weak_client_only.server_auth = false;
    ServedCertificate own_ca_missing = good;
    own_ca_missing.intermediate_missing = true;
    ServedCertificate self_signed = good;
    self_signed.chain = ChainKind::self_signed;
    ServedCertificate foreign = good;
    foreign.chain = ChainKind::other_ca;

    using enum Cause;
    constexpr std::uint16_t tls12 = 0x0303, tls13 = 0x0304;
    constexpr bool in_clear = false, encrypted = true;
    struct Row {
        int alert;
        std::uint16_t version;
        bool encrypted;
        ServedCertificate certificate;
        Name name;
        std::vector<Cause> causes;
        Confidence confidence;
        std::string reason;
    };
    const std::string many42 = "alert 42 has many causes; no TLS alert means 'wrong name'";
    const std::string own_idea =
        "nothing else that this alert can mean is wrong: the client wants a name of its own, other than its "
        "SNI";
    const std::string in_cn =
        "only the CN has the wanted name, and clients that follow RFC 9525 look at the SAN alone";
    const std::string all_good = "the name is on the certificate and nothing else is wrong with it";
    // clang-format off
    const Row rows[] = {
        // 48: the chain, and the server knows which of its three faults it is
        {48, tls12, in_clear, good, Name::covered, {untrusted_issuer}, Confidence::certain,
         "the chain is complete up to the lab CA: the client does not trust that CA"},
        {48, tls12, in_clear, foreign, Name::covered, {untrusted_issuer}, Confidence::certain,
         "the issuer is not the lab CA"},
        {48, tls13, encrypted, self_signed, Name::covered, {untrusted_issuer}, Confidence::certain,
         "the certificate is self-signed"},
        {48, tls13, in_clear, own_ca_missing, Name::covered, {untrusted_issuer}, Confidence::certain,
         "the intermediate certificate is not sent"},
        {48, tls12, in_clear, foreign, Name::other, {untrusted_issuer}, Confidence::certain,
         "besides, though this alert does not mean it: the wanted name is not on the certificate"},
        // 45: the dates
        {45, tls12, in_clear, expired, Name::covered, {validity_dates}, Confidence::certain,
         "the certificate has expired"},
        {45, tls12, in_clear, early, Name::covered, {validity_dates}, Confidence::certain,
         "the certificate is not yet valid"},
        {45, tls13, encrypted, good, Name::covered, {validity_dates}, Confidence::certain,
         "the certificate is valid by this server's clock: look at the client's"},
        // 43: the usage, from mbedTLS a weak key, too
        {43, tls12, in_clear, client_only, Name::covered, {key_usage}, Confidence::certain,
         "its extended key usage lacks serverAuth"},
        {43, tls12, in_clear, good, Name::other, {key_usage}, Confidence::certain,
         "alert 43 means key usage, never name or CA"},
        {43, tls12, in_clear, weak, Name::covered, {weak_key, key_usage}, Confidence::likely,
         "its key or signature is weak"},
        {43, tls12, in_clear, weak_client_only, Name::covered, {key_usage, weak_key}, Confidence::likely,
         "its extended key usage lacks serverAuth"},
        {43, tls13, in_clear, weak, Name::covered, {key_usage}, Confidence::certain,
         "alert 43 means key usage, never name or CA"},
        // 42: what is wrong with the certificate decides
        {42, tls12, in_clear, good, Name::other, {name_mismatch, not_stated}, Confidence::likely, many42},
        {42, tls12, in_clear, early, Name::covered, {validity_dates, not_stated}, Confidence::likely, many42},
        {42, tls12, in_clear, weak, Name::covered, {weak_key, not_stated}, Confidence::likely, many42},
        {42, tls12, in_clear, self_signed, Name::covered, {untrusted_issuer, not_stated},
         Confidence::likely, "the certificate is self-signed"},
        {42, tls12, in_clear, client_only, Name::covered, {key_usage, not_stated}, Confidence::likely,
         many42},
        {42, tls12, in_clear, expired, Name::covered, {validity_dates, not_stated}, Confidence::likely,
         many42},
        {42, tls12, in_clear, expired, Name::other, {name_mismatch, validity_dates, not_stated},
         Confidence::possible, many42},
        {42, tls12, in_clear, good, Name::covered, {untrusted_issuer, name_mismatch, not_stated},
         Confidence::possible, all_good},
        {42, tls12, in_clear, good, Name::unknown, {name_mismatch, untrusted_issuer, not_stated},
         Confidence::possible, "the wanted name is not known"},
        // 42 in clear in TLS 1.3: OpenSSL, which has other alerts for CA, expiry and usage
        {42, tls13, in_clear, good, Name::other, {name_mismatch, not_stated}, Confidence::likely,
         "an alert in clear in TLS 1.3 is that of an OpenSSL client"},
        {42, tls13, in_clear, foreign, Name::other, {name_mismatch, not_stated}, Confidence::likely,
         "besides, though this alert does not mean it: the issuer is not the lab CA"},
        {42, tls13, in_clear, expired, Name::other, {name_mismatch, not_stated}, Confidence::likely,
         "besides, though this alert does not mean it: the certificate has expired"},
        {42, tls13, in_clear, early, Name::other, {name_mismatch, validity_dates, not_stated},
         Confidence::possible, "the certificate is not yet valid"},
        {42, tls13, in_clear, good, Name::covered, {name_mismatch, not_stated}, Confidence::likely, own_idea},
        {42, tls13, in_clear, good, Name::unknown, {name_mismatch, not_stated}, Confidence::likely,
         "the wanted name is not known"},
        // 42 encrypted in TLS 1.3: Go, rustls, gnutls-cli and others, for every cause there is
        {42, tls13, encrypted, foreign, Name::covered, {untrusted_issuer, not_stated}, Confidence::likely,
         many42},
        {42, tls13, encrypted, good, Name::covered, {untrusted_issuer, not_stated}, Confidence::likely,
         all_good},
        // The name in the CN only: Go, Chromium and rustls look at the SAN alone, Java and OpenSSL do not
        {42, tls13, encrypted, good, Name::in_cn_only, {name_mismatch, untrusted_issuer, not_stated},
         Confidence::possible, in_cn},
        {42, tls12, in_clear, good, Name::in_cn_only, {name_mismatch, untrusted_issuer, not_stated},
         Confidence::possible, in_cn},
        {46, tls12, in_clear, good, Name::in_cn_only, {name_mismatch, untrusted_issuer, not_stated},
         Confidence::possible, in_cn},
        {42, tls13, in_clear, good, Name::in_cn_only, {name_mismatch, not_stated}, Confidence::likely, in_cn},
        {48, tls12, in_clear, good, Name::in_cn_only, {untrusted_issuer}, Confidence::certain,
         "besides, though this alert does not mean it: " + in_cn},
        {42, tls13, encrypted, expired, Name::in_cn_only, {validity_dates, not_stated}, Confidence::likely,
         "the certificate has expired"},
        // 46: Chromium and Java for everything
        {46, tls13, encrypted, good, Name::other, {name_mismatch, not_stated}, Confidence::likely,
         "alert 46 has many causes; no TLS alert means 'wrong name'"},
        {46, tls12, in_clear, client_only, Name::covered, {key_usage, not_stated}, Confidence::likely, ""},
        {46, tls12, in_clear, early, Name::covered, {validity_dates, not_stated}, Confidence::likely, ""},
        {46, tls12, in_clear, good, Name::covered, {untrusted_issuer, not_stated}, Confidence::likely,
         all_good},
        {46, tls12, in_clear, good, Name::unknown, {untrusted_issuer, name_mismatch, not_stated},
         Confidence::possible, "the wanted name is not known"},
        {71, tls12, in_clear, weak, Name::covered, {weak_key}, Confidence::likely,
         "alert 71 is sent for a key that is too weak"},
        // 80: a name check in a callback is one cause
        {80, tls12, in_clear, good, Name::other, {name_mismatch, not_certificate}, Confidence::possible, ""},
        {80, tls12, in_clear, good, Name::unknown, {name_mismatch, not_certificate}, Confidence::possible,
         ""},
        {80, tls12, in_clear, good, Name::covered, {not_certificate}, Confidence::possible,
         "an error in the client; a name check in a callback is one known cause of alert 80"},
        {44, tls12, in_clear, good, Name::covered, {not_stated}, Confidence::likely,
         "alert 44 means that the client holds it revoked"},
    };
    // clang-format on
    for (const Row& row : rows) {
        CAPTURE(row.alert);
        CAPTURE(row.version);
        CAPTURE(row.encrypted);
        CAPTURE(row.reason);
        ConnectionFacts facts =
            with_alert(certificate_was_sent(), static_cast<std::uint8_t>(row.alert), row.encrypted);
        facts.version = row.version;
        const Judgement judgement = judged(facts, row.certificate, row.name);
        CHECK(judgement.verdict == Verdict::rejected_alert);
        CHECK(words(judgement.causes) == words(row.causes));
        CHECK(to_string(judgement.confidence) == to_string(row.confidence));
        CHECK((row.reason.empty() || has_reason(judgement, row.reason)));
    }
}

TEST_CASE("verdict: alerts that are never about a certificate (client-behaviour §3, last row)") {
    for (const int code : {40, 47, 50, 51, 70, 86, 109, 110, 112, 120}) {
        CAPTURE(code);
        const Judgement judgement =
            judged(with_alert(certificate_was_sent(), static_cast<std::uint8_t>(code)),
                   good_certificate(),
                   Name::other);
        CHECK(judgement.verdict == Verdict::rejected_alert);
        CHECK(words(judgement.causes) == "not-certificate ");
        CHECK(judgement.confidence == Confidence::likely);
    }
}

TEST_CASE("verdict: no common cipher is explained by what was offered") {
    ConnectionFacts facts;
    facts.first_bytes = FirstBytes::tls;
    facts.hello_complete = true;
    facts.hello.emplace().legacy_version = 0x0303;
    facts.refusal = TlsRefusal::no_common_cipher;
    facts.ended = Ended::by_us;
    ServedCertificate rsa = good_certificate();
    rsa.key = "RSA 2048";
    ServedCertificate ec = good_certificate();
    ec.key = "EC P-256";
    struct Row {
        std::vector<std::uint32_t> suites;
        ServedCertificate certificate;
        std::string reason;
    };
    // clang-format off
    const Row rows[] = {
        {{0x0004, 0x000a, 0x00ff}, rsa,
         "the client offers TLS_RSA_WITH_RC4_128_MD5, TLS_RSA_WITH_3DES_EDE_CBC_SHA"},
        {{0x0004, 0x000a}, rsa,
         "these are RC4, DES and export suites, as Windows XP and Server 2003 offer them; this OpenSSL "
         "has none of them, at any security level"},
        {{0x0004, 0x000a}, rsa,
         "the certificate was never shown, so nothing here is about it; Windows Vista and later offer "
         "AES and are served"},
        {{0x002f, 0xc013}, ec,
         "this host has a certificate with an EC P-256 key, and the client offers no ECDSA suite"},
        {{0xc02b}, rsa, "this host has a certificate with an RSA key, and the client offers ECDSA only"},
        {{}, rsa, "the client offers no cipher suite"},
        {std::vector<std::uint32_t>(20, 0x0004), rsa,
         "the client offers " + repeated("TLS_RSA_WITH_RC4_128_MD5", 16) + " and 4 more"},
    };
    // clang-format on
    for (const Row& row : rows) {
        CAPTURE(row.reason);
        facts.hello->cipher_suites = row.suites;
        const Judgement judgement = judged(facts, row.certificate, Name::covered);
        CHECK(judgement.verdict == Verdict::no_common_cipher);
        CHECK(has_reason(judgement, row.reason));
    }
}
