#include "core/escape.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace ocs {
namespace {

struct Decoded {
    std::uint32_t code_point = 0;
    std::size_t length = 0;  // 0: no valid UTF-8 here
};

Decoded decode_utf8(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(0);
    if (lead < 0x80) return {lead, 1};
    std::size_t length = 0;
    std::uint32_t code_point = 0;
    std::uint32_t smallest = 0;
    if (lead >= 0xc2 && lead <= 0xdf) {
        length = 2, code_point = lead & 0x1fU, smallest = 0x80;
    } else if (lead >= 0xe0 && lead <= 0xef) {
        length = 3, code_point = lead & 0x0fU, smallest = 0x800;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
        length = 4, code_point = lead & 0x07U, smallest = 0x10000;
    } else {
        return {};
    }
    if (text.size() < length) return {};
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0U) != 0x80) return {};
        code_point = (code_point << 6U) | (byte(i) & 0x3fU);
    }
    const bool surrogate = code_point >= 0xd800 && code_point <= 0xdfff;
    if (code_point < smallest || code_point > 0x10ffff || surrogate) return {};
    return {code_point, length};
}

/// Nothing in it for visible() to do: nearly all text of nearly all connections.
bool is_plain(std::string_view text) {
    if (text.empty() || text.front() == ' ' || text.back() == ' ') return text.empty();
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < '\x7f' && c != '\\'; });
}

void append_utf8(std::string& out, std::uint32_t code_point) {
    const auto add = [&](std::uint32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
    if (code_point < 0x800) {
        add(0xc0U | (code_point >> 6U));
    } else {
        if (code_point < 0x10000) {
            add(0xe0U | (code_point >> 12U));
        } else {
            add(0xf0U | (code_point >> 18U));
            add(0x80U | ((code_point >> 12U) & 0x3fU));
        }
        add(0x80U | ((code_point >> 6U) & 0x3fU));
    }
    add(0x80U | (code_point & 0x3fU));
}

/// Appends what one escape at the start of `text` stands for. Returns its length; 0: it is none of ours.
std::size_t take_escape(std::string_view text, std::string& out) {
    if (text.starts_with("\\\\")) {
        out += '\\';
        return 2;
    }
    std::uint32_t value = 0;
    if (text.starts_with("\\x") && text.size() >= 4) {
        const auto [end, error] = std::from_chars(text.data() + 2, text.data() + 4, value, 16);
        if (error != std::errc() || end != text.data() + 4) return 0;
        out += static_cast<char>(static_cast<unsigned char>(value));
        return 4;
    }
    const std::size_t close = text.find('}');
    if (!text.starts_with("\\u{") || close == std::string_view::npos) return 0;
    const auto [end, error] = std::from_chars(text.data() + 3, text.data() + close, value, 16);
    if (error != std::errc() || end != text.data() + close || value < 0x80 || value > 0x10ffff) return 0;
    append_utf8(out, value);
    return close + 1;
}

}  // namespace

std::string visible(std::string_view text, std::size_t limit) {
    if (text.size() <= limit && is_plain(text)) return std::string(text);
    std::string out;
    std::size_t at = 0;
    while (at < text.size()) {
        const Decoded decoded = decode_utf8(text.substr(at));
        const auto byte = static_cast<unsigned char>(text[at]);
        const bool edge = at == 0 || at + 1 == text.size();
        std::string piece;
        if (decoded.length == 0 || decoded.code_point < 0x20 || decoded.code_point == 0x7f ||
            (byte == ' ' && edge)) {
            piece = fmt::format("\\x{:02x}", byte);
        } else if (byte == '\\') {
            piece = "\\\\";
        } else if (decoded.length > 1) {
            piece = fmt::format("\\u{{{:x}}}", decoded.code_point);
        } else {
            piece = static_cast<char>(byte);
        }
        if (out.size() + piece.size() > limit) return out + fmt::format("…(+{} bytes)", text.size() - at);
        out += piece;
        at += std::max<std::size_t>(decoded.length, 1);
    }
    return out;
}

std::string from_visible(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        std::size_t length = text.front() == '\\' ? take_escape(text, out) : 0;
        if (length == 0) {
            out += text.front();
            length = 1;
        }
        text.remove_prefix(length);
    }
    return out;
}

std::string quoted(std::string_view text, std::size_t limit) { return "'" + visible(text, limit) + "'"; }

bool is_valid_utf8(std::string_view text) { return valid_utf8_prefix(text) == text.size(); }

std::size_t valid_utf8_prefix(std::string_view text) {
    std::size_t length = 0;
    while (length < text.size()) {
        const Decoded decoded = decode_utf8(text.substr(length));
        if (decoded.length == 0) break;
        length += decoded.length;
    }
    return length;
}

std::string ascii_lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return a.size() == b.size() && ascii_lower(a) == ascii_lower(b);
}

std::string shell_quoted(std::string_view text) {
    const auto harmless = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("-_./:=,@%+").find(c) != std::string_view::npos;
    };
    if (!text.empty() && std::all_of(text.begin(), text.end(), harmless)) return std::string(text);
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'') {
            out += "'\\''";
        } else {
            out += c;
        }
    }
    return out + "'";
}

}  // namespace ocs
