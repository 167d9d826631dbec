#include "journal/filter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "core/escape.hpp"
#include "core/ip_address.hpp"
#include "core/nearest.hpp"
#include "record/client_family.hpp"
#include "record/verdict.hpp"

namespace ocs::journal {

namespace {

using Test = std::function<bool(const LogLine&)>;

constexpr std::size_t longest_filter = 2000;
constexpr std::size_t most_terms = 50;

const std::vector<std::string>& keys() {
    static const std::vector<std::string> all = {"verdict",
                                                 "sni",
                                                 "wanted",
                                                 "peer",
                                                 "user",
                                                 "agent",
                                                 "family",
                                                 "vhost",
                                                 "attempt",
                                                 "alert",
                                                 "tls",
                                                 "fault",
                                                 "since"};
    return all;
}

std::vector<std::string> alternatives(std::string_view text) {
    std::vector<std::string> all;
    while (!text.empty()) {
        const std::size_t comma = text.find(',');
        if (comma != 0) all.emplace_back(text.substr(0, comma));
        text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
    }
    return all;
}

/// Fails where the word, or pattern, is that of none in a closed list.
Result<void> check_known(const std::string& key,
                         const std::string& word,
                         const std::vector<std::string>& words) {
    if (std::any_of(words.begin(), words.end(), [&](const auto& one) { return glob_matches(word, one); }))
        return {};
    const auto meant = nearest(word, words);
    return Error{"no " + key + " is called " + quoted(word),
                 "",
                 meant ? "did you mean '" + key + ":" + *meant + "'?"
                       : "one of: " + fmt::format("{}", fmt::join(words, ", "))};
}

Result<Test> verdict_test(const std::string& word) {
    std::vector<std::string> words;
    for (std::size_t i = 0; i < record::verdict_count; ++i)
        words.emplace_back(record::to_string(static_cast<record::Verdict>(i)));
    if (auto known = check_known("verdict", word, words); known.has_error()) return known.error();
    return Test([word](const LogLine& line) {
        return line.kind == LineKind::connection && glob_matches(word, line.verdict);
    });
}

Result<Test> family_test(const std::string& word) {
    if (word == "none")
        return Test(
            [](const LogLine& line) { return line.kind == LineKind::connection && line.family.empty(); });
    std::vector<std::string> words;
    for (std::size_t i = 0; i < record::client_family_count; ++i)
        words.emplace_back(record::to_string(static_cast<record::ClientFamily>(i)));
    if (auto known = check_known("family", word, words); known.has_error()) return known.error();
    return Test(
        [word](const LogLine& line) { return !line.family.empty() && glob_matches(word, line.family); });
}

/// Address, net, or pattern.
Result<Test> peer_test(const std::string& word) {
    const std::size_t slash = word.find('/');
    if (slash == std::string::npos)
        return Test([word](const LogLine& line) { return glob_matches(word, line.peer); });
    const auto net = IpAddress::parse(word.substr(0, slash));
    std::size_t bits = 0;
    const char* end = word.data() + word.size();
    const auto read = std::from_chars(word.data() + slash + 1, end, bits);
    if (net.has_error() || read.ec != std::errc() || read.ptr != end || bits > net->bytes().size() * 8)
        return Error{quoted(word) + " is not a net", "", "an address and a length, such as 192.168.56.0/24"};
    return Test([prefix = net->bytes(), bits](const LogLine& line) {
        const auto address = IpAddress::parse(line.peer);
        if (address.has_error() || address->bytes().size() != prefix.size()) return false;
        for (std::size_t bit = 0; bit < bits; ++bit) {
            const unsigned mask = 0x80U >> (bit % 8);
            if (((address->bytes()[bit / 8] ^ prefix[bit / 8]) & mask) != 0) return false;
        }
        return true;
    });
}

/// "1.2", "<1.2", ">=1.0": by wire numbers, so that SSL 3.0 is below TLS 1.0.
Result<Test> tls_test(const std::string& word) {
    if (word == "none")
        return Test([](const LogLine& line) {
            return line.kind == LineKind::connection && line.version == 0 && line.offered_version == 0;
        });
    const std::size_t at = word.find_first_not_of("<>=");
    const std::string relation = word.substr(0, at);
    const std::string version = at == std::string::npos ? "" : word.substr(at);
    const bool good =
        version.size() == 3 && version.starts_with("1.") && version[2] >= '0' && version[2] <= '3';
    const bool known = relation.empty() || relation == "<" || relation == ">" || relation == "<=" ||
                       relation == ">=" || relation == "=";
    if (!good || !known)
        return Error{
            quoted(word) + " is not a TLS version", "", "tls:1.0 to tls:1.3, tls:<1.2, tls:>=1.2, tls:none"};
    const int wanted = 0x0301 + (version[2] - '0');
    return Test([relation, wanted](const LogLine& line) {
        const int seen = line.version != 0 ? line.version : line.offered_version;
        if (seen == 0) return false;
        if (relation == "<") return seen < wanted;
        if (relation == ">") return seen > wanted;
        if (relation == "<=") return seen <= wanted;
        if (relation == ">=") return seen >= wanted;
        return seen == wanted;
    });
}

Result<Test> since_test(const std::string& word, WallTime now) {
    const bool distance = !word.empty() && word.find('-') == std::string::npos;
    const auto time = parse_time(distance ? "-" + word : word, now);
    if (time.has_error())
        return Error{
            quoted(word) + " is not a time", "", "10m, 2h or 7d ago, 2026-11-24, or 2026-11-24T05:59:00Z"};
    return Test([since = *time](const LogLine& line) { return line.time >= since; });
}

bool has_alert(const LogLine& line, const std::string& word) {
    return std::any_of(line.alerts.begin(), line.alerts.end(), [&](const LogAlert& alert) {
        return word == std::to_string(alert.code) || glob_matches(word, alert.name);
    });
}

bool is_user(const LogLine& line, const std::string& word) {
    if (line.user.empty()) return false;
    return glob_matches(word, line.user) || glob_matches(word, line.user.substr(0, line.user.find('@')));
}

/// A User-Agent is long, and nobody knows its end: without a wildcard any part of it does.
bool is_agent(const LogLine& line, const std::string& word) {
    if (word == "none") return line.kind == LineKind::connection && line.user_agent.empty();
    const bool pattern = word.find_first_of("*?") != std::string::npos;
    return !line.user_agent.empty() && glob_matches(pattern ? word : "*" + word + "*", line.user_agent);
}

bool is_fault(const LogLine& line, const std::string& word) {
    if (word == "none") return line.kind == LineKind::connection && line.fault.empty();
    return !line.fault.empty() && glob_matches(word, line.fault_kind);
}

bool is_attempt(const LogLine& line, const std::string& word) {
    return glob_matches(word, line.attempt) || line.attempt.ends_with("-" + word);
}

Result<Test> test_of(const std::string& key, const std::string& word, WallTime now) {
    if (key == "verdict") return verdict_test(word);
    if (key == "peer") return peer_test(word);
    if (key == "tls") return tls_test(word);
    if (key == "since") return since_test(word, now);
    if (key == "family") return family_test(word);
    if (key == "agent") return Test([word](const LogLine& line) { return is_agent(line, word); });
    if (key == "fault") return Test([word](const LogLine& line) { return is_fault(line, word); });
    if (key == "user") return Test([word](const LogLine& line) { return is_user(line, word); });
    if (key == "attempt") return Test([word](const LogLine& line) { return is_attempt(line, word); });
    if (key == "vhost")
        return Test(
            [word](const LogLine& line) { return !line.vhost.empty() && glob_matches(word, line.vhost); });
    if (key == "sni")
        return Test([word](const LogLine& line) {
            if (word == "none") return line.has_hello && !line.has_sni;
            return line.has_sni && glob_matches(word, line.sni);
        });
    if (key == "wanted")
        return Test([word](const LogLine& line) {
            if (word == "none") return line.kind == LineKind::connection && line.wanted.empty();
            return !line.wanted.empty() && glob_matches(word, line.wanted);
        });
    return Test([word](const LogLine& line) {  // alert
        if (word == "none") return line.kind == LineKind::connection && line.alerts.empty();
        return has_alert(line, word);
    });
}

struct Token {
    bool negated = false;
    std::string key;  // empty: free text
    std::string value;
};

/// The key before a colon: letters only, so that an IPv6 address or a time is text.
std::string key_at(std::string_view text) {
    std::size_t end = 0;
    while (end < text.size() &&
           ((text[end] >= 'a' && text[end] <= 'z') || (text[end] >= 'A' && text[end] <= 'Z')))
        ++end;
    const bool is_key = end > 0 && end < text.size() && text[end] == ':';
    return is_key ? std::string(text.substr(0, end)) : std::string();
}

Result<std::vector<Token>> tokens(std::string_view text) {
    std::vector<Token> all;
    while (true) {
        const std::size_t start = text.find_first_not_of(" \t");
        if (start == std::string_view::npos) return all;
        text.remove_prefix(start);
        if (all.size() >= most_terms) return Error{fmt::format("more than {} terms", most_terms), "", ""};
        Token token;
        if (text.size() > 1 && text[0] == '-') {
            token.negated = true;
            text.remove_prefix(1);
        }
        token.key = key_at(text);
        if (!token.key.empty()) text.remove_prefix(token.key.size() + 1);
        bool inside = false;
        std::size_t end = 0;
        for (; end < text.size() && (inside || (text[end] != ' ' && text[end] != '\t')); ++end) {
            if (text[end] == '"')
                inside = !inside;
            else
                token.value += text[end];
        }
        if (inside) return Error{"a quote is not closed: " + quoted(text), "", ""};
        text.remove_prefix(end);
        all.push_back(std::move(token));
    }
}

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view text) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; };
    std::size_t p = 0, t = 0;
    std::size_t star = std::string_view::npos, resume = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = t;
        } else if (p < pattern.size() && (pattern[p] == '?' || lower(pattern[p]) == lower(text[t]))) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

Result<Filter> Filter::parse(std::string_view text, WallTime now) {
    if (text.size() > longest_filter)
        return Error{fmt::format("a filter has at most {} bytes", longest_filter), "", ""};
    auto split = tokens(text);
    if (split.has_error()) return split.error();
    Filter filter;
    for (Token& token : *split) {
        Term term;
        term.negated = token.negated;
        const std::string key = ascii_lower(token.key);
        if (key.empty()) {
            if (token.value.empty()) continue;
            term.holds = [word = ascii_lower(token.value)](const LogLine& line) {
                return line.searchable.find(word) != std::string::npos;
            };
            filter.terms_.push_back(std::move(term));
            continue;
        }
        if (std::find(keys().begin(), keys().end(), key) == keys().end()) {
            const auto meant = nearest(key, keys());
            return Error{"no filter is called " + quoted(token.key + ":"),
                         "",
                         meant ? "did you mean '" + *meant + ":'? Text with a colon in it goes in quotes"
                               : fmt::format("one of: {}:; text with a colon in it goes in quotes",
                                             fmt::join(keys(), ":, "))};
        }
        std::vector<Test> tests;
        for (const std::string& word : alternatives(ascii_lower(token.value))) {
            // Dates have capital letters, and nothing else minds.
            auto test = test_of(key, key == "since" ? token.value : word, now);
            if (test.has_error()) return test.error();
            tests.push_back(std::move(*test));
        }
        if (tests.empty()) return Error{"nothing after " + quoted(token.key + ":"), "", ""};
        term.holds = [tests = std::move(tests)](const LogLine& line) {
            return std::any_of(tests.begin(), tests.end(), [&](const Test& test) { return test(line); });
        };
        filter.terms_.push_back(std::move(term));
    }
    return filter;
}

bool Filter::matches(const LogLine& line) const {
    if (line.kind == LineKind::gap) return true;
    return std::all_of(
        terms_.begin(), terms_.end(), [&](const Term& term) { return term.holds(line) != term.negated; });
}

bool Filter::matches(std::span<const LogLine> lines) const {
    return std::all_of(terms_.begin(), terms_.end(), [&](const Term& term) {
        return std::any_of(lines.begin(), lines.end(), term.holds) != term.negated;
    });
}

}  // namespace ocs::journal
