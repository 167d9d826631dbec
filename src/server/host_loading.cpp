#include "server/host_loading.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "core/escape.hpp"
#include "server/greeting.hpp"

namespace ocs::server {
namespace {

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

const std::string& place_of(const config::HostSettings& host) {
    return host.load ? host.load->place : host.place;
}

Error placed(const std::string& id, const std::string& place, const Error& error) {
    Error out = error;
    const bool said = error.where == place;
    out.what = "host " + id + ": " + to_string(Error{error.what, said ? "" : error.where, ""});
    out.where = place;
    return out;
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

void report_through(tls::VirtualHost& host,
                    const config::HostSettings& settings,
                    const std::shared_ptr<Once>& once) {
    host.on_problem = [once, id = settings.id, place = place_of(settings)](const Error& problem) {
        const std::string text = to_string(placed(id, place, problem));
        (*once)(text, "problem: " + text);
    };
    host.on_change = [once, id = host.id()](const record::ServedCertificate& served) {
        (*once)(
            served.fingerprint,
            fmt::format(
                "host {}: the next connection gets the changed certificate, {}", id, names_of(served.names)));
    };
}

/// One virtual host for each range the listeners want of this host.
template <class Make>
Result<ByListener> by_listener(const config::Settings& settings,
                               const config::HostSettings& host,
                               Make make) {
    ByListener hosts;
    for (const auto& listener : settings.listeners) {
        const tls::TlsRange range = to_range(config::tls_of(host, listener));
        const auto same = std::find_if(
            hosts.begin(), hosts.end(), [&](const auto& other) { return other->range() == range; });
        if (same != hosts.end()) {
            hosts.push_back(*same);
            continue;
        }
        Result<std::shared_ptr<tls::VirtualHost>> one = make(range);
        if (one.has_error()) return one.error();
        hosts.push_back(std::move(*one));
    }
    return hosts;
}

}  // namespace

tls::TlsRange to_range(const config::TlsSettings& settings) {
    return {settings.min_version, settings.max_version, settings.security_level, settings.session_tickets};
}

Error at_place(const config::HostSettings& host, const Error& error) {
    return placed(host.id, place_of(host), error);
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

CertificateMaker::CertificateMaker(pki::StateFolder state, pki::PfxOptions pfx)
    : state_(std::move(state)), pfx_(std::move(pfx)) {}

Result<CertificateMaker::Ensured> CertificateMaker::ensure(const config::HostSettings& host, WallTime now) {
    // A reload makes a new maker, while connections that are open still have the old one.
    static std::mutex one_at_a_time;
    const std::lock_guard lock(one_at_a_time);
    const auto there = state_.read(host.id);
    if (there.has_value() && there->made_from == pki::fingerprint(*host.generate) &&
        !is_worn_out(*there, *host.generate, now)) {
        return Ensured{told(host.id, "kept in " + there->folder.string(), there->certificate), false};
    }
    const auto issued = state_.issue(*host.generate, pfx_, now, true);
    if (issued.has_error()) return issued.error();
    std::string lines = told(host.id, "made in " + issued->folder.string(), issued->certificate);
    lines += '\n' + row("",
                        fmt::format("{}  password: {}",
                                    shell_quoted((issued->folder / "cert.pfx").string()),
                                    visible(issued->pfx_password)));
    for (const std::string& remark : issued->remarks) lines += '\n' + row("", "note: " + visible(remark));
    return Ensured{std::move(lines), true};
}

Result<ByListener> load_host(const config::Settings& settings,
                             const config::HostSettings& host,
                             const tls::CertificateFiles& files,
                             const Say& say) {
    const auto once = std::make_shared<Once>(say);
    auto loaded = by_listener(settings, host, [&](const tls::TlsRange& range) {
        auto one = tls::VirtualHost::load(host.id, files, range);
        if (one.has_value() && say) report_through(**one, host, once);
        return one;
    });
    if (loaded.has_error()) return at_place(host, loaded.error());
    return loaded;
}

ByListener host_on_first_use(const config::Settings& settings,
                             const config::HostSettings& host,
                             const tls::CertificateFiles& files,
                             const std::shared_ptr<CertificateMaker>& maker,
                             const Say& say) {
    const auto once = std::make_shared<Once>(say);
    tls::VirtualHost::Prepare prepare;
    if (host.generate) {
        // The recipe outlives the settings it came from.
        const auto kept = std::make_shared<const config::HostSettings>(host);
        prepare = [maker, kept, say]() -> Result<void> {
            const auto ensured = maker->ensure(*kept, wall_now());
            if (ensured.has_error()) return ensured.error();
            if (ensured->made_now) say(ensured->lines);
            return {};
        };
    }
    return by_listener(settings,
                       host,
                       [&](const tls::TlsRange& range) {
                           auto one = tls::VirtualHost::on_first_use(host.id, files, range, prepare);
                           report_through(*one, host, once);
                           return Result<std::shared_ptr<tls::VirtualHost>>(std::move(one));
                       })
        .value();
}

std::string loaded_lines(const std::string& id, const record::ServedCertificate& served) {
    return row("host",
               fmt::format("{}  loaded from {}, valid to {}",
                           id,
                           visible(served.folder),
                           utc_date(served.not_after))) +
           '\n' + row("", names_of(served.names));
}

}  // namespace ocs::server
