#include "dns/name.hpp"

#include <algorithm>
#include <optional>

#include "core/escape.hpp"
#include "core/host_name.hpp"

namespace ocs::dns {
namespace {

constexpr std::size_t max_wire = 255;
constexpr std::size_t max_label = 63;
constexpr std::size_t max_text = 4 * max_wire;  // each byte written as \DDD

Error invalid(std::string_view text, const std::string& why) {
    return Error{quoted(text) + " is not a domain name: " + why, "", ""};
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Reads the escape that starts at text[at] (a backslash); moves `at` past it. Empty: it is none.
std::optional<char> read_escape(std::string_view text, std::size_t& at) {
    if (at + 1 >= text.size()) return std::nullopt;
    if (!is_digit(text[at + 1])) {
        at += 2;
        return text[at - 1];
    }
    if (at + 3 >= text.size() || !is_digit(text[at + 2]) || !is_digit(text[at + 3])) return std::nullopt;
    const int value = (text[at + 1] - '0') * 100 + (text[at + 2] - '0') * 10 + (text[at + 3] - '0');
    if (value > 255) return std::nullopt;
    at += 4;
    return static_cast<char>(value);
}

/// What RFC 1035 §5.1 or a reader of zone files would take for something else.
bool is_special(char c) { return std::string_view("\"().;\\@$").find(c) != std::string_view::npos; }

void append_label_text(std::string& text, std::string_view label) {
    for (const char c : label) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte <= 0x20 || byte >= 0x7f) {
            text += '\\';
            text += static_cast<char>('0' + byte / 100);
            text += static_cast<char>('0' + byte / 10 % 10);
            text += static_cast<char>('0' + byte % 10);
        } else {
            if (is_special(c)) text += '\\';
            text += c;
        }
    }
}

/// Views of the labels, the root's left out.
std::vector<std::string_view> labels_of(std::string_view wire) {
    std::vector<std::string_view> labels;
    while (wire.size() > 1) {
        const auto length = static_cast<unsigned char>(wire[0]);
        labels.push_back(wire.substr(1, length));
        wire.remove_prefix(1U + length);
    }
    return labels;
}

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace

Result<Name> Name::parse(std::string_view text) {
    if (text.empty()) return invalid(text, "it is empty");
    if (text == ".") return Name();
    if (text.size() > max_text) return invalid(text, "it is longer than 255 bytes");
    if (!is_ascii(text)) {
        const bool wildcard = text.starts_with("*.");
        const auto host = HostName::parse(wildcard ? text.substr(2) : text);
        if (host.has_error()) return invalid(text, "its letters beyond ASCII cannot be converted");
        return parse((wildcard ? "*." : "") + host->text());
    }
    std::string wire;
    std::string label;
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] == '.') {
            if (label.empty()) return invalid(text, "it has an empty label");
            wire += static_cast<char>(label.size());
            wire += label;
            label.clear();
            ++at;
            continue;
        }
        if (text[at] == '\\') {
            const auto byte = read_escape(text, at);
            if (!byte) return invalid(text, "a backslash is not followed by a character or three digits");
            label += *byte;
        } else {
            label += text[at++];
        }
        if (label.size() > max_label) return invalid(text, "it has a label longer than 63 bytes");
    }
    if (!label.empty()) {
        wire += static_cast<char>(label.size());
        wire += label;
    }
    wire += '\0';
    if (wire.size() > max_wire) return invalid(text, "it is longer than 255 bytes");
    return Name(std::move(wire));
}

Result<Name> Name::from_wire(std::span<const std::uint8_t> bytes) {
    if (bytes.empty() || bytes.size() > max_wire)
        return Error{"a name on the wire has 1 to 255 bytes", "", ""};
    std::size_t at = 0;
    while (at < bytes.size() && bytes[at] != 0) {
        if (bytes[at] > max_label) return Error{"a label on the wire has at most 63 bytes", "", ""};
        at += 1U + bytes[at];
    }
    if (at + 1 != bytes.size()) return Error{"a name on the wire does not end with the root", "", ""};
    return Name(std::string(bytes.begin(), bytes.end()));
}

std::string Name::text() const {
    std::string text;
    for (const std::string_view label : labels_of(wire_)) {
        if (!text.empty()) text += '.';
        append_label_text(text, label);
    }
    return text;
}

std::string Name::absolute() const { return text() + "."; }

std::size_t Name::label_count() const { return labels_of(wire_).size(); }

std::string_view Name::first_label() const {
    return is_root() ? std::string_view()
                     : std::string_view(wire_).substr(1, static_cast<unsigned char>(wire_[0]));
}

Name Name::parent() const {
    return is_root() ? Name() : Name(wire_.substr(1U + static_cast<unsigned char>(wire_[0])));
}

bool Name::is_in(const Name& zone) const { return key().starts_with(zone.key()); }

Result<Name> Name::below(const Name& suffix) const {
    if (wire_.size() - 1 + suffix.wire_.size() > max_wire) {
        return invalid(text() + "." + suffix.text(), "it is longer than 255 bytes");
    }
    return Name(wire_.substr(0, wire_.size() - 1) + suffix.wire_);
}

Result<Name> Name::child(std::string_view label) const {
    if (label.empty() || label.size() > max_label) return invalid(label, "a label has 1 to 63 bytes");
    if (label.size() + 1 + wire_.size() > max_wire) return invalid(label, "below its parent it is too long");
    return Name(static_cast<char>(label.size()) + std::string(label) + wire_);
}

std::string Name::key() const {
    auto labels = labels_of(wire_);
    std::reverse(labels.begin(), labels.end());
    std::string key;
    for (const std::string_view label : labels) {
        for (const char c : ascii_lower(label)) {
            if (c == '\0' || c == '\1') key += '\1';  // NUL ends a label, so inside it is written another way
            key += c == '\0' ? '\2' : c;
        }
        key += '\0';
    }
    return key;
}

bool Name::operator==(const Name& other) const { return ascii_lower(wire_) == ascii_lower(other.wire_); }

}  // namespace ocs::dns
