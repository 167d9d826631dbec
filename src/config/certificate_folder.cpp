#include "config/certificate_folder.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "config/fields.hpp"
#include "config/recipes.hpp"
#include "core/escape.hpp"
#include "core/files.hpp"
#include "pki/certificate.hpp"
#include "pki/glance.hpp"

namespace ocs::config {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view key_suffix = "-key";
constexpr std::string_view chain_suffix = "-chain";

bool is_pfx(const fs::path& path) { return path.extension() == ".pfx" || path.extension() == ".p12"; }
bool is_pem(const fs::path& path) {
    return path.extension() == ".pem" || path.extension() == ".crt" || path.extension() == ".cer";
}

std::vector<HostPattern> patterns_of(const discovery::PresentedNames& names) {
    std::vector<std::string> texts;
    for (const auto& name : names.san) {
        if (name.kind == discovery::NameKind::dns) texts.push_back(name.text);
    }
    if (texts.empty() && !names.common_names.empty()) texts.push_back(names.common_names.back());
    std::vector<HostPattern> patterns;
    for (const std::string& text : texts) {
        auto pattern = HostPattern::parse(text);
        if (pattern.has_error()) continue;  // nobody can ask for it
        if (std::find(patterns.begin(), patterns.end(), *pattern) == patterns.end())
            patterns.push_back(std::move(*pattern));
    }
    return patterns;
}

/// The first of these files in `folder` that is there, or an empty path.
fs::path first_of(const fs::path& folder, std::initializer_list<std::string> names) {
    for (const std::string& name : names) {
        std::error_code ignored;
        if (fs::exists(folder / name, ignored)) return folder / name;
    }
    return {};
}

class Indexer {
public:
    Indexer(const CertificateFolder& folder, const std::vector<HostSettings>& earlier) : folder_(folder) {
        for (const HostSettings& host : earlier) {
            ids_.insert(ascii_lower(host.id));
            for (const HostPattern& name : host.names) owners_.try_emplace(name.text(), host.id);
        }
    }

    FolderIndex run(const std::vector<fs::path>& entries) {
        for (const fs::path& entry : entries) {
            std::error_code ignored;
            if (fs::is_directory(entry, ignored)) {
                add_folder(entry);
            } else if (is_pfx(entry)) {
                add_pfx(entry);
            } else if (is_pem(entry)) {
                add_pem(entry, entry.stem().string(), {});
            }
        }
        return std::move(index_);
    }

private:
    void problem(const fs::path& file, const std::string& what, const std::string& hint = "") {
        index_.problems.emplace_back(what, file.string(), hint);
    }

    void add_folder(const fs::path& folder) {
        const fs::path certificate = first_of(folder, {"fullchain.pem", "cert.pem"});
        const fs::path key = first_of(folder, {"key.pem", "privkey.pem"});
        if (certificate.empty() || key.empty()) return;
        add_pem(certificate, folder.filename().string(), key);
    }

    void add_pem(const fs::path& file, const std::string& id, fs::path key) {
        const auto text = read_file(file);
        if (text.has_error()) return problem(file, text.error().what);
        const auto glance = pki::glance_at_pem(*text);
        if (glance.has_error()) return problem(file, glance.error().what);
        LoadSettings load;
        load.certificate = file;
        if (!glance->has_certificate) {
            // A key alone goes with a certificate; anything else is a mistake.
            if (!glance->has_key) problem(file, "no PEM certificate here");
            return;
        }
        if (id.ends_with(chain_suffix) && !glance->has_key) return;
        if (!glance->has_key && key.empty()) {
            key = first_of(file.parent_path(), {id + ".key", id + std::string(key_suffix) + ".pem"});
            if (key.empty()) {
                return problem(file,
                               "the certificate has no private key",
                               "put it into the same file, or into " + visible(id) + ".key");
            }
        }
        load.key = std::move(key);
        load.chain = first_of(file.parent_path(), {id + std::string(chain_suffix) + ".pem"});
        add(file, id, std::move(load), glance->names);
    }

    void add_pfx(const fs::path& file) {
        const auto identity = pki::load_pfx(file, folder_.pfx_password);
        if (identity.has_error()) return problem(file, identity.error().what, identity.error().hint);
        LoadSettings load;
        load.pfx = file;
        load.pfx_password = folder_.pfx_password;
        add(file, file.stem().string(), std::move(load), identity->info.names);
    }

    void add(const fs::path& file,
             const std::string& id,
             LoadSettings load,
             const discovery::PresentedNames& names) {
        if (!is_folder_name(id)) {
            return problem(file,
                           "this file name cannot be the id of a host",
                           "letters, digits, '.', '-', '_', not starting with '.'");
        }
        if (!ids_.insert(ascii_lower(id)).second) {
            return problem(file, "id " + ocs::quoted(id) + " is used by an earlier host");
        }
        HostSettings host;
        host.id = id;
        host.place = load.place = file.string();
        for (HostPattern& name : patterns_of(names)) {
            const auto [owner, free] = owners_.try_emplace(name.text(), id);
            if (free) {
                host.names.push_back(std::move(name));
            } else {
                problem(file,
                        "the name " + ocs::quoted(name.text()) + " is taken by virtual host " +
                            ocs::quoted(owner->second));
            }
        }
        host.load = std::move(load);
        index_.hosts.push_back(std::move(host));
    }

    const CertificateFolder& folder_;
    FolderIndex index_;
    std::set<std::string> ids_;
    std::map<std::string, std::string> owners_;  // from a name to the id of its host
};

}  // namespace

void read_certificates_from(const yaml::Value& value, const fs::path& base, CertificateFolder& folder) {
    yaml::Map map(value);
    if (const auto path = map.require("folder")) {
        if (const auto text = path->string()) folder.folder = *text;
    }
    read_text(map, "pfx_password", folder.pfx_password);
    map.finish();
    if (!folder.folder.empty() && folder.folder.is_relative()) folder.folder = base / folder.folder;
}

Result<FolderIndex> index_of(const CertificateFolder& folder, const std::vector<HostSettings>& earlier) {
    std::error_code code;
    std::vector<fs::path> entries;
    for (fs::directory_iterator entry(folder.folder, code), end; !code && entry != end;
         entry.increment(code)) {
        if (!entry->path().filename().string().starts_with('.')) entries.push_back(entry->path());
    }
    if (code) return Error{"cannot read the folder: " + code.message(), folder.folder.string(), ""};
    std::sort(entries.begin(), entries.end());
    return Indexer(folder, earlier).run(entries);
}

}  // namespace ocs::config
