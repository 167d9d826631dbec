#include "sip/address.hpp"

#include <algorithm>
#include <charconv>

#include "core/escape.hpp"

namespace ocs::sip {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

/// Where `wanted` stands first outside quotes and angle brackets; npos if nowhere.
std::size_t find_outside(std::string_view text, char wanted) {
    bool quoted = false;
    bool bracketed = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted) {
            if (c == '\\') ++i;
            if (c == '"') quoted = false;
            continue;
        }
        if (c == wanted && !bracketed) return i;
        if (c == '"' && !bracketed) quoted = true;
        if (c == '<') bracketed = true;
        if (c == '>') bracketed = false;
    }
    return std::string_view::npos;
}

std::string without_quotes(std::string_view text) {
    if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::string(text);
    std::string plain;
    for (std::size_t i = 1; i + 1 < text.size(); ++i) {
        if (text[i] == '\\' && i + 2 < text.size()) ++i;
        plain += text[i];
    }
    return plain;
}

std::optional<std::uint16_t> read_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
    return port;
}

struct HostPort {
    std::string host;
    std::uint16_t port = 0;
};

/// "host", "host:port", "host : port", "[::1]:port".
std::optional<HostPort> read_host_port(std::string_view text) {
    text = trimmed(text);
    HostPort result;
    std::string_view rest;
    if (text.starts_with('[')) {
        const std::size_t close = text.find(']');
        if (close == std::string_view::npos) return std::nullopt;
        result.host = ascii_lower(text.substr(1, close - 1));
        rest = trimmed(text.substr(close + 1));
        if (!rest.empty() && rest.front() != ':') return std::nullopt;
    } else {
        const std::size_t colon = text.find(':');
        result.host = ascii_lower(trimmed(text.substr(0, colon)));
        rest = colon == std::string_view::npos ? std::string_view() : text.substr(colon);
    }
    const bool odd = std::any_of(result.host.begin(), result.host.end(), [](char c) {
        return static_cast<unsigned char>(c) <= ' ' || c == '<' || c == '>' || c == '"' || c == ',';
    });
    if (result.host.empty() || odd) return std::nullopt;
    if (!rest.empty()) {
        const auto port = read_port(trimmed(rest.substr(1)));
        if (!port) return std::nullopt;
        result.port = *port;
    }
    return result;
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::string percent_decoded(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
        const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
        const int code = low < 0 ? -1 : high * 16 + low;
        if (code > ' ' && code < 0x7F) {
            plain += static_cast<char>(code);
            i += 2;
        } else {
            plain += text[i];
        }
    }
    return plain;
}

/// ";name=value;name" from its first semicolon on.
std::vector<Parameter> read_parameters(std::string_view text) {
    std::vector<Parameter> parameters;
    for (std::string_view part : split_list(text, ';')) {
        const std::size_t equals = part.find('=');
        Parameter parameter;
        parameter.name = trimmed(part.substr(0, equals));
        if (equals != std::string_view::npos)
            parameter.value = without_quotes(trimmed(part.substr(equals + 1)));
        if (!parameter.name.empty()) parameters.push_back(std::move(parameter));
    }
    return parameters;
}

std::string_view from_first(std::string_view text, std::string_view ends) {
    const std::size_t at = text.find_first_of(ends);
    return at == std::string_view::npos ? std::string_view() : text.substr(at);
}

}  // namespace

std::vector<std::string_view> split_list(std::string_view value, char separator) {
    std::vector<std::string_view> elements;
    while (true) {
        const std::size_t at = find_outside(value, separator);
        const std::string_view element = trimmed(value.substr(0, at));
        if (!element.empty()) elements.push_back(element);
        if (at == std::string_view::npos) return elements;
        value.remove_prefix(at + 1);
    }
}

std::string Uri::address_of_record() const { return user.empty() ? host : user + "@" + host; }

std::optional<std::string> Address::parameter(std::string_view name) const {
    for (const Parameter& parameter : parameters) {
        if (equal_ignoring_case(parameter.name, name)) return parameter.value.value_or("");
    }
    return std::nullopt;
}

std::optional<Uri> parse_uri(std::string_view text) {
    text = trimmed(text);
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0) return std::nullopt;
    Uri uri;
    uri.scheme = ascii_lower(text.substr(0, colon));
    const bool plain = std::all_of(uri.scheme.begin(), uri.scheme.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
    });
    if (!plain) return std::nullopt;
    std::string_view rest = text.substr(colon + 1);
    if (uri.scheme != "sip" && uri.scheme != "sips") {
        uri.user = rest.substr(0, rest.find(';'));
        uri.parameters = read_parameters(from_first(rest, ";"));
        return uri;
    }
    // The last @: a user part may hold one by mistake, what follows the host cannot (RFC 3261 §25.1).
    const std::size_t at = rest.rfind('@');
    if (at != std::string_view::npos) {
        const std::string_view user_info = rest.substr(0, at);
        uri.user = percent_decoded(user_info.substr(0, user_info.find(':')));
        rest.remove_prefix(at + 1);
    }
    const auto host_port = read_host_port(rest.substr(0, rest.find_first_of(";?")));
    if (!host_port) return std::nullopt;
    uri.host = host_port->host;
    uri.port = host_port->port;
    rest = rest.substr(0, rest.find('?'));
    uri.parameters = read_parameters(from_first(rest, ";"));
    return uri;
}

Address parse_address(std::string_view text) {
    text = trimmed(text);
    Address address;
    std::string_view rest;
    const std::size_t open = find_outside(text, '<');
    if (open != std::string_view::npos) {
        const std::size_t close = text.find('>', open);
        address.display = without_quotes(trimmed(text.substr(0, open)));
        address.uri_text =
            trimmed(text.substr(open + 1, close == std::string_view::npos ? close : close - open - 1));
        rest = close == std::string_view::npos ? std::string_view() : text.substr(close + 1);
    } else {
        // Without brackets every parameter belongs to the header (RFC 3261 §20.10).
        const std::size_t end = text.find(';');
        address.uri_text = trimmed(text.substr(0, end));
        rest = end == std::string_view::npos ? std::string_view() : text.substr(end);
    }
    address.uri = parse_uri(address.uri_text);
    address.parameters = read_parameters(rest);
    return address;
}

std::optional<Via> parse_via(std::string_view text) {
    text = trimmed(text);
    // "SIP / 2.0 / UDP" may have blanks around its slashes (RFC 3261 §20.42 has such an example).
    const std::size_t first = text.find('/');
    if (first == std::string_view::npos) return std::nullopt;
    const std::size_t second = text.find('/', first + 1);
    if (second == std::string_view::npos) return std::nullopt;
    const std::string_view rest = trimmed(text.substr(second + 1));
    const std::size_t blank = rest.find_first_of(" \t");
    if (blank == std::string_view::npos) return std::nullopt;
    Via via;
    via.transport = rest.substr(0, blank);
    const std::string_view sent_by = rest.substr(blank);
    const auto host_port = read_host_port(sent_by.substr(0, sent_by.find(';')));
    if (!host_port) return std::nullopt;
    via.host = host_port->host;
    via.port = host_port->port;
    via.parameters = read_parameters(from_first(sent_by, ";"));
    return via;
}

}  // namespace ocs::sip
