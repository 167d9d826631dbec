// The guard before yaml-cpp: no text crashes it, stops it, or is half read in silence.

#include <algorithm>
#include <set>

#include "core/escape.hpp"
#include "property.hpp"
#include "yaml/document.hpp"

using namespace ocs;
using fuzz::require;

namespace {

void check_node(const yaml::Node& node, int depth, int lines) {
    require(depth <= yaml::max_depth, "nesting is bounded");
    require(node.mark.line >= 1 && node.mark.column >= 1 && node.mark.line <= lines,
            "places are in the file");
    require(node.text.size() <= yaml::max_scalar_bytes, "scalars are bounded");
    require(is_valid_utf8(node.text), "text is UTF-8");
    require(node.kind == yaml::Kind::seq || node.items.empty(), "only a list has items");
    require(node.kind == yaml::Kind::map || node.entries.empty(), "only a map has entries");
    for (const yaml::Node& item : node.items) check_node(item, depth + 1, lines);
    std::set<std::string_view> keys;
    for (const yaml::Entry& entry : node.entries) {
        require(keys.insert(entry.key).second, "keys are unique");
        check_node(entry.value, depth + 1, lines);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = fuzz::text_of(data, size);
    const auto document = yaml::parse("file.yaml", text);
    if (!document) {
        const std::string message = to_string(document.error());
        require(message.starts_with("file.yaml"), "an error has its place", message);
        require(fuzz::is_printable(message), "an error can be shown", message);
        require(fuzz::is_printable(document.error().hint), "a hint can be shown", document.error().hint);
        return 0;
    }
    require(size <= yaml::max_bytes, "text over the limit is refused");
    require(text.find('\0') == std::string_view::npos, "NUL is refused");
    const auto breaks =
        std::count_if(text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; });
    check_node(document->root, 0, static_cast<int>(breaks) + 1);
    return 0;
}
