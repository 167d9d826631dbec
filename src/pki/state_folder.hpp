#pragma once
// The state folder, where fakeocs and fakeocs-certgen meet: one folder per certificate and `ca/`.
//
//   ca/    ca.pem  ca.cer (DER)  ca.crl (DER)  ca.key (0600); when first needed: intermediate.pem,
//          intermediate.key (0600), intermediate.crl, shared-rsa-2048.key (0600)
//   NAME/  cert.pem  chain.pem  fullchain.pem  key.pem (0600)  cert.pfx (0600)  info.json (0600, last)
//
// Every file is written to a temporary name and renamed. info.json goes last, so a watcher that sees
// it change finds the rest in place.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/result.hpp"
#include "pki/certificate.hpp"
#include "pki/recipe.hpp"

namespace ocs::pki {

/// The PFX encodings. legacy imports from Windows XP to Server 2022 (3DES, SHA-1 MAC); modern (AES-256,
/// SHA-256 MAC) on Server 2019, Windows 10 1709 and later. toolchain facts §5.3.
enum class PfxProfile { legacy, modern };

struct PfxOptions {
    PfxProfile profile = PfxProfile::legacy;
    std::string password = "changeit";
};

struct CaOptions {
    std::string name;  ///< appended to the subject; empty: four random hex digits. Subject is "FAKE OCS LAB
                       ///< CA <name>"
    KeySpec key;       ///< RSA 2048
    HashName hash = HashName::sha256;
    std::string not_before = "-1h";
    std::string not_after = "+3650d";
};

struct CaInfo {
    std::string subject;
    WallTime not_before;
    WallTime not_after;
    std::string fingerprint;  ///< SHA-256, hex
    std::filesystem::path folder;
    bool made_now = false;
};

/// What was issued: enough to print, and what info.json holds.
struct Issued {
    Recipe recipe;
    CertificateInfo certificate;
    std::filesystem::path folder;
    std::string made_from;     ///< fingerprint of the recipe that started it; reissue keeps it
    std::string pfx_password;  ///< so that it can be printed beside the path; a lab secret by intent
    PfxProfile pfx_profile = PfxProfile::legacy;
    std::vector<std::string> remarks;  ///< long names moved, defects on purpose
};

class Signers;

/// Keeps the CA's key once it was needed; not for several threads at once, nor are its copies.
class StateFolder {
public:
    /// Uses the folder (made with 0700 if absent). Fails where it cannot be made or is no folder.
    static Result<StateFolder> open(std::filesystem::path path);

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

    [[nodiscard]] bool has_ca() const;
    /// Makes the CA; an existing one is an error unless `force`.
    Result<CaInfo> make_ca(const CaOptions& options, WallTime now, bool force = false);
    /// Reads it, or makes it with `options` where there is none (made_now tells).
    Result<CaInfo> ensure_ca(const CaOptions& options, WallTime now);

    /// Makes key, certificate, chain, PFX and info.json. Refuses an existing NAME unless `force`.
    /// The lab CA must exist where the recipe names it.
    Result<Issued> issue(const Recipe& recipe, const PfxOptions& pfx, WallTime now, bool force = false);

    /// What info.json of NAME says, or an error with the place.
    [[nodiscard]] Result<Issued> read(const std::string& name) const;
    [[nodiscard]] bool has(const std::string& name) const;
    [[nodiscard]] std::vector<std::string> names() const;  ///< certificate folders, sorted

    /// A new certificate from the stored recipe with names added and removed; key, validity and issuer
    /// anew. Adding a name that is there, or removing one that is not, is said in remarks.
    Result<Issued> reissue(const std::string& name,
                           const std::vector<discovery::PresentedName>& add,
                           const std::vector<discovery::PresentedName>& remove,
                           WallTime now);

    /// Writes cert.pfx of NAME again (other password or profile), or to `target` if not empty.
    Result<std::filesystem::path> write_pfx(const std::string& name,
                                            const PfxOptions& pfx,
                                            const std::filesystem::path& target,
                                            bool force);

private:
    explicit StateFolder(std::filesystem::path path);
    std::filesystem::path path_;
    std::shared_ptr<Signers> signers_;  // the loaded CA; copies share it
};

/// --state-dir, else FAKEOCS_STATE, else `certs/` where the current folder is fakeocs' source tree or
/// holds a `certs/ca/`, else $XDG_DATA_HOME/fakeocs (~/.local/share/fakeocs), else /var/lib/fakeocs for root.
std::filesystem::path default_state_path(const std::optional<std::string>& flag);

}  // namespace ocs::pki
