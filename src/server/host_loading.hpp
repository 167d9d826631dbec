#pragma once
// One configured host as each listener serves it: its certificate made where it is to be generated, and
// loaded at once or when a client first asks for it.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "pki/state_folder.hpp"
#include "tls/virtual_hosts.hpp"

namespace ocs::server {

using Say = std::function<void(std::string line)>;

/// By index of settings.listeners: the same virtual host where listeners want the same of it.
using ByListener = std::vector<std::shared_ptr<tls::VirtualHost>>;

/// Makes the certificates of hosts with `generate:` in the state folder. Takes calls from any thread; they
/// wait for each other, those of other makers too.
class CertificateMaker {
public:
    CertificateMaker(pki::StateFolder state, pki::PfxOptions pfx);

    struct Ensured {
        std::string lines;  ///< for people: what it is, where, until when
        bool made_now = false;
    };
    /// A certificate in the state folder stays while the recipe it was made from is still the one in the
    /// configuration, so that a reissue by hand survives a restart.
    Result<Ensured> ensure(const config::HostSettings& host, WallTime now);

private:
    pki::StateFolder state_;
    pki::PfxOptions pfx_;
};

tls::TlsRange to_range(const config::TlsSettings& settings);

/// Where the certificate of `host` is or will be; `ca` may be empty.
tls::CertificateFiles files_of(const config::HostSettings& host,
                               const std::filesystem::path& state_dir,
                               const pki::CaInfo& ca);

/// The place in the configuration first, then the file.
Error at_place(const config::HostSettings& host, const Error& error);

/// Loads it now. `say` (may be empty) gets problems and changes of the certificate later on, on the thread
/// that found them, each once however many listeners see it.
Result<ByListener> load_host(const config::Settings& settings,
                             const config::HostSettings& host,
                             const tls::CertificateFiles& files,
                             const Say& say);

/// Looks at nothing now. `maker` makes what is to be generated, once a client asks.
ByListener host_on_first_use(const config::Settings& settings,
                             const config::HostSettings& host,
                             const tls::CertificateFiles& files,
                             const std::shared_ptr<CertificateMaker>& maker,
                             const Say& say);

/// The lines about a host that was loaded now.
std::string loaded_lines(const std::string& id, const record::ServedCertificate& served);

}  // namespace ocs::server
