#pragma once
// Reading certificates: presented names, and the facts that bear on how a client takes them.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/result.hpp"
#include "discovery/name_policy.hpp"
#include "ossl/handles.hpp"
#include "pki/recipe.hpp"

namespace ocs::pki {

/// The facts of one certificate. Text that comes from the certificate is raw; escape it when shown.
struct CertificateInfo {
    discovery::PresentedNames names;
    std::string subject;  ///< RFC 2253 text; OpenSSL escapes what is not printable ASCII
    std::string issuer;
    std::string serial;       ///< hex
    std::string fingerprint;  ///< SHA-256 of the DER, lower-case hex
    WallTime not_before;
    WallTime not_after;
    std::string key;  ///< "RSA 2048", "EC P-256", "EC P-384", "Ed25519", or OpenSSL's name
    int key_bits = 0;
    std::string signature;         ///< long name of the signature algorithm
    bool weak = false;             ///< RSA under 2048 bits, EC under 224, or an MD5 or SHA-1 signature
    std::vector<std::string> eku;  ///< names or OIDs; empty: no extension
    std::vector<std::string> key_usage;
    bool is_ca = false;
    bool self_signed = false;  ///< issuer is subject and its own key verifies it
    std::vector<std::string> crl_urls;
};

/// All names and facts. Never fails: what cannot be parsed is marked in the result.
CertificateInfo read_certificate(const X509* certificate);
discovery::PresentedNames presented_names(const X509* certificate);
/// What presented_names() will say of a certificate made from it.
discovery::PresentedNames names_of(const Recipe& recipe);

/// A certificate with its chain and key, loaded and checked to belong together.
struct Identity {
    ossl::X509Ptr leaf;
    std::vector<ossl::X509Ptr> chain;  ///< intermediates in the order of the file, without the leaf
    ossl::PkeyPtr key;
    CertificateInfo info;
    bool issuer_included = false;  ///< chain holds the leaf's issuer, or the leaf is self-signed
};

/// From one or several PEM files (`chain` may be empty; the leaf's file may hold the chain and the key).
Result<Identity> load_pem(const std::filesystem::path& certificate,
                          const std::filesystem::path& key,
                          const std::filesystem::path& chain);
/// A PEM private key that is not encrypted.
Result<ossl::PkeyPtr> load_key(const std::filesystem::path& path);
/// From a PFX; reads the RC2 files of old Windows too (private library context with the legacy provider).
Result<Identity> load_pfx(const std::filesystem::path& pfx, const std::string& password);

}  // namespace ocs::pki
