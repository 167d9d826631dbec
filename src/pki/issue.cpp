#include "pki/issue.hpp"

#include <openssl/err.h>

#include "core/files.hpp"
#include "ossl/errors.hpp"
#include "pki/info_json.hpp"

namespace ocs::pki {
namespace {

namespace fs = std::filesystem;

/// Who signs, and what is sent along.
struct Issuing {
    const Authority* issuer = nullptr;   ///< null: self-signed
    std::unique_ptr<Authority> unknown;  ///< owner of `issuer` where it is thrown away
    ossl::X509Ptr sent;                  ///< the intermediate, where it is sent
};

Result<Issuing> issuing_for(const Recipe& recipe, Signers& signers, WallTime now) {
    Issuing issuing;
    if (recipe.issuer == Issuer::self_signed) return issuing;
    if (recipe.issuer == Issuer::unknown_ca) {
        auto made = make_unknown_ca(now);
        if (!made) return made.error();
        issuing.unknown = std::make_unique<Authority>(std::move(*made));
        issuing.issuer = issuing.unknown.get();
        return issuing;
    }
    const auto issuer = recipe.via_intermediate ? signers.intermediate() : signers.lab_ca();
    if (!issuer) return issuer.error();
    issuing.issuer = *issuer;
    if (recipe.via_intermediate && recipe.send_intermediate) {
        X509* sent = (*issuer)->certificate.get();
        X509_up_ref(sent);
        issuing.sent.reset(sent);
    }
    return issuing;
}

Result<ossl::PkeyPtr> key_for(const Recipe& recipe, Signers& signers) {
    if (!recipe.share_key) return make_key(recipe.key);
    const auto shared = signers.shared_key(recipe.key);
    if (!shared) return shared.error();
    EVP_PKEY_up_ref(*shared);
    return ossl::PkeyPtr(*shared);
}

Result<void> write_folder(const fs::path& folder, const Identity& identity, const Result<std::string>& pfx) {
    const auto leaf = certificate_pem(identity.leaf.get());
    if (!leaf) return leaf.error();
    std::string chain;
    for (const ossl::X509Ptr& next : identity.chain) {
        const auto pem = certificate_pem(next.get());
        if (!pem) return pem.error();
        chain += *pem;
    }
    if (auto made = make_folder(folder); !made) return made;
    if (auto done = put(folder / "key.pem", key_pem(identity.key.get()), private_file); !done) return done;
    if (auto done = put(folder / "cert.pem", leaf, public_file); !done) return done;
    if (auto done = put(folder / "chain.pem", chain, public_file); !done) return done;
    if (auto done = put(folder / "fullchain.pem", *leaf + chain, public_file); !done) return done;
    return put(folder / "cert.pfx", pfx, private_file);
}

}  // namespace

Result<Identity> expired_copy(const fs::path& folder, WallTime now) {
    auto state = StateFolder::open(folder.parent_path());
    if (!state) return state.error();
    auto issued = state->read(folder.filename().string());
    if (!issued) return issued.error();
    auto identity = load_pem(folder / "fullchain.pem", folder / "key.pem", {});
    if (!identity) return identity;
    Signers signers(folder.parent_path() / "ca");
    expire(issued->recipe);
    const auto issuing = issuing_for(issued->recipe, signers, now);
    if (!issuing) return issuing.error();
    auto leaf = make_leaf(issued->recipe, identity->key.get(), issuing->issuer, now);
    if (!leaf) return leaf.error();
    identity->leaf = std::move(*leaf);
    identity->info = read_certificate(identity->leaf.get());
    return identity;
}

Result<void> check_pfx_password(const PfxOptions& options, const std::string& name) {
    if (!options.password.empty()) return {};
    return Error{"an empty PFX password is read differently by different Windows versions",
                 name,
                 "give a password, or --force"};
}

Result<std::string> pfx_bytes(const Identity& identity, const std::string& name, const PfxOptions& options) {
    ERR_clear_error();
    STACK_OF(X509)* chain = sk_X509_new_null();
    for (const auto& next : identity.chain) sk_X509_push(chain, next.get());
    const bool legacy = options.profile == PfxProfile::legacy;
    const int cipher = legacy ? NID_pbe_WithSHA1And3_Key_TripleDES_CBC : NID_aes_256_cbc;
    // Rounds slow down whoever guesses the password. The default one is known to everybody, and 2048 rounds
    // for key, certificates and MAC are nine tenths of the time that a P-256 certificate takes.
    const bool secret = options.password != PfxOptions{}.password;
    const int rounds = legacy && !secret ? 1 : PKCS12_DEFAULT_ITER;
    // mac_iter -1: no MAC yet, so that set_mac chooses its hash.
    const ossl::Pkcs12Ptr file(PKCS12_create(options.password.c_str(),
                                             name.c_str(),
                                             identity.key.get(),
                                             identity.leaf.get(),
                                             chain,
                                             cipher,
                                             cipher,
                                             rounds,
                                             -1,
                                             0));
    sk_X509_free(chain);
    const EVP_MD* hash = legacy ? EVP_sha1() : EVP_sha256();
    unsigned char* bytes = nullptr;
    int size = -1;
    if (file && PKCS12_set_mac(file.get(), options.password.c_str(), -1, nullptr, 0, rounds, hash) == 1) {
        size = i2d_PKCS12(file.get(), &bytes);
    }
    if (size < 0) return Error{"cannot make the PFX: " + ossl::take_errors(), name, ""};
    std::string text(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    OPENSSL_free(bytes);
    return text;
}

Result<Issued> issue_into(const fs::path& state, Signers& signers, IssueOrder order, WallTime now) {
    Recipe& recipe = order.recipe;
    for (std::string& moved : move_long_names(recipe)) order.remarks.push_back(std::move(moved));
    if (const auto valid = validate(recipe, now); !valid) return valid.error().front();
    const fs::path folder = state / recipe.name;
    if (!order.force) {
        if (auto safe = check_pfx_password(order.pfx, recipe.name); !safe) return safe.error();
        if (fs::exists(folder)) {
            return Error{"there is a certificate of this name already",
                         folder.string(),
                         "--force makes it anew, reissue keeps its recipe"};
        }
    }
    auto issuing = issuing_for(recipe, signers, now);
    if (!issuing) return issuing.error();
    auto key = key_for(recipe, signers);
    if (!key) return key.error();
    auto leaf = make_leaf(recipe, key->get(), issuing->issuer, now);
    if (!leaf) return leaf.error();
    if (recipe.revoked) {
        if (auto done = signers.revoke(leaf->get(), recipe.via_intermediate, now); !done) return done.error();
    }
    Identity identity;
    identity.info = read_certificate(leaf->get());
    identity.leaf = std::move(*leaf);
    identity.key = std::move(*key);
    if (issuing->sent) identity.chain.push_back(std::move(issuing->sent));
    if (auto done = write_folder(folder, identity, pfx_bytes(identity, recipe.name, order.pfx)); !done) {
        return done.error();
    }
    for (std::string& defect : defects(recipe, now)) order.remarks.push_back(std::move(defect));
    Issued issued{recipe,
                  std::move(identity.info),
                  folder,
                  std::move(order.made_from),
                  order.pfx.password,
                  order.pfx.profile,
                  std::move(order.remarks)};
    // 0600, since it holds the password of the PFX beside it.
    if (auto done = put(folder / "info.json", info_json(issued), private_file); !done) return done.error();
    return issued;
}

}  // namespace ocs::pki
