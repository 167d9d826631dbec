#pragma once
// The virtual host that answers for every name nobody else has: its certificate is made when a client asks.

#include <memory>

#include "core/host_name.hpp"
#include "core/result.hpp"
#include "pki/minter.hpp"
#include "tls/virtual_hosts.hpp"

namespace ocs::tls {

/// Shared by all connections of its listeners; safe to use from several threads.
class MintedHost {
public:
    /// `minter` may serve several listeners.
    static Result<std::shared_ptr<MintedHost>> make(std::shared_ptr<pki::Minter> minter, TlsRange range);

    enum class Dates { usual, past };  ///< past: expired an hour ago, and signed for each connection
    /// What to show a client that asked for `name`: signs if it has to.
    Result<std::shared_ptr<const HostContext>> context_for(const HostName& name, Dates dates = Dates::usual);

    [[nodiscard]] const TlsRange& range() const { return range_; }
    static constexpr std::string_view id = "minted";  ///< in records; no configured host may have it

private:
    MintedHost() = default;
    std::shared_ptr<pki::Minter> minter_;
    TlsRange range_;
    std::shared_ptr<const HostContext> base_;  // its SSL_CTX is every minted host's
};

}  // namespace ocs::tls
