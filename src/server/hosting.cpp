#include "server/hosting.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "core/escape.hpp"
#include "core/files.hpp"
#include "ossl/digest.hpp"
#include "server/greeting.hpp"
#include "tls/minted_host.hpp"

namespace ocs::server {
namespace {

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
        table->include(hosts[i][index]);
        const bool is_default = listener.default_host.empty() ? i == 0 : listener.default_host == host.id;
        if (is_default) hosting->policy.default_host = hosts[i][index];
    }
    hosting->hosts = table;
    return hosting;
}

void say_folder_problems(const config::Settings& settings, const Say& say) {
    constexpr std::size_t enough = 20;
    const auto& problems = settings.folder_problems;
    for (std::size_t i = 0; i < std::min(problems.size(), enough); ++i) {
        say("problem: " + to_string(problems[i]));
    }
    if (problems.size() <= enough) return;
    say(fmt::format("problem: {} more in {}: fakeocs check lists them",
                    problems.size() - enough,
                    visible(settings.certificates_from.folder.string())));
}

struct Loaded {
    std::string lines;
    ByListener hosts;
};

Result<Loaded> ensure_and_load(const config::Settings& settings,
                               const config::HostSettings& host,
                               const tls::CertificateFiles& files,
                               CertificateMaker& maker,
                               WallTime now,
                               const Say& say) {
    Loaded out;
    if (host.generate) {
        auto ensured = maker.ensure(host, now);
        if (ensured.has_error()) return at_place(host, ensured.error());
        out.lines = std::move(ensured->lines);
    }
    auto hosts = load_host(settings, host, files, say);
    if (hosts.has_error()) return hosts.error();
    out.hosts = std::move(*hosts);
    if (!host.generate && !out.hosts.empty()) {
        out.lines = loaded_lines(host.id, *out.hosts.front()->certificate());
    }
    return out;
}

/// A slip of the pen in ten thousand paths is seen at the start, for the price of a look at each.
std::vector<Error> missing_files(const config::Settings& settings) {
    std::vector<Error> errors;
    for (const auto& host : settings.hosts) {
        if (!host.load) continue;
        for (const auto* path :
             {&host.load->certificate, &host.load->key, &host.load->chain, &host.load->pfx}) {
            std::error_code code;
            if (path->empty() || std::filesystem::exists(*path, code)) continue;
            errors.push_back(at_place(host, Error{"there is no such file", path->string(), ""}));
        }
    }
    return errors;
}

std::string first_use_words(const config::Settings& settings) {
    const auto generated = std::count_if(settings.hosts.begin(), settings.hosts.end(), [](const auto& host) {
        return host.generate.has_value();
    });
    const auto loaded = static_cast<std::ptrdiff_t>(settings.hosts.size()) - generated;
    std::string text;
    if (loaded > 0) text += fmt::format("{} certificates are loaded", loaded);
    if (generated > 0) text += fmt::format("{}{} are made or kept", loaded > 0 ? ", " : "", generated);
    text += " when a client first asks";
    return loaded > 0 ? text + "; fakeocs check loads them all" : text;
}

}  // namespace

std::vector<Error> check_certificates(const config::Settings& settings) {
    std::vector<Error> errors;
    for (const auto& host : settings.hosts) {
        if (host.generate || !host.load) continue;  // neither: a recipe that could not be read, which is said
        const auto loaded = load_host(settings, host, files_of(host, settings.state_dir, {}), {});
        if (loaded.has_error()) errors.push_back(loaded.error());
    }
    return errors;
}

Results<Hostings> make_hostings(const config::Settings& settings, WallTime now, const Say& say) {
    const bool many = settings.hosts.size() > loaded_at_start;
    // What can fail by itself comes before anything is made.
    if (auto errors = many ? missing_files(settings) : check_certificates(settings); !errors.empty())
        return errors;
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
    out.made.push_back(row("SHA-256", ca->fingerprint));
    if (const auto der = read_file(ca->folder / "ca.cer"); der.has_value())
        out.made.push_back(row("SHA-1", ossl::thumbprint(*der) + "  (thumbprint on Windows)"));
    if (many) out.made.push_back(row("hosts", first_use_words(settings)));
    say_folder_problems(settings, say);
    const auto maker = std::make_shared<CertificateMaker>(*state, settings.pfx);
    std::vector<ByListener> hosts;
    hosts.reserve(settings.hosts.size());
    for (const auto& host : settings.hosts) {
        const auto files = files_of(host, state->path(), *ca);
        if (many) {
            hosts.push_back(host_on_first_use(settings, host, files, maker, say));
            continue;
        }
        auto loaded = ensure_and_load(settings, host, files, *maker, now, say);
        if (loaded.has_error()) {
            errors.push_back(loaded.error());
            continue;
        }
        out.made.push_back(std::move(loaded->lines));
        hosts.push_back(std::move(loaded->hosts));
    }
    const bool any_mints = std::any_of(settings.listeners.begin(), settings.listeners.end(), mints);
    std::shared_ptr<pki::Minter> minter;  // one for all listeners: a name has one certificate
    if (any_mints) {
        auto made = pki::Minter::make(state->path(), settings.mint, now);
        if (made.has_error()) errors.push_back(made.error());
        if (made.has_value()) minter = std::move(*made);
    }
    if (!errors.empty()) return errors;
    for (const ByListener& host : hosts) out.hosts.push_back(host.front());  // there is a listener always
    for (std::size_t i = 0; i < settings.listeners.size(); ++i) {
        out.by_listener.push_back(hosting_of(settings, i, hosts, minter, errors));
    }
    if (!errors.empty()) return errors;
    return out;
}

}  // namespace ocs::server
