#include "sip/message.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/escape.hpp"
#include "sip/address.hpp"

namespace ocs::sip {
namespace {

// RFC 3261 §7.3.3 and the IANA list of compact forms; a single letter each.
constexpr std::array<std::pair<char, std::string_view>, 20> compact_forms{{
    {'a', "Accept-Contact"},
    {'b', "Referred-By"},
    {'c', "Content-Type"},
    {'d', "Request-Disposition"},
    {'e', "Content-Encoding"},
    {'f', "From"},
    {'i', "Call-ID"},
    {'j', "Reject-Contact"},
    {'k', "Supported"},
    {'l', "Content-Length"},
    {'m', "Contact"},
    {'n', "Identity-Info"},
    {'o', "Event"},
    {'r', "Refer-To"},
    {'s', "Subject"},
    {'t', "To"},
    {'u', "Allow-Events"},
    {'v', "Via"},
    {'x', "Session-Expires"},
    {'y', "Identity"},
}};

constexpr std::array<std::string_view, 27> known_names{"Allow",
                                                       "Allow-Events",
                                                       "Authorization",
                                                       "Call-ID",
                                                       "Contact",
                                                       "Content-Length",
                                                       "Content-Type",
                                                       "CSeq",
                                                       "Event",
                                                       "Expires",
                                                       "From",
                                                       "Max-Forwards",
                                                       "ms-diagnostics",
                                                       "ms-keep-alive",
                                                       "Proxy-Authenticate",
                                                       "Proxy-Authorization",
                                                       "Proxy-Require",
                                                       "Record-Route",
                                                       "Require",
                                                       "Route",
                                                       "Server",
                                                       "Supported",
                                                       "To",
                                                       "Unsupported",
                                                       "User-Agent",
                                                       "Via",
                                                       "WWW-Authenticate"};

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

bool is_token_char(char c) {  // RFC 3261 §25.1
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-.!%*_+`'~").find(c) != std::string_view::npos;
}

bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

bool starts_ignoring_case(std::string_view text, std::string_view start) {
    return equal_ignoring_case(text.substr(0, start.size()), start);
}

bool is_line_breaker(char c) { return c == '\r' || c == '\n' || c == '\0'; }

/// Control characters that could cut a line in two become blanks.
std::string on_one_line(std::string_view text) {
    std::string line(text);
    std::replace_if(line.begin(), line.end(), is_line_breaker, ' ');
    return line;
}

void note(Message& message, std::string_view problem) {
    if (message.problem.empty()) message.problem = problem;
}

void note_if_changed(Message& message, std::string_view before, std::string_view after) {
    if (before != after) note(message, "a control character inside a line");
}

/// "SIP/2.0 200 OK": status and reason. False: no answer's start line.
bool read_status_line(Message& message, std::string_view line) {
    const std::size_t first_blank = line.find_first_of(" \t");
    if (first_blank == std::string_view::npos) return false;
    const std::string_view rest = trimmed(line.substr(first_blank));
    const std::string_view digits = rest.substr(0, rest.find_first_of(" \t"));
    if (digits.size() != 3 ||
        !std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; }))
        return false;
    const int status = (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0');
    if (status < 100 || status > 699) return false;
    message.kind = Kind::answer;
    message.version = line.substr(0, first_blank);
    message.status = status;
    message.reason = trimmed(rest.substr(3));
    return true;
}

/// "REGISTER sip:contoso.test SIP/2.0". False: no request's start line.
bool read_request_line(Message& message, std::string_view line) {
    const std::size_t first_blank = line.find_first_of(" \t");
    const std::size_t last_blank = line.find_last_of(" \t");
    if (first_blank == std::string_view::npos || first_blank == last_blank) return false;
    const std::string_view method = line.substr(0, first_blank);
    const std::string_view uri = trimmed(line.substr(first_blank, last_blank - first_blank));
    const std::string_view version = line.substr(last_blank + 1);
    if (!is_token(method) || uri.empty() || !starts_ignoring_case(version, "SIP/")) return false;
    message.kind = Kind::request;
    message.method = method;
    message.uri = uri;
    message.version = version;
    if (uri.find_first_of(" \t") != std::string_view::npos) note(message, "a blank inside the request URI");
    if (line.size() != method.size() + uri.size() + version.size() + 2)
        note(message, "odd blanks in the start line");
    return true;
}

void read_start_line(Message& message, std::string_view raw) {
    const std::string line = on_one_line(raw);
    note_if_changed(message, raw, line);
    const std::string_view text = trimmed(line);
    if (text.size() != line.size()) note(message, "blanks around the start line");
    const bool read = starts_ignoring_case(text, "SIP/") ? read_status_line(message, text)
                                                         : read_request_line(message, text);
    if (!read) message.problem = "the first line is no start line of SIP";
}

bool is_credential(std::string_view name) {
    return equal_ignoring_case(name, "Authorization") || equal_ignoring_case(name, "Proxy-Authorization");
}

/// A header line that does not start with a blank. Its number is named in problems, never its text: a mangled
/// line may hold a credential.
void read_header_line(Message& message, std::string_view raw, std::size_t number) {
    const std::size_t colon = raw.find(':');
    const std::string_view name = trimmed(raw.substr(0, colon));
    if (colon == std::string_view::npos || !is_token(name)) {
        note(message, fmt::format("line {} is no header", number));
        // A line folded below it belongs to it and is skipped with it.
        message.headers.push_back({"", ""});
        return;
    }
    Header header{std::string(name), ""};
    if (is_credential(name)) {
        message.has_credentials = true;
    } else {
        header.value = on_one_line(trimmed(raw.substr(colon + 1)));
        note_if_changed(message, trimmed(raw.substr(colon + 1)), header.value);
    }
    message.headers.push_back(std::move(header));
}

void read_folded_line(Message& message, std::string_view raw, std::size_t number) {
    if (message.headers.empty()) {
        note(message, fmt::format("line {} is folded below no header", number));
        return;
    }
    Header& header = message.headers.back();
    if (header.name.empty() || is_credential(header.name)) return;
    const std::string_view more = trimmed(raw);
    if (!header.value.empty() && !more.empty()) header.value += ' ';
    header.value += on_one_line(more);
    note_if_changed(message, more, on_one_line(more));
}

void note_repeated(Message& message) {
    for (std::string_view name : {"From", "To", "Call-ID", "CSeq", "Max-Forwards"}) {
        if (message.all(name).size() > 1) note(message, fmt::format("{} is there twice", name));
    }
}

}  // namespace

std::string_view canonical_name(std::string_view name) {
    if (name.size() == 1) {
        const std::string letter = ascii_lower(name);
        for (const auto& [compact, full] : compact_forms) {
            if (letter[0] == compact) return full;
        }
        return name;
    }
    if (equal_ignoring_case(name, "UserAgent")) return "User-Agent";
    for (std::string_view known : known_names) {
        if (equal_ignoring_case(name, known)) return known;
    }
    return name;
}

std::optional<std::string_view> Message::find(std::string_view name) const& {
    const std::string_view wanted = canonical_name(name);
    for (const Header& header : headers) {
        if (equal_ignoring_case(canonical_name(header.name), wanted)) return header.value;
    }
    return std::nullopt;
}

std::vector<std::string_view> Message::all(std::string_view name) const& {
    const std::string_view wanted = canonical_name(name);
    std::vector<std::string_view> values;
    for (const Header& header : headers) {
        if (equal_ignoring_case(canonical_name(header.name), wanted)) values.emplace_back(header.value);
    }
    return values;
}

bool Message::lists(std::string_view name, std::string_view token) const {
    for (std::string_view line : all(name)) {
        for (std::string_view element : split_list(line)) {
            if (equal_ignoring_case(trimmed(element.substr(0, element.find(';'))), token)) return true;
        }
    }
    return false;
}

Message parse_message(std::string_view head, std::string_view body, std::size_t max_headers) {
    Message message;
    std::size_t number = 0;
    while (!head.empty()) {
        const std::size_t end = head.find('\n');
        std::string_view line = head.substr(0, end);
        head.remove_prefix(end == std::string_view::npos ? head.size() : end + 1);
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        } else if (end != std::string_view::npos) {
            note(message, "bare line feeds");
        }
        ++number;
        if (line.empty()) continue;
        if (message.kind == Kind::broken) {
            read_start_line(message, line);
            if (message.kind == Kind::broken) return message;
        } else if (is_blank(line.front())) {
            read_folded_line(message, line, number);
        } else if (message.headers.size() >= max_headers) {
            note(message, fmt::format("more than {} headers; the rest is left out", max_headers));
            break;
        } else {
            read_header_line(message, line, number);
        }
    }
    if (message.kind == Kind::broken) message.problem = "no start line";
    std::erase_if(message.headers, [](const Header& header) { return header.name.empty(); });
    note_repeated(message);
    message.body = body;
    return message;
}

std::string to_bytes(const Message& message) {
    std::string bytes =
        message.kind == Kind::answer
            ? fmt::format("{} {:03} {}", message.version, message.status, on_one_line(message.reason))
            : fmt::format("{} {} {}", message.method, on_one_line(message.uri), message.version);
    bytes += "\r\n";
    bool has_length = false;
    for (const Header& header : message.headers) {
        const bool is_length = equal_ignoring_case(canonical_name(header.name), "Content-Length");
        has_length = has_length || is_length;
        const std::string value = is_length ? std::to_string(message.body.size()) : on_one_line(header.value);
        bytes += fmt::format("{}: {}\r\n", header.name, value);
    }
    if (!has_length) bytes += fmt::format("Content-Length: {}\r\n", message.body.size());
    return bytes + "\r\n" + message.body;
}

}  // namespace ocs::sip
