#include "pki/state_folder.hpp"

#include <openssl/err.h>
#include <openssl/rand.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "core/escape.hpp"
#include "core/files.hpp"
#include "ossl/errors.hpp"
#include "pki/encode.hpp"
#include "pki/info_json.hpp"

namespace ocs::pki {
namespace {

namespace fs = std::filesystem;
using discovery::NameKind;
using discovery::PresentedName;

const std::string organization = "fakeocs - never trust outside a lab";

std::string random_digits() {
    std::array<unsigned char, 2> bytes{};
    RAND_bytes(bytes.data(), static_cast<int>(bytes.size()));
    return hex(bytes.data(), bytes.size());
}

Result<void> put(const fs::path& path, const Result<std::string>& bytes, mode_t mode) {
    if (!bytes) return bytes.error();
    return write_file(path, *bytes, mode);
}

Result<Authority> load_authority(const fs::path& certificate, const fs::path& key) {
    auto loaded = load_pem(certificate, key, {});
    if (!loaded) return loaded.error();
    return Authority{std::move(loaded->leaf), std::move(loaded->key)};
}

/// The intermediate of the CA, made when first needed or when it belongs to an older CA.
Result<Authority> intermediate_of(const fs::path& folder, const Authority& ca) {
    const fs::path certificate = folder / "intermediate.pem";
    const fs::path key = folder / "intermediate.key";
    if (fs::exists(certificate)) {
        auto stored = load_authority(certificate, key);
        if (!stored) return stored;
        if (X509_verify(stored->certificate.get(), X509_get0_pubkey(ca.certificate.get())) == 1)
            return stored;
        ERR_clear_error();
    }
    const CertificateInfo above = read_certificate(ca.certificate.get());
    AuthoritySpec spec;
    spec.subject = {{"CN", "FAKE OCS LAB INTERMEDIATE CA " + random_digits()}, {"O", organization}};
    spec.not_before = above.not_before;
    spec.not_after = above.not_after;
    spec.last_in_chain = true;
    auto made = make_authority(spec, &ca);
    if (!made) return made;
    if (auto done = put(key, key_pem(made->key.get()), private_file); !done) return done.error();
    if (auto done = put(certificate, certificate_pem(made->certificate.get()), public_file); !done) {
        return done.error();
    }
    return made;
}

Result<std::string> pfx_bytes(const Identity& identity, const std::string& name, const PfxOptions& options) {
    ERR_clear_error();
    STACK_OF(X509)* chain = sk_X509_new_null();
    for (const auto& next : identity.chain) sk_X509_push(chain, next.get());
    const bool legacy = options.profile == PfxProfile::legacy;
    const int cipher = legacy ? NID_pbe_WithSHA1And3_Key_TripleDES_CBC : NID_aes_256_cbc;
    // mac_iter -1: no MAC yet, so that set_mac chooses its hash.
    const ossl::Pkcs12Ptr file(PKCS12_create(options.password.c_str(),
                                             name.c_str(),
                                             identity.key.get(),
                                             identity.leaf.get(),
                                             chain,
                                             cipher,
                                             cipher,
                                             PKCS12_DEFAULT_ITER,
                                             -1,
                                             0));
    sk_X509_free(chain);
    const EVP_MD* hash = legacy ? EVP_sha1() : EVP_sha256();
    unsigned char* bytes = nullptr;
    int size = -1;
    if (file && PKCS12_set_mac(
                    file.get(), options.password.c_str(), -1, nullptr, 0, PKCS12_DEFAULT_ITER, hash) == 1) {
        size = i2d_PKCS12(file.get(), &bytes);
    }
    if (size < 0) return Error{"cannot make the PFX: " + ossl::take_errors(), name, ""};
    std::string text(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    OPENSSL_free(bytes);
    return text;
}

Result<Issued> issue_from(const fs::path& state,
                          Recipe recipe,
                          const PfxOptions& pfx,
                          WallTime now,
                          bool force,
                          const std::string& made_from,
                          std::vector<std::string> remarks) {
    for (std::string& moved : move_long_names(recipe)) remarks.push_back(std::move(moved));
    if (const auto valid = validate(recipe, now); !valid) return valid.error().front();
    if (pfx.password.empty() && !force) {
        return Error{"an empty PFX password is read differently by different Windows versions",
                     recipe.name,
                     "give a password, or --force"};
    }
    const fs::path folder = state / recipe.name;
    if (fs::exists(folder) && !force) {
        return Error{"there is a certificate of this name already",
                     folder.string(),
                     "--force makes it anew, reissue keeps its recipe"};
    }
    std::optional<Authority> issuer;
    std::string chain;
    if (recipe.issuer == Issuer::lab_ca) {
        auto ca = load_authority(state / "ca" / "ca.pem", state / "ca" / "ca.key");
        if (!ca)
            return Error{"no usable lab CA: " + to_string(ca.error()), state.string(), "make the CA first"};
        if (recipe.via_intermediate) {
            auto intermediate = intermediate_of(state / "ca", *ca);
            if (!intermediate) return intermediate.error();
            issuer = std::move(*intermediate);
            const auto pem = certificate_pem(issuer->certificate.get());
            if (!pem) return pem.error();
            if (recipe.send_intermediate) chain = *pem;
        } else {
            issuer = std::move(*ca);
        }
    } else if (recipe.issuer == Issuer::unknown_ca) {
        AuthoritySpec spec;
        spec.subject = {{"CN", "FAKE OCS UNKNOWN CA " + random_digits()}, {"O", organization}};
        spec.not_before = now - std::chrono::hours{1};
        spec.not_after = now + std::chrono::hours{24 * 3650};
        auto made = make_authority(spec, nullptr);
        if (!made) return made.error();
        issuer = std::move(*made);
    }
    auto key = make_key(recipe.key);
    if (!key) return key.error();
    auto leaf = make_leaf(recipe, key->get(), issuer ? &*issuer : nullptr, now);
    if (!leaf) return leaf.error();
    const auto pem = certificate_pem(leaf->get());
    if (!pem) return pem.error();
    if (auto made = make_folder(folder); !made) return made.error();
    if (auto done = put(folder / "key.pem", key_pem(key->get()), private_file); !done) return done.error();
    if (auto done = put(folder / "cert.pem", pem, public_file); !done) return done.error();
    if (auto done = put(folder / "chain.pem", chain, public_file); !done) return done.error();
    if (auto done = put(folder / "fullchain.pem", *pem + chain, public_file); !done) return done.error();
    const auto identity = load_pem(folder / "cert.pem", folder / "key.pem", folder / "chain.pem");
    if (!identity) return identity.error();
    if (auto done = put(folder / "cert.pfx", pfx_bytes(*identity, recipe.name, pfx), private_file); !done) {
        return done.error();
    }
    for (std::string& defect : defects(recipe, now)) remarks.push_back(std::move(defect));
    Issued issued{recipe, identity->info, folder, made_from, pfx.password, pfx.profile, std::move(remarks)};
    // 0600, since it holds the password of the PFX beside it.
    if (auto done = put(folder / "info.json", info_json(issued), private_file); !done) return done.error();
    return issued;
}

Result<Issued> read_issued(const fs::path& folder) {
    const auto text = read_file(folder / "info.json");
    if (!text) return text.error();
    auto issued = parse_info_json(*text, (folder / "info.json").string());
    if (!issued) return issued;
    const auto identity = load_pem(folder / "cert.pem", folder / "key.pem", {});
    if (!identity) return identity.error();
    issued->certificate = identity->info;
    issued->folder = folder;
    return issued;
}

}  // namespace

Result<StateFolder> StateFolder::open(fs::path path) {
    if (auto made = make_folder(path); !made) return made.error();
    std::error_code code;
    if (!fs::is_directory(path, code)) return Error{"this is not a folder", path.string(), ""};
    return StateFolder(std::move(path));
}

bool StateFolder::has_ca() const {
    std::error_code code;
    return fs::exists(path_ / "ca" / "ca.pem", code) && fs::exists(path_ / "ca" / "ca.key", code);
}

Result<CaInfo> StateFolder::make_ca(const CaOptions& options, WallTime now, bool force) {
    const fs::path folder = path_ / "ca";
    if (has_ca() && !force) {
        return Error{"there is a CA already",
                     folder.string(),
                     "--force makes a new one: clients that trust the old one will not trust it"};
    }
    const auto begin = parse_time(options.not_before, now);
    if (!begin) return begin.error();
    const auto end = parse_time(options.not_after, now);
    if (!end) return end.error();
    AuthoritySpec spec;
    spec.subject = {{"CN", "FAKE OCS LAB CA " + (options.name.empty() ? random_digits() : options.name)},
                    {"O", organization}};
    spec.key = options.key;
    spec.hash = options.hash;
    spec.not_before = *begin;
    spec.not_after = *end;
    const auto made = make_authority(spec, nullptr);
    if (!made) return made.error();
    if (auto done = make_folder(folder); !done) return done.error();
    X509* certificate = made->certificate.get();
    if (auto done = put(folder / "ca.key", key_pem(made->key.get()), private_file); !done)
        return done.error();
    if (auto done = put(folder / "ca.cer", certificate_der(certificate), public_file); !done)
        return done.error();
    if (auto done = put(folder / "ca.pem", certificate_pem(certificate), public_file); !done)
        return done.error();
    const CertificateInfo info = read_certificate(certificate);
    return CaInfo{info.subject, info.not_before, info.not_after, info.fingerprint, folder, true};
}

Result<CaInfo> StateFolder::ensure_ca(const CaOptions& options, WallTime now) {
    if (!has_ca()) return make_ca(options, now);
    const fs::path folder = path_ / "ca";
    const auto ca = load_authority(folder / "ca.pem", folder / "ca.key");
    if (!ca) return ca.error();
    const CertificateInfo info = read_certificate(ca->certificate.get());
    return CaInfo{info.subject, info.not_before, info.not_after, info.fingerprint, folder, false};
}

Result<Issued> StateFolder::issue(const Recipe& recipe, const PfxOptions& pfx, WallTime now, bool force) {
    return issue_from(path_, recipe, pfx, now, force, fingerprint(recipe), {});
}

Result<Issued> StateFolder::read(const std::string& name) const { return read_issued(path_ / name); }

std::vector<std::string> StateFolder::names() const {
    std::vector<std::string> found;
    std::error_code code;
    for (fs::directory_iterator entry(path_, code), end; !code && entry != end; entry.increment(code)) {
        std::error_code ignored;
        const std::string name = entry->path().filename().string();
        if (name != "ca" && fs::exists(entry->path() / "info.json", ignored)) found.push_back(name);
    }
    std::sort(found.begin(), found.end());
    return found;
}

Result<Issued> StateFolder::reissue(const std::string& name,
                                    const std::vector<PresentedName>& add,
                                    const std::vector<PresentedName>& remove,
                                    WallTime now) {
    const auto stored = read(name);
    if (!stored) return stored.error();
    Recipe recipe = stored->recipe;
    std::vector<std::string> remarks;
    const auto part_of = [](const PresentedName& wanted) { return SubjectPart{"CN", wanted.text}; };
    for (const PresentedName& wanted : remove) {
        const std::size_t gone = wanted.kind == NameKind::common_name
                                     ? std::erase(recipe.subject, part_of(wanted))
                                     : std::erase(recipe.sans, wanted);
        if (gone == 0) remarks.push_back(visible(to_string(wanted)) + " was not there to remove");
    }
    for (const PresentedName& wanted : add) {
        const bool is_cn = wanted.kind == NameKind::common_name;
        const bool there = is_cn
                               ? std::count(recipe.subject.begin(), recipe.subject.end(), part_of(wanted)) > 0
                               : std::count(recipe.sans.begin(), recipe.sans.end(), wanted) > 0;
        if (there) {
            remarks.push_back(visible(to_string(wanted)) + " was there already");
        } else if (is_cn) {
            recipe.subject.push_back(part_of(wanted));
        } else {
            recipe.sans.push_back(wanted);
        }
    }
    const PfxOptions pfx{stored->pfx_profile, stored->pfx_password};
    return issue_from(path_, recipe, pfx, now, true, stored->made_from, std::move(remarks));
}

Result<fs::path> StateFolder::write_pfx(const std::string& name,
                                        const PfxOptions& pfx,
                                        const fs::path& target,
                                        bool force) {
    if (pfx.password.empty() && !force) {
        return Error{"an empty PFX password is read differently by different Windows versions",
                     name,
                     "give a password, or --force"};
    }
    auto issued = read(name);
    if (!issued) return issued.error();
    const fs::path folder = path_ / name;
    const fs::path path = target.empty() ? folder / "cert.pfx" : target;
    if (!target.empty() && fs::exists(path) && !force) {
        return Error{"the file exists already", path.string(), "--force overwrites it"};
    }
    const auto identity = load_pem(folder / "cert.pem", folder / "key.pem", folder / "chain.pem");
    if (!identity) return identity.error();
    if (auto done = put(path, pfx_bytes(*identity, name, pfx), private_file); !done) return done.error();
    if (target.empty()) {
        issued->pfx_password = pfx.password;
        issued->pfx_profile = pfx.profile;
        if (auto done = put(folder / "info.json", info_json(*issued), private_file); !done)
            return done.error();
    }
    return path;
}

fs::path default_state_path(const std::optional<std::string>& flag) {
    const auto variable = [](const char* name) {
        const char* value = std::getenv(name);
        return std::string(value != nullptr ? value : "");
    };
    if (flag && !flag->empty()) return *flag;
    if (const std::string state = variable("FAKEOCS_STATE"); !state.empty()) return state;
    std::error_code code;
    if (fs::is_directory("certs/ca", code) || fs::exists("src/pki/state_folder.hpp", code)) return "certs";
    if (const std::string data = variable("XDG_DATA_HOME"); !data.empty()) return fs::path(data) / "fakeocs";
    const std::string home = variable("HOME");
    if (geteuid() == 0 || home.empty()) return "/var/lib/fakeocs";
    return fs::path(home) / ".local" / "share" / "fakeocs";
}

}  // namespace ocs::pki
