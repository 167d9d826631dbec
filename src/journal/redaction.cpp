#include "journal/redaction.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <functional>
#include <optional>
#include <span>

#include "core/escape.hpp"
#include "core/ip_address.hpp"

namespace ocs::journal {
namespace {

namespace json = boost::json;

constexpr std::string_view address_characters = "0123456789abcdefABCDEF.:";
constexpr std::size_t longest_address = 64;
constexpr std::size_t longest_user = std::size_t{8} * 1024;  // of a line of SIP

bool is_word_character(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
}

/// What stands for an address, or nothing where it stays.
using Instead = std::function<std::optional<std::string>(const std::string& canonical)>;

/// One text for one address: IPv4 within IPv6 (RFC 4291 §2.5.5.2) is that IPv4 address.
std::string canonical_text(const IpAddress& address) {
    constexpr std::array<std::uint8_t, 12> mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    const auto& bytes = address.bytes();
    if (!address.is_v6() || !std::equal(mapped.begin(), mapped.end(), bytes.begin())) return address.text();
    const auto inside = IpAddress::from_bytes(std::span(bytes).subspan(mapped.size()));
    return inside.has_value() ? inside->text() : address.text();
}

/// The address that `run` begins with: all of it, or what is before a port or a full stop. Its length.
std::size_t address_in(std::string_view run, std::string& canonical) {
    const std::string_view before_port =
        run.substr(0, run.rfind(':') == std::string_view::npos ? 0 : run.rfind(':'));
    const std::string_view no_stop = run.substr(0, run.find_last_not_of(".:") + 1);
    for (const std::string_view part : {run, no_stop, before_port}) {
        if (part.size() < 2 || part.size() > longest_address) continue;
        const auto address = IpAddress::parse(part);
        if (address.has_error()) continue;
        canonical = canonical_text(*address);
        return part.size();
    }
    return 0;
}

std::string with_addresses(std::string_view text, const Instead& instead) {
    std::string out;
    std::size_t at = 0;
    while (at < text.size()) {
        std::size_t begin = std::min(text.find_first_of(address_characters, at), text.size());
        // "sip:192.0.2.1": a colon, but for two, ends what is before.
        if (begin + 1 < text.size() && text[begin] == ':' && text[begin + 1] != ':') ++begin;
        out += text.substr(at, begin - at);
        const std::size_t end = std::min(text.find_first_not_of(address_characters, begin), text.size());
        const std::string_view run = text.substr(begin, end - begin);
        const bool begins_word = begin > 0 && is_word_character(text[begin - 1]);
        std::string canonical;
        const std::size_t size = begins_word || run.empty() ? 0 : address_in(run, canonical);
        const bool ends_word = size == run.size() && end < text.size() && is_word_character(text[end]);
        const auto other = size > 0 && !ends_word ? instead(canonical) : std::nullopt;
        out += other ? *other + std::string(run.substr(size)) : std::string(run);
        at = end;
    }
    return out;
}

/// Every place where `word` (lower case) stands alone. A label of a host name is no such place.
std::string with_word(std::string_view text, std::string_view word, std::string_view instead) {
    const std::string lower = ascii_lower(text);
    const auto joins = [&](std::size_t at, std::size_t next) {  // a character beside it, and the one beyond
        if (at >= text.size()) return false;
        return is_word_character(text[at]) ||
               (text[at] == '.' && next < text.size() && is_word_character(text[next]));
    };
    std::string out;
    std::size_t done = 0;
    for (std::size_t at = lower.find(word); at != std::string::npos; at = lower.find(word, at + 1)) {
        const std::size_t end = at + word.size();
        if (at < done || joins(end, end + 1)) continue;
        const bool in_sip_address = end < text.size() && text[end] == '@';
        if (!in_sip_address && at > 0 && joins(at - 1, at > 1 ? at - 2 : text.size())) continue;
        if (in_sip_address && at > 0 && is_word_character(text[at - 1])) continue;
        out += text.substr(done, at - done);
        out += instead;
        done = end;
    }
    return out + std::string(text.substr(done));
}

std::string with_each(std::string text, std::string_view what, std::string_view instead) {
    std::string lower = ascii_lower(text);
    for (std::size_t at = lower.find(what); at != std::string::npos;
         at = lower.find(what, at + instead.size())) {
        text.replace(at, what.size(), instead);
        lower.replace(at, what.size(), instead);
    }
    return text;
}

/// As with_each(), but not within a longer number.
std::string with_each_alone(const std::string& text, std::string_view what, std::string_view instead) {
    const std::string lower = ascii_lower(text);  // IPv6 has letters
    const auto is_digit = [&](std::size_t at) {
        return at < text.size() && text[at] >= '0' && text[at] <= '9';
    };
    std::string out;
    std::size_t done = 0;
    for (std::size_t at = lower.find(what); at != std::string::npos; at = lower.find(what, at + 1)) {
        const std::size_t end = at + what.size();
        if (at < done || is_digit(end) || (at > 0 && is_digit(at - 1))) continue;
        out += text.substr(done, at - done);
        out += instead;
        done = end;
    }
    return out + text.substr(done);
}

/// The name under which DNS has an address backwards (RFC 1035 §3.5, RFC 3596 §2.5).
std::string backward(const std::string& canonical) {
    const auto address = IpAddress::parse(canonical);
    if (address.has_error()) return "";
    std::string name;
    const auto& bytes = address->bytes();
    for (auto byte = bytes.rbegin(); byte != bytes.rend(); ++byte) {
        name += address->is_v6() ? fmt::format("{:x}.{:x}.", *byte & 0xfU, *byte >> 4U)
                                 : fmt::format("{}.", *byte);
    }
    return name + (address->is_v6() ? "ip6.arpa" : "in-addr.arpa");
}

/// The end of the quoted text that begins at `at`, behind its quote; `at + 1` where it is never closed.
std::size_t quoted_end(std::string_view line, std::size_t at) {
    for (std::size_t i = at + 1; i < line.size(); ++i) {
        if (line[i] == '\\')
            ++i;
        else if (line[i] == '"')
            return i + 1;
    }
    return at + 1;
}

/// One header with addresses in angle brackets: what stands before each of them is somebody's name.
std::string without_display_names(std::string_view line) {
    std::string out;
    std::size_t done = 0;  // of the line, what is in `out`
    std::size_t name = line.find(':') + 1;
    for (std::size_t at = name; at < line.size();) {
        if (line[at] == '"') {
            at = quoted_end(line, at);
        } else if (line[at] == '<') {
            const bool has_name =
                line.substr(name, at - name).find_first_not_of(" \t") != std::string_view::npos;
            out += line.substr(done, name - done);
            out += has_name ? std::string_view(" \"name\" ") : line.substr(name, at - name);
            done = at;
            at = std::min(line.find('>', at), line.size());
        } else {
            if (line[at] == ',') name = at + 1;
            ++at;
        }
    }
    return out + std::string(line.substr(done));
}

/// The head of a message, header by header with its folded lines.
std::string without_names(std::string_view head) {
    std::string out;
    while (!head.empty()) {
        std::size_t end = head.find('\n');
        while (end != std::string_view::npos && end + 1 < head.size() &&
               (head[end + 1] == ' ' || head[end + 1] == '\t'))
            end = head.find('\n', end + 1);
        const std::string_view line = head.substr(0, end == std::string_view::npos ? end : end + 1);
        const std::string lower = ascii_lower(line);
        const bool has_address =
            lower.find("<sip") != std::string::npos || lower.find("<tel:") != std::string::npos;
        out +=
            has_address && line.find(':') < line.find('<') ? without_display_names(line) : std::string(line);
        head = head.substr(line.size());
    }
    return out;
}

void redact(json::value& value, const std::function<std::string(std::string_view)>& text) {
    if (auto* object = value.if_object()) {
        for (auto& pair : *object) {
            const std::string_view key(pair.key().data(), pair.key().size());
            if (key == "schema" || key == "id" || key == "attempt" || key == "connection" || key == "time")
                continue;
            auto* string = pair.value().if_string();
            const std::size_t slash =
                key == "folder" && string != nullptr ? string->rfind('/') : json::string::npos;
            if (slash != json::string::npos) *string = string->subview(slash + 1);
            redact(pair.value(), text);
        }
    } else if (auto* array = value.if_array()) {
        for (auto& item : *array) redact(item, text);
    } else if (auto* string = value.if_string()) {
        *string = text({string->data(), string->size()});
    }
}

}  // namespace

Redaction::Redaction(std::string machine) : machine_(ascii_lower(machine)) {
    if (machine_ == "localhost") machine_.clear();
}

void Redaction::learn(const LogLine& line) {
    own_addresses_.emplace(line.local, "");
    const auto address = IpAddress::parse(line.peer);
    if (address.has_value()) learn_address(canonical_text(*address));
    learn_user(std::string_view(line.user).substr(0, line.user.rfind('@')));
}

void Redaction::learn_sip(std::string_view text) {
    const std::string lower = ascii_lower(text);
    for (const std::string_view scheme : {"sip:", "sips:", "tel:"}) {
        for (std::size_t at = lower.find(scheme); at != std::string::npos; at = lower.find(scheme, at + 1)) {
            const std::string_view rest = text.substr(at + scheme.size(), longest_user);
            const std::size_t end = rest.find_first_of(scheme == "tel:" ? ";>\r\n \"" : "@>\r\n \"<");
            if (scheme != "tel:" && (end == std::string_view::npos || rest[end] != '@')) continue;
            const std::string_view user = rest.substr(0, end);
            learn_user(user);
            learn_user(user.substr(0, user.find_first_of(":;")));
        }
    }
    with_addresses(text, [this](const std::string& canonical) {
        if (own_addresses_.count(canonical) == 0) learn_address(canonical);
        return std::nullopt;
    });
}

void Redaction::learn_address(const std::string& canonical) {
    const auto [place, is_new] =
        addresses_.emplace(canonical, fmt::format("client-{}", addresses_.size() + 1));
    if (is_new) backward_.emplace_back(backward(canonical), place->second + ".reverse");
}

void Redaction::learn_user(std::string_view user) {
    const std::string lower = ascii_lower(user);
    const auto same = [&](const auto& known) { return known.first == lower; };
    if (lower.empty() || std::any_of(users_.begin(), users_.end(), same)) return;
    users_.emplace_back(lower, fmt::format("user-{}", users_.size() + 1));
    std::stable_sort(users_.begin(), users_.end(), [](const auto& one, const auto& other) {
        return one.first.size() > other.first.size();
    });
}

std::string Redaction::text(std::string_view original) const {
    std::string out(original);
    // Users first: one may have an address in it. Addresses last: a name that is taken out may uncover one.
    for (const auto& [user, instead] : users_) out = with_word(out, user, instead);
    if (!machine_.empty()) out = with_word(out, machine_, "this-machine");
    for (const auto& [name, instead] : backward_) out = with_each(std::move(out), name, instead);
    out = with_addresses(out, [this](const std::string& canonical) -> std::optional<std::string> {
        const auto found = addresses_.find(canonical);
        if (found == addresses_.end()) return std::nullopt;
        return found->second;
    });
    // Glued to something else, as some clients do in branches and Call-IDs.
    for (const auto& [address, instead] : addresses_) out = with_each_alone(out, address, instead);
    return out;
}

std::string Redaction::line(std::string_view raw) const {
    json::error_code error;
    json::value value = json::parse(raw, error);
    if (error) return "{}";  // a line that was read as one is JSON
    redact(value, [this](std::string_view original) { return text(original); });
    return json::serialize(value);
}

std::string Redaction::sip(std::string_view original) const {
    const std::size_t crlf = original.find("\r\n\r\n");
    const std::size_t lf = original.find("\n\n");
    const std::size_t head = std::min(crlf == std::string_view::npos ? crlf : crlf + 4,
                                      lf == std::string_view::npos ? lf : lf + 2);
    std::string out = text(without_names(original.substr(0, head)));
    if (head < original.size()) out += fmt::format("({} bytes of body left out)", original.size() - head);
    return out;
}

}  // namespace ocs::journal
