#pragma once
// The keys of a state folder's ca/: the lab CA, its intermediate, and keys that leaves share.

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "pki/encode.hpp"

namespace ocs::pki {

Result<void> put(const std::filesystem::path& path, const Result<std::string>& bytes, mode_t mode);

/// Four random hex digits, which tell one lab's CA from another's.
std::string random_digits();
/// A CA made for one certificate and forgotten: nobody trusts it.
Result<Authority> make_unknown_ca(WallTime now);

/// Loads each key when it is first needed and keeps it, since a thousand certificates need it a thousand
/// times; a file that is replaced is loaded again. Not for several threads at once.
class Signers {
public:
    explicit Signers(std::filesystem::path folder) : folder_(std::move(folder)) {}

    Result<const Authority*> lab_ca();
    /// Made when first needed, and anew when it belongs to an older CA.
    Result<const Authority*> intermediate();
    /// The one key of this kind that recipes with `share_key` use; made when first needed.
    Result<EVP_PKEY*> shared_key(const KeySpec& spec);
    /// Puts a certificate on the list of its issuer: ca.crl, or intermediate.crl.
    Result<void> revoke(const X509* certificate, bool by_intermediate, WallTime now);

private:
    /// Tells a file from the one that replaces it.
    struct Stamp {
        std::uint64_t inode = 0;
        std::int64_t nanoseconds = 0;
        bool operator==(const Stamp&) const = default;
    };
    struct Kept {
        Authority authority;
        Stamp stamp;
    };
    static std::optional<Stamp> stamp_of(const std::filesystem::path& file);
    Result<const Authority*> load(std::optional<Kept>& kept, const std::string& name);

    std::filesystem::path folder_;
    std::optional<Kept> ca_, intermediate_;
    std::map<std::string, ossl::PkeyPtr> shared_;
};

}  // namespace ocs::pki
