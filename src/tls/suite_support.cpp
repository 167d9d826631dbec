#include "tls/suite_support.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/objects.h>

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <span>

#include "ossl/handles.hpp"
#include "record/alerts.hpp"
#include "record/tls_names.hpp"
#include "tls/client_hello.hpp"
#include "tls/host_context.hpp"

namespace ocs::tls {
namespace {

using Versions = std::vector<std::uint16_t>;

constexpr std::uint32_t fallback_scsv = 0x5600;  // RFC 7507
constexpr std::uint16_t tls_1_0 = 0x0301, tls_1_2 = 0x0303, tls_1_3 = 0x0304;
constexpr int levels = 6;
constexpr int versions = 4;

template <class T, class Value>
bool has(const std::vector<T>& in, Value value) {
    return std::find(in.begin(), in.end(), value) != in.end();
}
template <class T>
bool have_common(const std::vector<T>& a, const std::vector<T>& b) {
    return std::any_of(a.begin(), a.end(), [&](const T& one) { return has(b, one); });
}

/// All that this OpenSSL can be made to enable, by number.
const std::map<std::uint32_t, const SSL_CIPHER*>& known_suites() {
    static const ossl::SslCtxPtr all(SSL_CTX_new(TLS_method()));  // the ciphers live in the library
    static const std::map<std::uint32_t, const SSL_CIPHER*> known = [] {
        std::map<std::uint32_t, const SSL_CIPHER*> found;
        if (!all) return found;
        SSL_CTX_set_cipher_list(all.get(), "ALL:COMPLEMENTOFALL:@SECLEVEL=0");
        SSL_CTX_set_ciphersuites(all.get(),
                                 "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:"
                                 "TLS_AES_128_CCM_SHA256:TLS_AES_128_CCM_8_SHA256");
        const auto* ciphers = SSL_CTX_get_ciphers(all.get());
        for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); ++i) {
            const SSL_CIPHER* cipher = sk_SSL_CIPHER_value(ciphers, i);
            found[SSL_CIPHER_get_protocol_id(cipher)] = cipher;
        }
        return found;
    }();
    return known;
}

/// What OpenSSL enables in one version at one security level, told by the hello it would send itself: suites,
/// groups and signature algorithms are enabled for both ends alike.
record::ClientHelloFacts own_hello(int level, std::uint16_t version) {
    record::ClientHelloFacts told;
    const ossl::SslCtxPtr context(SSL_CTX_new(TLS_client_method()));
    if (!context) return told;
    SSL_CTX_set_security_level(context.get(), level);
    if (SSL_CTX_set_cipher_list(context.get(), cipher_list(level).c_str()) != 1) return told;
    SSL_CTX_set_min_proto_version(context.get(), version);
    SSL_CTX_set_max_proto_version(context.get(), version);
    SSL_CTX_set_msg_callback(
        context.get(), [](int written, int, int type, const void* data, std::size_t size, SSL*, void* out) {
            if (written == 0 || type != SSL3_RT_HANDSHAKE) return;
            *static_cast<record::ClientHelloFacts*>(out) =
                parse_client_hello({static_cast<const std::uint8_t*>(data), size});
        });
    SSL_CTX_set_msg_callback_arg(context.get(), &told);
    const ossl::SslPtr ssl(SSL_new(context.get()));
    if (ssl) {
        SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        SSL_connect(ssl.get());  // ends where the answer is missing
    }
    ERR_clear_error();
    return told;
}

const record::ClientHelloFacts& enabled(int level, std::uint16_t version) {
    static std::mutex mutex;
    static std::array<std::array<std::optional<record::ClientHelloFacts>, versions>, levels> told;
    const std::lock_guard lock(mutex);
    auto& one = told.at(static_cast<std::size_t>(level)).at(version - tls_1_0);
    if (!one) one = own_hello(level, version);
    return *one;
}

/// The versions of the hello that there are here, the highest first.
Versions offered_versions(const record::ClientHelloFacts& hello) {
    Versions offered;
    for (std::uint16_t version = tls_1_3; version >= tls_1_0; --version) {
        const bool listed = has(hello.supported_versions, version);
        const bool implied =
            hello.supported_versions.empty() && version <= std::min(hello.legacy_version, tls_1_2);
        if (listed || implied) offered.push_back(version);
    }
    return offered;
}

/// Whether a signature scheme is one of this key's in this version (RFC 8446 §4.2.3: in TLS 1.3 the curve
/// counts).
bool is_scheme_of(std::uint16_t scheme, std::string_view key, std::uint16_t version) {
    if (key.starts_with("RSA")) {
        const bool pss = scheme >= 0x0804 && scheme <= 0x0806;
        return pss || (version < tls_1_3 && scheme <= 0x06ff && (scheme & 0xffU) == 1);
    }
    if (key == "Ed25519") return scheme == 0x0807;
    if (version < tls_1_3) return scheme <= 0x06ff && (scheme & 0xffU) == 3;
    if (key == "EC P-256") return scheme == 0x0403;
    if (key == "EC P-384") return scheme == 0x0503;
    return key == "EC P-521" && scheme == 0x0603;
}

std::uint16_t group_of(std::string_view key) {
    if (key == "EC P-256") return 23;
    if (key == "EC P-384") return 24;
    return key == "EC P-521" ? 25 : 0;
}

/// How far a suite got before it failed, and with what words; the farthest of all versions is told.
struct Failure {
    int stage = 0;
    std::string why;
};

class Terms {
public:
    Terms(const record::ClientHelloFacts& hello, const record::AllowedTls& allowed, std::string_view key)
        : hello_(hello), key_(key), level_(std::clamp(allowed.security_level, 0, levels - 1)) {
        for (const std::uint16_t version : offered_versions(hello))
            if (version >= allowed.min_version && version <= allowed.max_version) common_.push_back(version);
        const bool says_so =
            std::find(hello.cipher_suites.begin(), hello.cipher_suites.end(), fallback_scsv) !=
            hello.cipher_suites.end();
        fell_back_ = says_so && !common_.empty() && common_.front() < allowed.max_version;
    }

    [[nodiscard]] SuiteAnswer answer(std::uint32_t suite, const SSL_CIPHER* cipher) const {
        if (fell_back_)
            return {SuiteSupport::no, "the client says that it fell back, and this host has a newer version"};
        Failure farthest{0, not_enabled(suite)};
        for (const std::uint16_t version : common_) {
            if (!has(enabled(level_, version).cipher_suites, suite)) continue;
            const auto failure = failure_in(version, cipher);
            if (!failure) return {SuiteSupport::yes, where(version)};
            if (failure->stage > farthest.stage) farthest = *failure;
        }
        return {SuiteSupport::no, farthest.why};
    }

private:
    [[nodiscard]] std::string where(std::uint16_t version) const {
        std::string in = "in " + record::tls_version_name(version);
        if (common_.front() == version) return in;
        return in + " (" + record::tls_version_name(common_.front()) + " comes first)";
    }

    /// Why it is enabled in no version that both have.
    [[nodiscard]] std::string not_enabled(std::uint32_t suite) const {
        bool at_level_0 = false;
        for (std::uint16_t version = tls_1_0; version <= tls_1_3; ++version) {
            if (has(enabled(level_, version).cipher_suites, suite))
                return fmt::format(
                    "here it goes with {} at the earliest, which client and host do not both have",
                    record::tls_version_name(version));
            at_level_0 = at_level_0 || has(enabled(0, version).cipher_suites, suite);
        }
        return at_level_0 ? fmt::format("security level {} leaves it out", level_)
                          : "this server does not enable it at any security level";
    }

    [[nodiscard]] std::optional<Failure> failure_in(std::uint16_t version, const SSL_CIPHER* cipher) const {
        const int authentication = SSL_CIPHER_get_auth_nid(cipher);
        const int exchange = SSL_CIPHER_get_kx_nid(cipher);
        const bool rsa = key_.starts_with("RSA");
        const std::string own_key =
            key_.empty() ? "there is no certificate" : "the certificate's is " + std::string(key_);
        if (key_.empty() || (authentication == NID_auth_rsa && !rsa))
            return Failure{1, "it needs an RSA key, and " + own_key};
        if (authentication == NID_auth_ecdsa && rsa)
            return Failure{1, "it needs an ECDSA key, and " + own_key};
        if (authentication == NID_auth_dss) return Failure{1, "it needs a DSA key, and " + own_key};
        // make_context() sets no parameters; OpenSSL then leaves such suites out.
        if (exchange == NID_kx_dhe)
            return Failure{2, "it needs Diffie-Hellman parameters, and this server has none"};
        const auto& own = enabled(level_, version);
        const bool by_group = exchange == NID_kx_ecdhe || exchange == NID_kx_any;
        if (by_group && !have_common(hello_.groups, own.groups))
            return Failure{3, "there is no group in common"};
        if (version < tls_1_3 && !rsa && group_of(key_) != 0 && !has(hello_.groups, group_of(key_)))
            return Failure{
                3, "the client has no " + record::group_name(group_of(key_)) + ", the certificate's curve"};
        if (version < tls_1_2 && !has_sha1())
            return Failure{4,
                           fmt::format("security level {} leaves out SHA-1, with which {} signs",
                                       level_,
                                       record::tls_version_name(version))};
        if (version >= tls_1_2 && !has_signature(version, own))
            return Failure{4, "there is no signature algorithm in common for this key"};
        return std::nullopt;
    }

    [[nodiscard]] bool has_sha1() const {
        return has(enabled(level_, tls_1_2).signature_algorithms, key_.starts_with("RSA") ? 0x0201 : 0x0203);
    }

    [[nodiscard]] bool has_signature(std::uint16_t version, const record::ClientHelloFacts& own) const {
        static const std::vector<std::uint16_t> unsaid = {0x0201, 0x0203};  // RFC 5246 §7.4.1.4.1
        const auto& offered = hello_.signature_algorithms.empty() ? unsaid : hello_.signature_algorithms;
        return std::any_of(offered.begin(), offered.end(), [&](std::uint16_t scheme) {
            return is_scheme_of(scheme, key_, version) && has(own.signature_algorithms, scheme);
        });
    }

    const record::ClientHelloFacts& hello_;
    std::string_view key_;
    int level_;
    Versions common_;
    bool fell_back_ = false;
};

}  // namespace

std::string_view to_string(SuiteSupport support) {
    switch (support) {
        case SuiteSupport::yes:
            return "yes";
        case SuiteSupport::no:
            return "no";
        case SuiteSupport::compiled_out:
            return "compiled-out";
        case SuiteSupport::unknown:
            return "unknown";
        case SuiteSupport::signalling:
            return "signalling";
        case SuiteSupport::grease:
            return "grease";
    }
    return "";
}

std::vector<SuiteAnswer> suite_support(const record::ClientHelloFacts& hello,
                                       const std::optional<record::AllowedTls>& allowed,
                                       std::string_view key) {
    const auto& known = known_suites();
    std::optional<Terms> terms;
    if (allowed) terms.emplace(hello, *allowed, key);
    std::vector<SuiteAnswer> answers;
    for (const std::uint32_t suite : hello.cipher_suites) {
        const auto found = known.find(suite);
        if (record::is_grease(suite))
            answers.push_back({SuiteSupport::grease, "no suite: put in to keep servers tolerant"});
        else if (record::is_signalling_suite(suite))
            answers.push_back({SuiteSupport::signalling, "no suite: a signal to the server"});
        else if (suite > 0xffff)
            answers.push_back({SuiteSupport::compiled_out, "of SSL 2.0, which this OpenSSL does not have"});
        else if (found == known.end())
            answers.push_back({SuiteSupport::compiled_out, "this OpenSSL has no such suite"});
        else if (!terms)
            answers.push_back({SuiteSupport::unknown, "the record does not say what the host allowed"});
        else
            answers.push_back(terms->answer(suite, found->second));
    }
    return answers;
}

}  // namespace ocs::tls
