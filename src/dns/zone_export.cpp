#include "dns/zone_export.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace ocs::dns {
namespace {

std::string zone_file_line(const Record& record) {
    return fmt::format(
        "{} {} IN {} {}", record.owner.absolute(), record.ttl, type_text(record.type), data_text(record));
}

std::string for_bind(const Zone& zone) {
    std::string text =
        fmt::format("; zone {}, from the lab\n$ORIGIN {}\n", zone.name().text(), zone.name().absolute());
    for (const Record& record : zone.all()) text += zone_file_line(record) + "\n";
    return text;
}

bool is_printable(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c <= 0x7e; });
}

/// A name that needs no escape: letters, digits, hyphen, underscore, dot.
bool is_plain(const Name& name) {
    const std::string text = name.text();
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '_' || c == '.';
    });
}

// --- dnsmasq ---------------------------------------------------------------------------------------

std::string dnsmasq_txt(const Txt& txt) {
    std::string text;
    for (const std::string& string : txt.strings) {
        text += ",\"";
        for (const char c : string) {
            if (c == '"' || c == '\\') text += '\\';
            text += c;
        }
        text += '"';
    }
    return text;
}

/// Empty: dnsmasq has no line for it.
std::string dnsmasq_line(const Zone& zone, const Record& record) {
    const std::string owner = record.owner.text();
    if (!is_plain(record.owner)) return "";
    switch (record.type) {
        case Type::a:
        case Type::aaaa:
            return fmt::format("host-record={},{},{}", owner, record.address()->text(), record.ttl);
        case Type::cname:
            // "it must be a name which is known to dnsmasq" (dnsmasq(8), --cname)
            if (!is_plain(*record.name()) || zone.find(*record.name()) == nullptr) return "";
            return fmt::format("cname={},{},{}", owner, record.name()->text(), record.ttl);
        case Type::srv: {
            const Srv& srv = *record.srv();
            if (!is_plain(srv.target)) return "";
            if (srv.target.is_root()) return fmt::format("srv-host={}", owner);  // no target: no service
            return fmt::format(
                "srv-host={},{},{},{},{}", owner, srv.target.text(), srv.port, srv.priority, srv.weight);
        }
        case Type::txt: {
            const auto& strings = record.txt()->strings;
            if (!std::all_of(strings.begin(), strings.end(), is_printable)) return "";
            return fmt::format("txt-record={}{}", owner, dnsmasq_txt(*record.txt()));
        }
        case Type::ptr:
            if (!is_plain(*record.name())) return "";
            return fmt::format("ptr-record={},{}", owner, record.name()->text());
        case Type::ns:
        case Type::soa:
            break;
    }
    return "";
}

std::string for_dnsmasq(const Zone& zone) {
    std::string text =
        fmt::format("# zone {0}, from the lab; names in it that are not here do not exist\nlocal=/{0}/\n",
                    zone.name().text());
    for (const Record& record : zone.all()) {
        const std::string line = dnsmasq_line(zone, record);
        text += line.empty() ? "# not for dnsmasq: " + zone_file_line(record) + "\n" : line + "\n";
    }
    return text;
}

// --- Windows ---------------------------------------------------------------------------------------

std::string powershell(std::string_view text) {
    std::string quoted = "'";
    for (const char c : text) quoted += c == '\'' ? std::string("''") : std::string(1, c);
    return quoted + "'";
}

std::string relative(const Name& owner, const Name& zone) {
    if (owner == zone) return "@";
    const std::string text = owner.text();
    return text.substr(0, text.size() - zone.text().size() - 1);
}

/// d.hh:mm:ss
std::string time_span(std::uint32_t seconds) {
    return fmt::format(
        "{}.{:02}:{:02}:{:02}", seconds / 86400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
}

std::string windows_data(const Record& record) {
    switch (record.type) {
        case Type::a:
            return "-A -IPv4Address " + powershell(record.address()->text());
        case Type::aaaa:
            return "-AAAA -IPv6Address " + powershell(record.address()->text());
        case Type::cname:
            return "-CName -HostNameAlias " + powershell(record.name()->absolute());
        case Type::ns:
            return "-NS -NameServer " + powershell(record.name()->absolute());
        case Type::ptr:
            return "-Ptr -PtrDomainName " + powershell(record.name()->absolute());
        case Type::srv: {
            const Srv& srv = *record.srv();
            return fmt::format("-Srv -DomainName {} -Priority {} -Weight {} -Port {}",
                               powershell(srv.target.absolute()),
                               srv.priority,
                               srv.weight,
                               srv.port);
        }
        case Type::txt: {
            std::string joined;
            for (const std::string& string : record.txt()->strings) joined += string;
            return is_printable(joined) ? "-Txt -DescriptiveText " + powershell(joined) : "";
        }
        case Type::soa:
            break;
    }
    return "";
}

std::string for_windows(const Zone& zone) {
    const std::string name = powershell(zone.name().text());
    std::string text = fmt::format(
        "# zone {}, from the lab: paste into an elevated PowerShell on the DNS server\n"
        "Add-DnsServerPrimaryZone -Name {} -ZoneFile {}\n",
        zone.name().text(),
        name,
        powershell(zone.name().text() + ".dns"));
    for (const Record& record : zone.all()) {
        const bool top = record.owner == zone.name() && (record.type == Type::soa || record.type == Type::ns);
        const std::string data = top ? "" : windows_data(record);
        if (data.empty()) {
            text += (top ? "# the server makes its own: " : "# not for Windows: ") + zone_file_line(record) +
                    "\n";
            continue;
        }
        text += fmt::format("Add-DnsServerResourceRecord -ZoneName {} -Name {} {} -TimeToLive {}\n",
                            name,
                            powershell(relative(record.owner, zone.name())),
                            data,
                            time_span(record.ttl));
    }
    return text;
}

}  // namespace

std::optional<ExportFor> parse_export(std::string_view text) {
    constexpr std::array words = {"bind", "dnsmasq", "windows"};
    const auto* const found = std::find(words.begin(), words.end(), text);
    if (found == words.end()) return std::nullopt;
    return static_cast<ExportFor>(found - words.begin());
}

std::string export_zone(const Zone& zone, ExportFor target) {
    switch (target) {
        case ExportFor::bind:
            return for_bind(zone);
        case ExportFor::dnsmasq:
            return for_dnsmasq(zone);
        case ExportFor::windows:
            return for_windows(zone);
    }
    return "";
}

}  // namespace ocs::dns
