#include "tls/minted_host.hpp"

#include "tls/host_context.hpp"

namespace ocs::tls {

Result<std::shared_ptr<MintedHost>> MintedHost::make(std::shared_ptr<pki::Minter> minter, TlsRange range) {
    auto base = std::make_shared<HostContext>();
    base->context = make_context(range.security_level);
    if (!base->context) return Error{"cannot make a TLS context", "", ""};
    std::shared_ptr<MintedHost> host(new MintedHost);
    host->minter_ = std::move(minter);
    host->range_ = range;
    host->base_ = std::move(base);
    return host;
}

Result<std::shared_ptr<const HostContext>> MintedHost::context_for(const HostName& name, Dates dates) {
    auto minted =
        dates == Dates::usual ? minter_->mint(name, wall_now()) : minter_->mint_expired(name, wall_now());
    if (minted.has_error()) return minted.error();
    auto context = std::make_shared<HostContext>();
    SSL_CTX_up_ref(base_->context.get());
    context->context.reset(base_->context.get());
    auto shown = std::make_shared<record::ServedCertificate>(facts_of((*minted)->info));
    shown->chain = (*minted)->info.self_signed   ? record::ChainKind::self_signed
                   : (*minted)->signed_by_lab_ca ? record::ChainKind::to_own_ca
                                                 : record::ChainKind::other_ca;
    context->certificate = std::move(shown);
    context->minted = std::move(*minted);
    return std::shared_ptr<const HostContext>(std::move(context));
}

}  // namespace ocs::tls
