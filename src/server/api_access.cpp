#include "server/api_access.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <ifaddrs.h>

#include <algorithm>

#include "admin/token_file.hpp"
#include "admin/token_guard.hpp"
#include "core/escape.hpp"
#include "core/files.hpp"
#include "server/greeting.hpp"
#include "server/host_loading.hpp"

namespace ocs::server {
namespace {

std::optional<IpAddress> address_of(const sockaddr* address) {
    const auto bytes = [](const auto& field) {
        const auto* first = reinterpret_cast<const std::uint8_t*>(&field);
        return IpAddress::from_bytes({first, sizeof field});
    };
    Result<IpAddress> found = Error{"", "", ""};
    if (address != nullptr && address->sa_family == AF_INET)
        found = bytes(reinterpret_cast<const sockaddr_in*>(address)->sin_addr);
    if (address != nullptr && address->sa_family == AF_INET6)
        found = bytes(reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr);
    return found.has_value() ? std::optional(*found) : std::nullopt;
}

std::vector<IpAddress> of_this_machine() {
    std::vector<IpAddress> found;
    ifaddrs* all = nullptr;
    if (::getifaddrs(&all) != 0) return found;
    for (const ifaddrs* one = all; one != nullptr; one = one->ifa_next) {
        if (auto address = address_of(one->ifa_addr)) found.push_back(std::move(*address));
    }
    ::freeifaddrs(all);
    return found;
}

config::HostSettings host_of(const config::Settings& settings) {
    config::HostSettings host;
    host.id = api_certificate_folder;
    host.place = settings.admin.place;
    pki::Recipe recipe;
    recipe.name = host.id;
    recipe.note = "the dashboard and the API over HTTPS";
    recipe.subject = {{"CN", "fakeocs dashboard"}};
    for (const std::string& name : api_names(settings.admin, of_this_machine()))
        recipe.sans.push_back(pki::parse_san(name).value());
    host.generate = std::move(recipe);
    return host;
}

Result<admin::DoorCertificate> read_certificate(const std::filesystem::path& chain,
                                                const std::filesystem::path& key) {
    auto chain_text = read_file(chain);
    if (chain_text.has_error()) return chain_text.error();
    auto key_text = read_file(key);
    if (key_text.has_error()) return key_text.error();
    return admin::DoorCertificate{std::move(*chain_text), std::move(*key_text)};
}

Result<admin::DoorCertificate> made_certificate(const config::Settings& settings,
                                                WallTime now,
                                                std::vector<std::string>& lines) {
    const auto is_same = [](const auto& host) { return host.id == api_certificate_folder; };
    if (std::any_of(settings.hosts.begin(), settings.hosts.end(), is_same)) {
        return Error{fmt::format("a virtual host has the id '{}'", api_certificate_folder),
                     settings.admin.place,
                     "that folder is for the API's certificate: another id, or admin: certificate: and key:"};
    }
    auto state = pki::StateFolder::open(settings.state_dir);
    if (state.has_error()) return state.error();
    const auto folder = state->path() / api_certificate_folder;
    CertificateMaker maker(std::move(*state), settings.pfx);
    const auto ensured = maker.ensure(host_of(settings), now);
    if (ensured.has_error()) return ensured.error();
    lines.push_back(row(
        "api",
        fmt::format("certificate {} in {}", ensured->made_now ? "made" : "kept", visible(folder.string()))));
    return read_certificate(folder / "fullchain.pem", folder / "key.pem");
}

}  // namespace

std::vector<std::string> api_names(const config::AdminSettings& settings,
                                   const std::vector<IpAddress>& of_this_machine) {
    std::vector<std::string> names = {"DNS:localhost"};
    for (const std::string& name : settings.names) names.push_back("DNS:" + name);
    std::vector<std::string> addresses = {"IP:127.0.0.1", "IP:::1"};
    const auto& bytes = settings.address.bytes();
    const bool any = std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
    if (!any) addresses.push_back("IP:" + settings.address.text());
    for (const IpAddress& address : of_this_machine) {
        const bool is_link_local =
            address.is_v6() && address.bytes()[0] == 0xfe && (address.bytes()[1] & 0xc0) == 0x80;
        if (any && !is_link_local) addresses.push_back("IP:" + address.text());
    }
    // The order in which a system lists them must not make another certificate.
    std::sort(addresses.begin(), addresses.end());
    addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
    names.insert(names.end(), addresses.begin(), addresses.end());
    return names;
}

Result<ApiAccess> api_access(const config::Settings& settings, WallTime now) {
    const config::AdminSettings& admin = settings.admin;
    ApiAccess access{{false, false, admin.names}, std::nullopt, {}};
    if (!admin.tls) return access;
    const auto token = admin::ensure_token(settings.state_dir);
    if (token.has_error()) return token.error();
    auto certificate = admin.certificate.empty() ? made_certificate(settings, now, access.lines)
                                                 : read_certificate(admin.certificate, admin.key);
    if (certificate.has_error()) return certificate.error();
    access.certificate = std::move(*certificate);
    auto left = admin::LeftSessions::load(settings.state_dir / admin::left_sessions_file_name);
    if (left.has_error()) return left.error();
    access.rules.token = std::make_shared<admin::TokenGuard>(token->token, std::move(*left));
    access.lines.push_back(row("api",
                               fmt::format("token {} in {}: whoever has it can change the lab",
                                           token->made_now ? "made" : "kept",
                                           visible(token->path.string()))));
    return access;
}

}  // namespace ocs::server
