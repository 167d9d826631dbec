#include "config/recipes.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "config/fields.hpp"
#include "core/clock.hpp"
#include "core/escape.hpp"
#include "core/files.hpp"

namespace ocs::config {
namespace {

using yaml::Kind;
using yaml::Map;
using yaml::Value;

/// Splits "CN=a,O=b\, c" at commas without a backslash and drops the backslashes before them.
std::vector<std::string> split_subject(const std::string& text) {
    std::vector<std::string> parts;
    std::string part;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == ',' || text[i + 1] == '\\')) {
            part += text[++i];
        } else if (text[i] == ',') {
            parts.push_back(std::exchange(part, {}));
        } else {
            part += text[i];
        }
    }
    if (!parts.empty() || !part.empty()) parts.push_back(part);
    return parts;
}

void add_subject_part(const Value& value, std::string text, std::vector<pki::SubjectPart>& subject) {
    text.erase(0, text.find_first_not_of(' '));
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
        Error error("not a part of a subject",
                    "",
                    "for example \"CN=sip.contoso.test,O=Contoso\"; a comma in a value is written \\,");
        error.found = ocs::quoted(text);
        error.expected = "TYPE=value";
        value.fail(std::move(error));
        return;
    }
    subject.push_back({text.substr(0, equals), text.substr(equals + 1)});
}

void read_subject(Map& map, pki::Recipe& recipe) {
    const auto value = map.find("subject");
    if (!value || value->node().kind == Kind::null) return;
    if (value->node().kind == Kind::seq) {
        for (const Value& item : value->list()) {
            if (auto text = item.string()) add_subject_part(item, *text, recipe.subject);
        }
    } else if (auto text = value->string()) {
        for (const std::string& part : split_subject(*text)) add_subject_part(*value, part, recipe.subject);
    }
}

void read_sans(Map& map, pki::Recipe& recipe) {
    const auto value = map.find("sans");
    if (!value) return;
    for (const Value& item : value->list()) {
        const auto text = item.string();
        if (!text) continue;
        auto name = pki::parse_san(*text);
        if (name.has_error()) {
            item.fail(name.error().what, name.error().hint);
        } else {
            recipe.sans.push_back(std::move(*name));
        }
    }
}

/// The place of a field such as "sans[2]" in the map, or of the map itself.
yaml::Mark mark_of(const yaml::Node& map, const std::string& field) {
    const std::size_t bracket = field.find('[');
    for (const yaml::Entry& entry : map.entries) {
        if (entry.key != field.substr(0, bracket)) continue;
        std::size_t index = 0;
        if (bracket != std::string::npos) {
            std::from_chars(field.data() + bracket + 1, field.data() + field.size(), index);
            if (index < entry.value.items.size()) return entry.value.items[index].mark;
        }
        return entry.value.mark;
    }
    return map.mark;
}

}  // namespace

bool is_folder_name(std::string_view name) {
    if (name.empty() || name.size() > 128 || name.front() == '.') return false;
    return std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
               c == '-' || c == '_';
    });
}

std::optional<pki::Recipe> read_recipe(const Value& value, const std::string& name) {
    const std::size_t before = value.problems().size();
    pki::Recipe recipe;
    recipe.name = name;
    Map map(value);
    read_text(map, "note", recipe.note);
    read_subject(map, recipe);
    read_sans(map, recipe);
    read_parsed(map, "key", pki::parse_key, recipe.key);
    read_parsed(map, "hash", pki::parse_hash, recipe.hash);
    read_text(map, "san_der", recipe.san_der);
    read_flag(map, "rsa_pss", recipe.rsa_pss);
    read_flag(map, "share_key", recipe.share_key);
    read_flag(map, "revoked", recipe.revoked);
    read_text(map, "not_before", recipe.not_before);
    read_text(map, "not_after", recipe.not_after);
    read_word(map, "issuer", {"lab_ca", "self_signed", "unknown_ca"}, recipe.issuer);
    read_flag(map, "via_intermediate", recipe.via_intermediate);
    read_flag(map, "send_intermediate", recipe.send_intermediate);
    read_texts(map, "eku", recipe.eku);
    read_texts(map, "key_usage", recipe.key_usage);
    read_flag(map, "is_ca", recipe.is_ca);
    read_texts(map, "crl_urls", recipe.crl_urls);
    map.finish();
    if (value.problems().size() != before) return std::nullopt;

    const Results<void> valid = pki::validate(recipe, wall_now());
    if (valid.has_value()) return recipe;
    for (const Error& error : valid.error()) {
        const std::string path = error.where.empty() ? value.path() : map.path_of(error.where);
        value.problems().add(mark_of(value.node(), error.where), path, error.what, error.hint);
    }
    return std::nullopt;
}

Results<pki::Recipe> read_recipe(const yaml::Node& node, const std::string& name, const std::string& file) {
    yaml::Problems problems(file);
    auto recipe = read_recipe(Value(node, "", problems), name);
    if (!recipe) return problems.errors();
    return std::move(*recipe);
}

Results<std::vector<pki::Recipe>> parse_recipes(const std::string& file_name, std::string_view text) {
    const auto document = yaml::parse_on(file_name, text);
    if (document.has_error()) return std::vector<Error>{document.error()};
    yaml::Problems problems(*document);
    std::vector<pki::Recipe> recipes;
    Map root(Value(document->root, "", problems));
    if (const auto value = root.require("recipes")) {
        Map names(*value);
        for (const yaml::Entry& entry : value->node().entries) {
            const std::string path = names.path_of(entry.key);
            if (!is_folder_name(entry.key)) {
                Error error("not a name for a folder", "", "");
                error.found = ocs::quoted(entry.key);
                error.expected = "letters, digits, '.', '-', '_'";
                problems.add(entry.mark, path, std::move(error));
            }
            auto recipe = read_recipe(Value(entry.value, path, problems), entry.key);
            if (recipe) recipes.push_back(std::move(*recipe));
        }
    }
    root.finish();
    if (!problems.empty()) return problems.errors();
    return recipes;
}

Results<std::vector<pki::Recipe>> load_recipes(const std::filesystem::path& path) {
    const auto text = read_file(path, yaml::max_bytes);
    if (text.has_error()) return std::vector<Error>{text.error()};
    return parse_recipes(path.string(), *text);
}

}  // namespace ocs::config
