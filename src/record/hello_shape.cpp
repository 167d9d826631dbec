#include "record/hello_shape.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>

#include "record/tls_names.hpp"

namespace ocs::record {
namespace {

using Numbers = std::vector<std::uint16_t>;
using Wanted = std::initializer_list<std::uint16_t>;

// Extensions, by the names of the IANA registry.
constexpr std::uint16_t server_name = 0, status_request = 5, groups = 10, point_formats = 11, signatures = 13,
                        certificate_timestamp = 18, padding = 21, encrypt_then_mac = 22, master_secret = 23,
                        record_size_limit = 28, delegated_credentials = 34, supported_versions = 43,
                        signatures_of_certificates = 50, application_settings_of_old = 17513,
                        application_settings = 17613, encrypted_hello = 65037, renegotiation_info = 0xff01;
constexpr std::uint16_t first_finite_field_group = 0x0100;

bool has(const Numbers& in, std::uint16_t value) {
    return std::find(in.begin(), in.end(), value) != in.end();
}
bool has_any(const Numbers& in, Wanted values) {
    return std::any_of(values.begin(), values.end(), [&](auto value) { return has(in, value); });
}
bool begins(const Numbers& in, Wanted values) {
    return in.size() >= values.size() && std::equal(values.begin(), values.end(), in.begin());
}
/// These, one right after the other.
bool has_run(const Numbers& in, Wanted values) {
    return std::search(in.begin(), in.end(), values.begin(), values.end()) != in.end();
}
/// The first of these, in this order, with whatever in between.
bool in_order(const Numbers& in, Wanted values) {
    auto at = in.begin();
    for (const std::uint16_t value : values) {
        at = std::find(at, in.end(), value);
        if (at == in.end()) return false;
        ++at;
    }
    return true;
}
bool only(const Numbers& in, Wanted allowed) {
    return std::all_of(in.begin(), in.end(), [&](std::uint16_t value) {
        return std::find(allowed.begin(), allowed.end(), value) != allowed.end();
    });
}

bool is_schannel_xp(const HelloShape& shape) {
    return shape.hello->highest_version() <= 0x0301 && only(shape.extensions, {renegotiation_info}) &&
           in_order(shape.suites, {0x0004, 0x0005, 0x000a, 0x0064, 0x0062});
}

bool is_chromium(const HelloShape& shape) {
    return shape.grease && has_any(shape.extensions, {application_settings, application_settings_of_old});
}

bool is_nss(const HelloShape& shape) {
    // Android 8 begins so, too, with the server name behind extended_master_secret and other signatures.
    const Numbers& sent = shape.hello->extensions;
    const bool named_first = !has(sent, server_name) || sent.front() == server_name;
    const bool signs_so = shape.signatures.empty() || begins(shape.signatures, {0x0403, 0x0503, 0x0603});
    return named_first && signs_so && begins(shape.extensions, {master_secret, renegotiation_info, groups});
}
bool is_firefox(const HelloShape& shape) {
    return is_nss(shape) && !shape.hello->alpn.empty() &&
           has_any(shape.extensions, {delegated_credentials, encrypted_hello});
}

bool is_gnutls(const HelloShape& shape) {
    // rsa_pss_pss right before rsa_pss_rsae of the same hash; before TLS 1.2 there are none to see.
    if (has_run(shape.signatures, {0x0809, 0x0804}) || has_run(shape.signatures, {0x080a, 0x0805}))
        return true;
    return shape.signatures.empty() && has(shape.extensions, record_size_limit) &&
           begins(shape.hello->groups, {23, 24, 25, 29, 30});
}

bool is_rustls(const HelloShape& shape) {
    return has_run(shape.signatures, {0x0806, 0x0805, 0x0804, 0x0601, 0x0501, 0x0401}) &&
           only(shape.suites, {0x1301, 0x1302, 0x1303, 0xc02b, 0xc02c, 0xc02f, 0xc030, 0xcca8, 0xcca9});
}

bool is_wolfssl(const HelloShape& shape) {
    return has_run(shape.signatures, {0x0806, 0x080b, 0x0805, 0x080a, 0x0804, 0x0809});
}

bool has_openssl_signatures(const HelloShape& shape) {
    return has_run(shape.signatures, {0x0809, 0x080a, 0x080b, 0x0804, 0x0805, 0x0806});
}
bool has_openssl_points(const HelloShape& shape) {
    return shape.hello->point_formats == std::vector<std::uint8_t>{0, 1, 2} &&
           has_run(shape.extensions, {point_formats, groups});
}
bool is_openssl_3(const HelloShape& shape) {
    return has_openssl_signatures(shape) && has(shape.hello->groups, first_finite_field_group);
}
bool is_openssl_1_1(const HelloShape& shape) {
    return has_openssl_signatures(shape) ||
           (has_openssl_points(shape) && has_run(shape.extensions, {encrypt_then_mac, master_secret}));
}

bool is_java(const HelloShape& shape) {
    return has_run(shape.signatures, {0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b}) && shape.signalling;
}

bool is_go(const HelloShape& shape) {
    Numbers extensions = shape.extensions;
    std::erase(extensions, signatures_of_certificates);
    return begins(extensions, {status_request, groups, point_formats, signatures, renegotiation_info}) &&
           has(extensions, certificate_timestamp) &&
           !has_any(shape.suites, {0x0033, 0x0039, 0x0067, 0x006b, 0x009e, 0x009f});  // no DHE
}

bool is_mbedtls(const HelloShape& shape) {
    return begins(shape.extensions, {signatures, groups, point_formats, encrypt_then_mac, master_secret});
}

bool is_schannel(const HelloShape& shape) {
    Numbers extensions = shape.extensions;
    if (extensions.empty()) return false;
    const bool at_an_end =
        extensions.front() == renegotiation_info || extensions.back() == renegotiation_info;
    std::erase(extensions, renegotiation_info);
    std::erase(extensions, status_request);
    const bool newer = has_any(shape.suites, {0xcca8, 0xcca9, 0xccaa, 0xc09c, 0xc0ac, 0x0041, 0x0084}) ||
                       has_any(extensions, {encrypt_then_mac, record_size_limit, certificate_timestamp}) ||
                       has(extensions, supported_versions);
    return at_an_end && !newer && !shape.signalling && begins(extensions, {groups, point_formats}) &&
           shape.hello->point_formats == std::vector<std::uint8_t>{0} &&
           only(shape.hello->groups, {23, 24, 25, 29});
}
bool is_schannel_with_dss(const HelloShape& shape) {
    return is_schannel(shape) && has_any(shape.suites, {0x0032, 0x0038, 0x0013});
}

using enum ClientFamily;

// Those of Schannel are from the hellos of browsers on Windows (facts sheet §7.2); all the others were tried
// on real ones: see tests/unit/record/real_hellos.hpp.
constexpr HelloRule rules[] = {
    {schannel_xp,
     Confidence::likely,
     "Schannel of Windows XP or Server 2003",
     "RC4, 3DES, DES and export suites of 1024 bits in Schannel's order",
     is_schannel_xp},
    {chromium,
     Confidence::likely,
     "Chromium",
     "GREASE and application_settings (ALPS): Chrome, Edge and others made of it look alike",
     is_chromium},
    {boringssl,
     Confidence::possible,
     "BoringSSL or Apple's TLS",
     "GREASE: an older Chromium, Android and Safari send it, too",
     [](const HelloShape& shape) { return shape.grease; }},
    {firefox,
     Confidence::likely,
     "Firefox",
     "the extensions begin as NSS has them, with ALPN and what only browsers send: Thunderbird and Tor "
     "Browser look alike",
     is_firefox},
    {nss,
     Confidence::likely,
     "NSS",
     "extended_master_secret, renegotiation_info and groups come first: pidgin, finch and other programs "
     "with "
     "NSS look alike",
     is_nss},
    {gnutls,
     Confidence::likely,
     "GnuTLS",
     "the order of its signature algorithms or groups: git, wget, sipsak and other programs with GnuTLS look "
     "alike",
     is_gnutls},
    {rustls,
     Confidence::likely,
     "rustls",
     "the order of its signature algorithms, AEAD suites alone",
     is_rustls},
    {wolfssl, Confidence::likely, "wolfSSL", "PSS schemes of both kinds by turns", is_wolfssl},
    {openssl,
     Confidence::likely,
     "OpenSSL 3",
     "the order of its signature algorithms, and finite-field groups: curl, Python, Node, PHP, Ruby, baresip "
     "and all else with OpenSSL 3 look alike",
     is_openssl_3},
    {openssl,
     Confidence::likely,
     "OpenSSL 1.1 or 3",
     "point formats or signature algorithms in OpenSSL's order, no finite-field groups: every program with "
     "it "
     "looks alike",
     is_openssl_1_1},
    {openssl,
     Confidence::possible,
     "OpenSSL 1.0 or older",
     "three point formats before the groups: every program with it looks alike, and Android up to 4",
     has_openssl_points},
    {java,
     Confidence::likely,
     "Java (JSSE)",
     "the order of its signature algorithms, with the signalling value for renegotiation",
     is_java},
    {go, Confidence::likely, "Go crypto/tls", "the order of its extensions, and no DHE suite", is_go},
    {mbedtls,
     Confidence::likely,
     "mbedTLS 2",
     "signature algorithms before groups and point formats: linphone looks the same",
     is_mbedtls},
    {schannel,
     Confidence::likely,
     "Schannel of Windows Vista or 7",
     "TLS 1.0 with AES and DSS suites, groups and point formats in Schannel's order; Server 2008 and 2008 R2 "
     "look the same",
     [](const HelloShape& shape) {
         return is_schannel_with_dss(shape) && shape.hello->highest_version() <= 0x0301;
     }},
    {schannel,
     Confidence::likely,
     "Schannel of Windows 7 to 10",
     "groups and point formats in Schannel's order, DSS suites last; Server 2008 R2 to 2016 look the same",
     is_schannel_with_dss},
    {schannel,
     Confidence::possible,
     "Schannel of Windows",
     "groups and point formats in Schannel's order, nothing that only other libraries send",
     is_schannel},
};

}  // namespace

HelloShape shape_of(const ClientHelloFacts& hello) {
    HelloShape shape;
    shape.hello = &hello;
    for (const std::uint32_t suite : hello.cipher_suites) {
        shape.grease = shape.grease || is_grease(suite);
        shape.signalling = shape.signalling || suite == 0x00ff;
        const bool real = suite <= 0xffff && !is_grease(suite) && !is_signalling_suite(suite);
        if (real) shape.suites.push_back(static_cast<std::uint16_t>(suite));
    }
    for (const std::uint16_t type : hello.extensions) {
        shape.grease = shape.grease || is_grease(type);
        if (!is_grease(type) && type != server_name && type != padding) shape.extensions.push_back(type);
    }
    for (const std::uint16_t scheme : hello.signature_algorithms)
        if (!is_grease(scheme)) shape.signatures.push_back(scheme);
    return shape;
}

std::string first_words(const HelloShape& shape) {
    return fmt::format("{}{} suite{}{}",
                       shape.hello->sslv2_framed ? "SSLv2 framing, " : "",
                       shape.suites.size(),
                       shape.suites.size() == 1 ? "" : "s",
                       shape.hello->extensions.empty() ? ", no extensions" : "");
}

const HelloRule* rule_for(const HelloShape& shape) {
    const auto* found = std::find_if(
        std::begin(rules), std::end(rules), [&](const HelloRule& rule) { return rule.fits(shape); });
    return found == std::end(rules) ? nullptr : found;
}

}  // namespace ocs::record
