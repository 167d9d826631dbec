#include "config/mint_settings.hpp"

#include <algorithm>

#include "config/fields.hpp"
#include "config/recipes.hpp"
#include "core/host_name.hpp"

namespace ocs::config {
namespace {

/// One or more labels without a dot at either end, lower case; empty is the rule for all other names.
Result<std::string> parse_prefix(std::string_view text) {
    if (text.empty()) return std::string();
    const auto name = HostName::parse(text);
    if (name.has_error()) return name.error();
    return name->text();
}

}  // namespace

void read_mint(const yaml::Value& value, pki::MintSettings& settings) {
    yaml::Map map(value);
    read_parsed(map, "key", pki::parse_key, settings.key);
    read_integer(map, "cache", 1, 1'000'000, settings.cache);
    std::vector<pki::MintRule> rules;
    if (const auto list = map.find("rules")) {
        for (const yaml::Value& item : list->list()) {
            pki::MintRule rule;
            yaml::Map fields(item);
            if (const auto prefix = fields.require("prefix")) read_parsed(*prefix, parse_prefix, rule.prefix);
            if (const auto certificate = fields.require("certificate")) {
                auto recipe = read_recipe(*certificate, rule.prefix.empty() ? "minted" : rule.prefix);
                if (recipe) rule.recipe = std::move(*recipe);
            }
            fields.finish();
            rules.push_back(std::move(rule));
        }
    }
    for (const pki::MintRule& own : rules) {
        std::erase_if(settings.rules,
                      [&](const pki::MintRule& built_in) { return built_in.prefix == own.prefix; });
    }
    settings.rules.insert(settings.rules.begin(), rules.begin(), rules.end());
    map.finish();
}

}  // namespace ocs::config
