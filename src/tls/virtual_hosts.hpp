#pragma once
// Which certificate answers for which name.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/host_name.hpp"
#include "core/result.hpp"
#include "record/connection_record.hpp"

namespace ocs::tls {

/// Protocol range and strength of a virtual host or listener. Versions are wire numbers, 0x0301 to 0x0304.
struct TlsRange {
    std::uint16_t min_version = 0x0301;
    std::uint16_t max_version = 0x0304;
    int security_level =
        0;  ///< OpenSSL's 0 to 5; 0 serves TLS 1.0, SHA-1 and RSA 1024 (toolchain facts §5.1)
    bool session_tickets = false;  ///< off: a resumed client sees no certificate (toolchain facts §5.4)
    bool operator==(const TlsRange&) const = default;
};

/// Where a certificate comes from; files are watched by their stamp.
struct CertificateFiles {
    std::filesystem::path certificate;  ///< PEM, may hold the chain and the key; or empty where pfx is set
    std::filesystem::path key;          ///< PEM; empty: in `certificate`
    std::filesystem::path chain;        ///< PEM; empty: what `certificate` holds after the leaf
    std::filesystem::path pfx;
    std::string pfx_password;
    bool generated = false;          ///< in the state folder: reissue can change it
    std::string folder;              ///< its name there
    std::string lab_ca_fingerprint;  ///< SHA-256 hex of the lab CA, to tell to_own_ca from other_ca
    std::filesystem::path lab_ca;    ///< ca.pem, or empty
};

struct HostContext;  // SSL_CTX with certificate and facts; immutable; defined in virtual_hosts.cpp's internal
                     // header

/// One virtual host: id, and the certificate as it now is. Safe to use from several threads.
class VirtualHost {
public:
    /// Loads the certificate; fails with the file's place and OpenSSL's reason put into plain words
    /// ("certificate front01 (SHA-1 signature) cannot be served at security level 2").
    static Result<std::shared_ptr<VirtualHost>> load(std::string id, CertificateFiles files, TlsRange range);

    /// Makes the files, or sees that they are there.
    using Prepare = std::function<Result<void>()>;
    /// The same without a look at any file: current() loads when the first connection asks, and calls
    /// `prepare` (if not empty) before, until it has succeeded once.
    static std::shared_ptr<VirtualHost> on_first_use(std::string id,
                                                     CertificateFiles files,
                                                     TlsRange range,
                                                     Prepare prepare = {});

    /// The context for the next connection. Looks at the files' stamps (one stat each) and loads a
    /// changed certificate; where that fails it keeps the old one and reports through `on_problem` once
    /// per change. Fails only while there is no old one: then again, without a new look at files that have
    /// not changed.
    Result<std::shared_ptr<const HostContext>> current();

    /// The context with this host's certificate as current() has it, but expired an hour ago: made when first
    /// asked for, and kept. Fails where the lab did not make the certificate.
    Result<std::shared_ptr<const HostContext>> expired(WallTime now);

    [[nodiscard]] const std::string& id() const;
    [[nodiscard]] bool is_generated() const;
    [[nodiscard]] const TlsRange& range() const;
    [[nodiscard]] std::shared_ptr<const record::ServedCertificate> certificate()
        const;  ///< of the last current(); null while nothing is loaded

    /// Called with problems (and with "serves the changed certificate …") from the thread that found them.
    std::function<void(const Error& problem)> on_problem;
    std::function<void(const record::ServedCertificate& now)> on_change;

    ~VirtualHost();

private:
    VirtualHost();
    /// What a look at the files brought; under the lock.
    struct Look {
        std::optional<Error> problem;
        bool changed = false;
    };
    Look look();
    struct State;
    std::unique_ptr<State> state_;
};

struct HostMatch {
    std::shared_ptr<VirtualHost> host;
    record::HostChoice how = record::HostChoice::exact;
};

/// Maps a name to the virtual host that answers for it.
///
/// An exact name wins over a wildcard, `*.example.test` covers exactly one label, case and one trailing
/// dot do not matter. Immutable once the server runs, so sessions share it freely.
class VirtualHosts {
public:
    Result<void> add(const HostPattern& name,
                     std::shared_ptr<VirtualHost> host);  ///< fails if the name is taken
    [[nodiscard]] std::optional<HostMatch> find(
        std::string_view lower_case_name) const;  ///< empty: nobody covers it
    /// A host to be found by its id, names or not. Ids are unique.
    void include(std::shared_ptr<VirtualHost> host) { all_.push_back(std::move(host)); }
    [[nodiscard]] std::shared_ptr<VirtualHost> find_id(std::string_view id) const;  ///< null: there is none
    [[nodiscard]] std::size_t size() const { return by_name_.size(); }

private:
    std::unordered_map<std::string, std::shared_ptr<VirtualHost>>
        by_name_;                                    // lower case; wildcards as "*.example.test"
    std::vector<std::shared_ptr<VirtualHost>> all_;  // looked through where a fault asks, and nowhere else
};

class MintedHost;

/// What a listener does where no virtual host covers the SNI, or there is none.
struct ListenerPolicy {
    std::shared_ptr<VirtualHost>
        default_host;                    ///< for clients without SNI, with an invalid one, and unknown names
    bool refuse_unknown_names = false;   ///< fatal unrecognized_name (112) in place of the default
    std::shared_ptr<MintedHost> minted;  ///< answers for unknown names that are valid; null: nobody does
};

}  // namespace ocs::tls
