// The openssl policy against the library it is named after, on names that nobody thought of.

#include <doctest/doctest.h>

#include <array>
#include <random>
#include <string>

#include "core/escape.hpp"
#include "discovery/name_policy.hpp"
#include "openssl_oracle.hpp"

using namespace ocs;
using namespace ocs::discovery;

namespace {

/// Few characters and all that the rules are about, so that names meet often.
class Generator {
public:
    explicit Generator(unsigned seed) : random_(seed) {}

    std::string text() {
        std::string name;
        if (below(3) == 0) {  // a wildcard that may well be a good one
            for (const char* piece : {"a", "xn--", "*", "b", ".a", ".b", ".A-1"}) {
                if (below(3) != 0) name += piece;
            }
            return name;
        }
        for (std::size_t left = below(9); left > 0; --left) name += token();
        return name;
    }

    PresentedNames names() {
        static constexpr std::array kinds = {
            NameKind::dns, NameKind::dns, NameKind::dns, NameKind::uri, NameKind::email, NameKind::ip};
        PresentedNames names;
        for (std::size_t left = below(3); left > 0; --left) names.common_names.push_back(text());
        names.san_present = below(4) != 0;
        for (std::size_t left = names.san_present ? below(3) : 0; left > 0; --left) {
            names.san.push_back({kinds.at(below(kinds.size())), text()});
        }
        return names;
    }

    /// A host that comes close to one of the names, or to none.
    std::string host(const PresentedNames& names) {
        std::string host = text();
        if (below(8) != 0 && !names.san.empty()) host = names.san.at(below(names.san.size())).text;
        if (below(4) == 0 && !names.common_names.empty()) host = names.common_names.front();
        for (std::size_t star; (star = host.find('*')) != std::string::npos && below(8) != 0;) {
            host.replace(star, 1, below(3) == 0 ? token() : label());
        }
        switch (below(8)) {
            case 0:
                host += token();
                break;
            case 1:
                host.insert(0, token());
                break;
            case 2:
                if (!host.empty()) host.erase(below(host.size()), 1);
                break;
            case 3:
                host.insert(0, ".");
                break;
            case 4:
                host += '\0';
                break;
            default:
                break;
        }
        return host;
    }

private:
    std::size_t below(std::size_t limit) {
        return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_);
    }
    std::string label() {
        static const std::array<std::string, 6> labels = {"a", "B-a", "1", "xn--a", "*", ""};
        return labels.at(below(labels.size()));
    }
    std::string token() {
        static const std::array<std::string, 22> tokens = {
            "a", "b",  "A",   ".",    ".",    ".",   ".a.", "*",        "*",    "*.",  "*.a.b",
            "-", "--", "xn-", "xn--", "XN--", "1.2", "_ ",  "\xc3\xa9", "\xff", "a.b", std::string(1, '\0')};
        return tokens.at(below(tokens.size()));
    }

    std::mt19937 random_;
};

std::string shown(const PresentedNames& names) {
    std::string text;
    for (const std::string& name : names.common_names) text += "CN " + quoted(name) + " ";
    if (!names.san_present) text += "no SAN";
    for (const auto& name : names.san)
        text += std::string(to_string(name.kind)) + " " + quoted(name.text) + " ";
    return text;
}

}  // namespace

TEST_CASE("the openssl policy and X509_check_host agree on random names") {
    Generator generator(20260101);
    int covered = 0, wildcards = 0;
    for (int round = 0; round < 40'000; ++round) {
        const PresentedNames names = generator.names();
        const std::string host = generator.host(names);
        const std::string shown_names = shown(names), shown_host = quoted(host);
        CAPTURE(shown_names);
        CAPTURE(shown_host);
        const NameVerdict verdict = compare_names(NamePolicy::openssl, names, host);
        REQUIRE(verdict.covered == openssl_says(names, host));
        covered += verdict.covered ? 1 : 0;
        if (verdict.by && verdict.comparisons.at(*verdict.by).reason == NameReason::matches_wildcard)
            ++wildcards;
    }
    // Names that never meet would prove nothing.
    CHECK(covered > 2'000);
    CHECK(wildcards > 150);
}
