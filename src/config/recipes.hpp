#pragma once
// Certificate recipes in YAML: under a host's `certificate: generate:` and in certs/recipes.yaml.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "pki/recipe.hpp"
#include "yaml/document.hpp"
#include "yaml/reader.hpp"

namespace ocs::config {

/// Reads the map at `value`; problems go where the value's problems go. Empty if there was one.
std::optional<pki::Recipe> read_recipe(const yaml::Value& value, const std::string& name);

/// The same for a node on its own; `file` is for the places in messages.
Results<pki::Recipe> read_recipe(const yaml::Node& node, const std::string& name, const std::string& file);

/// Reads a file with one map, `recipes:`, from names to recipes. Keeps their order.
Results<std::vector<pki::Recipe>> load_recipes(const std::filesystem::path& path);
Results<std::vector<pki::Recipe>> parse_recipes(const std::string& file_name, std::string_view text);

/// Letters, digits, `.`, `-`, `_`, not starting with a dot: what may name a folder in the state folder.
bool is_folder_name(std::string_view name);

}  // namespace ocs::config
