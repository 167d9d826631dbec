// One virtual host: loading its certificate, and loading it again when its files change.

#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#include <mutex>

#include "core/escape.hpp"
#include "pki/certificate.hpp"
#include "pki/issue.hpp"
#include "tls/host_context.hpp"
#include "tls/virtual_hosts.hpp"

namespace ocs::tls {
namespace {

/// Tells a file from an earlier one: a rename over it changes the inode even within one clock tick.
struct Stamp {
    std::int64_t seconds = 0;
    std::int64_t nanoseconds = 0;
    std::uint64_t inode = 0;
    std::int64_t size = -1;
    bool operator==(const Stamp&) const = default;
};
using Stamps = std::vector<Stamp>;

Stamp stamp_of(const std::filesystem::path& path) {
    struct stat facts = {};
    if (::stat(path.c_str(), &facts) != 0) return {};
    return {facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec, facts.st_ino, facts.st_size};
}

Stamps stamps_of(const CertificateFiles& files) {
    // certgen writes info.json last: when it changes, the rest is in place.
    if (files.generated && !files.certificate.empty()) {
        const auto info = files.certificate.parent_path() / "info.json";
        if (const Stamp stamp = stamp_of(info); stamp != Stamp{}) return {stamp};
    }
    Stamps stamps;
    for (const auto* path : {&files.certificate, &files.key, &files.chain, &files.pfx}) {
        if (!path->empty()) stamps.push_back(stamp_of(*path));
    }
    return stamps;
}

ossl::X509Ptr read_x509(const std::filesystem::path& path) {
    if (path.empty()) return nullptr;
    ERR_clear_error();
    ossl::BioPtr file(BIO_new_file(path.c_str(), "r"));
    ossl::X509Ptr certificate(file ? PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr) : nullptr);
    ERR_clear_error();
    return certificate;
}

bool is_issued_by(X509* certificate, X509* issuer) {
    if (certificate == nullptr || issuer == nullptr) return false;
    const bool issued = X509_check_issued(issuer, certificate) == X509_V_OK &&
                        X509_verify(certificate, X509_get0_pubkey(issuer)) == 1;
    ERR_clear_error();
    return issued;
}

record::ServedCertificate served(const CertificateFiles& files, const pki::Identity& identity) {
    const pki::CertificateInfo& info = identity.info;
    record::ServedCertificate shown = facts_of(info);
    shown.intermediates_sent = identity.chain.size();
    shown.generated = files.generated;
    shown.folder =
        files.generated ? files.folder : (files.pfx.empty() ? files.certificate : files.pfx).string();
    if (info.self_signed) {
        shown.chain = record::ChainKind::self_signed;
        return shown;
    }
    const ossl::X509Ptr lab_ca = read_x509(files.lab_ca);
    const ossl::X509Ptr lab_intermediate =
        files.lab_ca.empty() ? nullptr : read_x509(files.lab_ca.parent_path() / "intermediate.pem");
    X509* last = identity.chain.empty() ? identity.leaf.get() : identity.chain.back().get();
    const bool ends_at_lab_ca = is_issued_by(last, lab_ca.get()) ||
                                (!files.lab_ca_fingerprint.empty() &&
                                 pki::read_certificate(last).fingerprint == files.lab_ca_fingerprint);
    const bool below_intermediate = is_issued_by(identity.leaf.get(), lab_intermediate.get());
    shown.chain =
        ends_at_lab_ca || below_intermediate ? record::ChainKind::to_own_ca : record::ChainKind::other_ca;
    shown.intermediate_missing = below_intermediate && !identity.issuer_included;
    return shown;
}

Error cannot_serve(const CertificateFiles& files, const record::ServedCertificate& shown, int level) {
    const unsigned long code = ERR_peek_error();
    const int reason = ERR_GET_REASON(code);
    std::string library = code != 0 && ERR_reason_error_string(code) != nullptr
                              ? ERR_reason_error_string(code)
                              : "no reason given";
    ERR_clear_error();
    const std::string which = files.folder.empty() ? "" : " " + files.folder;
    const std::string at = " cannot be served at security level " + std::to_string(level);
    const std::string where = shown.folder;
    const std::string hint = "lower security_level for this host, or make a stronger certificate";
    if (reason == SSL_R_EE_KEY_TOO_SMALL || reason == SSL_R_CA_KEY_TOO_SMALL) {
        return {"certificate" + which + " (" + shown.key + " key)" + at, where, hint};
    }
    if (reason == SSL_R_CA_MD_TOO_WEAK) {  // said of the leaf too
        return {"certificate" + which + " (" + shown.signature + " signature)" + at, where, hint};
    }
    return {"certificate" + which + at + ": " + library, where, ""};
}

/// The certificate into a context of its own.
bool put_into(SSL_CTX* context, const pki::Identity& identity) {
    bool fits = SSL_CTX_use_certificate(context, identity.leaf.get()) == 1 &&
                SSL_CTX_use_PrivateKey(context, identity.key.get()) == 1;
    for (const auto& intermediate : identity.chain) {
        fits = fits && SSL_CTX_add1_chain_cert(context, intermediate.get()) == 1;
    }
    return fits;
}

/// With a shared context: whether its level lets this certificate through is tried once, here.
bool fits_shared(const HostContext& host) {
    const ossl::SslPtr trial(SSL_new(host.context.get()));
    return trial && host.use_on(trial.get());
}

enum class Context { own, shared };

Result<std::shared_ptr<const HostContext>> load_context(const CertificateFiles& files,
                                                        const TlsRange& range,
                                                        Context which) {
    auto identity = files.pfx.empty() ? pki::load_pem(files.certificate, files.key, files.chain)
                                      : pki::load_pfx(files.pfx, files.pfx_password);
    if (!identity) return identity.error();
    auto loaded = std::make_shared<HostContext>();
    auto shown = std::make_shared<record::ServedCertificate>(served(files, *identity));
    ERR_clear_error();
    // The level comes before the certificate. A session ticket belongs to a context, so with tickets on no
    // two hosts share one.
    const bool shares = which == Context::shared && !range.session_tickets;
    loaded->context = shares ? shared_context(range.security_level) : make_context(range.security_level);
    if (!loaded->context) return Error{"cannot make a TLS context", shown->folder, ""};
    if (shares) {
        identity->info = {};  // `shown` has it
        loaded->identity = std::move(*identity);
    }
    const bool fits = shares ? fits_shared(*loaded) : put_into(loaded->context.get(), *identity);
    if (!fits) return cannot_serve(files, *shown, range.security_level);
    loaded->certificate = std::move(shown);
    return std::shared_ptr<const HostContext>(std::move(loaded));
}

}  // namespace

struct VirtualHost::State {
    std::string id;
    CertificateFiles files;
    TlsRange range;
    Context which = Context::own;
    mutable std::mutex mutex;
    VirtualHost::Prepare prepare;  // still to be called; empty: nothing, or it has been
    Stamps stamps;
    std::shared_ptr<const HostContext> context;  // null: not loaded yet
    std::optional<Error> failure;                // of the first load, with these stamps
    std::shared_ptr<const HostContext> expired;  // of the certificate with this fingerprint
    std::string expired_of;
};

VirtualHost::VirtualHost() : state_(std::make_unique<State>()) {}
VirtualHost::~VirtualHost() = default;

Result<std::shared_ptr<VirtualHost>> VirtualHost::load(std::string id,
                                                       CertificateFiles files,
                                                       TlsRange range) {
    std::shared_ptr<VirtualHost> host(new VirtualHost);
    State& state = *host->state_;
    state.stamps = stamps_of(files);  // before the load: a change during it is seen next time
    auto context = load_context(files, range, Context::own);
    if (!context) return context.error();
    state.id = std::move(id);
    state.files = std::move(files);
    state.range = range;
    state.context = std::move(*context);
    return host;
}

std::shared_ptr<VirtualHost> VirtualHost::on_first_use(std::string id,
                                                       CertificateFiles files,
                                                       TlsRange range,
                                                       Prepare prepare) {
    std::shared_ptr<VirtualHost> host(new VirtualHost);
    State& state = *host->state_;
    state.id = std::move(id);
    state.files = std::move(files);
    state.range = range;
    state.which = Context::shared;
    state.prepare = std::move(prepare);
    return host;
}

VirtualHost::Look VirtualHost::look() {
    State& state = *state_;
    Look look;
    if (state.prepare) {
        if (const auto made = state.prepare(); made.has_error()) {
            look.problem = made.error();
            state.failure = made.error();
            return look;
        }
        state.prepare = {};
        state.failure.reset();
    }
    auto stamps = stamps_of(state.files);
    if (stamps == state.stamps && (state.context || state.failure)) return look;
    state.stamps = std::move(stamps);
    auto loaded = load_context(state.files, state.range, state.which);
    if (loaded) {
        look.changed = state.context
                           ? (*loaded)->certificate->fingerprint != state.context->certificate->fingerprint
                           : state.failure.has_value();
        state.context = std::move(*loaded);
        state.failure.reset();
    } else {
        look.problem = loaded.error();
        if (!state.context) state.failure = loaded.error();
    }
    return look;
}

Result<std::shared_ptr<const HostContext>> VirtualHost::current() {
    State& state = *state_;
    std::unique_lock lock(state.mutex);
    const Look seen = look();
    auto context = state.context;
    auto failure = state.failure;
    lock.unlock();
    // Told outside the lock, so that the listener may ask this host again.
    if (seen.problem && on_problem) on_problem(*seen.problem);
    if (seen.changed && on_change) on_change(*context->certificate);
    if (!context) return failure.value_or(Error{"no certificate is loaded", "", ""});
    return context;
}

Result<std::shared_ptr<const HostContext>> VirtualHost::expired(WallTime now) {
    auto usual = current();
    if (usual.has_error()) return usual;
    State& state = *state_;
    const std::lock_guard lock(state.mutex);
    const std::string& fingerprint = (*usual)->certificate->fingerprint;
    if (state.expired && state.expired_of == fingerprint) return state.expired;
    if (!state.files.generated)
        return Error{"the certificate of " + ocs::quoted(state.id) +
                         " was loaded: only one that the lab makes can "
                         "be made again",
                     "",
                     ""};
    auto identity = pki::expired_copy(state.files.certificate.parent_path(), now);
    if (identity.has_error()) return identity.error();
    auto made = std::make_shared<HostContext>();
    made->certificate = std::make_shared<record::ServedCertificate>(served(state.files, *identity));
    made->context = shared_context(state.range.security_level);
    if (!made->context) return Error{"cannot make a TLS context", "", ""};
    made->identity = std::move(*identity);
    state.expired = std::move(made);
    state.expired_of = fingerprint;
    return state.expired;
}

bool VirtualHost::is_generated() const { return state_->files.generated; }
const std::string& VirtualHost::id() const { return state_->id; }
const TlsRange& VirtualHost::range() const { return state_->range; }

std::shared_ptr<const record::ServedCertificate> VirtualHost::certificate() const {
    const std::lock_guard lock(state_->mutex);
    return state_->context ? state_->context->certificate : nullptr;
}

}  // namespace ocs::tls
