#include "tls/fingerprint.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <vector>

#include "pki/encode.hpp"

namespace ocs::tls {
namespace {

constexpr std::uint16_t server_name = 0x0000;
constexpr std::uint16_t alpn = 0x0010;
constexpr std::size_t short_hash = 12;

/// RFC 8701: 0x0a0a, 0x1a1a … 0xfafa are there to keep servers honest, and differ by connection.
bool is_grease(std::uint32_t value) {
    return value <= 0xffffU && (value & 0x0f0fU) == 0x0a0aU && (value >> 8U) == (value & 0xffU);
}

template <class T>
std::vector<std::uint16_t> without_grease(const std::vector<T>& values) {
    std::vector<std::uint16_t> kept;
    for (const T value : values) {
        // The 24-bit kinds of an SSLv2-framed hello are no TLS suites.
        if (value <= 0xffffU && !is_grease(value)) kept.push_back(static_cast<std::uint16_t>(value));
    }
    return kept;
}

/// Fetched once: EVP_sha256() would be looked up by name in every digest.
const EVP_MD* md5() {
    static EVP_MD* const fetched = EVP_MD_fetch(nullptr, "MD5", nullptr);
    return fetched != nullptr ? fetched : EVP_md5();
}
const EVP_MD* sha256() {
    static EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    return fetched != nullptr ? fetched : EVP_sha256();
}

std::string digest(const EVP_MD* algorithm, const std::string& text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned int size = 0;
    if (EVP_Digest(text.data(), text.size(), bytes.data(), &size, algorithm, nullptr) != 1) return {};
    return pki::hex(bytes.data(), size);
}

std::string decimals(const std::vector<std::uint16_t>& values) {
    return fmt::format("{}", fmt::join(values, "-"));
}
std::string hexes(const std::vector<std::uint16_t>& values) {
    return fmt::format("{:04x}", fmt::join(values, ","));
}

std::string version_code(std::uint16_t version) {
    switch (version) {
        case 0x0304:
            return "13";
        case 0x0303:
            return "12";
        case 0x0302:
            return "11";
        case 0x0301:
            return "10";
        case 0x0300:
            return "s3";
        case 0x0002:
            return "s2";
        default:
            return "00";
    }
}

bool is_alphanumeric(unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// First and last character of the first protocol; of its hex where one of them is not printable.
std::string alpn_code(const std::vector<std::string>& protocols) {
    if (protocols.empty() || protocols.front().empty()) return "00";
    const auto first = static_cast<unsigned char>(protocols.front().front());
    const auto last = static_cast<unsigned char>(protocols.front().back());
    if (is_alphanumeric(first) && is_alphanumeric(last)) {
        return {static_cast<char>(first), static_cast<char>(last)};
    }
    return fmt::format("{:x}{:x}", first >> 4U, last & 0x0fU);
}

struct Ja4Parts {
    std::string head;
    std::string suites;
    std::string rest;
};

Ja4Parts parts_of(const record::ClientHelloFacts& hello) {
    auto suites = without_grease(hello.cipher_suites);
    auto extensions = without_grease(hello.extensions);
    const bool names_server =
        std::find(extensions.begin(), extensions.end(), server_name) != extensions.end();
    Ja4Parts parts;
    parts.head = fmt::format("t{}{}{:02}{:02}{}",
                             version_code(hello.highest_version()),
                             names_server ? 'd' : 'i',
                             std::min<std::size_t>(suites.size(), 99),
                             std::min<std::size_t>(extensions.size(), 99),
                             alpn_code(hello.alpn));
    std::sort(suites.begin(), suites.end());
    std::erase_if(extensions, [](std::uint16_t type) { return type == server_name || type == alpn; });
    std::sort(extensions.begin(), extensions.end());
    parts.suites = hexes(suites);
    parts.rest = hexes(extensions);
    const auto signatures = without_grease(hello.signature_algorithms);
    if (!signatures.empty()) parts.rest += "_" + hexes(signatures);
    return parts;
}

std::string hashed(const std::string& list) {
    return list.empty() ? std::string(short_hash, '0') : digest(sha256(), list).substr(0, short_hash);
}

}  // namespace

std::string ja3_text(const record::ClientHelloFacts& hello) {
    std::vector<std::uint16_t> formats(hello.point_formats.begin(), hello.point_formats.end());
    return fmt::format("{},{},{},{},{}",
                       hello.legacy_version,
                       decimals(without_grease(hello.cipher_suites)),
                       decimals(without_grease(hello.extensions)),
                       decimals(without_grease(hello.groups)),
                       decimals(formats));
}

std::string ja3(const record::ClientHelloFacts& hello) { return digest(md5(), ja3_text(hello)); }

std::string ja4_text(const record::ClientHelloFacts& hello) {
    const Ja4Parts parts = parts_of(hello);
    return parts.head + "_" + parts.suites + "_" + parts.rest;
}

std::string ja4(const record::ClientHelloFacts& hello) {
    const Ja4Parts parts = parts_of(hello);
    return parts.head + "_" + hashed(parts.suites) + "_" + hashed(parts.rest);
}

}  // namespace ocs::tls
