#pragma once
// What a certificate shall be, wrong on purpose if asked: a plain value, read from YAML (config), from
// the command line (fakeocs-certgen) or made by code, and stored in info.json beside the certificate.

#include <optional>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "discovery/name_policy.hpp"

namespace ocs::pki {

enum class KeyType { rsa, p256, p384, ed25519 };
enum class HashName { sha1, sha256, sha384, sha512 };

struct KeySpec {
    KeyType type = KeyType::rsa;
    int rsa_bits = 2048;  ///< 1024 to 4096, for rsa only
    bool operator==(const KeySpec&) const = default;
};
std::string to_string(
    const KeySpec& key);  ///< "rsa-2048", "p-256", "p-384", "ed25519": also what parse_key takes
Result<KeySpec> parse_key(std::string_view word);
std::string_view to_string(HashName hash);  ///< "sha256"
Result<HashName> parse_hash(std::string_view word);

/// One attribute of the Subject, in order: {"CN", "sip.contoso.test"}. Types: CN, O, OU, C, ST, L, DC,
/// emailAddress.
struct SubjectPart {
    std::string type;
    std::string value;
    bool operator==(const SubjectPart&) const = default;
};

enum class Issuer {
    lab_ca,       ///< the CA of the state folder
    self_signed,  ///< the leaf signs itself
    unknown_ca,   ///< a CA made for this certificate alone and thrown away: nobody trusts it
};

/// Extended key usages by name: serverAuth, clientAuth, emailProtection, codeSigning, any; or a dotted OID.
struct Recipe {
    std::string name;                            ///< folder name in the state folder: letters, digits, . - _
    std::string note;                            ///< what it is for, one line; shown by the tools
    std::vector<SubjectPart> subject;            ///< any number of CNs, none, or empty altogether
    std::vector<discovery::PresentedName> sans;  ///< in this order; empty: no SAN extension
    std::string san_der;  ///< hex: the bytes of the SAN extension instead of `sans`, well-formed or not
    KeySpec key;
    bool share_key = false;  ///< one key for all recipes that say so: thousands of RSA leaves in no time
    HashName hash = HashName::sha256;
    bool rsa_pss = false;  ///< sign with RSASSA-PSS, which Lync cannot verify (facts sheet §3.3)
    std::string not_before =
        "-1h";  ///< as parse_time() takes it, resolved when issued: clocks of old clients differ
    std::string not_after = "+825d";
    Issuer issuer = Issuer::lab_ca;
    bool via_intermediate = false;  ///< signed by an intermediate CA that the lab CA signs
    bool send_intermediate = true;  ///< false: it is left out of chain.pem and fullchain.pem, on purpose
    std::vector<std::string> eku = {"serverAuth"};  ///< empty: no extension
    std::vector<std::string> key_usage;  ///< empty: what suits the key; names as in RFC 5280 §4.2.1.3
    bool is_ca = false;                  ///< CA:TRUE on the leaf
    std::vector<std::string> crl_urls;   ///< CRL distribution points
    bool revoked = false;                ///< put on the CRL of its issuer, which is ca/ca.crl
    bool operator==(const Recipe&) const = default;
};

/// Checks everything that can be checked before a key is made; reports all problems. `where` of each
/// error is the field ("sans[2]"). Names that are wrong on purpose (trailing blank, URL…) are allowed:
/// what cannot be encoded is not. A CN over 64 bytes is, since issuing moves it.
Results<void> validate(const Recipe& recipe, WallTime now);

/// What is wrong on purpose about it, one clause each: "expired 30 days ago", "no serverAuth in the
/// EKU", "CN 'x' is not in the SAN list: clients that have a SAN do not look at it". Empty: nothing.
std::vector<std::string> defects(const Recipe& recipe, WallTime now);

/// A name over 64 bytes does not fit a CN (RFC 5280 ub-common-name): moves such CNs into the SAN list
/// (if not there) and gives the subject O=fakeocs lab instead. Says what it moved.
std::vector<std::string> move_long_names(Recipe& recipe);

/// Dates that ended an hour before it is issued, and began a year before that.
void expire(Recipe& recipe);

/// True where the recipe has this name: of a common_name in the subject, else in the SAN list.
bool has_name(const Recipe& recipe, const discovery::PresentedName& name);

/// Takes names out and puts others in, CNs too. Says which were there already, and which were not.
std::vector<std::string> change_names(Recipe& recipe,
                                      const std::vector<discovery::PresentedName>& add,
                                      const std::vector<discovery::PresentedName>& remove);

/// SHA-256 over everything in the recipe, hex: tells whether a certificate was made from this recipe.
std::string fingerprint(const Recipe& recipe);

/// "DNS:sip.contoso.test", "IP:192.0.2.1", "URI:sip:contoso.test", "email:…", "SRV:_sip.contoso.test"; a bare
/// word is DNS, or IP where it is an address. "DNS-hex:6100ff" and so on write any bytes, none included;
/// elsewhere non-ASCII text is refused with its A-labels as a hint. "IP:hex:0102" is an address of any
/// length.
Result<discovery::PresentedName> parse_san(std::string_view text);
/// The inverse of parse_san(), printable ASCII always.
std::string to_string(const discovery::PresentedName& name);

}  // namespace ocs::pki
