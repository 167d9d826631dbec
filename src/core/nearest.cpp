#include "core/nearest.hpp"

#include <algorithm>
#include <vector>

#include "core/escape.hpp"

namespace ocs {
namespace {

std::size_t edits_between(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t above = row[j];
            const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({above + 1, row[j - 1] + 1, replaced});
            diagonal = above;
        }
    }
    return row.back();
}

}  // namespace

std::optional<std::string> nearest(std::string_view word, std::span<const std::string> known) {
    constexpr std::size_t longest = 64;  // keys are short; a long word is no typing error
    if (word.size() > longest) return std::nullopt;
    const std::string wanted = ascii_lower(word);
    std::optional<std::string> best;
    std::size_t best_edits = 0;
    for (const std::string& candidate : known) {
        const std::size_t edits = edits_between(wanted, ascii_lower(candidate));
        if (edits > std::max<std::size_t>(1, candidate.size() / 3)) continue;
        if (!best || edits < best_edits) {
            best = candidate;
            best_edits = edits;
        }
    }
    return best;
}

}  // namespace ocs
