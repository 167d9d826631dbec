// Certificate recipes: from YAML, through the check, to info.json and back.

#include "config/recipes.hpp"
#include "pki/info_json.hpp"
#include "pki/recipe.hpp"
#include "property.hpp"

using namespace ocs;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const WallTime now{std::chrono::sys_days{std::chrono::year{2026} / 11 / 24}};
    const auto recipes = config::parse_recipes("recipes.yaml", fuzz::text_of(data, size));
    if (!recipes) {
        require(!recipes.error().empty(), "a failure has an error");
        for (const Error& error : recipes.error()) {
            require(error.where.starts_with("recipes.yaml"), "an error has its place", error.where);
        }
        return 0;
    }
    for (pki::Recipe recipe : *recipes) {
        require(config::is_folder_name(recipe.name), "a recipe's name may name a folder", recipe.name);
        require(pki::fingerprint(recipe).size() == 64, "a fingerprint is SHA-256 in hex");
        const auto checked = pki::validate(recipe, now);
        if (!checked) continue;
        for (const auto& name : recipe.sans) {
            const auto again = pki::parse_san(pki::to_string(name));
            require(again && *again == name, "a name reads back as it is written", pki::to_string(name));
        }
        pki::Issued issued;
        issued.recipe = recipe;
        const auto read = pki::parse_info_json(pki::info_json(issued), "info.json");
        require(read && read->recipe == recipe, "a recipe reads back from info.json", recipe.name);
        pki::defects(recipe, now);
        pki::move_long_names(recipe);
        require(
            pki::validate(recipe, now).has_value(), "moving long names leaves a recipe valid", recipe.name);
        require(pki::move_long_names(recipe).empty(), "long names are moved once", recipe.name);
    }
    return 0;
}
