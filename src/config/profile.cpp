#include "config/profile.hpp"

#include <algorithm>
#include <utility>

#include "config/fields.hpp"
#include "core/escape.hpp"
#include "core/files.hpp"
#include "core/nearest.hpp"

namespace ocs::config {
namespace {

using discovery::ClientProfile;
using discovery::Confidence;
using discovery::Datum;
using discovery::Lookup;
using discovery::LookupKind;
using discovery::Transport;
using yaml::Map;
using yaml::Value;

constexpr std::string_view own_note = "own profile";

template <class T>
Datum<T> own(T value) {
    return {std::move(value), "", Confidence::own, std::string(own_note)};
}

/// What stands in a SIP or HTTP header: one line of printable ASCII.
Result<std::string> parse_header_text(std::string_view text) {
    const bool plain = std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < '\x7f'; });
    if (!plain) return Error("only printable ASCII on one line goes into a header", "", "");
    if (text.size() > 512) return Error("longer than 512 bytes", "", "");
    return std::string(text);
}

/// What stands on a screen: bounded; escaped where it is shown.
Result<std::string> parse_screen_text(std::string_view text) {
    if (text.size() > 1000) return Error("longer than 1000 bytes", "", "");
    return std::string(text);
}

/// Shown in many sentences, so it is escaped once, here.
Result<std::string> parse_title(std::string_view text) {
    if (text.size() > 1000) return Error("longer than 1000 bytes", "", "");
    return visible(text, 1000);
}

Result<std::string> parse_domain(std::string_view text) {
    const auto domain = HostName::parse(text);
    if (domain.has_error()) return domain.error();
    return domain->text();
}

/// The labels in front of the SIP domain.
Result<std::string> parse_label(std::string_view text) {
    if (text.empty()) return std::string();
    const auto name = HostName::parse(std::string(text) + ".a.test");
    if (name.has_error()) return name.error();
    return name->text().substr(0, name->text().size() - std::string_view(".a.test").size());
}

template <class T, class Parse>
void read_own(Map& map, const std::string& key, Parse parse, Datum<T>& target) {
    const auto value = map.find(key);
    if (!value) return;
    T read{};
    read_parsed(*value, parse, read);
    target = own(std::move(read));
}

void read_own_flag(Map& map, const std::string& key, Datum<bool>& target) {
    const auto value = map.find(key);
    if (!value) return;
    if (const auto flag = value->boolean()) target = own(*flag);
}

template <class Enum>
void read_own_word(Map& map,
                   const std::string& key,
                   const std::vector<std::string>& words,
                   Datum<Enum>& target) {
    const auto value = map.find(key);
    if (!value) return;
    if (const auto index = value->word(words)) target = own(static_cast<Enum>(*index));
}

template <class Parse>
void read_own_list(Map& map, const std::string& key, Parse parse, Datum<std::vector<std::string>>& target) {
    const auto value = map.find(key);
    if (!value) return;
    std::vector<std::string> texts;
    for (const Value& item : value->list()) {
        std::string text;
        read_parsed(item, parse, text);
        texts.push_back(std::move(text));
    }
    if (texts.size() > 32) value->fail("more than 32 of them");
    target = own(std::move(texts));
}

std::vector<std::uint16_t> read_ports(const Value& value) {
    std::vector<std::uint16_t> ports;
    for (const Value& item : value.list()) {
        if (const auto port = item.integer(1, 65535)) ports.push_back(static_cast<std::uint16_t>(*port));
    }
    if (ports.empty() || ports.size() > max_lookup_ports) value.fail("one to eight ports belong here");
    return ports;
}

Lookup read_lookup(const Value& value) {
    Lookup lookup;
    lookup.confidence = Confidence::own;
    Map map(value);
    const std::pair<const char*, LookupKind> kinds[] = {
        {"srv", LookupKind::srv}, {"web", LookupKind::web}, {"host", LookupKind::host}};
    int found = 0;
    for (const auto& [key, kind] : kinds) {
        const auto label = map.find(key);
        if (!label) continue;
        ++found;
        lookup.kind = kind;
        read_parsed(*label, parse_label, lookup.label);
        if (kind != LookupKind::host && lookup.label.empty()) label->fail("a label belongs here");
    }
    if (found != 1) value.fail("exactly one of srv, web and host belongs here");
    const bool clear = lookup.label == "_sipinternal._tcp" || lookup.label == "_sip._tcp";
    if (lookup.kind == LookupKind::srv && clear) lookup.transport = Transport::tcp;
    read_word(map, "transport", {"tls", "tcp"}, lookup.transport);
    if (lookup.kind == LookupKind::host) lookup.ports = own(std::vector<std::uint16_t>{5061});
    if (const auto ports = map.find("ports")) {
        if (lookup.kind != LookupKind::host) ports->fail("only a host has ports of its own here");
        lookup.ports = own(read_ports(*ports));
    }
    map.finish();
    return lookup;
}

void read_lookups(Map& map, ClientProfile& profile) {
    const auto value = map.find("lookups");
    if (!value) return;
    profile.lookups.clear();
    for (const Value& item : value->list()) profile.lookups.push_back(read_lookup(item));
    const std::size_t count = profile.lookups.size();
    if (count == 0 || count > max_profile_lookups) value->fail("1 to 40 lookups belong here");
    profile.order_note = own(std::string("the list of the profile's file"));
}

void read_tls(Map& map, ClientProfile& profile) {
    const auto value = map.find("tls");
    if (!value) return;
    Map versions(*value);
    discovery::TlsRange range = profile.tls.value;
    const auto read = [&](const std::string& key, std::uint16_t& version) {
        const auto text = versions.find(key);
        if (!text) return;
        if (const auto index = text->word({"1.0", "1.1", "1.2", "1.3"})) {
            version = static_cast<std::uint16_t>(0x0301 + *index);
        }
    };
    read("min_version", range.min_version);
    read("max_version", range.max_version);
    if (range.min_version > range.max_version) value->fail("min_version is above max_version");
    profile.tls = own(range);
    versions.finish();
}

void read_screen(Map& map, ClientProfile& profile) {
    const auto value = map.find("screen");
    if (!value) return;
    Map texts(*value);
    for (const discovery::Ending ending : discovery::all_endings) {
        if (discovery::exit_code(ending) == 0) continue;
        const auto text = texts.find(std::string(to_string(ending)));
        if (!text) continue;
        std::string shown;
        read_parsed(*text, parse_screen_text, shown);
        std::erase_if(profile.screen, [&](const auto& other) { return other.ending == ending; });
        profile.screen.push_back({ending, own(std::move(shown))});
    }
    texts.finish();
}

/// Lower case, digits and hyphens: what one types on a command line.
bool is_profile_name(std::string_view name) {
    return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
}

std::optional<ClientProfile> read_profile(const Value& value, const std::string& name) {
    Map map(value);
    ClientProfile profile;
    bool has_base = false;
    if (const auto base = map.require("base")) {
        if (const auto word = base->string()) {
            auto found = discovery::find_profile(*word);
            if (found.has_error()) {
                base->fail(found.error().what, found.error().hint);
            } else {
                profile = std::move(*found);
                has_base = true;
            }
        }
    }
    profile.title = name;
    profile.name = name;
    read_parsed(map, "title", parse_title, profile.title);
    read_lookups(map, profile);
    read_own_word(map, "questions", {"one-by-one", "srv-at-once"}, profile.asking);
    read_own(map, "stop", discovery::parse_stop_rule, profile.stop);
    read_own_flag(map, "tries_all_addresses", profile.tries_all_addresses);
    read_own(map, "name_policy", discovery::parse_name_policy, profile.name_policy);
    read_own(map, "domain_rule", discovery::parse_domain_rule, profile.domain_rule);
    read_own_list(map, "trusted_domains", parse_domain, profile.trusted_domains);
    read_own(map, "trust_prompt", parse_screen_text, profile.trust_prompt);
    read_own_word(map, "bad_certificate", {"refuse", "ask"}, profile.bad_certificate);
    read_own(map, "certificate_prompt", parse_screen_text, profile.certificate_prompt);
    read_own_word(map, "certificate_check", {"in-handshake", "after-handshake"}, profile.certificate_check);
    read_own_flag(map, "sni", profile.sends_sni);
    read_tls(map, profile);
    read_own(map, "user_agent", parse_header_text, profile.reg.user_agent);
    read_own(map, "methods", parse_header_text, profile.reg.methods);
    read_own_list(map, "supported", parse_header_text, profile.reg.supported);
    read_own(map, "allow_events", parse_header_text, profile.reg.allow_events);
    read_own(map, "web_accept", parse_header_text, profile.web_accept);
    read_screen(map, profile);
    map.finish();
    if (!has_base) return std::nullopt;
    return profile;
}

}  // namespace

Results<std::vector<ClientProfile>> parse_profiles(const std::string& file_name, std::string_view text) {
    const auto document = yaml::parse(file_name, text);
    if (document.has_error()) return std::vector<Error>{document.error()};
    yaml::Problems problems(file_name);
    std::vector<ClientProfile> profiles;
    Map root(Value(document->root, "", problems));
    if (const auto value = root.require("profiles")) {
        Map names(*value);
        for (const yaml::Entry& entry : value->node().entries) {
            const std::string path = names.path_of(entry.key);
            if (!is_profile_name(entry.key)) {
                problems.add(entry.mark,
                             path,
                             ocs::quoted(entry.key) + " is no profile name",
                             "lower-case letters, digits and hyphens, at most 64");
            } else if (discovery::find_profile(entry.key).has_value()) {
                problems.add(entry.mark,
                             path,
                             ocs::quoted(entry.key) + " is built in",
                             "choose another name, with 'base: " + entry.key + "'");
            }
            auto profile = read_profile(Value(entry.value, path, problems), entry.key);
            if (profile) profiles.push_back(std::move(*profile));
        }
    }
    root.finish();
    if (!problems.empty()) return problems.errors();
    return profiles;
}

Results<std::vector<ClientProfile>> load_profiles(const std::filesystem::path& path) {
    const auto text = read_file(path, yaml::max_bytes);
    if (text.has_error()) return std::vector<Error>{text.error()};
    return parse_profiles(path.string(), *text);
}

Result<ClientProfile> find_profile(std::string_view name, std::span<const ClientProfile> own_profiles) {
    for (const ClientProfile& profile : own_profiles) {
        if (profile.name == name) return profile;
    }
    auto found = discovery::find_profile(name);
    if (found.has_value() || own_profiles.empty()) return found;
    Error error = found.error();
    std::string names;
    for (const ClientProfile& profile : own_profiles) {
        names += (names.empty() ? "" : ", ") + profile.name;
    }
    error.hint += "; of your own: " + names;
    return error;
}

}  // namespace ocs::config
