#pragma once
// From a recipe to keys and signed certificates. Used by recipe.cpp and state_folder.cpp only.

#include <string>
#include <string_view>

#include "ossl/handles.hpp"
#include "pki/recipe.hpp"

namespace ocs::pki {

// Each check encodes what it is given, so what passes can be issued.
Result<void> check_subject_part(const SubjectPart& part);
Result<void> check_san(const discovery::PresentedName& name);
Result<void> check_eku(std::string_view word);
Result<void> check_key_usage(std::string_view word);

std::string hex(const unsigned char* bytes, std::size_t size);  ///< lower case

/// A certificate of an authority, with its key.
struct Authority {
    ossl::X509Ptr certificate;
    ossl::PkeyPtr key;
};

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

Result<std::string> certificate_pem(X509* certificate);
Result<std::string> certificate_der(X509* certificate);
Result<std::string> key_pem(EVP_PKEY* key);  ///< PKCS #8, not encrypted

}  // namespace ocs::pki
