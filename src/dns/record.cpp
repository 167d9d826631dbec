#include "dns/record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "core/escape.hpp"
#include "dns/ldns.hpp"
#include "dns/zone_text.hpp"

namespace ocs::dns {
namespace {

constexpr Type all_types[] = {
    Type::a, Type::aaaa, Type::cname, Type::ns, Type::ptr, Type::soa, Type::srv, Type::txt};

constexpr std::size_t max_string = 255;

std::string quoted_string(std::string_view bytes) {
    std::string text = "\"";
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte >= 0x7f) {
            text += fmt::format("\\{:03}", byte);
        } else {
            if (c == '"' || c == '\\') text += '\\';
            text += c;
        }
    }
    return text + '"';
}

std::string txt_text(const Txt& txt) {
    std::string text;
    for (const std::string& string : txt.strings) text += (text.empty() ? "" : " ") + quoted_string(string);
    return text;
}

/// `spell` writes a name.
template <class Spell>
std::string text_of(const Record& record, Spell spell) {
    if (const auto* address = record.address()) return address->text();
    if (const auto* srv = record.srv()) {
        return fmt::format("{} {} {} {}", srv->priority, srv->weight, srv->port, spell(srv->target));
    }
    if (const auto* soa = record.soa()) {
        return fmt::format("{} {} {} {} {} {} {}",
                           spell(soa->primary),
                           spell(soa->mailbox),
                           soa->serial,
                           soa->refresh,
                           soa->retry,
                           soa->expire,
                           soa->minimum);
    }
    if (const auto* txt = record.txt()) return txt_text(*txt);
    return spell(*record.name());
}

/// A TXT text as people type it: without quotes all of it is one text.
Data unquoted_txt(std::string_view text) {
    Txt txt;
    do {
        txt.strings.emplace_back(text.substr(0, max_string));
        text.remove_prefix(std::min(text.size(), max_string));
    } while (!text.empty());
    return txt;
}

}  // namespace

std::string type_text(std::uint16_t number) {
    struct Free {
        void operator()(char* text) const noexcept { std::free(text); }  // ldns gives it to us from malloc
    };
    const std::unique_ptr<char, Free> text(ldns_rr_type2str(static_cast<ldns_rr_type>(number)));
    return text ? std::string(text.get()) : fmt::format("TYPE{}", number);
}

std::string type_text(Type type) { return type_text(static_cast<std::uint16_t>(type)); }

std::optional<std::uint16_t> type_number(std::string_view text) {
    if (text.empty() || text.size() > 20) return std::nullopt;
    const std::string lower = ascii_lower(text);
    if (lower.starts_with("type")) {
        std::uint32_t number = 0;
        const std::string digits = lower.substr(4);
        if (digits.empty() || digits.size() > 5) return std::nullopt;
        for (const char c : digits) {
            if (c < '0' || c > '9') return std::nullopt;
            number = number * 10 + static_cast<std::uint32_t>(c - '0');
        }
        if (number > 65535) return std::nullopt;
        return static_cast<std::uint16_t>(number);
    }
    const auto known = static_cast<std::uint16_t>(ldns_get_rr_type_by_name(lower.c_str()));
    if (known == 0) return std::nullopt;
    return known;
}

Result<Type> parse_type(std::string_view text) {
    std::string known;
    for (const Type type : all_types) {
        if (equal_ignoring_case(text, type_text(type))) return type;
        known += (known.empty() ? "" : ", ") + type_text(type);
    }
    return Error{quoted(text) + " is not a record type served here", "", "one of " + known};
}

std::string data_text(const Record& record) {
    return text_of(record, [](const Name& name) { return name.absolute(); });
}

std::string summary(const Record& record) {
    const auto spell = [](const Name& name) { return name.is_root() ? std::string(".") : name.text(); };
    return type_text(record.type) + " " + text_of(record, spell);
}

Result<Data> parse_data(Type type, std::string_view text, const Name& zone) {
    if (text.size() > 65535) return Error{"the value is longer than 65535 bytes", "", ""};
    if (type == Type::txt && !text.starts_with('"')) {
        if (text.empty()) return Error{"the value is empty", "", "\"\" is an empty text"};
        return unquoted_txt(text);
    }
    auto entries = scan_entries(text);
    if (entries.has_error()) return Error{entries.error().what + " in " + quoted(text), "", ""};
    if (entries->size() != 1)
        return Error{"found " + quoted(text) + ", expected the data of one record", "", ""};
    return read_data(type, entries->front().fields, [&zone](std::string_view name) -> Result<Name> {
        if (name == "@") return zone;
        auto parsed = Name::parse(name);
        if (parsed.has_error() || parsed->label_count() != 1 || is_absolute(name)) return parsed;
        return parsed->below(zone);
    });
}

Result<Name> parse_owner(std::string_view text, const Name& zone) {
    if (text == "@") return zone;
    auto name = Name::parse(text);
    if (name.has_error() || name->is_in(zone)) return name;
    if (is_absolute(text)) return Error{quoted(text) + " is not in the zone " + zone.text(), "", ""};
    return name->below(zone);
}

}  // namespace ocs::dns
