#pragma once
// Certificates on demand: one for exactly the name a client asks for, or a wrong one on purpose, by the
// name's first labels.

#include <future>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/host_name.hpp"
#include "pki/certificate.hpp"
#include "pki/recipe.hpp"

namespace ocs::pki {

/// Names that start with `prefix` and a dot get a certificate of this recipe. `{name}` in its subject and
/// SAN entries stands for the name after the prefix.
struct MintRule {
    std::string prefix;  ///< "expired"; empty: the rule for all other names
    Recipe recipe;
    bool operator==(const MintRule&) const = default;
};

struct MintSettings {
    KeySpec key;               ///< of all minted certificates: they share one
    std::size_t cache = 1000;  ///< certificates kept; the one used longest ago goes first
    std::vector<MintRule> rules = default_mint_rules();

    /// A good certificate for any name, and `wrong.`, `expired.`, `not-yet.`, `unknown-ca.`,
    /// `self-signed.`, `no-server-auth.` and `sha1.`.
    static std::vector<MintRule> default_mint_rules();
};

/// A minted certificate. Shared by all connections that are shown it; immutable.
struct Minted {
    ossl::X509Ptr leaf;
    std::vector<ossl::X509Ptr> chain;
    EVP_PKEY* key = nullptr;  ///< the minter's; lives as long as it does
    CertificateInfo info;
    std::string rule;  ///< prefix of the rule, or empty
    bool signed_by_lab_ca = true;
};

/// Signs and keeps. Safe to use from several threads: a name that two ask for at once is signed once, and
/// nobody waits for the signature of another name.
class Minter {
public:
    /// Loads the lab CA of the state folder and makes the shared key. `state` is the folder's path.
    static Result<std::unique_ptr<Minter>> make(const std::filesystem::path& state,
                                                MintSettings settings,
                                                WallTime now);
    ~Minter();

    /// The certificate for a name. Fails only where signing does.
    Result<std::shared_ptr<const Minted>> mint(const HostName& name, WallTime now);

    /// The same, but expired an hour ago; it is not kept.
    [[nodiscard]] Result<std::shared_ptr<const Minted>> mint_expired(const HostName& name,
                                                                     WallTime now) const;

    [[nodiscard]] std::size_t kept() const;  ///< certificates in the cache

private:
    Minter();
    using Outcome = Result<std::shared_ptr<const Minted>>;
    enum class Dates { usual, past };
    Outcome sign(const std::string& name, WallTime now, Dates dates = Dates::usual) const;
    void forget(const std::string& name);

    struct Keys;
    struct Entry {
        std::shared_future<Outcome> outcome;
        std::list<std::string>::iterator used;
    };
    MintSettings settings_;
    std::unique_ptr<Keys> keys_;
    mutable std::mutex mutex_;
    std::list<std::string> order_;  // front: used last
    std::unordered_map<std::string, Entry> entries_;
};

}  // namespace ocs::pki
