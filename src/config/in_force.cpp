#include "config/in_force.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/escape.hpp"

namespace ocs::config {
namespace {

constexpr std::size_t most_texts = 50;   // of one list
constexpr std::size_t most_items = 100;  // listeners, answers, zones

std::string value_of(bool flag) { return flag ? "true" : "false"; }
std::string value_of(std::string_view text) { return visible(text); }
std::string value_of(const std::string& text) { return visible(text); }
std::string value_of(const char* text) { return text; }
std::string value_of(const std::filesystem::path& path) { return visible(path.string()); }
std::string value_of(const IpAddress& address) { return address.text(); }
std::string value_of(double number) { return fmt::format("{:g}", number); }
template <class Integer>
requires std::is_integral_v<Integer> std::string value_of(Integer number) { return std::to_string(number); }

std::string version_text(std::uint16_t version) { return fmt::format("1.{}", version - 0x0301); }

template <class List, class Text>
std::string list_of(const List& list, Text text) {
    std::string all;
    std::size_t count = 0;
    for (const auto& item : list) {
        if (count++ == most_texts) return fmt::format("[{}, and {} more]", all, list.size() - most_texts);
        all += (all.empty() ? "" : ", ") + visible(text(item));
    }
    return "[" + all + "]";
}

std::string list_of(const std::vector<std::string>& list) {
    return list_of(list, [](const std::string& text) { return text; });
}

/// Puts the rows together; knows where each came from.
class Rows {
public:
    explicit Rows(const Settings& settings) : settings_(settings) {}

    template <class Value>
    void add(const std::string& key, const Value& value) {
        rows_.push_back({key, value_of(value), origin_of(key)});
    }
    void add_secret(const std::string& key, const std::string& value) {
        rows_.push_back({key, value.empty() ? "" : hidden, origin_of(key)});
    }
    /// From here on everything comes from this place.
    void place_all(Origin origin) { fixed_ = std::move(origin); }
    void place_each() { fixed_.reset(); }
    std::vector<InForce> take() { return std::move(rows_); }
    [[nodiscard]] const Settings& settings() const { return settings_; }

private:
    [[nodiscard]] Origin origin_of(const std::string& key) const {
        if (fixed_) return *fixed_;
        const auto found = settings_.origins.find(key);
        return found == settings_.origins.end() ? Origin() : found->second;
    }

    const Settings& settings_;
    std::optional<Origin> fixed_;
    std::vector<InForce> rows_;
};

std::string item(const std::string& list, std::size_t index) { return fmt::format("{}[{}]", list, index); }

void add_tls(Rows& rows, const std::string& key, const TlsSettings& tls) {
    rows.add(key + ".min_version", version_text(tls.min_version));
    rows.add(key + ".max_version", version_text(tls.max_version));
    rows.add(key + ".security_level", tls.security_level);
    rows.add(key + ".session_tickets", tls.session_tickets);
}

void add_listeners(Rows& rows) {
    constexpr const char* unknown_names[] = {"default", "unrecognized_name", "mint"};
    const auto& listeners = rows.settings().listeners;
    for (std::size_t i = 0; i < std::min(listeners.size(), most_items); ++i) {
        const std::string key = item("listeners", i);
        rows.add(key + ".name", listeners[i].name);
        rows.add(key + ".address", listeners[i].address);
        rows.add(key + ".port", listeners[i].port);
        rows.add(key + ".default_host", listeners[i].default_host);
        rows.add(key + ".unknown_names", unknown_names[static_cast<int>(listeners[i].unknown_names)]);
        add_tls(rows, key + ".tls", listeners[i].tls);
        rows.add(key + ".plain_sip", listeners[i].plain_sip);
    }
}

void add_recipe(Rows& rows, const std::string& key, const pki::Recipe& recipe) {
    constexpr const char* issuers[] = {"lab_ca", "self_signed", "unknown_ca"};
    rows.add(key + ".note", recipe.note);
    rows.add(key + ".subject", list_of(recipe.subject, [](const pki::SubjectPart& part) {
                 return part.type + "=" + part.value;
             }));
    rows.add(key + ".sans", list_of(recipe.sans, [](const auto& name) { return pki::to_string(name); }));
    rows.add(key + ".san_der", recipe.san_der);
    rows.add(key + ".key", pki::to_string(recipe.key));
    rows.add(key + ".share_key", recipe.share_key);
    rows.add(key + ".hash", pki::to_string(recipe.hash));
    rows.add(key + ".rsa_pss", recipe.rsa_pss);
    rows.add(key + ".not_before", recipe.not_before);
    rows.add(key + ".not_after", recipe.not_after);
    rows.add(key + ".issuer", issuers[static_cast<int>(recipe.issuer)]);
    rows.add(key + ".via_intermediate", recipe.via_intermediate);
    rows.add(key + ".send_intermediate", recipe.send_intermediate);
    rows.add(key + ".eku", list_of(recipe.eku));
    rows.add(key + ".key_usage", list_of(recipe.key_usage));
    rows.add(key + ".is_ca", recipe.is_ca);
    rows.add(key + ".crl_urls", list_of(recipe.crl_urls));
    rows.add(key + ".revoked", recipe.revoked);
}

/// The built-in rules by their prefixes alone; those of the file come first.
void add_mint(Rows& rows) {
    const pki::MintSettings& mint = rows.settings().mint;
    rows.add("mint.key", pki::to_string(mint.key));
    rows.add("mint.cache", mint.cache);
    rows.add("mint.rules", list_of(mint.rules, [](const pki::MintRule& rule) { return rule.prefix; }));
    for (std::size_t i = 0; i < std::min(mint.rules.size(), most_items); ++i) {
        const std::string key = item("mint.rules", i);
        if (!rows.settings().origins.contains(key)) break;
        rows.add(key + ".prefix", mint.rules[i].prefix);
        add_recipe(rows, key + ".certificate", mint.rules[i].recipe);
    }
}

void add_host(Rows& rows, const std::string& key, const HostSettings& host) {
    rows.add(key + ".id", host.id);
    rows.add(key + ".names", list_of(host.names, [](const HostPattern& name) { return name.text(); }));
    if (host.generate) add_recipe(rows, key + ".certificate.generate", *host.generate);
    if (host.load) {
        const std::string load = key + ".certificate.load";
        rows.add(load + ".certificate", host.load->certificate);
        rows.add(load + ".key", host.load->key);
        rows.add(load + ".chain", host.load->chain);
        rows.add(load + ".pfx", host.load->pfx);
        rows.add_secret(load + ".pfx_password", host.load->pfx_password);
    }
    const TlsOverrides& tls = host.tls;
    if (tls.min_version) rows.add(key + ".tls.min_version", version_text(*tls.min_version));
    if (tls.max_version) rows.add(key + ".tls.max_version", version_text(*tls.max_version));
    if (tls.security_level) rows.add(key + ".tls.security_level", *tls.security_level);
    if (tls.session_tickets) rows.add(key + ".tls.session_tickets", *tls.session_tickets);
}

void add_hosts(Rows& rows, HostRange wanted) {
    const Settings& settings = rows.settings();
    rows.add("certificates_from.folder", settings.certificates_from.folder);
    rows.add_secret("certificates_from.pfx_password", settings.certificates_from.pfx_password);
    const std::size_t count = std::min(wanted.count, longest_host_range);
    for (std::size_t i = wanted.first; i < settings.hosts.size() && i - wanted.first < count; ++i) {
        const std::string key = item("hosts", i);
        if (!settings.origins.contains(key)) rows.place_all({Source::file, settings.hosts[i].place});
        add_host(rows, key, settings.hosts[i]);
        rows.place_each();
    }
}

void add_sip(Rows& rows) {
    const SipSettings& sip = rows.settings().sip;
    rows.add("sip.server", sip.front_end.server);
    rows.add("sip.expires_seconds", sip.front_end.expires_seconds);
    rows.add("sip.keep_alive_seconds", sip.front_end.keep_alive_seconds);
    const auto& rules = sip.front_end.rules;
    for (std::size_t i = 0; i < std::min(rules.size(), most_items); ++i) {
        const std::string key = item("sip.answers", i);
        rows.add(key + ".host", rules[i].host);
        rows.add(key + ".user", rules[i].user);
        rows.add(key + ".answer", to_string(rules[i].answer));
        rows.add(key + ".homes", list_of(rules[i].homes, [](const sip::HomePool& home) {
                     return fmt::format("{}:{};q={}", home.host, home.port, home.q);
                 }));
        if (!rules[i].diagnostics) continue;
        rows.add(key + ".diagnostics.id", rules[i].diagnostics->id);
        rows.add(key + ".diagnostics.source", rules[i].diagnostics->source);
        rows.add(key + ".diagnostics.reason", rules[i].diagnostics->reason);
    }
    rows.add("sip.limits.messages", sip.limits.messages);
    rows.add("sip.limits.headers", sip.limits.headers);
    rows.add("sip.limits.body_bytes", sip.limits.body_bytes);
}

void add_autodiscover(Rows& rows) {
    const AutodiscoverSettings& autodiscover = rows.settings().autodiscover;
    rows.add("autodiscover.redirect", autodiscover.redirect);
    for (const auto& [key, server] : {std::pair("autodiscover.sip_internal", &autodiscover.sip_internal),
                                      std::pair("autodiscover.sip_external", &autodiscover.sip_external)}) {
        rows.add(std::string(key) + ".host", *server ? (*server)->host : "");
        if (*server) rows.add(std::string(key) + ".port", (*server)->port);
    }
    rows.add("autodiscover.inside", autodiscover.inside);
}

void add_dns(Rows& rows) {
    const DnsSettings& dns = rows.settings().dns;
    if (!dns.enabled) return rows.add("dns", "");
    rows.add("dns.address", dns.address);
    rows.add("dns.port", dns.port);
    rows.add("dns.ttl", dns.ttl);
    rows.add("dns.forward",
             dns.forward ? fmt::format("{} port {}", dns.forward->address.text(), dns.forward->port) : "");
    rows.add("dns.forwarders",
             list_of(dns.forwarders, [](const IpAddress& address) { return address.text(); }));
    rows.add("dns.zones", list_of(dns.zones.all(), [](const dns::Zone& zone) { return zone.name().text(); }));
    rows.add("dns.faults", fmt::format("{} at the start", dns.faults.all().size()));
    rows.add("dns.tcp_connections", dns.tcp_connections);
    rows.add("dns.idle_seconds", dns.idle_seconds);
    rows.add("dns.forward_seconds", dns.forward_seconds);
}

/// Those of the file; what is armed by now is elsewhere in the API.
void add_faults(Rows& rows) {
    rows.add("faults", list_of(rows.settings().faults, [](const record::Fault& fault) {
                 return record::one_line(fault, {});
             }));
}

void add_limits_and_logs(Rows& rows) {
    constexpr const char* colours[] = {"auto", "always", "never"};
    constexpr const char* details[] = {"quiet", "normal", "verbose"};
    const LimitSettings& limits = rows.settings().limits;
    rows.add("limits.connections", limits.connections);
    rows.add("limits.connections_per_address", limits.connections_per_address);
    rows.add("limits.hello_seconds", limits.hello_seconds);
    rows.add("limits.handshake_seconds", limits.handshake_seconds);
    rows.add("limits.idle_seconds", limits.idle_seconds);
    rows.add("limits.grace_seconds", limits.grace_seconds);
    rows.add("limits.bytes", limits.bytes);
    const LogSettings& logs = rows.settings().logs;
    rows.add("logs.text_file", logs.text_file);
    rows.add("logs.json_file", logs.json_file);
    rows.add("logs.key_log", logs.key_log);
    rows.add("logs.color", colours[static_cast<int>(logs.color)]);
    rows.add("logs.detail", details[static_cast<int>(logs.detail)]);
    rows.add("logs.waiting", logs.waiting);
    const HistorySettings& history = rows.settings().history;
    rows.add("history.keep", history.keep);
    rows.add("history.file", history.file);
    rows.add("history.days", history.days);
    rows.add("history.records", history.records);
    rows.add("history.megabytes", history.megabytes);
    rows.add("history.capture", history.capture);
    rows.add("timeline.window_seconds", rows.settings().timeline.window_seconds);
}

void add_admin(Rows& rows) {
    const AdminSettings& admin = rows.settings().admin;
    rows.add("admin.enabled", admin.enabled);
    rows.add("admin.address", admin.address);
    rows.add("admin.port", admin.port);
    rows.add("admin.names", list_of(admin.names));
    rows.add("admin.tls", admin.tls);
    rows.add("admin.certificate", admin.certificate);
    rows.add("admin.key", admin.key);
    const CaPageSettings& page = rows.settings().ca_page;
    rows.add("ca_page.enabled", page.enabled);
    rows.add("ca_page.address", page.address);
    rows.add("ca_page.port", page.port);
}

void add_ca(Rows& rows) {
    const Settings& settings = rows.settings();
    rows.add("ca.name", settings.ca.name);
    rows.add("ca.key", pki::to_string(settings.ca.key));
    rows.add("ca.hash", pki::to_string(settings.ca.hash));
    rows.add("ca.not_before", settings.ca.not_before);
    rows.add("ca.not_after", settings.ca.not_after);
    rows.add("pfx.profile", settings.pfx.profile == pki::PfxProfile::legacy ? "legacy" : "modern");
    rows.add_secret("pfx.password", settings.pfx.password);
}

}  // namespace

std::string_view to_string(Source source) {
    switch (source) {
        case Source::standard:
            return "default";
        case Source::file:
            return "file";
        case Source::quickstart:
            return "quickstart";
        case Source::variable:
            return "variable";
        case Source::flag:
            return "flag";
    }
    return "default";
}

std::vector<InForce> settings_in_force(const Settings& settings, HostRange hosts) {
    Rows rows(settings);
    rows.add("config", settings.file);
    rows.add("state_dir", settings.state_dir);
    rows.add("workers", settings.workers);
    rows.add("user", settings.user);
    add_ca(rows);
    add_listeners(rows);
    add_mint(rows);
    add_hosts(rows, hosts);
    add_sip(rows);
    add_autodiscover(rows);
    add_dns(rows);
    add_faults(rows);
    add_limits_and_logs(rows);
    add_admin(rows);
    rows.add("policies", list_of(settings.policies, [](const auto policy) { return to_string(policy); }));
    return rows.take();
}

}  // namespace ocs::config
