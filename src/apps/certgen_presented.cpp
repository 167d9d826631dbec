#include "apps/certgen_presented.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <charconv>

#include "apps/certgen_output.hpp"
#include "core/escape.hpp"
#include "core/files.hpp"
#include "core/ip_address.hpp"
#include "ossl/live_chain.hpp"
#include "pki/encode.hpp"

namespace ocs::certgen {
namespace {

namespace fs = std::filesystem;

struct StoreDeleter {
    void operator()(X509_STORE* store) const noexcept { X509_STORE_free(store); }
    void operator()(X509_STORE_CTX* verification) const noexcept { X509_STORE_CTX_free(verification); }
    void operator()(STACK_OF(X509) * certificates) const noexcept { sk_X509_free(certificates); }
};
using CrlPtr = std::unique_ptr<X509_CRL, ossl::Deleter<&X509_CRL_free>>;

std::vector<ossl::X509Ptr> parse_certificates(const std::string& bytes) {
    std::vector<ossl::X509Ptr> found;
    ERR_clear_error();
    const ossl::BioPtr memory(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
    while (memory) {
        ossl::X509Ptr certificate(PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr));
        if (!certificate) break;
        found.push_back(std::move(certificate));
    }
    if (found.empty()) {
        const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
        ossl::X509Ptr certificate(d2i_X509(nullptr, &data, static_cast<long>(bytes.size())));
        if (certificate) found.push_back(std::move(certificate));
    }
    ERR_clear_error();  // the end of the PEM file is an error to OpenSSL
    return found;
}

struct HostAndPort {
    std::string host;
    std::uint16_t port = 0;
};

/// "sip.contoso.test:5061", "192.0.2.1:443", "[2001:db8::1]:5061".
std::optional<HostAndPort> parse_host_and_port(const std::string& text) {
    const auto colon = text.rfind(':');
    if (colon == std::string::npos || colon == 0) return std::nullopt;
    HostAndPort found{text.substr(0, colon), 0};
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data() + colon + 1, end, found.port);
    if (parsed.ec != std::errc() || parsed.ptr != end || found.port == 0) return std::nullopt;
    if (found.host.starts_with('[') && found.host.ends_with(']')) {
        found.host = found.host.substr(1, found.host.size() - 2);
    } else if (found.host.find_first_of(":/") != std::string::npos) {
        return std::nullopt;
    }
    return found;
}

int code_of(ossl::LiveStage reached) {
    switch (reached) {
        case ossl::LiveStage::name:
            return no_server;
        case ossl::LiveStage::tcp:
            return tcp_failed;
        case ossl::LiveStage::tls:
            return tls_failed;
        case ossl::LiveStage::complete:
            return done;
    }
    return failed;
}

bool load_live(const HostAndPort& target,
               const LiveOptions& options,
               Presented& presented,
               LoadFailure& failure) {
    ossl::LiveRequest request;
    request.host = target.host;
    request.port = target.port;
    request.deadline = std::chrono::milliseconds{options.timeout_ms};
    request.server_name = target.host;
    if (options.server_name) request.server_name = *options.server_name;
    if (IpAddress::parse(request.server_name)) request.server_name.clear();  // RFC 6066 §3: no addresses
    auto answer = ossl::fetch_chain(request);
    if (answer.reached != ossl::LiveStage::complete) {
        failure = {std::move(answer.error), code_of(answer.reached)};
        return false;
    }
    presented.where = answer.address + ", " + answer.protocol +
                      (request.server_name.empty() ? ", no SNI" : ", SNI " + visible(request.server_name));
    presented.host = target.host;
    presented.leaf = std::move(answer.certificates.front());
    answer.certificates.erase(answer.certificates.begin());
    presented.chain = std::move(answer.certificates);
    return true;
}

bool load_file(const Context& context,
               const fs::path& path,
               const PasswordSource& source,
               Presented& presented,
               LoadFailure& failure) {
    presented.where = path.string();
    const std::string extension = ascii_lower(path.extension().string());
    if (extension == ".pfx" || extension == ".p12") {
        auto password = read_password(source, pki::PfxOptions{}.password, Purpose::opening);
        if (password.has_error()) {
            failure = {password.error(), usage};
            return false;
        }
        auto identity = pki::load_pfx(path, *password);
        if (identity.has_error()) {
            failure = {identity.error(), failed};
            return false;
        }
        presented.leaf = std::move(identity->leaf);
        presented.chain = std::move(identity->chain);
        return true;
    }
    const std::string folder = pki::default_state_path(context.state_dir).string();
    const auto bytes = read_file(path);
    if (bytes.has_error()) {
        failure.error = bytes.error();
        failure.error.hint = "a PEM, DER or PFX file, a name in " + folder + ", or HOST:PORT";
        return false;
    }
    auto found = parse_certificates(*bytes);
    if (found.empty()) {
        failure.error = Error{"no certificate in it", path.string(), "a PEM, DER or PFX file"};
        return false;
    }
    presented.leaf = std::move(found.front());
    found.erase(found.begin());
    presented.chain = std::move(found);
    return true;
}

bool is_of_a_lab(const Presented& presented) {
    const std::string issuer = pki::read_certificate(presented.leaf.get()).issuer;
    return issuer.find(pki::lab_organization) != std::string::npos;
}

/// Builds the chain as a client would that trusts `ca` alone and gets what is presented.
Result<std::string> chain_problem(const Presented& presented, const fs::path& ca, WallTime now) {
    auto bytes = read_file(ca);
    if (bytes.has_error()) return bytes.error();
    const auto anchors = parse_certificates(*bytes);
    if (anchors.empty()) return Error{"no certificate in it", ca.string(), "the PEM or DER file of a CA"};
    const std::unique_ptr<X509_STORE, StoreDeleter> store(X509_STORE_new());
    for (const auto& anchor : anchors) X509_STORE_add_cert(store.get(), anchor.get());
    const std::unique_ptr<STACK_OF(X509), StoreDeleter> sent(sk_X509_new_null());
    for (const auto& certificate : presented.chain) sk_X509_push(sent.get(), certificate.get());
    const std::unique_ptr<X509_STORE_CTX, StoreDeleter> verification(X509_STORE_CTX_new());
    X509_STORE_CTX_init(verification.get(), store.get(), presented.leaf.get(), sent.get());
    X509_STORE_CTX_set_default(verification.get(), "ssl_server");
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch());
    X509_STORE_CTX_set_time(verification.get(), 0, static_cast<time_t>(seconds.count()));
    const bool trusted = X509_verify_cert(verification.get()) == 1;
    const int error = X509_STORE_CTX_get_error(verification.get());
    ERR_clear_error();
    return trusted ? std::string() : std::string(X509_verify_cert_error_string(error));
}

/// True where a list beside the CA has the certificate's serial.
bool is_revoked(const Presented& presented, const fs::path& ca) {
    for (const char* name : {"ca.crl", "intermediate.crl"}) {
        const auto bytes = read_file(ca.parent_path() / name, std::size_t{16} << 20U);
        if (!bytes) continue;
        const auto* at = reinterpret_cast<const unsigned char*>(bytes->data());
        const CrlPtr list(d2i_X509_CRL(nullptr, &at, static_cast<long>(bytes->size())));
        X509_REVOKED* entry = nullptr;
        const bool listed =
            list &&
            X509_NAME_cmp(X509_CRL_get_issuer(list.get()), X509_get_issuer_name(presented.leaf.get())) == 0 &&
            X509_CRL_get0_by_cert(list.get(), &entry, presented.leaf.get()) == 1;
        ERR_clear_error();
        if (listed) return true;
    }
    return false;
}

}  // namespace

bool load_presented(const Context& context,
                    const std::string& text,
                    const PasswordSource& password,
                    const LiveOptions& live,
                    Presented& presented,
                    LoadFailure& failure) {
    std::error_code ignored;
    const fs::path named = pki::default_state_path(context.state_dir) / text / "fullchain.pem";
    if (!text.empty() && text.find('/') == std::string::npos && fs::is_regular_file(named, ignored)) {
        presented.name = text;
        return load_file(context, named, password, presented, failure);
    }
    const fs::path authority = pki::default_state_path(context.state_dir) / text / (text + ".pem");
    if (text == "ca" && fs::is_regular_file(authority, ignored)) {
        return load_file(context, authority, password, presented, failure);
    }
    const auto target = parse_host_and_port(text);
    if (target && !fs::exists(text, ignored)) return load_live(*target, live, presented, failure);
    const fs::path path = fs::is_directory(text, ignored) ? fs::path(text) / "fullchain.pem" : fs::path(text);
    return load_file(context, path, password, presented, failure);
}

fs::path ca_to_trust(const Context& context, const std::string& flag, const Presented& presented) {
    if (!flag.empty()) return flag;
    fs::path lab_ca = pki::default_state_path(context.state_dir) / "ca" / "ca.pem";
    std::error_code ignored;
    const bool applies = !presented.name.empty() || is_of_a_lab(presented);
    return applies && fs::exists(lab_ca, ignored) ? lab_ca : fs::path();
}

Result<std::string> validity_problem(const Presented& presented, const fs::path& ca, WallTime now) {
    const auto info = pki::read_certificate(presented.leaf.get());
    if (std::string problem = date_problem(info, now); !problem.empty()) return problem;
    if (X509_check_purpose(presented.leaf.get(), X509_PURPOSE_SSL_SERVER, 0) == 0) {
        return std::string("its extended key usage is not for servers");
    }
    ERR_clear_error();
    if (ca.empty()) {
        return std::string(info.self_signed ? "self-signed, and no --ca says who trusts it" : "");
    }
    auto problem = chain_problem(presented, ca, now);
    if (problem && problem->empty() && is_revoked(presented, ca)) return std::string("revoked");
    return problem;
}

}  // namespace ocs::certgen
