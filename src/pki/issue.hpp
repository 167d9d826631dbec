#pragma once
// Makes one certificate folder: key, certificate, chain, PFX, info.json. Used by state_folder.cpp.

#include "pki/signers.hpp"
#include "pki/state_folder.hpp"

namespace ocs::pki {

struct IssueOrder {
    Recipe recipe;
    PfxOptions pfx;
    bool force = false;
    std::string made_from;             ///< fingerprint of the recipe that started it
    std::vector<std::string> remarks;  ///< what is to be said beside what issuing says itself
};

Result<Issued> issue_into(const std::filesystem::path& state,
                          Signers& signers,
                          IssueOrder order,
                          WallTime now);

/// What is in a certificate folder of the state folder, with a leaf that expired an hour ago: names, key,
/// issuer and all else as it is there. Writes nothing. `folder` is the certificate's.
Result<Identity> expired_copy(const std::filesystem::path& folder, WallTime now);

/// A PFX with key, certificate and chain; `name` is what Windows shows as its friendly name.
Result<std::string> pfx_bytes(const Identity& identity, const std::string& name, const PfxOptions& options);
/// Refuses an empty password: Windows versions and tools differ in how they read one.
Result<void> check_pfx_password(const PfxOptions& options, const std::string& name);

}  // namespace ocs::pki
