#pragma once
// From a recipe to keys and signed certificates, and hex. For this room; others use its hex alone.

#include <optional>
#include <string>
#include <string_view>

#include "ossl/handles.hpp"
#include "pki/recipe.hpp"

namespace ocs::pki {

// Each check encodes what it is given, so what passes can be issued.
Result<void> check_subject_part(const SubjectPart& part);
Result<void> check_san(const discovery::PresentedName& name);
Result<void> check_hex(std::string_view text);  ///< pairs of hex digits, at least one
Result<void> check_eku(std::string_view word);
Result<void> check_key_usage(std::string_view word);

std::string hex(const unsigned char* bytes, std::size_t size);  ///< lower case
std::optional<std::string> from_hex(std::string_view text);     ///< the bytes; empty for none

/// A certificate of an authority, with its key.
struct Authority {
    ossl::X509Ptr certificate;
    ossl::PkeyPtr key;
};

inline constexpr std::string_view lab_organization = "fakeocs - never trust outside a lab";

struct AuthoritySpec {
    std::vector<SubjectPart> subject;
    KeySpec key;
    HashName hash = HashName::sha256;
    WallTime not_before;
    WallTime not_after;
    bool last_in_chain = false;  ///< pathlen:0
};

Result<ossl::PkeyPtr> make_key(const KeySpec& spec);
/// `issuer` null: self-signed, a root.
Result<Authority> make_authority(const AuthoritySpec& spec, const Authority* issuer);
/// A validated recipe, signed by `issuer`, or by `key` itself where it is null.
Result<ossl::X509Ptr> make_leaf(const Recipe& recipe, EVP_PKEY* key, const Authority* issuer, WallTime now);

/// Null for a key that brings its own hash.
const EVP_MD* digest_for(EVP_PKEY* signer, HashName hash);

Result<std::string> certificate_pem(X509* certificate);
Result<std::string> certificate_der(X509* certificate);
Result<std::string> key_pem(EVP_PKEY* key);  ///< PKCS #8, not encrypted

}  // namespace ocs::pki
