#pragma once
// Internal to tls: a virtual host's SSL_CTX, and what all contexts of this room have in common.

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ossl/handles.hpp"
#include "pki/certificate.hpp"
#include "pki/minter.hpp"
#include "record/connection_record.hpp"
#include "record/evidence.hpp"
#include "tls/virtual_hosts.hpp"

namespace ocs::tls {

/// What a connection gets of its host. The certificate is in the context, or (of hosts that come in
/// thousands: a context of one's own is 13 KB and 130 us) put into each SSL by use_on().
struct HostContext {
    ossl::SslCtxPtr context;
    std::shared_ptr<const record::ServedCertificate> certificate;
    std::shared_ptr<const pki::Minted> minted;
    std::optional<pki::Identity> identity;

    /// False: OpenSSL refuses it, and its queue tells why.
    [[nodiscard]] bool use_on(SSL* ssl) const;
    /// The DER of each certificate that `ssl`, which uses this, sends; the leaf first. Encoded when the first
    /// connection asks, and then shared. From several threads.
    [[nodiscard]] const std::vector<record::Bytes>& chain_of(const SSL* ssl) const;

private:
    mutable std::once_flag encoded_;
    mutable std::vector<record::Bytes> chain_;
};

/// What a context's C callbacks find behind an SSL of ours.
class ConnectionHooks {
public:
    virtual void key_log_line(std::string_view line) = 0;

protected:
    ~ConnectionHooks() = default;
};

/// The facts of a certificate as a record has them; who issued it and where it lies are the caller's to say.
record::ServedCertificate facts_of(const pki::CertificateInfo& info);

int hooks_index();  ///< of ConnectionHooks* in an SSL's ex_data; our own, since others use app data
std::string cipher_list(int security_level);  ///< the suites we enable, as OpenSSL's own text
/// A context without certificate, with our modes and options at this security level; null: no memory.
ossl::SslCtxPtr make_context(int security_level);
/// The same, made once for each level; for hosts that bring their certificate to each SSL.
ossl::SslCtxPtr shared_context(int security_level);
/// Tickets and session cache as the range wants them; `ssl` may stand on another context's options.
void apply_range(SSL* ssl, const TlsRange& range);

}  // namespace ocs::tls
