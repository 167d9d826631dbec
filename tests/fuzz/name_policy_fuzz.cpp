// Every name policy on hostile certificates. An input is lines: the wanted name, then one presented name a
// line, its first byte the kind ("d" dNSName, "i" address, "u" URI, "c" CN, "s" SRV, "e" e-mail, "o" other).

#include "discovery/name_policy.hpp"
#include "property.hpp"

using namespace ocs;
using namespace ocs::discovery;
using fuzz::require;

namespace {

PresentedNames names_from(fuzz::Input& input) {
    PresentedNames names;
    while (!input.empty()) {
        const std::string_view line = input.until('\n');
        if (line.empty()) continue;
        const std::string text(line.substr(1));
        switch (line.front()) {
            case 'c':
                names.common_names.push_back(text);
                break;
            case 'i':
                names.san.push_back({NameKind::ip, text});
                break;
            case 'u':
                names.san.push_back({NameKind::uri, text});
                break;
            case 's':
                names.san.push_back({NameKind::srv, text});
                break;
            case 'e':
                names.san.push_back({NameKind::email, text});
                break;
            case 'o':
                names.san.push_back({NameKind::other, text});
                break;
            case '!':
                names.san_readable = false;
                break;
            default:
                names.san.push_back({NameKind::dns, text});
        }
    }
    names.san_present = !names.san.empty() || !names.san_readable;
    return names;
}

bool covers(NameReason reason) {
    return reason == NameReason::matches || reason == NameReason::matches_wildcard;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const std::string_view wanted = input.until('\n');
    const PresentedNames names = names_from(input);
    for (const NamePolicy policy : all_name_policies) {
        const std::string_view word = to_string(policy);
        const NameVerdict verdict = compare_names(policy, names, wanted);
        require(verdict.policy == policy, "the verdict names its policy", word);
        require(verdict.comparisons.size() == names.san.size() + names.common_names.size(),
                "each name is compared",
                word);
        require(verdict.covered == verdict.by.has_value(), "covered by something, or not covered", word);
        if (verdict.covered) {
            require(*verdict.by < verdict.comparisons.size() && verdict.comparisons[*verdict.by].covers,
                    "the name that covers does",
                    word);
            require(verdict.wanted_problem.empty(), "what can match nothing is not covered", word);
        }
        require(
            fuzz::is_printable(verdict.wanted_problem), "the problem can be shown", verdict.wanted_problem);
        for (std::size_t i = 0; i < verdict.comparisons.size(); ++i) {
            const NameComparison& one = verdict.comparisons[i];
            require(
                one.covers == covers(one.reason), "the reason agrees with the answer", to_string(one.reason));
            require(
                !one.covers || (verdict.covered && *verdict.by <= i), "the first that covers is named", word);
            require(fuzz::is_printable(one.detail), "the detail can be shown", one.detail);
            require(one.detail.size() < 2000, "the detail is bounded", one.detail);
            const bool strict = policy == NamePolicy::rfc9525 || policy == NamePolicy::rfc5922;
            require(!strict || !one.covers || one.name.text.find('\0') == std::string::npos,
                    "a name with NUL in it covers nothing",
                    word);
        }
    }
    return 0;
}
