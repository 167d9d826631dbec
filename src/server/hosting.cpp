#include "server/hosting.hpp"

#include <fmt/format.h>

#include "core/escape.hpp"

namespace ocs::server {
namespace {

tls::TlsRange to_range(const config::TlsSettings& settings) {
    return {settings.min_version, settings.max_version, settings.security_level, settings.session_tickets};
}

std::string names_of(const discovery::PresentedNames& names) {
    std::string list;
    for (const auto& name : names.san) list += (list.empty() ? "" : ", ") + visible(name.text);
    return list.empty() ? "none" : list;
}

/// The certificate in the state folder stays while the recipe it was made from is still the one in the
/// configuration, so that a reissue by hand survives a restart.
Result<std::string> ensure_certificate(pki::StateFolder& state,
                                       const config::HostSettings& host,
                                       const pki::PfxOptions& pfx,
                                       WallTime now) {
    auto there = state.read(host.id);
    if (there.has_value() && there->made_from == pki::fingerprint(*host.generate)) {
        return fmt::format("cert    {}  kept, valid to {}\n        SAN {}",
                           there->folder.string(),
                           utc_date(there->certificate.not_after),
                           names_of(there->certificate.names));
    }
    auto issued = state.issue(*host.generate, pfx, now, true);
    if (issued.has_error()) return issued.error();
    std::string line = fmt::format("cert    {}  made, valid to {}\n        SAN {}\n        pfx password: {}",
                                   issued->folder.string(),
                                   utc_date(issued->certificate.not_after),
                                   names_of(issued->certificate.names),
                                   issued->pfx_password);
    for (const std::string& remark : issued->remarks) line += "\n        note: " + visible(remark);
    return line;
}

tls::CertificateFiles files_of(const config::HostSettings& host,
                               const pki::StateFolder& state,
                               const pki::CaInfo& ca) {
    tls::CertificateFiles files;
    if (host.generate) {
        const auto folder = state.path() / host.id;
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

}  // namespace

Results<Hostings> make_hostings(const config::Settings& settings, WallTime now, const Say& say) {
    std::vector<Error> errors;
    auto state = pki::StateFolder::open(settings.state_dir);
    if (state.has_error()) return std::vector<Error>{state.error()};
    auto ca = state->ensure_ca(settings.ca, now);
    if (ca.has_error()) return std::vector<Error>{ca.error()};

    Hostings out;
    out.made.push_back(fmt::format("CA      {}  {}, valid to {}",
                                   (ca->folder / "ca.pem").string(),
                                   ca->made_now ? "made" : "kept",
                                   utc_date(ca->not_after)));
    for (const auto& host : settings.hosts) {
        if (!host.generate) continue;
        auto line = ensure_certificate(*state, host, settings.pfx, now);
        if (line.has_error()) {
            errors.push_back(line.error());
        } else {
            out.made.push_back(*line);
        }
    }
    for (const auto& listener : settings.listeners) {
        auto table = std::make_shared<tls::VirtualHosts>();
        auto hosting = std::make_shared<Hosting>();
        hosting->policy.refuse_unknown_names =
            listener.unknown_names == config::UnknownNames::unrecognized_name;
        hosting->plain_sip = listener.plain_sip;
        for (const auto& host : settings.hosts) {
            auto loaded = tls::VirtualHost::load(
                host.id, files_of(host, *state, *ca), to_range(config::tls_of(host, listener)));
            if (loaded.has_error()) {
                errors.push_back(loaded.error());
                continue;
            }
            (*loaded)->on_problem = [say](const Error& problem) { say("problem: " + to_string(problem)); };
            (*loaded)->on_change = [say, id = host.id](const record::ServedCertificate& served) {
                say(fmt::format("host {}: serves the changed certificate from now on, SAN {}",
                                id,
                                names_of(served.names)));
            };
            for (const auto& name : host.names) {
                auto added = table->add(name, *loaded);
                if (added.has_error()) errors.push_back(added.error());
            }
            const bool is_default = listener.default_host.empty() ? !hosting->policy.default_host
                                                                  : listener.default_host == host.id;
            if (is_default) hosting->policy.default_host = *loaded;
        }
        hosting->hosts = table;
        out.by_listener.push_back(hosting);
    }
    if (!errors.empty()) return errors;
    return out;
}

}  // namespace ocs::server
