#pragma once
// What fakeocs serve runs on, as plain structs with defaults. config/fakeocs.yaml shows every key.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/admin_settings.hpp"
#include "config/autodiscover_settings.hpp"
#include "config/history_settings.hpp"
#include "config/origin.hpp"
#include "config/sip_settings.hpp"
#include "config/zones.hpp"
#include "core/host_name.hpp"
#include "core/ip_address.hpp"
#include "core/result.hpp"
#include "discovery/name_policy.hpp"
#include "pki/minter.hpp"
#include "pki/recipe.hpp"
#include "pki/state_folder.hpp"
#include "record/fault.hpp"

namespace ocs::config {

/// Versions as wire numbers (0x0301 TLS 1.0 … 0x0304 TLS 1.3). In YAML "1.0" … "1.3".
struct TlsSettings {
    std::uint16_t min_version = 0x0301;
    std::uint16_t max_version = 0x0304;
    int security_level = 0;
    bool session_tickets = false;
};

/// What a host or listener says of it: what is left out is inherited.
struct TlsOverrides {
    std::optional<std::uint16_t> min_version, max_version;
    std::optional<int> security_level;
    std::optional<bool> session_tickets;
};

/// "default", "unrecognized_name", "mint"
enum class UnknownNames { default_certificate, unrecognized_name, mint };

struct ListenerSettings {
    std::string name;  ///< for logs; default "tls-1", "tls-2"…
    IpAddress address = IpAddress::parse("127.0.0.1").value();
    std::uint16_t port = 0;    ///< 0: the kernel chooses, the listening line says which
    std::string default_host;  ///< id of a virtual host; empty: the first
    UnknownNames unknown_names = UnknownNames::default_certificate;
    TlsSettings tls;         ///< what hosts inherit on this listener
    bool plain_sip = false;  ///< SIP in clear is answered, too: some clients fall back to it
    std::string place;       ///< "fakeocs.yaml:12:3", for errors that show only at bind
};

/// Where a host's certificate comes from: exactly one of generate and load.
struct LoadSettings {
    std::filesystem::path certificate, key, chain, pfx;  ///< relative paths are taken from the file's folder
    std::string pfx_password;
    std::string place;
};

struct HostSettings {
    std::string id;  ///< letters, digits, . - _; names its folder in the state folder
    std::vector<HostPattern> names;
    std::optional<pki::Recipe> generate;  ///< recipe.name is the id
    std::optional<LoadSettings> load;
    TlsOverrides tls;  ///< wins, key by key, over its listener's
    std::string place;
};

/// Where more hosts come from: one for each certificate in it. certificate_folder.hpp has the rules.
struct CertificateFolder {
    std::filesystem::path folder;  ///< empty: none
    std::string pfx_password;      ///< of every PFX in it
};

/// What `host` uses on `listener`.
TlsSettings tls_of(const HostSettings& host, const ListenerSettings& listener);

struct LimitSettings {
    int connections = 2000;  ///< open at once, in total
    int connections_per_address = 200;
    double hello_seconds = 10;        ///< from accept to a complete ClientHello
    double handshake_seconds = 30;    ///< from accept to Finished
    double idle_seconds = 300;        ///< of silence after Finished: a person may be reading a dialog
    double grace_seconds = 5;         ///< for open sessions at SIGTERM
    std::uint64_t bytes = 1U << 20U;  ///< from one client connection
};

enum class ColorWhen { automatic, always, never };  ///< "auto": on a terminal that takes it
enum class Detail { quiet, normal, verbose };

struct LogSettings {
    std::filesystem::path text_file;  ///< empty: standard output
    std::filesystem::path json_file;  ///< empty: none; "-": standard output, and text goes to standard error
    std::filesystem::path key_log;    ///< NSS key log; empty: off
    ColorWhen color = ColorWhen::automatic;
    Detail detail = Detail::normal;
    int waiting = 4096;  ///< records that wait for a slow log; over it, listeners accept nobody
    bool operator==(const LogSettings&) const = default;
};

struct Settings {
    std::filesystem::path state_dir;  ///< empty: pki::default_state_path()
    int workers = 1;                  ///< threads that accept and serve
    std::string user;                 ///< account that serves once the ports are bound; empty: who starts it
    std::string user_place;           ///< of `user`, "fakeocs.yaml:3:7": only the start can tell if it exists
    pki::CaOptions ca;
    pki::PfxOptions pfx;
    std::vector<ListenerSettings> listeners;  ///< default: 127.0.0.1:5061 and 127.0.0.1:8443
    CertificateFolder certificates_from;
    std::vector<HostSettings> hosts;     ///< those of the file, then those of the folder
    std::vector<Error> folder_problems;  ///< what in the folder is not served
    SipSettings sip;
    AutodiscoverSettings autodiscover;
    pki::MintSettings mint;  ///< for listeners with unknown_names: mint
    DnsSettings dns;
    std::vector<record::Fault> faults;  ///< of TLS and SIP, armed from the start
    LimitSettings limits;
    LogSettings logs;
    HistorySettings history;
    TimelineSettings timeline;
    AdminSettings admin;
    CaPageSettings ca_page;
    std::vector<discovery::NamePolicy> policies = {
        discovery::NamePolicy::communicator2007};  ///< first one explains
    std::filesystem::path file;                    ///< where it was read from
    Origins origins;                               ///< of what has not its default
};

}  // namespace ocs::config
