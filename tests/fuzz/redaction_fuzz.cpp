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

/// The canonical text anywhere but within a longer number, and every other spelling where it stands alone.
void require_no_address(const std::string& out, const IpAddress& address) {
    const std::string lower = ascii_lower(out);
    const std::string canonical = address.text();
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
        require(one.has_error() || !(*one == address), "no other spelling of an address is left", out);
    }
}

/// What the pseudonyms are made of is no secret that could be told from them.
bool is_secret(const std::string& text) {
    const std::string ours =
        "client-0123456789.reverse user-0123456789 this-machine \"name\" ( bytes of body left out)";
    return !text.empty() && ours.find(text) == std::string::npos &&
           text.find("client") == std::string::npos && text.find("user") == std::string::npos &&
           text.find("name") == std::string::npos && text.find("machine") == std::string::npos;
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
        redaction.text(sip), redaction.sip(sip), redaction.line(in_json(sip))};
    const auto address = IpAddress::parse(line.peer);
    const std::string user = ascii_lower(line.user.substr(0, line.user.rfind('@')));
    const std::string lower_machine = ascii_lower(machine);
    for (const std::string& out : outputs) {
        if (address.has_value()) require_no_address(out, *address);
        if (is_secret(user)) require_no_user(out, user);
        if (is_secret(lower_machine) && lower_machine != "localhost") require_no_user(out, lower_machine);
    }
    require(redaction.line(sip).size() >= 2, "a line is an object");

    // A display name is not looked for elsewhere: it goes from where it says whose address that is.
    std::string quoted = "\"";
    for (const char c : display) quoted += c == '"' || c == '\\' ? std::string{'\\', c} : std::string(1, c);
    const std::string header = "From: " + quoted + "\" <sip:somebody@contoso.test>";
    if (display.find('\r') != std::string::npos) return 0;
    require(redaction.sip("OPTIONS sip:x SIP/2.0\r\n" + header + "\r\n\r\n").find("From: \"name\" <sip:") !=
                std::string::npos,
            "no display name is left",
            header);
    return 0;
}
