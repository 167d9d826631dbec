#include "server/hosting.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "core/escape.hpp"
#include "server/greeting.hpp"
#include "tls/minted_host.hpp"

namespace ocs::server {
namespace {

tls::TlsRange to_range(const config::TlsSettings& settings) {
    return {settings.min_version, settings.max_version, settings.security_level, settings.session_tickets};
}

std::string names_of(const discovery::PresentedNames& names) {
    std::string list;
    for (const auto& name : names.common_names) list += (list.empty() ? "CN " : ", ") + visible(name);
    std::string sans;
    for (const auto& name : names.san) {
        const bool usual = name.kind == discovery::NameKind::dns;
        sans += (sans.empty() ? "SAN " : ", ") + (usual ? "" : std::string(to_string(name.kind)) + ":") +
                visible(name.text);
    }
    if (list.empty() && sans.empty()) return "no names";
    return list + (list.empty() || sans.empty() ? "" : "; ") + sans;
}

/// What people want to know of a certificate: where it is, until when it is valid, which names are on it.
std::string told(const std::string& id, const std::string& how, const pki::CertificateInfo& certificate) {
    return row("host", fmt::format("{}  {}, valid to {}", id, how, utc_date(certificate.not_after))) + '\n' +
           row("", names_of(certificate.names));
}

/// Ran out, although the recipe does not want that.
bool is_worn_out(const pki::Issued& issued, const pki::Recipe& recipe, WallTime now) {
    const auto until = parse_time(recipe.not_after, now);
    return issued.certificate.not_after < now && until.has_value() && now < *until;
}

/// The certificate in the state folder stays while the recipe it was made from is still the one in the
/// configuration, so that a reissue by hand survives a restart.
Result<std::string> ensure_certificate(pki::StateFolder& state,
                                       const config::HostSettings& host,
                                       const pki::PfxOptions& pfx,
                                       WallTime now) {
    const auto there = state.read(host.id);
    if (there.has_value() && there->made_from == pki::fingerprint(*host.generate) &&
        !is_worn_out(*there, *host.generate, now)) {
        return told(host.id, "kept in " + there->folder.string(), there->certificate);
    }
    const auto issued = state.issue(*host.generate, pfx, now, true);
    if (issued.has_error()) return issued.error();
    std::string lines = told(host.id, "made in " + issued->folder.string(), issued->certificate);
    lines += '\n' + row("",
                        fmt::format("{}  password: {}",
                                    shell_quoted((issued->folder / "cert.pfx").string()),
                                    visible(issued->pfx_password)));
    for (const std::string& remark : issued->remarks) lines += '\n' + row("", "note: " + visible(remark));
    return lines;
}

/// The place in the configuration first, then the file.
Error at_place(const config::HostSettings& host, const Error& error) {
    Error placed = error;
    placed.what = "host " + host.id + ": " + to_string(Error{error.what, error.where, ""});
    placed.where = host.load ? host.load->place : host.place;
    return placed;
}

tls::CertificateFiles files_of(const config::HostSettings& host,
                               const std::filesystem::path& state_dir,
                               const pki::CaInfo& ca) {
    tls::CertificateFiles files;
    if (host.generate) {
        const auto folder = state_dir / host.id;
        files.certificate = folder / "fullchain.pem";
        files.key = folder / "key.pem";
        files.generated = true;
        files.folder = host.id;
    } else {
        files.certificate = host.load->certificate;
        files.key = host.load->key;
        files.chain = host.load->chain;
        files.pfx = host.load->pfx;
        files.pfx_password = host.load->pfx_password;
        files.folder = (files.pfx.empty() ? files.certificate : files.pfx).string();
    }
    files.lab_ca_fingerprint = ca.fingerprint;
    files.lab_ca = ca.folder / "ca.pem";
    return files;
}

/// Several listeners may see the same change; people want to read of it once.
class Once {
public:
    explicit Once(Say say) : say_(std::move(say)) {}
    void operator()(const std::string& key, std::string line) {
        {
            const std::lock_guard lock(mutex_);
            if (std::exchange(last_, key) == key) return;
        }
        say_(std::move(line));
    }

private:
    Say say_;
    std::mutex mutex_;
    std::string last_;
};

void report_through(tls::VirtualHost& host, const std::shared_ptr<Once>& once) {
    host.on_problem = [once](const Error& problem) {
        (*once)(to_string(problem), "problem: " + to_string(problem));
    };
    host.on_change = [once, id = host.id()](const record::ServedCertificate& served) {
        (*once)(
            served.fingerprint,
            fmt::format(
                "host {}: the next connection gets the changed certificate, {}", id, names_of(served.names)));
    };
}

/// One host as each listener serves it: the same one where they want the same of it.
using ByListener = std::vector<std::shared_ptr<tls::VirtualHost>>;

Result<ByListener> load_host(const config::Settings& settings,
                             const config::HostSettings& host,
                             const tls::CertificateFiles& files,
                             const Say& say) {
    ByListener loaded;
    const auto once = std::make_shared<Once>(say);
    for (const auto& listener : settings.listeners) {
        const tls::TlsRange range = to_range(config::tls_of(host, listener));
        const auto same = std::find_if(
            loaded.begin(), loaded.end(), [&](const auto& other) { return other->range() == range; });
        if (same != loaded.end()) {
            loaded.push_back(*same);
            continue;
        }
        auto one = tls::VirtualHost::load(host.id, files, range);
        if (one.has_error()) return at_place(host, one.error());
        if (say) report_through(**one, once);
        loaded.push_back(std::move(*one));
    }
    return loaded;
}

bool mints(const config::ListenerSettings& listener) {
    return listener.unknown_names == config::UnknownNames::mint;
}

std::shared_ptr<const Hosting> hosting_of(const config::Settings& settings,
                                          std::size_t index,
                                          const std::vector<ByListener>& hosts,
                                          const std::shared_ptr<pki::Minter>& minter,
                                          std::vector<Error>& errors) {
    const auto& listener = settings.listeners[index];
    auto table = std::make_shared<tls::VirtualHosts>();
    auto hosting = std::make_shared<Hosting>();
    hosting->policy.refuse_unknown_names = listener.unknown_names == config::UnknownNames::unrecognized_name;
    hosting->plain_sip = listener.plain_sip;
    if (mints(listener)) {
        auto minted = tls::MintedHost::make(minter, to_range(listener.tls));
        if (minted.has_error()) {
            errors.push_back(minted.error());
        } else {
            hosting->policy.minted = std::move(*minted);
        }
    }
    for (std::size_t i = 0; i < hosts.size(); ++i) {
        const auto& host = settings.hosts[i];
        for (const auto& name : host.names) {
            const auto added = table->add(name, hosts[i][index]);
            if (added.has_error()) errors.push_back(at_place(host, added.error()));
        }
        const bool is_default = listener.default_host.empty() ? i == 0 : listener.default_host == host.id;
        if (is_default) hosting->policy.default_host = hosts[i][index];
    }
    hosting->hosts = table;
    return hosting;
}

}  // namespace

std::vector<Error> check_certificates(const config::Settings& settings) {
    std::vector<Error> errors;
    for (const auto& host : settings.hosts) {
        if (host.generate) continue;
        const auto loaded = load_host(settings, host, files_of(host, settings.state_dir, {}), {});
        if (loaded.has_error()) errors.push_back(loaded.error());
    }
    return errors;
}

Results<Hostings> make_hostings(const config::Settings& settings, WallTime now, const Say& say) {
    // What can fail by itself comes before anything is made.
    if (auto errors = check_certificates(settings); !errors.empty()) return errors;
    auto state = pki::StateFolder::open(settings.state_dir);
    if (state.has_error()) return std::vector<Error>{state.error()};
    const auto ca = state->ensure_ca(settings.ca, now);
    if (ca.has_error()) return std::vector<Error>{ca.error()};

    std::vector<Error> errors;
    Hostings out;
    out.made.push_back(row("CA",
                           fmt::format("{}  {}, valid to {}",
                                       (ca->folder / "ca.pem").string(),
                                       ca->made_now ? "made" : "kept",
                                       utc_date(ca->not_after))));
    out.made.push_back(row("", visible(ca->subject) + "; Windows imports ca.cer beside it"));
    std::vector<ByListener> hosts;
    for (const auto& host : settings.hosts) {
        std::string lines;
        if (host.generate) {
            auto made = ensure_certificate(*state, host, settings.pfx, now);
            if (made.has_error()) {
                errors.push_back(at_place(host, made.error()));
                continue;
            }
            lines = std::move(*made);
        }
        auto loaded = load_host(settings, host, files_of(host, state->path(), *ca), say);
        if (loaded.has_error()) {
            errors.push_back(loaded.error());
            continue;
        }
        if (lines.empty() && !loaded->empty()) {
            const auto served = loaded->front()->certificate();
            lines = row("host",
                        fmt::format("{}  loaded from {}, valid to {}",
                                    host.id,
                                    visible(served->folder),
                                    utc_date(served->not_after))) +
                    '\n' + row("", names_of(served->names));
        }
        out.made.push_back(std::move(lines));
        hosts.push_back(std::move(*loaded));
    }
    const bool any_mints = std::any_of(settings.listeners.begin(), settings.listeners.end(), mints);
    std::shared_ptr<pki::Minter> minter;  // one for all listeners: a name has one certificate
    if (any_mints) {
        auto made = pki::Minter::make(state->path(), settings.mint, now);
        if (made.has_error()) errors.push_back(made.error());
        if (made.has_value()) minter = std::move(*made);
    }
    if (!errors.empty()) return errors;
    for (std::size_t i = 0; i < settings.listeners.size(); ++i) {
        out.by_listener.push_back(hosting_of(settings, i, hosts, minter, errors));
    }
    if (!errors.empty()) return errors;
    return out;
}

}  // namespace ocs::server
