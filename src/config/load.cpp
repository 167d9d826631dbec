#include "config/load.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "config/recipes.hpp"
#include "core/clock.hpp"
#include "core/escape.hpp"
#include "core/files.hpp"
#include "core/nearest.hpp"
#include "yaml/document.hpp"
#include "yaml/reader.hpp"

namespace ocs::config {
namespace {

using yaml::Map;
using yaml::Value;

void read_text(Map& map, const std::string& key, std::string& target) {
    const auto value = map.find(key);
    if (!value) return;
    if (auto text = value->string()) target = std::move(*text);
}

void read_path(Map& map, const std::string& key, std::filesystem::path& target) {
    std::string text;
    read_text(map, key, text);
    if (!text.empty()) target = text;
}

template <class Integer>
void read_integer(Map& map, const std::string& key, std::int64_t min, std::int64_t max, Integer& target) {
    const auto value = map.find(key);
    if (!value) return;
    if (const auto number = value->integer(min, max)) target = static_cast<Integer>(*number);
}

void read_seconds(Map& map, const std::string& key, double& target) {
    const auto value = map.find(key);
    if (!value) return;
    if (const auto number = value->number(0.01, 86400)) target = *number;
}

void read_flag(Map& map, const std::string& key, bool& target) {
    const auto value = map.find(key);
    if (!value) return;
    if (const auto flag = value->boolean()) target = *flag;
}

/// Text that `parse` turns into a value or an error.
template <class T, class Parse>
void read_parsed(const Value& value, Parse parse, T& target) {
    const auto text = value.string();
    if (!text) return;
    auto parsed = parse(*text);
    if (parsed.has_error()) {
        value.fail(parsed.error().what, parsed.error().hint);
    } else {
        target = std::move(*parsed);
    }
}

template <class T, class Parse>
void read_parsed(Map& map, const std::string& key, Parse parse, T& target) {
    if (const auto value = map.find(key)) read_parsed(*value, parse, target);
}

void read_version(Map& map, const std::string& key, std::uint16_t& target) {
    const auto value = map.find(key);
    if (!value) return;
    const auto index = value->word({"1.0", "1.1", "1.2", "1.3"});
    if (index) target = static_cast<std::uint16_t>(0x0301 + *index);
}

TlsSettings read_tls(const Value& value) {
    TlsSettings tls;
    Map map(value);
    read_version(map, "min_version", tls.min_version);
    read_version(map, "max_version", tls.max_version);
    read_integer(map, "security_level", 0, 5, tls.security_level);
    read_flag(map, "session_tickets", tls.session_tickets);
    map.finish();
    if (tls.min_version > tls.max_version) value.fail("min_version is above max_version", "swap the two");
    return tls;
}

std::optional<WallTime> read_time(Map& map, const std::string& key, WallTime now, std::string& target) {
    const auto value = map.find(key);
    if (!value) {
        const auto time = parse_time(target, now);
        return time.has_value() ? std::optional<WallTime>(*time) : std::nullopt;
    }
    const auto text = value->string();
    if (!text) return std::nullopt;
    const auto time = parse_time(*text, now);
    if (time.has_error()) {
        value->fail(time.error().what, time.error().hint);
        return std::nullopt;
    }
    target = *text;
    return *time;
}

void read_ca(const Value& value, pki::CaOptions& ca) {
    Map map(value);
    read_text(map, "name", ca.name);
    read_parsed(map, "key", pki::parse_key, ca.key);
    read_parsed(map, "hash", pki::parse_hash, ca.hash);
    const WallTime now = wall_now();
    const auto from = read_time(map, "not_before", now, ca.not_before);
    const auto until = read_time(map, "not_after", now, ca.not_after);
    if (from && until && *from >= *until) value.fail("not_before is not before not_after");
    map.finish();
}

void read_pfx(const Value& value, pki::PfxOptions& pfx) {
    Map map(value);
    if (const auto profile = map.find("profile")) {
        const auto index = profile->word({"legacy", "modern"});
        if (index) pfx.profile = *index == 0 ? pki::PfxProfile::legacy : pki::PfxProfile::modern;
    }
    read_text(map, "password", pfx.password);
    map.finish();
}

ListenerSettings read_listener(const Value& value, std::size_t number) {
    ListenerSettings listener;
    listener.name = "tls-" + std::to_string(number);
    listener.place = value.place();
    Map map(value);
    read_text(map, "name", listener.name);
    read_parsed(map, "address", IpAddress::parse, listener.address);
    if (const auto port = map.require("port")) {
        if (const auto read = port->integer(0, 65535)) listener.port = static_cast<std::uint16_t>(*read);
    }
    read_text(map, "default_host", listener.default_host);
    if (const auto unknown = map.find("unknown_names")) {
        const auto index = unknown->word({"default", "unrecognized_name"});
        if (index) {
            listener.unknown_names =
                *index == 0 ? UnknownNames::default_certificate : UnknownNames::unrecognized_name;
        }
    }
    if (const auto tls = map.find("tls")) listener.tls = read_tls(*tls);
    map.finish();
    return listener;
}

LoadSettings read_load(const Value& value, const std::filesystem::path& folder) {
    LoadSettings load;
    Map map(value);
    read_path(map, "certificate", load.certificate);
    read_path(map, "key", load.key);
    read_path(map, "chain", load.chain);
    read_path(map, "pfx", load.pfx);
    read_text(map, "pfx_password", load.pfx_password);
    map.finish();
    if (load.pfx.empty() == load.certificate.empty()) {
        value.fail("expected exactly one of certificate and pfx",
                   "certificate: with key: for PEM files, pfx: with pfx_password: for a PFX");
    }
    for (auto* path : {&load.certificate, &load.key, &load.chain, &load.pfx}) {
        if (!path->empty() && path->is_relative()) *path = folder / *path;
    }
    return load;
}

void read_certificate(const Value& value, const std::filesystem::path& folder, HostSettings& host) {
    Map map(value);
    const auto generate = map.find("generate");
    const auto load = map.find("load");
    if (generate) host.generate = read_recipe(*generate, host.id);
    if (load) host.load = read_load(*load, folder);
    map.finish();
    if (generate.has_value() == load.has_value()) value.fail("expected exactly one of generate and load");
}

HostSettings read_host(const Value& value, const std::filesystem::path& folder) {
    HostSettings host;
    host.place = value.place();
    Map map(value);
    if (const auto id = map.require("id")) {
        if (auto text = id->string()) host.id = std::move(*text);
        if (!host.id.empty() && !is_folder_name(host.id)) {
            id->mismatch("letters, digits, '.', '-', '_', not starting with '.'");
        } else if (host.id.empty() && id->node().kind == yaml::Kind::scalar) {
            id->mismatch("a word that names the host");
        }
    }
    if (const auto names = map.find("names")) {
        for (const Value& item : names->list()) {
            const auto text = item.string();
            if (!text) continue;
            auto pattern = HostPattern::parse(*text);
            if (pattern.has_error()) {
                item.fail(pattern.error().what, pattern.error().hint);
            } else {
                host.names.push_back(std::move(*pattern));
            }
        }
    }
    if (const auto certificate = map.require("certificate")) read_certificate(*certificate, folder, host);
    if (const auto tls = map.find("tls")) host.tls = read_tls(*tls);
    map.finish();
    return host;
}

void read_limits(const Value& value, LimitSettings& limits) {
    Map map(value);
    read_integer(map, "connections", 1, 1'000'000, limits.connections);
    read_integer(map, "connections_per_address", 1, 1'000'000, limits.connections_per_address);
    read_seconds(map, "hello_seconds", limits.hello_seconds);
    read_seconds(map, "handshake_seconds", limits.handshake_seconds);
    read_seconds(map, "idle_seconds", limits.idle_seconds);
    read_seconds(map, "grace_seconds", limits.grace_seconds);
    read_integer(map, "bytes", 1024, std::int64_t{1} << 40, limits.bytes);
    map.finish();
}

void read_logs(const Value& value, LogSettings& logs) {
    Map map(value);
    read_path(map, "text_file", logs.text_file);
    read_path(map, "json_file", logs.json_file);
    read_path(map, "key_log", logs.key_log);
    map.finish();
}

void read_policies(const Value& value, std::vector<discovery::NamePolicy>& policies) {
    std::vector<std::string> words;
    for (const auto policy : discovery::all_name_policies) words.emplace_back(to_string(policy));
    policies.clear();
    for (const Value& item : value.list()) {
        const auto index = item.word(words);
        if (!index) continue;
        const auto policy = discovery::all_name_policies[*index];
        if (std::find(policies.begin(), policies.end(), policy) != policies.end()) {
            item.fail("policy " + ocs::quoted(words[*index]) + " is listed twice");
        }
        policies.push_back(policy);
    }
    if (value.list().empty()) value.fail("expected at least one policy");
}

void check_hosts(const std::vector<Value>& values, const std::vector<HostSettings>& hosts) {
    std::set<std::string> ids;
    std::set<std::string> names;
    for (std::size_t i = 0; i < hosts.size(); ++i) {
        // Ids name folders, and some file systems do not tell "A" from "a".
        if (!hosts[i].id.empty() && !ids.insert(ascii_lower(hosts[i].id)).second) {
            values[i].fail("id " + ocs::quoted(hosts[i].id) + " is used by an earlier host");
        }
        for (const HostPattern& name : hosts[i].names) {
            if (names.insert(name.text()).second) continue;
            values[i].fail("name " + ocs::quoted(name.text()) + " is listed twice",
                           "a name belongs to one host");
        }
    }
}

void check_listeners(const std::vector<Value>& values, const Settings& settings) {
    std::set<std::string> names;
    std::set<std::pair<IpAddress, std::uint16_t>> ends;
    std::vector<std::string> ids;
    for (const HostSettings& host : settings.hosts) ids.push_back(host.id);
    for (std::size_t i = 0; i < values.size(); ++i) {
        const ListenerSettings& listener = settings.listeners[i];
        if (!names.insert(listener.name).second) {
            values[i].fail("name " + ocs::quoted(listener.name) + " is used by an earlier listener");
        }
        if (listener.port != 0 && !ends.insert({listener.address, listener.port}).second) {
            values[i].fail("address and port are those of an earlier listener");
        }
        if (listener.default_host.empty() ||
            std::find(ids.begin(), ids.end(), listener.default_host) != ids.end()) {
            continue;
        }
        const auto close = nearest(listener.default_host, ids);
        values[i].fail("default_host " + ocs::quoted(listener.default_host) + " is no host of this file",
                       close ? "did you mean " + ocs::quoted(*close) + "?" : "");
    }
}

void add_default_listeners(Settings& settings) {
    for (const std::uint16_t port : {std::uint16_t{5061}, std::uint16_t{8443}}) {
        ListenerSettings listener;
        listener.name = "tls-" + std::to_string(settings.listeners.size() + 1);
        listener.port = port;
        settings.listeners.push_back(std::move(listener));
    }
}

Settings read_settings(const Value& root, const std::filesystem::path& file) {
    Settings settings;
    settings.file = file;
    Map map(root);
    read_path(map, "state_dir", settings.state_dir);
    if (const auto ca = map.find("ca")) read_ca(*ca, settings.ca);
    if (const auto pfx = map.find("pfx")) read_pfx(*pfx, settings.pfx);
    std::vector<Value> listeners;
    if (const auto value = map.find("listeners")) listeners = value->list();
    for (const Value& value : listeners) {
        settings.listeners.push_back(read_listener(value, settings.listeners.size() + 1));
    }
    std::vector<Value> hosts;
    if (const auto value = map.require("hosts")) {
        hosts = value->list();
        const bool is_list = value->node().kind == yaml::Kind::seq || value->node().kind == yaml::Kind::null;
        if (hosts.empty() && is_list) value->fail("expected at least one host");
    }
    for (const Value& value : hosts) settings.hosts.push_back(read_host(value, file.parent_path()));
    if (const auto limits = map.find("limits")) read_limits(*limits, settings.limits);
    if (const auto logs = map.find("logs")) read_logs(*logs, settings.logs);
    if (const auto policies = map.find("policies")) read_policies(*policies, settings.policies);
    map.finish();
    check_hosts(hosts, settings.hosts);
    check_listeners(listeners, settings);
    if (settings.listeners.empty()) add_default_listeners(settings);
    return settings;
}

}  // namespace

Results<Settings> parse_settings(const std::string& file_name, std::string_view text) {
    const auto document = yaml::parse(file_name, text);
    if (document.has_error()) return std::vector<Error>{document.error()};
    yaml::Problems problems(file_name);
    Settings settings = read_settings(Value(document->root, "", problems), file_name);
    if (!problems.empty()) return problems.errors();
    return settings;
}

Results<Settings> load_settings(const std::filesystem::path& path) {
    const auto text = read_file(path, yaml::max_bytes);
    if (text.has_error()) return std::vector<Error>{text.error()};
    return parse_settings(path.string(), *text);
}

}  // namespace ocs::config
