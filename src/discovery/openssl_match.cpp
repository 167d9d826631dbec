#include "discovery/openssl_match.hpp"

#include <cstddef>
#include <optional>

#include "core/escape.hpp"

namespace ocs::discovery {
namespace {

bool is_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool starts_with_idna(std::string_view text) {
    return text.size() >= 4 && equal_ignoring_case(text.substr(0, 4), "xn--");
}

// A wanted name with a leading dot asks for any name below it.
bool asks_for_subdomains(std::string_view wanted) { return wanted.size() > 1 && wanted.front() == '.'; }

// equal_nocase() with skip_prefix(): the pattern holds no NUL.
bool equal_nocase(std::string_view pattern, std::string_view wanted, bool subdomains) {
    if (subdomains && pattern.size() > wanted.size()) {
        const std::size_t extra = pattern.size() - wanted.size();
        if (pattern.substr(0, extra).find('\0') == std::string_view::npos) pattern.remove_prefix(extra);
    }
    return pattern.find('\0') == std::string_view::npos && equal_ignoring_case(pattern, wanted);
}

// valid_star(): one '*' at an end of the first label, two dots after it, clean labels all along.
std::optional<std::size_t> valid_star(std::string_view pattern) {
    std::optional<std::size_t> star;
    bool at_label_start = true, after_hyphen = false, idna = false;
    std::size_t dots = 0;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        const char c = pattern[i];
        if (c == '*') {
            const bool at_end = i + 1 == pattern.size() || pattern[i + 1] == '.';
            if (star || idna || dots != 0 || (!at_label_start && !at_end)) return std::nullopt;
            star = i;
            at_label_start = false;
        } else if (is_alnum(c)) {
            if (at_label_start && starts_with_idna(pattern.substr(i))) idna = true;
            at_label_start = after_hyphen = false;
        } else if (c == '.') {
            if (at_label_start || after_hyphen) return std::nullopt;
            at_label_start = true;
            idna = false;
            ++dots;
        } else if (c == '-') {
            if (at_label_start) return std::nullopt;
            after_hyphen = true;
        } else {
            return std::nullopt;
        }
    }
    if (at_label_start || after_hyphen || dots < 2) return std::nullopt;
    return star;
}

bool wildcard_match(std::string_view prefix, std::string_view suffix, std::string_view wanted) {
    if (wanted.size() < prefix.size() + suffix.size()) return false;
    if (!equal_nocase(prefix, wanted.substr(0, prefix.size()), false)) return false;
    if (!equal_nocase(wanted.substr(wanted.size() - suffix.size()), suffix, false)) return false;
    const std::string_view covered =
        wanted.substr(prefix.size(), wanted.size() - prefix.size() - suffix.size());
    const bool whole_label = prefix.empty() && suffix.starts_with('.');
    if (whole_label && covered.empty()) return false;
    if (!whole_label && starts_with_idna(wanted)) return false;
    if (covered == "*") return true;
    for (char c : covered) {
        if (!is_alnum(c) && c != '-') return false;
    }
    return true;
}

}  // namespace

OpensslMatch openssl_match(std::string_view presented, std::string_view wanted) {
    if (presented.empty()) return {};
    const bool subdomains = asks_for_subdomains(wanted);
    const auto star = subdomains ? std::nullopt : valid_star(presented);
    if (!star) return {equal_nocase(presented, wanted, subdomains), false};
    return {wildcard_match(presented.substr(0, *star), presented.substr(*star + 1), wanted), true};
}

}  // namespace ocs::discovery
