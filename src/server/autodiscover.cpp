#include "server/autodiscover.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "core/escape.hpp"
#include "core/markup.hpp"

namespace ocs::server {
namespace {

namespace json = boost::json;

constexpr std::string_view service = "/autodiscover/autodiscoverservice.svc";

enum class Resource { none, root, user, domain };

Resource resource_of(std::string_view target) {
    const std::string lower = ascii_lower(target);
    const std::size_t mark = lower.find('?');
    std::string_view path = std::string_view(lower).substr(0, mark);
    const bool asks_for_user = mark != std::string::npos && lower.find("sipuri=", mark) != std::string::npos;
    if (path == "/") return asks_for_user ? Resource::root : Resource::none;
    if (!path.starts_with(service)) return Resource::none;
    path.remove_prefix(service.size());
    while (path.starts_with('/')) path.remove_prefix(1);
    while (path.ends_with('/')) path.remove_suffix(1);
    if (path.ends_with("/user")) return Resource::user;
    if (path.ends_with("/domain")) return Resource::domain;
    return path.empty() || path == "root" ? Resource::root : Resource::none;
}

struct Link {
    std::string token;  ///< "User"
    std::string href;
};

/// One resource's content, before its form.
struct Content {
    std::string_view element;  ///< "Root", "User"
    std::vector<Link> links;
    bool with_servers = false;
};

std::string to_xml(const Content& content, const config::AutodiscoverSettings& settings) {
    std::string out = fmt::format(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<AutodiscoverResponse AccessLocation=\"{}\"><{}>",
        settings.inside ? "Internal" : "External",
        content.element);
    const auto server = [&](std::string_view name, const std::optional<config::SipServer>& sip) {
        if (sip && content.with_servers) {
            out += fmt::format("<{} fqdn=\"{}\" port=\"{}\"/>", name, markup_text(sip->host), sip->port);
        }
    };
    server("SipClientInternalAccess", settings.sip_internal);
    server("SipClientExternalAccess", settings.sip_external);
    for (const Link& link : content.links) {
        out += fmt::format("<Link token=\"{}\" href=\"{}\"/>", link.token, markup_text(link.href));
    }
    return out + fmt::format("</{}></AutodiscoverResponse>\n", content.element);
}

std::string to_json(const Content& content, const config::AutodiscoverSettings& settings) {
    json::object out;
    out["AccessLocation"] = settings.inside ? "Internal" : "External";
    const auto server = [&](const char* name, const std::optional<config::SipServer>& sip) {
        if (sip && content.with_servers) out[name] = json::object{{"fqdn", sip->host}, {"port", sip->port}};
    };
    server("SipClientInternalAccess", settings.sip_internal);
    server("SipClientExternalAccess", settings.sip_external);
    json::object links;
    for (const Link& link : content.links) links[ascii_lower(link.token)] = json::object{{"href", link.href}};
    out["_links"] = std::move(links);
    return json::serialize(out) + "\n";
}

}  // namespace

std::optional<AutodiscoverAnswer> autodiscover_answer(std::string_view target,
                                                      std::string_view accept,
                                                      const std::string& host,
                                                      bool tls,
                                                      const config::AutodiscoverSettings& settings) {
    const Resource resource = resource_of(target);
    if (resource == Resource::none) return std::nullopt;
    const bool xml = ascii_lower(accept).find("xml") != std::string::npos;
    const bool any_server = settings.sip_internal || settings.sip_external;
    const std::string root = "https://" + host + "/Autodiscover/AutodiscoverService.svc/root";
    Content content;
    if (!tls || !settings.redirect.empty()) {
        content.element = "Root";
        content.links = {{"Redirect", settings.redirect.empty() ? root : settings.redirect}};
    } else if (resource == Resource::root) {
        content = {
            "Root", {{"Self", root}, {"User", root + "/user"}, {"Domain", root + "/domain"}}, any_server};
    } else if (!any_server) {
        return AutodiscoverAnswer{
            404, "text/plain; charset=utf-8", "fakeocs: no SIP server is configured here\n"};
    } else {
        content = {resource == Resource::user ? "User" : "Domain", {{"Self", root}}, true};
    }
    AutodiscoverAnswer answer;
    answer.content_type = xml ? "application/vnd.microsoft.rtc.autodiscover+xml; v=1" : "application/json";
    answer.body = xml ? to_xml(content, settings) : to_json(content, settings);
    return answer;
}

}  // namespace ocs::server
