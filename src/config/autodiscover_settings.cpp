#include "config/autodiscover_settings.hpp"

#include <algorithm>

#include "config/fields.hpp"
#include "core/host_name.hpp"

namespace ocs::config {
namespace {

/// An https URL that can stand in an answer: a host name, printable characters, no user part.
Result<std::string> parse_redirect(std::string_view text) {
    constexpr std::string_view scheme = "https://";
    const Error problem("not an https URL", "", "such as https://lyncdiscover.contoso.test/");
    const bool printable = std::all_of(
        text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~' && c != '"' && c != '<'; });
    if (!text.starts_with(scheme) || text.size() > 1024 || !printable) return problem;
    const std::string_view rest = text.substr(scheme.size());
    const std::string_view host = rest.substr(0, rest.find_first_of(":/"));
    if (HostName::parse(host).has_error()) return problem;
    return std::string(text);
}

Result<std::string> parse_host(std::string_view text) {
    const auto name = HostName::parse(text);
    if (name.has_error()) return name.error();
    return name->text();
}

void read_server(yaml::Map& map, const std::string& key, std::optional<SipServer>& target) {
    const auto value = map.find(key);
    if (!value) return;
    SipServer server;
    yaml::Map inner(*value);
    if (const auto host = inner.require("host")) read_parsed(*host, parse_host, server.host);
    read_integer(inner, "port", 1, 65535, server.port);
    inner.finish();
    target = std::move(server);
}

}  // namespace

void read_autodiscover(const yaml::Value& value, AutodiscoverSettings& settings) {
    yaml::Map map(value);
    read_parsed(map, "redirect", parse_redirect, settings.redirect);
    read_server(map, "sip_internal", settings.sip_internal);
    read_server(map, "sip_external", settings.sip_external);
    read_flag(map, "inside", settings.inside);
    map.finish();
}

}  // namespace ocs::config
