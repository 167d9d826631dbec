#include "core/host_name.hpp"

#include <idn2.h>

#include <algorithm>
#include <memory>

#include "core/escape.hpp"
#include "core/ip_address.hpp"

namespace ocs {
namespace {

constexpr std::size_t max_name = 253;    // RFC 1035 §2.3.4: 255 on the wire
constexpr std::size_t max_label = 63;    // RFC 1035 §2.3.4
constexpr std::size_t max_input = 1024;  // before conversion; U-labels only get shorter than this allows

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_name_byte(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; }

struct Idn2Free {
    void operator()(void* text) const noexcept { idn2_free(text); }
};

Error invalid(std::string_view text, const std::string& why) {
    return Error{quoted(text) + " is not a host name: " + why, "", ""};
}

std::vector<std::string_view> split_labels(std::string_view name) {
    std::vector<std::string_view> labels;
    while (true) {
        const std::size_t dot = name.find('.');
        labels.push_back(name.substr(0, dot));
        if (dot == std::string_view::npos) return labels;
        name.remove_prefix(dot + 1);
    }
}

}  // namespace

Result<HostName> HostName::parse(std::string_view text) {
    if (text.empty()) return invalid(text, "it is empty");
    if (text.size() > max_input) return invalid(text, "it is longer than 253 bytes");
    std::string name = ascii_lower(text);
    if (name.ends_with('.')) name.pop_back();
    if (name.empty()) return invalid(text, "it is empty");
    if (!is_ascii(name)) {
        if (!is_valid_utf8(name)) return invalid(text, "it is not valid UTF-8");
        char* converted = nullptr;
        const int code = idn2_to_ascii_8z(name.c_str(), &converted, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT);
        const std::unique_ptr<char, Idn2Free> owner(converted);
        if (code != IDN2_OK) return invalid(text, idn2_strerror(code));
        name = ascii_lower(converted);
    }
    if (name.size() > max_name) return invalid(text, "it is longer than 253 bytes");
    for (const std::string_view label : split_labels(name)) {
        if (label.empty()) return invalid(text, "it has an empty label");
        if (label.size() > max_label) return invalid(text, "a label is longer than 63 bytes");
        if (label.front() == '-' || label.back() == '-')
            return invalid(text, "a label starts or ends with a hyphen");
        const auto bad = std::find_if_not(label.begin(), label.end(), is_name_byte);
        if (bad != label.end()) return invalid(text, "it has " + quoted(std::string(1, *bad)) + " in it");
    }
    if (IpAddress::parse(name).has_value()) return invalid(text, "it is an IP address");
    return HostName(std::move(name));
}

std::string HostName::unicode() const {
    char* converted = nullptr;
    const int code = idn2_to_unicode_8z8z(text_.c_str(), &converted, 0);
    const std::unique_ptr<char, Idn2Free> owner(converted);
    if (code != IDN2_OK) return text_;
    // libidn2 turns an A-label that is none ("xn--a") into an empty label: only what reads back counts.
    const auto again = parse(converted);
    return again.has_value() && *again == *this ? std::string(converted) : text_;
}

std::vector<std::string_view> HostName::labels() const { return split_labels(text_); }

bool HostName::is_in_domain(const HostName& domain) const {
    if (text_ == domain.text_) return true;
    return text_.size() > domain.text_.size() && text_.ends_with(domain.text_) &&
           text_[text_.size() - domain.text_.size() - 1] == '.';
}

Result<HostPattern> HostPattern::parse(std::string_view text) {
    const bool wildcard = text.starts_with("*.");
    auto name = HostName::parse(wildcard ? text.substr(2) : text);
    if (name.has_error()) {
        Error error = name.error();
        if (!wildcard && text.find('*') != std::string_view::npos) {
            error.hint = "a wildcard is '*' as the whole left-most label, such as '*.contoso.test'";
        }
        return error;
    }
    return HostPattern((wildcard ? "*." : "") + name->text());
}

}  // namespace ocs
