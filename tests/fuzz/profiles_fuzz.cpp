// Client profiles of one's own: from YAML to a REGISTER that is one message.

#include "config/profile.hpp"
#include "discovery/profile_page.hpp"
#include "discovery/register_request.hpp"
#include "property.hpp"

using namespace ocs;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto profiles = config::parse_profiles("profiles.yaml", fuzz::text_of(data, size));
    if (!profiles) {
        require(!profiles.error().empty(), "a failure has an error");
        for (const Error& error : profiles.error()) {
            require(error.where.starts_with("profiles.yaml"), "an error has its place", error.where);
        }
        return 0;
    }
    const auto user = discovery::SipUser::parse("alice@contoso.test").value();
    for (const discovery::ClientProfile& profile : *profiles) {
        require(!profile.lookups.empty() && profile.lookups.size() <= config::max_profile_lookups,
                "the list of lookups is bounded",
                profile.name);
        require(profile.tls.value.min_version <= profile.tls.value.max_version, "a range of versions");
        const std::string request = discovery::register_request(profile, user, {});
        require(request.find("\r\n\r\n") == request.size() - 4, "a REGISTER is one message", request);
        for (std::size_t i = 0; i < request.size(); ++i) {
            const bool ends = request[i] == '\r' && i + 1 < request.size() && request[i + 1] == '\n';
            const bool follows = request[i] == '\n' && i > 0 && request[i - 1] == '\r';
            require(ends || follows || (request[i] >= ' ' && request[i] < '\x7f'),
                    "a REGISTER is printable ASCII",
                    request);
        }
        for (const char c : discovery::profile_text(profile)) {
            require(c == '\n' || static_cast<unsigned char>(c) >= ' ', "a profile is shown escaped");
        }
        for (const auto& line : discovery::outline(profile, user.domain())) {
            require(line.kind == discovery::LookupKind::dhcp120 || HostName::parse(line.name).has_value(),
                    "a lookup is a name",
                    line.name);
        }
    }
    return 0;
}
