#include "pki/signers.hpp"

#include <openssl/err.h>
#include <openssl/rand.h>
#include <sys/stat.h>

#include <array>

#include "core/files.hpp"
#include "pki/certificate.hpp"
#include "pki/crl.hpp"

namespace ocs::pki {
namespace {

namespace fs = std::filesystem;

bool is_signed_by(const Authority& below, const Authority& above) {
    const bool verified =
        X509_verify(below.certificate.get(), X509_get0_pubkey(above.certificate.get())) == 1;
    ERR_clear_error();
    return verified;
}

}  // namespace

Result<void> put(const fs::path& path, const Result<std::string>& bytes, mode_t mode) {
    if (!bytes) return bytes.error();
    return write_file(path, *bytes, mode, Sync::no);  // a certificate can be made again
}

std::string random_digits() {
    std::array<unsigned char, 2> bytes{};
    RAND_bytes(bytes.data(), static_cast<int>(bytes.size()));
    return hex(bytes.data(), bytes.size());
}

Result<Authority> make_unknown_ca(WallTime now) {
    AuthoritySpec spec;
    spec.subject = {{"CN", "FAKE OCS UNKNOWN CA " + random_digits()}, {"O", std::string(lab_organization)}};
    spec.not_before = now - std::chrono::hours{1};
    spec.not_after = now + std::chrono::hours{24 * 3650};
    return make_authority(spec, nullptr);
}

std::optional<Signers::Stamp> Signers::stamp_of(const fs::path& file) {
    struct stat facts {};
    if (stat(file.c_str(), &facts) != 0) return std::nullopt;
    return Stamp{facts.st_ino, facts.st_mtim.tv_sec * 1'000'000'000 + facts.st_mtim.tv_nsec};
}

Result<const Authority*> Signers::load(std::optional<Kept>& kept, const std::string& name) {
    const fs::path certificate = folder_ / (name + ".pem");
    const auto stamp = stamp_of(certificate);
    if (kept && stamp && kept->stamp == *stamp) return &kept->authority;
    kept.reset();
    auto loaded = load_pem(certificate, folder_ / (name + ".key"), {});
    if (!loaded) return loaded.error();
    kept.emplace(Kept{{std::move(loaded->leaf), std::move(loaded->key)}, stamp.value_or(Stamp{})});
    return &kept->authority;
}

Result<const Authority*> Signers::lab_ca() {
    auto ca = load(ca_, "ca");
    if (ca) return ca;
    return Error{
        "no usable lab CA: " + to_string(ca.error()), folder_.string(), "fakeocs-certgen ca makes one"};
}

Result<const Authority*> Signers::intermediate() {
    auto ca = lab_ca();
    if (!ca) return ca;
    const fs::path certificate = folder_ / "intermediate.pem";
    if (fs::exists(certificate)) {
        auto stored = load(intermediate_, "intermediate");
        if (!stored || is_signed_by(**stored, **ca)) return stored;
    }
    const CertificateInfo above = read_certificate((*ca)->certificate.get());
    AuthoritySpec spec;
    spec.subject = {{"CN", "FAKE OCS LAB INTERMEDIATE CA " + random_digits()},
                    {"O", std::string(lab_organization)}};
    spec.not_before = above.not_before;
    spec.not_after = above.not_after;
    spec.last_in_chain = true;
    const auto made = make_authority(spec, *ca);
    if (!made) return made.error();
    if (auto done = put(folder_ / "intermediate.key", key_pem(made->key.get()), private_file); !done) {
        return done.error();
    }
    if (auto done = put(certificate, certificate_pem(made->certificate.get()), public_file); !done) {
        return done.error();
    }
    return load(intermediate_, "intermediate");
}

Result<EVP_PKEY*> Signers::shared_key(const KeySpec& spec) {
    const std::string name = "shared-" + to_string(spec) + ".key";
    if (const auto known = shared_.find(name); known != shared_.end()) return known->second.get();
    const fs::path file = folder_ / name;
    ossl::PkeyPtr key;
    if (fs::exists(file)) {
        auto loaded = load_key(file);
        if (!loaded) return loaded.error();
        key = std::move(*loaded);
    } else {
        auto made = make_key(spec);
        if (!made) return made.error();
        key = std::move(*made);
        if (auto done = make_folder(folder_); !done) return done.error();
        if (auto done = put(file, key_pem(key.get()), private_file); !done) return done.error();
    }
    return shared_.emplace(name, std::move(key)).first->second.get();
}

Result<void> Signers::revoke(const X509* certificate, bool by_intermediate, WallTime now) {
    const auto issuer = by_intermediate ? intermediate() : lab_ca();
    if (!issuer) return issuer.error();
    const fs::path file = folder_ / (by_intermediate ? "intermediate.crl" : "ca.crl");
    const auto before = read_file(file, std::size_t{16} << 20U);
    return put(file, make_crl(**issuer, before ? *before : "", certificate, now), public_file);
}

}  // namespace ocs::pki
