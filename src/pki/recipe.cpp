#include "pki/recipe.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "core/escape.hpp"
#include "core/host_name.hpp"
#include "core/ip_address.hpp"
#include "pki/encode.hpp"
#include "pki/info_json.hpp"

namespace ocs::pki {
namespace {

using discovery::NameKind;
using discovery::PresentedName;

constexpr std::size_t longest_common_name = 64;  // ub-common-name of RFC 5280, Appendix A.1

struct Prefix {
    std::string_view word;
    NameKind kind;
};
constexpr Prefix prefixes[] = {{"DNS", NameKind::dns},
                               {"IP", NameKind::ip},
                               {"URI", NameKind::uri},
                               {"email", NameKind::email},
                               {"SRV", NameKind::srv},
                               {"other", NameKind::other},
                               {"CN", NameKind::common_name}};

bool is_long_common_name(const SubjectPart& part) {
    return part.type == "CN" && part.value.size() > longest_common_name;
}

bool has_hex_form(NameKind kind) {
    return kind == NameKind::dns || kind == NameKind::uri || kind == NameKind::email || kind == NameKind::srv;
}

bool is_printable(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

/// Non-ASCII text is rarely meant as it stands: a certificate has A-labels. Bytes on purpose have their form.
Result<void> refuse_non_ascii(std::string_view text) {
    const bool ascii =
        std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (ascii) return {};
    const auto pattern = HostPattern::parse(text.substr(text.find(':') == 3 ? 4 : 0));
    return Error{
        ocs::quoted(text) + " is not ASCII",
        "",
        (pattern ? "write " + pattern->text() : std::string("write an IDN as its A-labels (xn--…)")) +
            ", or the bytes themselves as DNS-hex:…"};
}

std::string days_text(std::chrono::microseconds distance) {
    const auto days = std::chrono::floor<std::chrono::days>(distance).count();
    if (days == 1) return "1 day";
    if (days > 0) return std::to_string(days) + " days";
    const auto minutes = std::chrono::floor<std::chrono::minutes>(distance).count();
    return std::to_string(minutes) + (minutes == 1 ? " minute" : " minutes");
}

bool contains(const std::vector<std::string>& words, std::string_view word) {
    return std::any_of(words.begin(), words.end(), [&](const std::string& w) { return w == word; });
}

void explain_names(const Recipe& recipe, std::vector<std::string>& found) {
    std::size_t common_names = 0;
    for (const SubjectPart& part : recipe.subject) {
        if (part.value.empty()) found.push_back(part.type + " is empty");
        if (part.type != "CN") continue;
        ++common_names;
        const bool in_list =
            std::any_of(recipe.sans.begin(), recipe.sans.end(), [&](const PresentedName& name) {
                return (name.kind == NameKind::dns || name.kind == NameKind::ip) &&
                       equal_ignoring_case(name.text, part.value);
            });
        if (!recipe.sans.empty() && !in_list) {
            found.push_back("CN " + ocs::quoted(part.value) +
                            " is not in the SAN list: clients that have a SAN do not look at it");
        }
    }
    if (recipe.sans.empty() && common_names == 0) found.emplace_back("no name at all: no CN and no SAN");
    if (recipe.sans.empty() && common_names > 0) {
        found.emplace_back("no SAN list: clients that do not look at the CN find no name");
    }
    if (common_names > 1) {
        found.push_back(std::to_string(common_names) + " CNs: clients differ in which one they look at");
    }
    if (!recipe.san_der.empty()) found.emplace_back("the SAN extension is written byte by byte");
    for (const PresentedName& name : recipe.sans) {
        if (name.kind != NameKind::dns) continue;
        if (IpAddress::parse(name.text)) {
            found.push_back("DNS name " + ocs::quoted(name.text) + " is an IP address");
        } else if (!HostPattern::parse(name.text) || name.text.ends_with('.')) {
            found.push_back("DNS name " + ocs::quoted(name.text) + " is not a plain host name");
        }
    }
}

}  // namespace

std::string to_string(const KeySpec& key) {
    switch (key.type) {
        case KeyType::rsa:
            return "rsa-" + std::to_string(key.rsa_bits);
        case KeyType::p256:
            return "p-256";
        case KeyType::p384:
            return "p-384";
        case KeyType::ed25519:
            return "ed25519";
    }
    return {};
}

Result<KeySpec> parse_key(std::string_view word) {
    KeySpec key;
    const std::string lower = ascii_lower(word);
    if (lower == "p-256") {
        key.type = KeyType::p256;
        return key;
    }
    if (lower == "p-384") {
        key.type = KeyType::p384;
        return key;
    }
    if (lower == "ed25519") {
        key.type = KeyType::ed25519;
        return key;
    }
    if (lower.starts_with("rsa-")) {
        const char* end = lower.data() + lower.size();
        const auto parsed = std::from_chars(lower.data() + 4, end, key.rsa_bits);
        if (parsed.ec == std::errc() && parsed.ptr == end && key.rsa_bits >= 1024 && key.rsa_bits <= 4096) {
            return key;
        }
    }
    return Error{
        ocs::quoted(word) + " is not a key type", "", "rsa-1024 to rsa-4096, p-256, p-384 or ed25519"};
}

std::string_view to_string(HashName hash) {
    switch (hash) {
        case HashName::sha1:
            return "sha1";
        case HashName::sha256:
            return "sha256";
        case HashName::sha384:
            return "sha384";
        case HashName::sha512:
            return "sha512";
    }
    return {};
}

Result<HashName> parse_hash(std::string_view word) {
    for (const HashName hash : {HashName::sha1, HashName::sha256, HashName::sha384, HashName::sha512}) {
        if (equal_ignoring_case(word, to_string(hash))) return hash;
    }
    return Error{ocs::quoted(word) + " is not a hash", "", "sha1, sha256, sha384 or sha512"};
}

Results<void> validate(const Recipe& recipe, WallTime now) {
    std::vector<Error> errors;
    const auto report = [&](std::string what, std::string where, std::string hint) {
        errors.emplace_back(std::move(what), std::move(where), std::move(hint));
    };
    const auto take = [&](const Result<void>& checked, const std::string& where) {
        if (!checked) report(checked.error().what, where, checked.error().hint);
    };
    const auto index = [](std::string_view field, std::size_t i) {
        return std::string(field) + "[" + std::to_string(i) + "]";
    };

    const bool plain = std::all_of(recipe.name.begin(), recipe.name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
               c == '-' || c == '_';
    });
    if (recipe.name.empty() || recipe.name.size() > 100 || !plain || recipe.name.front() == '.') {
        report(ocs::quoted(recipe.name) + " cannot name a certificate folder",
               "name",
               "1 to 100 letters, digits, '.', '-' and '_', not starting with '.'");
    } else if (equal_ignoring_case(recipe.name, "ca")) {
        report("'ca' is the folder of the CA", "name", "any other name");
    }
    if (!is_valid_utf8(recipe.note) || recipe.note.find('\n') != std::string::npos) {
        report("the note is not one line of UTF-8", "note", "");
    }
    for (std::size_t i = 0; i < recipe.subject.size(); ++i) {
        if (is_long_common_name(recipe.subject[i])) continue;  // issuing moves it
        take(check_subject_part(recipe.subject[i]), index("subject", i));
    }
    for (std::size_t i = 0; i < recipe.sans.size(); ++i) take(check_san(recipe.sans[i]), index("sans", i));
    if (!recipe.san_der.empty()) {
        take(check_hex(recipe.san_der), "san_der");
        if (!recipe.sans.empty())
            report("sans and san_der exclude each other", "san_der", "give one of them");
    }
    if (recipe.rsa_pss && recipe.issuer == Issuer::self_signed && recipe.key.type != KeyType::rsa) {
        report("only an RSA key signs with RSASSA-PSS", "rsa_pss", "key rsa-2048");
    }
    if (recipe.key.type == KeyType::rsa && (recipe.key.rsa_bits < 1024 || recipe.key.rsa_bits > 4096)) {
        report("an RSA key of " + std::to_string(recipe.key.rsa_bits) + " bits is not made",
               "key",
               "1024 to 4096");
    }
    const auto begin = parse_time(recipe.not_before, now);
    const auto end = parse_time(recipe.not_after, now);
    if (!begin) report(begin.error().what, "not_before", begin.error().hint);
    if (!end) report(end.error().what, "not_after", end.error().hint);
    if (begin && end && *end <= *begin) {
        report(ocs::quoted(recipe.not_after) + " is not after " + ocs::quoted(recipe.not_before),
               "not_after",
               "for an expired certificate move both, such as not_before -60d and not_after -30d");
    }
    if (recipe.via_intermediate && recipe.issuer != Issuer::lab_ca) {
        report("only the lab CA has an intermediate", "via_intermediate", "leave it out, or issuer lab_ca");
    }
    if (recipe.revoked && recipe.issuer != Issuer::lab_ca) {
        report("only the lab CA has a list of revoked certificates", "revoked", "issuer lab_ca");
    }
    for (std::size_t i = 0; i < recipe.eku.size(); ++i) take(check_eku(recipe.eku[i]), index("eku", i));
    for (std::size_t i = 0; i < recipe.key_usage.size(); ++i) {
        take(check_key_usage(recipe.key_usage[i]), index("key_usage", i));
    }
    for (std::size_t i = 0; i < recipe.crl_urls.size(); ++i) {
        if (is_printable(recipe.crl_urls[i])) continue;
        report(ocs::quoted(recipe.crl_urls[i]) + " is no URL", index("crl_urls", i), "http://HOST/lab.crl");
    }
    if (!errors.empty()) return errors;
    return {};
}

std::vector<std::string> defects(const Recipe& recipe, WallTime now) {
    std::vector<std::string> found;
    const auto begin = parse_time(recipe.not_before, now);
    const auto end = parse_time(recipe.not_after, now);
    if (end && *end < now) found.push_back("expired " + days_text(now - *end) + " ago");
    if (begin && *begin > now) found.push_back("not valid for another " + days_text(*begin - now));
    explain_names(recipe, found);
    if (!recipe.eku.empty() && !contains(recipe.eku, "serverAuth") && !contains(recipe.eku, "any") &&
        !contains(recipe.eku, "1.3.6.1.5.5.7.3.1")) {
        found.emplace_back("no serverAuth in the EKU");
    }
    if (!recipe.key_usage.empty() && !contains(recipe.key_usage, "digitalSignature")) {
        found.emplace_back("no digitalSignature in the key usage");
    }
    if (recipe.issuer == Issuer::self_signed) found.emplace_back("self-signed: no CA stands behind it");
    if (recipe.issuer == Issuer::unknown_ca) found.emplace_back("signed by a CA that nobody knows");
    if (recipe.via_intermediate && !recipe.send_intermediate) {
        found.emplace_back("the intermediate is not sent: clients cannot build the chain");
    }
    if (recipe.key.type == KeyType::rsa && recipe.key.rsa_bits < 2048) {
        found.push_back("weak key: RSA " + std::to_string(recipe.key.rsa_bits));
    }
    if (recipe.rsa_pss) found.emplace_back("RSASSA-PSS signature: Lync and OCS cannot verify it");
    if (recipe.hash == HashName::sha1 && recipe.key.type != KeyType::ed25519) {
        found.emplace_back("weak signature: SHA-1");
    }
    if (recipe.revoked) {
        found.push_back(std::string("revoked: its serial is on ") +
                        (recipe.via_intermediate ? "ca/intermediate.crl" : "ca/ca.crl"));
    }
    if (recipe.is_ca) found.emplace_back("the leaf is marked as a CA");
    return found;
}

std::vector<std::string> move_long_names(Recipe& recipe) {
    std::vector<std::string> moved;
    std::vector<SubjectPart> kept;
    for (SubjectPart& part : recipe.subject) {
        if (!is_long_common_name(part)) {
            kept.push_back(std::move(part));
            continue;
        }
        moved.push_back("CN " + ocs::quoted(part.value) + " has " + std::to_string(part.value.size()) +
                        " bytes, a CN holds 64: moved into the SAN list");
        const PresentedName name{NameKind::dns, part.value};
        if (std::find(recipe.sans.begin(), recipe.sans.end(), name) == recipe.sans.end()) {
            recipe.sans.push_back(name);
        }
    }
    const SubjectPart stand_in{"O", "fakeocs lab"};
    if (!moved.empty() && std::find(kept.begin(), kept.end(), stand_in) == kept.end()) {
        kept.push_back(stand_in);
    }
    recipe.subject = std::move(kept);
    return moved;
}

void expire(Recipe& recipe) {
    recipe.not_before = "-366d";
    recipe.not_after = "-1h";
}

bool has_name(const Recipe& recipe, const PresentedName& name) {
    if (name.kind == NameKind::common_name)
        return std::count(recipe.subject.begin(), recipe.subject.end(), SubjectPart{"CN", name.text}) > 0;
    return std::count(recipe.sans.begin(), recipe.sans.end(), name) > 0;
}

std::vector<std::string> change_names(Recipe& recipe,
                                      const std::vector<PresentedName>& add,
                                      const std::vector<PresentedName>& remove) {
    std::vector<std::string> remarks;
    const auto part_of = [](const PresentedName& wanted) { return SubjectPart{"CN", wanted.text}; };
    for (const PresentedName& wanted : remove) {
        const std::size_t gone = wanted.kind == NameKind::common_name
                                     ? std::erase(recipe.subject, part_of(wanted))
                                     : std::erase(recipe.sans, wanted);
        if (gone == 0) remarks.push_back(to_string(wanted) + " was not there to remove");
    }
    for (const PresentedName& wanted : add) {
        if (has_name(recipe, wanted)) {
            remarks.push_back(to_string(wanted) + " was there already");
        } else if (wanted.kind == NameKind::common_name) {
            recipe.subject.push_back(part_of(wanted));
        } else {
            recipe.sans.push_back(wanted);
        }
    }
    return remarks;
}

std::string fingerprint(const Recipe& recipe) {
    const std::string text = recipe_json(recipe);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
    return hex(digest.data(), size);
}

Result<PresentedName> parse_san(std::string_view text) {
    if (text.empty()) return Error{"a name is empty", "", "such as DNS:sip.contoso.test"};
    for (const Prefix& prefix : prefixes) {
        if (text.size() <= prefix.word.size() || text[prefix.word.size()] != ':') continue;
        if (!equal_ignoring_case(text.substr(0, prefix.word.size()), prefix.word)) continue;
        PresentedName name{prefix.kind, std::string(text.substr(prefix.word.size() + 1))};
        if (name.text.empty()) {
            return Error{"no name after " + ocs::quoted(text), "", "such as DNS:sip.contoso.test"};
        }
        if (auto ascii = refuse_non_ascii(name.text); !ascii) return ascii.error();
        if (name.kind == NameKind::ip && !name.text.starts_with("hex:")) {
            const auto address = IpAddress::parse(name.text);
            if (!address) {
                return Error{ocs::quoted(name.text) + " is not an IP address",
                             "",
                             "IP:192.0.2.1, or DNS:… to write this text as a DNS name"};
            }
            name.text = address->text();
        }
        return name;
    }
    for (const Prefix& prefix : prefixes) {
        if (!has_hex_form(prefix.kind)) continue;
        const std::string word = std::string(prefix.word) + "-hex:";
        if (!equal_ignoring_case(text.substr(0, word.size()), word)) continue;
        auto bytes = from_hex(text.substr(word.size()));
        if (bytes) return PresentedName{prefix.kind, std::move(*bytes)};
        return Error{"no hex after " + ocs::quoted(word), "", "pairs of hex digits: DNS-hex:612e74657374"};
    }
    if (auto ascii = refuse_non_ascii(text); !ascii) return ascii.error();
    if (const auto address = IpAddress::parse(text)) return PresentedName{NameKind::ip, address->text()};
    return PresentedName{NameKind::dns, std::string(text)};
}

std::string to_string(const PresentedName& name) {
    for (const Prefix& prefix : prefixes) {
        if (prefix.kind != name.kind) continue;
        if (!has_hex_form(name.kind) || is_printable(name.text)) {
            return std::string(prefix.word) + ":" + name.text;
        }
        const auto* bytes = reinterpret_cast<const unsigned char*>(name.text.data());
        return std::string(prefix.word) + "-hex:" + hex(bytes, name.text.size());
    }
    return name.text;
}

}  // namespace ocs::pki
