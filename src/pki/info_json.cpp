// Boost.JSON here is the one library of this room beside OpenSSL: info.json is a file format of the
// state folder, and a second hand-made JSON parser would serve nobody.
#include "pki/info_json.hpp"

#include <boost/json.hpp>

#include "core/clock.hpp"

namespace ocs::pki {
namespace {

namespace json = boost::json;

std::string_view issuer_word(Issuer issuer) {
    switch (issuer) {
        case Issuer::lab_ca:
            return "lab_ca";
        case Issuer::self_signed:
            return "self_signed";
        case Issuer::unknown_ca:
            return "unknown_ca";
    }
    return {};
}

json::array list(const std::vector<std::string>& words) {
    json::array array;
    for (const std::string& word : words) array.emplace_back(word);
    return array;
}

json::object to_json(const Recipe& recipe) {
    json::array subject;
    for (const SubjectPart& part : recipe.subject) {
        subject.emplace_back(json::object{{"type", part.type}, {"value", part.value}});
    }
    json::array sans;
    for (const auto& name : recipe.sans) sans.emplace_back(to_string(name));
    json::object object;
    object["name"] = recipe.name;
    object["note"] = recipe.note;
    object["subject"] = std::move(subject);
    object["sans"] = std::move(sans);
    object["key"] = to_string(recipe.key);
    object["hash"] = json::string_view(to_string(recipe.hash));
    object["not_before"] = recipe.not_before;
    object["not_after"] = recipe.not_after;
    object["issuer"] = json::string_view(issuer_word(recipe.issuer));
    object["via_intermediate"] = recipe.via_intermediate;
    object["send_intermediate"] = recipe.send_intermediate;
    object["eku"] = list(recipe.eku);
    object["key_usage"] = list(recipe.key_usage);
    object["is_ca"] = recipe.is_ca;
    object["crl_urls"] = list(recipe.crl_urls);
    // Later fields are written where they say something: recipes without them keep their fingerprint.
    if (!recipe.san_der.empty()) object["san_der"] = recipe.san_der;
    if (recipe.rsa_pss) object["rsa_pss"] = true;
    if (recipe.share_key) object["share_key"] = true;
    if (recipe.revoked) object["revoked"] = true;
    return object;
}

/// Reads members of an object and remembers the first that is missing or of another type.
class Reader {
public:
    explicit Reader(const json::object& object) : object_(object) {}

    std::string text(std::string_view key) {
        const json::value* value = find(key);
        if (value != nullptr && value->is_string()) return std::string(value->get_string());
        return complain<std::string>(key, "is not text");
    }
    bool flag(std::string_view key) {
        const json::value* value = find(key);
        if (value != nullptr && value->is_bool()) return value->get_bool();
        return complain<bool>(key, "is not true or false");
    }
    [[nodiscard]] bool has(std::string_view key) const { return find(key) != nullptr; }
    std::vector<std::string> texts(std::string_view key) {
        const json::value* value = find(key);
        if (value == nullptr || !value->is_array()) {
            return complain<std::vector<std::string>>(key, "is not a list");
        }
        std::vector<std::string> words;
        for (const json::value& entry : value->get_array()) {
            if (!entry.is_string()) return complain<std::vector<std::string>>(key, "holds more than text");
            words.emplace_back(entry.get_string());
        }
        return words;
    }
    std::vector<SubjectPart> subject(std::string_view key) {
        const json::value* value = find(key);
        if (value == nullptr || !value->is_array()) {
            return complain<std::vector<SubjectPart>>(key, "is not a list");
        }
        std::vector<SubjectPart> parts;
        for (const json::value& entry : value->get_array()) {
            if (!entry.is_object()) return complain<std::vector<SubjectPart>>(key, "holds no objects");
            Reader part(entry.get_object());
            parts.push_back({part.text("type"), part.text("value")});
            if (!part.problem_.empty()) problem_ = std::string(key) + ": " + part.problem_;
        }
        return parts;
    }
    const json::object* object(std::string_view key) {
        const json::value* value = find(key);
        if (value != nullptr && value->is_object()) return &value->get_object();
        return complain<const json::object*>(key, "is not an object");
    }
    template <class T>
    T take(std::string_view key, Result<T> result) {
        if (result) return *result;
        return complain<T>(key, result.error().what);
    }
    template <class T>
    T complain(std::string_view key, const std::string& what) {
        if (problem_.empty()) problem_ = "'" + std::string(key) + "' " + what;
        return T{};
    }
    [[nodiscard]] const std::string& problem() const { return problem_; }

private:
    const json::value* find(std::string_view key) const {
        return object_.if_contains(json::string_view(key.data(), key.size()));
    }
    const json::object& object_;
    std::string problem_;
};

Result<Issuer> parse_issuer(std::string_view word) {
    for (const Issuer issuer : {Issuer::lab_ca, Issuer::self_signed, Issuer::unknown_ca}) {
        if (issuer_word(issuer) == word) return issuer;
    }
    return Error{"is no issuer", "", ""};
}

Recipe read_recipe(Reader& from) {
    Recipe recipe;
    recipe.name = from.text("name");
    recipe.note = from.text("note");
    recipe.subject = from.subject("subject");
    for (const std::string& word : from.texts("sans")) {
        recipe.sans.push_back(from.take("sans", parse_san(word)));
    }
    recipe.key = from.take("key", parse_key(from.text("key")));
    recipe.hash = from.take("hash", parse_hash(from.text("hash")));
    recipe.not_before = from.text("not_before");
    recipe.not_after = from.text("not_after");
    recipe.issuer = from.take("issuer", parse_issuer(from.text("issuer")));
    recipe.via_intermediate = from.flag("via_intermediate");
    recipe.send_intermediate = from.flag("send_intermediate");
    recipe.eku = from.texts("eku");
    recipe.key_usage = from.texts("key_usage");
    recipe.is_ca = from.flag("is_ca");
    recipe.crl_urls = from.texts("crl_urls");
    if (from.has("san_der")) recipe.san_der = from.text("san_der");
    if (from.has("rsa_pss")) recipe.rsa_pss = from.flag("rsa_pss");
    if (from.has("share_key")) recipe.share_key = from.flag("share_key");
    if (from.has("revoked")) recipe.revoked = from.flag("revoked");
    return recipe;
}

}  // namespace

std::string recipe_json(const Recipe& recipe) { return json::serialize(to_json(recipe)); }

std::string info_json(const Issued& issued) {
    const CertificateInfo& certificate = issued.certificate;
    json::object facts;
    facts["subject"] = certificate.subject;
    facts["issuer"] = certificate.issuer;
    facts["serial"] = certificate.serial;
    facts["fingerprint"] = certificate.fingerprint;
    facts["not_before"] = rfc3339(certificate.not_before);
    facts["not_after"] = rfc3339(certificate.not_after);
    facts["key"] = certificate.key;
    facts["signature"] = certificate.signature;
    json::object object;
    object["format"] = 1;
    object["certificate"] = std::move(facts);
    object["recipe"] = to_json(issued.recipe);
    object["made_from"] = issued.made_from;
    object["pfx_password"] = issued.pfx_password;
    object["pfx_profile"] = issued.pfx_profile == PfxProfile::legacy ? "legacy" : "modern";
    object["remarks"] = list(issued.remarks);
    return json::serialize(object) + "\n";
}

Result<Issued> parse_info_json(std::string_view text, const std::string& where) {
    const std::string hint = "issue the certificate again with --force";
    boost::system::error_code code;
    const json::value value = json::parse(json::string_view(text.data(), text.size()), code);
    if (code) return Error{"not valid JSON: " + code.message(), where, hint};
    if (!value.is_object()) return Error{"not a JSON object", where, hint};
    Reader top(value.get_object());
    Issued issued;
    issued.made_from = top.text("made_from");
    issued.pfx_password = top.text("pfx_password");
    const std::string profile = top.text("pfx_profile");
    if (profile != "legacy" && profile != "modern") {
        top.complain<int>("pfx_profile", "is neither legacy nor modern");
    }
    issued.pfx_profile = profile == "modern" ? PfxProfile::modern : PfxProfile::legacy;
    issued.remarks = top.texts("remarks");
    if (const json::object* stored = top.object("recipe")) {
        Reader recipe(*stored);
        issued.recipe = read_recipe(recipe);
        if (!recipe.problem().empty()) return Error{"recipe: " + recipe.problem(), where, hint};
    }
    if (!top.problem().empty()) return Error{top.problem(), where, hint};
    return issued;
}

}  // namespace ocs::pki
