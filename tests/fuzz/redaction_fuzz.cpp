// What is handed on, redacted: the machine, a client's address, its user and display name, a line each, then
// SIP text of anybody. Whatever they are and however the text spells them, none of them is in what comes out.

#include "journal/redaction.hpp"

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "core/escape.hpp"
#include "core/ip_address.hpp"
#include "property.hpp"

using namespace ocs;
using fuzz::require;

namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-'; }

char at(std::string_view text, std::size_t i) { return i < text.size() ? text[i] : ' '; }
char before(std::string_view text, std::size_t i) { return i > 0 ? text[i - 1] : ' '; }

/// Beside words, and labels of host names, which stay: the user as itself, or before the @ of an address.
void require_no_user(const std::string& out, const std::string& user) {
    const std::string lower = ascii_lower(out);
    for (auto i = lower.find(user); i != std::string::npos; i = lower.find(user, i + 1)) {
        const char left = before(lower, i), right = at(lower, i + user.size());
        const bool alone = !is_word(left) && left != '.' && !is_word(right) && right != '.';
        require(!alone && (right != '@' || is_word(left)), "no user is left", out);
    }
}

/// IPv4 within IPv6 is an address that its client has, too.
std::string plain(const IpAddress& address) {
    const std::string text = address.text();
    return text.starts_with("::ffff:") && text.find('.') != std::string::npos ? text.substr(7) : text;
}

/// The canonical text anywhere but within a longer number, and every other spelling where it stands alone.
void require_no_address(const std::string& out, const IpAddress& address) {
    const std::string lower = ascii_lower(out);
    const std::string canonical = plain(address);
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    for (auto i = lower.find(canonical); i != std::string::npos; i = lower.find(canonical, i + 1)) {
        const bool in_number = is_digit(before(lower, i)) || is_digit(at(lower, i + canonical.size()));
        require(in_number, "no address is left", out);
    }
    constexpr std::string_view of_addresses = "0123456789abcdef.:";
    for (std::size_t i = 0; i < lower.size();) {
        const auto begin = lower.find_first_of(of_addresses, i);
        if (begin == std::string::npos) return;
        i = std::min(lower.find_first_not_of(of_addresses, begin), lower.size());
        if (is_word(before(lower, begin)) || is_word(at(lower, i))) continue;
        const auto one = IpAddress::parse(std::string_view(lower).substr(begin, i - begin));
        require(one.has_error() || !(plain(*one) == plain(address)),
                "no other spelling of an address is left",
                out);
    }
}

/// Names, and not what pseudonyms and the frame of a line are made of, which could not be told from them.
bool is_secret(const std::string& text) {
    constexpr std::string_view ours =
        "client-0123456789.reverse user-0123456789 this-machine \"name\" ( bytes of body left out) "
        "{\"schema\":\"fakeocs.sip/1\",\"reasons\":[{\"text\":";
    if (text.empty() || !is_word(text.front()) || !is_word(text.back())) return false;
    if (ours.find(text) != std::string_view::npos) return false;
    const auto has = [&](std::string_view word) { return text.find(word) != std::string::npos; };
    return !has("client") && !has("user") && !has("name") && !has("machine");
}

/// As a string of JSON, each character escaped.
std::string in_json(std::string_view text) {
    constexpr const char* digits = "0123456789abcdef";
    std::string out = R"({"schema":"fakeocs.sip/1","reasons":[{"text":")";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80) out += std::string("\\u00") + digits[byte >> 4U] + digits[byte & 0xfU];
    }
    return out + "\"}]}";
}

/// The same back: what an escape stands for, so that its letters are not taken for text.
std::string from_json(std::string_view json) {
    std::string out;
    for (std::size_t i = 0; i < json.size(); ++i) {
        if (json[i] != '\\' || i + 1 == json.size()) {
            out += json[i];
        } else if (const auto letter = std::string_view("nrtbf").find(json[++i]);
                   letter != std::string::npos) {
            out += "\n\r\t\b\f"[letter];
        } else if (json[i] == 'u') {
            out += static_cast<char>(std::stoi(std::string(json.substr(i + 1, 4)), nullptr, 16));
            i += 4;
        } else {
            out += json[i];
        }
    }
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const std::string machine(input.until('\n'));
    journal::LogLine line;
    line.peer = std::string(input.until('\n'));
    line.user = std::string(input.until('\n'));
    const std::string display(input.until('\n'));
    const std::string sip(input.rest());

    journal::Redaction redaction(machine);
    redaction.learn(line);
    redaction.learn_sip(sip);

    std::vector<std::string> outputs = {
        redaction.text(sip), redaction.sip(sip), from_json(redaction.line(in_json(sip)))};
    const auto address = IpAddress::parse(line.peer);
    const std::string user = ascii_lower(line.user.substr(0, line.user.rfind('@')));
    const std::string lower_machine = ascii_lower(machine);
    for (const std::string& out : outputs) {
        if (address.has_value()) require_no_address(out, *address);
        if (is_secret(user)) require_no_user(out, user);
        if (is_secret(lower_machine) && lower_machine != "localhost") require_no_user(out, lower_machine);
    }
    require(!redaction.line(sip).empty(), "whatever a line is, something is said of it");

    // A display name is not looked for elsewhere: it goes from where it says whose address that is.
    if (display.find('\r') != std::string::npos) return 0;
    std::string quoted = "\"";
    for (const char c : display) quoted += c == '"' || c == '\\' ? std::string{'\\', c} : std::string(1, c);
    const std::string begin = "OPTIONS sip:x SIP/2.0\r\nFrom: ", end = " <sip:somebody@contoso.test>\r\n\r\n";
    const std::string out = journal::Redaction("").sip(begin + quoted + '"' + end);
    require(out == begin + "\"name\"" + end, "no display name is left", out);
    return 0;
}
