#include "config/strength.hpp"

#include <algorithm>
#include <string>

namespace ocs::config {
namespace {

// Bits of security that a level asks for.
constexpr int level_bits[] = {0, 80, 112, 128, 192, 256};

int bits_of(const pki::KeySpec& key) {
    switch (key.type) {
        case pki::KeyType::rsa:
            return key.rsa_bits >= 4096 ? 152 : key.rsa_bits >= 3072 ? 128 : key.rsa_bits >= 2048 ? 112 : 80;
        case pki::KeyType::p384:
            return 192;
        case pki::KeyType::p256:
        case pki::KeyType::ed25519:
            return 128;
    }
    return 0;
}

int bits_of(pki::HashName hash) {
    switch (hash) {
        case pki::HashName::sha1:
            return 63;  // collisions (OpenSSL 3.0)
        case pki::HashName::sha256:
            return 128;
        case pki::HashName::sha384:
            return 192;
        case pki::HashName::sha512:
            return 256;
    }
    return 0;
}

std::string highest_level(int bits) {
    int level = 0;
    while (level < 5 && level_bits[level + 1] <= bits) ++level;
    return "security_level: " + std::to_string(level) + (level < 2 ? "     (lab only)" : "");
}

}  // namespace

std::optional<Error> unservable(const pki::Recipe& recipe, int level) {
    const int wanted = level_bits[std::clamp(level, 0, 5)];
    const std::string at = " cannot be served at security level " + std::to_string(level);
    const int key = bits_of(recipe.key);
    if (key < wanted) return Error{"a key of " + to_string(recipe.key) + at, "", highest_level(key)};
    // OpenSSL does not look at the signature of a certificate that signs itself.
    const int hash = bits_of(recipe.hash);
    if (recipe.issuer != pki::Issuer::self_signed && hash < wanted) {
        return Error{"a " + std::string(to_string(recipe.hash)) + " signature" + at, "", highest_level(hash)};
    }
    return std::nullopt;
}

}  // namespace ocs::config
