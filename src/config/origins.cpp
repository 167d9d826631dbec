#include <fmt/format.h>

#include "config/in_force.hpp"

namespace ocs::config {
namespace {

/// The keys as yaml::Value and yaml::Map write them.
class Walk {
public:
    explicit Walk(const std::string& file) : file_(file) {}

    void node(const yaml::Node& node, const std::string& path) {
        for (const yaml::Entry& entry : node.entries) {
            const std::string key = path.empty() ? entry.key : path + "." + entry.key;
            origins_[key] = {Source::file,
                             fmt::format("{}:{}:{}", file_, entry.mark.line, entry.mark.column)};
            // Thousands, and nobody asks: records are changed while the lab runs.
            if (key.starts_with("dns.zones") || key.starts_with("dns.faults") || key == "faults") continue;
            this->node(entry.value, key);
        }
        for (std::size_t i = 0; i < node.items.size(); ++i) {
            if (i == hosts_with_origins) break;
            if (node.items[i].kind != yaml::Kind::map) continue;  // the list has its place
            const std::string key = fmt::format("{}[{}]", path, i);
            const yaml::Mark mark = node.items[i].mark;
            origins_[key] = {Source::file, fmt::format("{}:{}:{}", file_, mark.line, mark.column)};
            this->node(node.items[i], key);
        }
    }
    Origins take() { return std::move(origins_); }

private:
    const std::string& file_;
    Origins origins_;
};

}  // namespace

Origins origins_of(const yaml::Document& document) {
    Walk walk(document.file);
    walk.node(document.root, "");
    return walk.take();
}

}  // namespace ocs::config
