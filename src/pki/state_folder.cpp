#include "pki/state_folder.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "core/escape.hpp"
#include "core/files.hpp"
#include "pki/crl.hpp"
#include "pki/info_json.hpp"
#include "pki/issue.hpp"

namespace ocs::pki {
namespace {

namespace fs = std::filesystem;
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

StateFolder::StateFolder(fs::path path)
    : path_(std::move(path)), signers_(std::make_shared<Signers>(path_ / "ca")) {}

bool StateFolder::has(const std::string& name) const {
    std::error_code code;
    return fs::exists(path_ / name / "info.json", code);
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
                    {"O", std::string(lab_organization)}};
    spec.key = options.key;
    spec.hash = options.hash;
    spec.not_before = *begin;
    spec.not_after = *end;
    const auto made = make_authority(spec, nullptr);
    if (!made) return made.error();
    if (auto done = make_folder(folder); !done) return done.error();
    X509* certificate = made->certificate.get();
    // ca.pem last: Signers looks at its stamp.
    if (auto done = put(folder / "ca.key", key_pem(made->key.get()), private_file); !done)
        return done.error();
    if (auto done = put(folder / "ca.cer", certificate_der(certificate), public_file); !done)
        return done.error();
    if (auto done = put(folder / "ca.crl", make_crl(*made, "", nullptr, now), public_file); !done) {
        return done.error();
    }
    if (auto done = put(folder / "ca.pem", certificate_pem(certificate), public_file); !done)
        return done.error();
    const CertificateInfo info = read_certificate(certificate);
    return CaInfo{info.subject, info.not_before, info.not_after, info.fingerprint, folder, true};
}

Result<CaInfo> StateFolder::ensure_ca(const CaOptions& options, WallTime now) {
    if (!has_ca()) return make_ca(options, now);
    const fs::path folder = path_ / "ca";
    const auto ca = signers_->lab_ca();
    if (!ca) return ca.error();
    const CertificateInfo info = read_certificate((*ca)->certificate.get());
    return CaInfo{info.subject, info.not_before, info.not_after, info.fingerprint, folder, false};
}

Result<Issued> StateFolder::issue(const Recipe& recipe, const PfxOptions& pfx, WallTime now, bool force) {
    return issue_into(path_, *signers_, {recipe, pfx, force, fingerprint(recipe), {}}, now);
}

Result<Issued> StateFolder::read(const std::string& name) const {
    if (name.find('/') == std::string::npos && has(name)) return read_issued(path_ / name);
    std::string known;
    for (const std::string& other : names()) known += (known.empty() ? "one of: " : ", ") + other;
    return Error{"no certificate " + ocs::quoted(name),
                 path_.string(),
                 known.empty() ? "fakeocs-certgen issue makes one" : known};
}

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
                                    const std::vector<discovery::PresentedName>& add,
                                    const std::vector<discovery::PresentedName>& remove,
                                    WallTime now) {
    const auto stored = read(name);
    if (!stored) return stored.error();
    Recipe recipe = stored->recipe;
    std::vector<std::string> remarks = change_names(recipe, add, remove);
    const PfxOptions pfx{stored->pfx_profile, stored->pfx_password};
    return issue_into(path_, *signers_, {recipe, pfx, true, stored->made_from, std::move(remarks)}, now);
}

Result<fs::path> StateFolder::write_pfx(const std::string& name,
                                        const PfxOptions& pfx,
                                        const fs::path& target,
                                        bool force) {
    if (!force) {
        if (auto safe = check_pfx_password(pfx, name); !safe) return safe.error();
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
