#include "config/load.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "config/certificate_folder.hpp"
#include "config/fault_settings.hpp"
#include "config/fields.hpp"
#include "config/in_force.hpp"
#include "config/mint_settings.hpp"
#include "config/recipes.hpp"
#include "config/strength.hpp"
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

std::optional<std::uint16_t> read_version(Map& map, const std::string& key) {
    const auto value = map.find(key);
    if (!value) return std::nullopt;
    const auto index = value->word({"1.0", "1.1", "1.2", "1.3"});
    if (!index) return std::nullopt;
    return static_cast<std::uint16_t>(0x0301 + *index);
}

TlsOverrides read_tls(const Value& value) {
    TlsOverrides tls;
    Map map(value);
    tls.min_version = read_version(map, "min_version");
    tls.max_version = read_version(map, "max_version");
    if (const auto level = map.find("security_level")) {
        if (const auto read = level->integer(0, 5)) tls.security_level = static_cast<int>(*read);
    }
    if (const auto tickets = map.find("session_tickets")) tls.session_tickets = tickets->boolean();
    map.finish();
    return tls;
}

TlsSettings applied(const TlsOverrides& own, TlsSettings tls) {
    tls.min_version = own.min_version.value_or(tls.min_version);
    tls.max_version = own.max_version.value_or(tls.max_version);
    tls.security_level = own.security_level.value_or(tls.security_level);
    tls.session_tickets = own.session_tickets.value_or(tls.session_tickets);
    return tls;
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
    read_word(map, "profile", {"legacy", "modern"}, pfx.profile);
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
    read_word(map, "unknown_names", {"default", "unrecognized_name", "mint"}, listener.unknown_names);
    if (const auto tls = map.find("tls")) {
        listener.tls = applied(read_tls(*tls), {});
        if (listener.tls.min_version > listener.tls.max_version) {
            tls->fail("min_version is above max_version", "swap the two");
        }
    }
    read_flag(map, "plain_sip", listener.plain_sip);
    map.finish();
    return listener;
}

LoadSettings read_load(const Value& value, const std::filesystem::path& folder) {
    LoadSettings load;
    load.place = value.place();
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

/// What is in use already, by hosts that came before.
struct Taken {
    std::set<std::string> ids;
    std::set<std::string> names;
};

void read_id(const Value& id, HostSettings& host, Taken& taken) {
    if (auto text = id.string()) host.id = std::move(*text);
    if (host.id.empty()) {
        if (id.node().kind == yaml::Kind::scalar) id.mismatch("a word that names the host");
        return;
    }
    if (!is_folder_name(host.id)) id.mismatch("letters, digits, '.', '-', '_', not starting with '.'");
    // Ids name folders, and some file systems do not tell "A" from "a".
    if (!taken.ids.insert(ascii_lower(host.id)).second) {
        id.fail("id " + ocs::quoted(host.id) + " is used by an earlier host");
    }
}

void read_names(const Value& names, HostSettings& host, Taken& taken) {
    for (const Value& item : names.list()) {
        const auto text = item.string();
        if (!text) continue;
        auto pattern = HostPattern::parse(*text);
        if (pattern.has_error()) {
            item.fail(pattern.error().what, pattern.error().hint);
            continue;
        }
        if (!taken.names.insert(pattern->text()).second) {
            item.fail("name " + ocs::quoted(pattern->text()) + " is listed twice",
                      "a name belongs to one host");
        }
        host.names.push_back(std::move(*pattern));
    }
}

HostSettings read_host(const Value& value, const std::filesystem::path& folder, Taken& taken) {
    HostSettings host;
    host.place = value.place();
    Map map(value);
    if (const auto id = map.require("id")) read_id(*id, host, taken);
    if (const auto names = map.find("names")) read_names(*names, host, taken);
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
    read_word(map, "color", {"auto", "always", "never"}, logs.color);
    read_word(map, "detail", {"quiet", "normal", "verbose"}, logs.detail);
    read_integer(map, "waiting", 1, 1'000'000, logs.waiting);
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

std::vector<std::string> ids_of(const std::vector<HostSettings>& hosts) {
    std::vector<std::string> ids;
    ids.reserve(hosts.size());
    for (const HostSettings& host : hosts) ids.push_back(host.id);
    return ids;
}

void check_listeners(const std::vector<Value>& values, const Settings& settings) {
    std::set<std::string> names;
    std::set<std::pair<IpAddress, std::uint16_t>> ends;
    const std::vector<std::string> ids = ids_of(settings.hosts);
    for (std::size_t i = 0; i < values.size(); ++i) {
        const ListenerSettings& listener = settings.listeners[i];
        if (!names.insert(listener.name).second) {
            values[i].at("name").fail("name " + ocs::quoted(listener.name) +
                                      " is used by an earlier listener");
        }
        if (listener.port != 0 && !ends.insert({listener.address, listener.port}).second) {
            values[i].fail("address and port are those of an earlier listener");
        }
        if (listener.default_host.empty() ||
            std::find(ids.begin(), ids.end(), listener.default_host) != ids.end()) {
            continue;
        }
        const auto close = nearest(listener.default_host, ids);
        Error error("no host has this id", "", close ? "did you mean " + ocs::quoted(*close) + "?" : "");
        error.found = ocs::quoted(listener.default_host);
        values[i].at("default_host").fail(std::move(error));
    }
}

/// What only host and listener together can tell: each host answers on every listener.
void check_together(const std::vector<Value>& values, const Settings& settings) {
    for (std::size_t i = 0; i < values.size(); ++i) {
        const HostSettings& host = settings.hosts[i];
        for (const ListenerSettings& listener : settings.listeners) {
            const TlsSettings tls = tls_of(host, listener);
            if (tls.min_version > tls.max_version && listener.tls.min_version <= listener.tls.max_version) {
                values[i].at("tls").fail(
                    "min_version is above max_version on listener " + ocs::quoted(listener.name),
                    "a key that is left out is the listener's");
                break;
            }
            auto problem = host.generate ? unservable(*host.generate, tls.security_level) : std::nullopt;
            if (!problem) continue;
            values[i].at("certificate").at("generate").fail(std::move(*problem));
            break;
        }
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

void read_user(const Value& user, Settings& settings) {
    auto name = user.string();
    if (!name) return;
    if (name->empty()) user.mismatch("the name of an account");
    settings.user = std::move(*name);
    settings.user_place = user.place();
}

/// What is wrong with a single file is said and not served; a folder without a host is a problem of the
/// configuration.
void add_hosts_of_folder(const Value& value, Settings& settings) {
    if (settings.certificates_from.folder.empty()) return;
    auto index = index_of(settings.certificates_from, settings.hosts);
    if (index.has_error()) return value.at("folder").fail(to_string(index.error()));
    settings.folder_problems = std::move(index->problems);
    std::move(index->hosts.begin(), index->hosts.end(), std::back_inserter(settings.hosts));
    if (settings.hosts.empty()) {
        const auto& problems = settings.folder_problems;
        value.at("folder").fail("no certificate with a private key in this folder",
                                problems.empty() ? "" : to_string(problems.front()));
    }
}

Settings read_settings(const Value& root, const std::filesystem::path& file) {
    Settings settings;
    settings.file = file;
    Map map(root);
    read_path(map, "state_dir", settings.state_dir);
    read_integer(map, "workers", 1, 64, settings.workers);
    if (const auto user = map.find("user")) read_user(*user, settings);
    if (const auto ca = map.find("ca")) read_ca(*ca, settings.ca);
    if (const auto pfx = map.find("pfx")) read_pfx(*pfx, settings.pfx);
    std::vector<Value> listeners;
    if (const auto value = map.find("listeners")) listeners = value->list();
    for (const Value& value : listeners) {
        settings.listeners.push_back(read_listener(value, settings.listeners.size() + 1));
    }
    const auto folder = map.find("certificates_from");
    if (folder) read_certificates_from(*folder, file.parent_path(), settings.certificates_from);
    std::vector<Value> hosts;
    if (const auto value = folder ? map.find("hosts") : map.require("hosts")) {
        hosts = value->list();
        const bool is_list = value->node().kind == yaml::Kind::seq || value->node().kind == yaml::Kind::null;
        if (hosts.empty() && is_list && !folder) value->fail("expected at least one host");
    }
    Taken taken;
    for (const Value& value : hosts) settings.hosts.push_back(read_host(value, file.parent_path(), taken));
    if (folder) add_hosts_of_folder(*folder, settings);
    const auto sip = map.find("sip");
    if (sip) read_sip(*sip, settings.sip);
    if (const auto mint = map.find("mint")) read_mint(*mint, settings.mint);
    if (const auto autodiscover = map.find("autodiscover"))
        read_autodiscover(*autodiscover, settings.autodiscover);
    if (const auto dns = map.find("dns")) read_dns(*dns, file.parent_path(), settings.dns);
    const auto faults = map.find("faults");
    if (faults) read_faults(*faults, settings.faults);
    if (const auto limits = map.find("limits")) read_limits(*limits, settings.limits);
    if (const auto logs = map.find("logs")) read_logs(*logs, settings.logs);
    if (const auto history = map.find("history"))
        read_history(*history, file.parent_path(), settings.history);
    if (const auto timeline = map.find("timeline")) read_timeline(*timeline, settings.timeline);
    if (const auto admin = map.find("admin")) read_admin(*admin, settings.admin);
    if (const auto page = map.find("ca_page")) read_ca_page(*page, settings.ca_page);
    if (const auto policies = map.find("policies")) read_policies(*policies, settings.policies);
    map.finish();
    check_listeners(listeners, settings);
    if (sip) check_sip_hosts(*sip, settings.sip, ids_of(settings.hosts));
    if (settings.listeners.empty()) add_default_listeners(settings);
    check_together(hosts, settings);
    if (faults) check_faults(*faults, settings);
    return settings;
}

Inspection inspect_text(const std::string& file_name, std::string_view text) {
    const auto document = yaml::parse_on(file_name, text);
    if (document.has_error()) return {{}, {document.error()}};
    yaml::Problems problems(*document);
    Settings settings = read_settings(Value(document->root, "", problems), file_name);
    settings.origins = origins_of(*document);
    return {std::move(settings), problems.errors()};
}

Results<Settings> settings_of(Inspection inspection) {
    if (!inspection.errors.empty()) return std::move(inspection.errors);
    return std::move(inspection.settings);
}

}  // namespace

Inspection inspect_settings(const std::filesystem::path& path) {
    const auto text = read_file(path, yaml::max_bytes);
    if (text.has_error()) return {{}, {text.error()}};
    return inspect_text(path.string(), *text);
}

Results<Settings> load_settings(const std::filesystem::path& path) {
    return settings_of(inspect_settings(path));
}

Results<Settings> parse_settings(const std::string& file_name, std::string_view text) {
    return settings_of(inspect_text(file_name, text));
}

TlsSettings tls_of(const HostSettings& host, const ListenerSettings& listener) {
    return applied(host.tls, listener.tls);
}

std::vector<std::string> known_keys() {
    yaml::Problems problems("");
    problems.start_survey();
    const yaml::Node nothing;
    read_settings(Value(nothing, "", problems), "");
    std::vector<std::string> keys;
    for (const std::string& path : problems.asked()) {
        std::string key = without_numbers(path);
        if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(std::move(key));
    }
    return keys;
}

}  // namespace ocs::config
