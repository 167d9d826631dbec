// ca, issue, reissue, pfx: everything that writes to the state folder.

#include <algorithm>
#include <iostream>

#include "apps/certgen_output.hpp"
#include "config/recipes.hpp"
#include "core/escape.hpp"
#include "core/host_name.hpp"

namespace ocs::certgen {
namespace {

/// Where remarks go: standard output belongs to the JSON where there is some.
std::ostream& remarks_stream(const Context& context) { return context.json ? std::cerr : std::cout; }

Result<pki::StateFolder> open_folder(const Context& context) {
    return pki::StateFolder::open(pki::default_state_path(context.state_dir));
}

boost::json::object to_json(const pki::CaInfo& ca) {
    return {
        {"subject", visible(ca.subject)},
        {"not_before", rfc3339(ca.not_before)},
        {"not_after", rfc3339(ca.not_after)},
        {"fingerprint", ca.fingerprint},
        {"folder", ca.folder.string()},
        {"made_now", ca.made_now},
    };
}

void print_ca(const Context& context, const pki::CaInfo& ca) {
    std::ostream& out = remarks_stream(context);
    out << (ca.made_now ? "made CA      " : "CA           ") << visible(ca.subject) << "\n"
        << "valid until  " << utc_date(ca.not_after) << "\n"
        << "SHA-256      " << ca.fingerprint << "\n"
        << "for clients  " << (ca.folder / "ca.cer").string() << "  (DER), "
        << (ca.folder / "ca.pem").string() << "  (PEM)\n";
}

/// The default password is no secret and stands beside its path; one of the user's own is not printed.
bool is_default(const std::string& password) { return password == pki::PfxOptions{}.password; }

boost::json::object to_json(const pki::Issued& issued, WallTime now) {
    boost::json::object object = certgen::to_json(issued.certificate, now);
    object["name"] = issued.recipe.name;
    object["folder"] = issued.folder.string();
    object["pfx"] = {
        {"path", (issued.folder / "cert.pfx").string()},
        {"password", nullptr},
        {"profile", to_string(issued.pfx_profile)},
    };
    if (is_default(issued.pfx_password)) object["pfx"].as_object()["password"] = issued.pfx_password;
    object["remarks"] = certgen::to_json(issued.remarks);
    return object;
}

void print_issued(const Context& context, const pki::Issued& issued) {
    const auto& folder = issued.folder;
    std::cout << "made         " << folder.string() << "\n"
              << "  " << (folder / "fullchain.pem").string() << "\n"
              << "  " << (folder / "key.pem").string() << "  (private)\n"
              << "  " << (folder / "cert.pfx").string() << "  (password "
              << (is_default(issued.pfx_password) ? ocs::quoted(issued.pfx_password) : "as given") << ", "
              << to_string(issued.pfx_profile) << ")\n"
              << "valid        " << rfc3339(issued.certificate.not_before) << " to "
              << rfc3339(issued.certificate.not_after) << "\n"
              << "SHA-256      " << issued.certificate.fingerprint << "\n"
              << "look at it   " << command_line(context, {"inspect", issued.recipe.name}) << "\n";
}

/// Says which names will be signed and what is wrong with them, while nothing has been written yet.
/// Returns what was said, so that the remarks that come back need not be said twice.
std::vector<std::string> announce(const Context& context, pki::Recipe recipe) {
    std::ostream& out = remarks_stream(context);
    std::vector<std::string> said = pki::move_long_names(recipe);
    out << "certificate  " << visible(recipe.name) << (recipe.note.empty() ? "" : "  " + visible(recipe.note))
        << "\nnames to sign\n"
        << name_list(pki::names_of(recipe), "  ");
    for (const std::string& remark : said) out << "note         " << visible(remark) << "\n";
    for (std::string& defect : pki::defects(recipe, context.now)) {
        out << "on purpose   " << visible(defect) << "\n";
        said.push_back(std::move(defect));
    }
    return said;
}

void print_new_remarks(const Context& context,
                       const std::vector<std::string>& remarks,
                       const std::vector<std::string>& said) {
    for (const std::string& remark : remarks) {
        if (std::find(said.begin(), said.end(), remark) == said.end()) {
            remarks_stream(context) << "note         " << visible(remark) << "\n";
        }
    }
}

/// A folder name that tells which certificate it is: "_wildcard.contoso.test" for "*.contoso.test", A-labels
/// for an IDN, '_' for what no folder name has.
std::string folder_name(const std::string& name) {
    std::string text = name;
    if (const auto pattern = HostPattern::parse(name)) text = pattern->text();
    if (text.starts_with("*.")) text.replace(0, 1, "_wildcard");
    for (char& c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           c == '.' || c == '-' || c == '_';
        if (!plain) c = '_';
    }
    if (text.starts_with('.')) text.front() = '_';
    return text.substr(0, 100);
}

Results<pki::Recipe> recipe_from(const IssueArguments& arguments) {
    pki::Recipe recipe;
    std::vector<Error> errors;
    for (const std::string& text : arguments.subject) {
        const auto equals = text.find('=');
        if (equals == std::string::npos || equals == 0) {
            errors.push_back(
                Error{ocs::quoted(text) + " is no TYPE=VALUE", "--subject", "--subject 'O=fakeocs lab'"});
            continue;
        }
        recipe.subject.push_back({text.substr(0, equals), text.substr(equals + 1)});
    }
    for (const std::string& name : arguments.common_names) recipe.subject.push_back({"CN", name});
    for (const std::string& text : arguments.sans) {
        auto san = pki::parse_san(text);
        if (san.has_error()) {
            errors.push_back(san.error());
        } else {
            recipe.sans.push_back(*san);
        }
    }
    if (auto key = pki::parse_key(arguments.key); key.has_error()) {
        errors.push_back(key.error());
    } else {
        recipe.key = *key;
    }
    if (auto hash = pki::parse_hash(arguments.hash); hash.has_error()) {
        errors.push_back(hash.error());
    } else {
        recipe.hash = *hash;
    }
    if (arguments.self_signed || arguments.issuer == "self_signed") {
        recipe.issuer = pki::Issuer::self_signed;
    } else if (arguments.issuer == "unknown_ca") {
        recipe.issuer = pki::Issuer::unknown_ca;
    }
    recipe.name = arguments.name;
    if (recipe.name.empty() && !arguments.common_names.empty()) {
        recipe.name = folder_name(arguments.common_names.front());
    }
    if (recipe.name.empty() && !recipe.sans.empty()) recipe.name = folder_name(recipe.sans.front().text);
    if (recipe.name.empty()) {
        errors.push_back(
            Error{"no name for the certificate's folder", "issue", "give --name, --cn or --recipe"});
    }
    recipe.san_der = arguments.san_der;
    recipe.rsa_pss = arguments.rsa_pss;
    recipe.not_before = arguments.not_before;
    recipe.not_after = arguments.not_after;
    recipe.via_intermediate = arguments.via_intermediate;
    recipe.send_intermediate = !arguments.no_send_intermediate;
    if (!arguments.eku.empty()) recipe.eku = arguments.eku;
    if (recipe.eku == std::vector<std::string>{"none"}) recipe.eku.clear();
    recipe.key_usage = arguments.key_usage;
    recipe.is_ca = arguments.is_ca;
    recipe.crl_urls = arguments.crl_urls;
    recipe.revoked = arguments.revoked;
    if (!errors.empty()) return errors;
    return recipe;
}

/// The recipes asked for by name, or all of the file.
Results<std::vector<pki::Recipe>> chosen_recipes(const Context& context, const IssueArguments& arguments) {
    const std::filesystem::path file = arguments.recipe_file.empty()
                                           ? pki::default_state_path(context.state_dir) / "recipes.yaml"
                                           : std::filesystem::path(arguments.recipe_file);
    auto all = config::load_recipes(file);
    if (all.has_error()) {
        std::vector<Error> errors = all.error();
        std::error_code ignored;
        if (!std::filesystem::exists(file, ignored)) {
            errors.front().hint = "--recipes FILE names another; the source tree has certs/recipes.yaml";
        }
        return errors;
    }
    if (arguments.recipes.empty()) return std::move(*all);
    std::vector<pki::Recipe> chosen;
    std::vector<Error> errors;
    for (const std::string& name : arguments.recipes) {
        const auto found =
            std::find_if(all->begin(), all->end(), [&](const auto& r) { return r.name == name; });
        if (found != all->end()) {
            chosen.push_back(*found);
            continue;
        }
        std::string known;
        for (const auto& recipe : *all) known += (known.empty() ? "one of: " : ", ") + visible(recipe.name);
        errors.push_back(Error{"no recipe " + ocs::quoted(name), file.string(), known});
    }
    if (!errors.empty()) return errors;
    return chosen;
}

/// True where NAME is there already, made from this very recipe and still as good as when it was made.
bool is_up_to_date(const pki::StateFolder& folder, const pki::Recipe& recipe) {
    if (!folder.has(recipe.name)) return false;
    const auto there = folder.read(recipe.name);
    return there.has_value() && there->made_from == pki::fingerprint(recipe);
}

Result<pki::PfxOptions> pfx_options(const PasswordSource& source, const std::string& profile_word) {
    pki::PfxOptions options;
    auto password = read_password(source, options.password, Purpose::making);
    if (password.has_error()) return password.error();
    auto profile = parse_profile(profile_word);
    if (profile.has_error()) return profile.error();
    options.password = *password;
    options.profile = *profile;
    return options;
}

}  // namespace

int run_ca(const Context& context, const CaArguments& arguments) {
    pki::CaOptions options = arguments.options;
    auto key = pki::parse_key(arguments.key);
    if (key.has_error()) return report(key.error(), usage);
    auto hash = pki::parse_hash(arguments.hash);
    if (hash.has_error()) return report(hash.error(), usage);
    options.key = *key;
    options.hash = *hash;
    auto folder = open_folder(context);
    if (folder.has_error()) return report(folder.error());
    auto ca = folder->make_ca(options, context.now, arguments.force);
    if (ca.has_error()) return report(ca.error());
    if (context.json) {
        std::cout << boost::json::serialize(to_json(*ca)) << "\n";
        return done;
    }
    print_ca(context, *ca);
    std::cout << "next         "
              << command_line(context, {"issue", "--cn", "sip.contoso.test", "--san", "sip.contoso.test"})
              << "\n";
    return done;
}

int run_issue(const Context& context, const IssueArguments& arguments) {
    const bool from_file = !arguments.recipes.empty() || !arguments.recipe_file.empty();
    std::vector<pki::Recipe> recipes;
    if (from_file) {
        auto chosen = chosen_recipes(context, arguments);
        if (chosen.has_error()) return report(chosen.error(), usage);
        recipes = std::move(*chosen);
    } else {
        auto recipe = recipe_from(arguments);
        if (recipe.has_error()) return report(recipe.error(), usage);
        recipes.push_back(std::move(*recipe));
    }
    if (arguments.share_key) {
        for (pki::Recipe& recipe : recipes) recipe.share_key = true;
    }
    auto pfx = pfx_options(arguments.password, arguments.pfx_profile);
    if (pfx.has_error()) return report(pfx.error(), usage);

    // All of them are checked before the first is made: half a set of certificates helps nobody.
    bool valid = true;
    for (const pki::Recipe& recipe : recipes) {
        auto checked = pki::validate(recipe, context.now);
        if (!checked.has_error()) continue;
        valid = false;
        report(checked.error());
    }
    if (!valid) return usage;

    auto folder = open_folder(context);
    if (folder.has_error()) return report(folder.error());
    const bool needs_ca = std::any_of(
        recipes.begin(), recipes.end(), [](const auto& r) { return r.issuer == pki::Issuer::lab_ca; });
    if (needs_ca) {
        auto ca = folder->ensure_ca(pki::CaOptions{}, context.now);
        if (ca.has_error()) return report(ca.error());
        if (ca->made_now) print_ca(context, *ca);
    }
    for (const pki::Recipe& recipe : recipes) {
        if (from_file && !arguments.force && is_up_to_date(*folder, recipe)) {
            remarks_stream(context) << "kept         " << visible(recipe.name)
                                    << "  (made from this recipe; --force makes it anew)\n";
            continue;
        }
        const auto said = announce(context, recipe);
        auto issued = folder->issue(recipe, *pfx, context.now, arguments.force);
        if (issued.has_error()) return report(issued.error());
        print_new_remarks(context, issued->remarks, said);
        if (context.json) {
            std::cout << boost::json::serialize(to_json(*issued, context.now)) << "\n";
        } else {
            print_issued(context, *issued);
        }
    }
    return done;
}

int run_reissue(const Context& context, const ReissueArguments& arguments) {
    std::vector<discovery::PresentedName> add;
    std::vector<discovery::PresentedName> remove;
    for (const auto& [texts, names] :
         {std::pair{&arguments.add, &add}, std::pair{&arguments.remove, &remove}}) {
        for (const std::string& text : *texts) {
            auto name = pki::parse_san(text);
            if (name.has_error()) return report(name.error(), usage);
            names->push_back(*name);
        }
    }
    auto folder = open_folder(context);
    if (folder.has_error()) return report(folder.error());
    auto before = folder->read(arguments.name);
    if (before.has_error()) return report(before.error());

    pki::Recipe planned = before->recipe;
    pki::change_names(planned, add, remove);
    const auto said = announce(context, planned);
    auto issued = folder->reissue(arguments.name, add, remove, context.now);
    if (issued.has_error()) return report(issued.error());
    print_new_remarks(context, issued->remarks, said);
    if (context.json) {
        std::cout << boost::json::serialize(to_json(*issued, context.now)) << "\n";
    } else {
        print_issued(context, *issued);
    }
    return done;
}

int run_pfx(const Context& context, const PfxArguments& arguments) {
    auto options = pfx_options(arguments.password, arguments.profile);
    if (options.has_error()) return report(options.error(), usage);
    auto folder = open_folder(context);
    if (folder.has_error()) return report(folder.error());
    auto path = folder->write_pfx(arguments.name, *options, arguments.target, arguments.force);
    if (path.has_error()) return report(path.error());
    if (context.json) {
        const boost::json::object object = {{"path", path->string()},
                                            {"profile", to_string(options->profile)}};
        std::cout << boost::json::serialize(object) << "\n";
        return done;
    }
    std::cout << "made         " << path->string() << "  (" << to_string(options->profile) << ", password "
              << (arguments.password.is_given() ? "as given" : ocs::quoted(options->password)) << ")\n";
    return done;
}

}  // namespace ocs::certgen
