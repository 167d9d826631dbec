// The command line of fakeocs-certgen: arguments, help and exit codes. What it does is in certgen_*.cpp.

#include "apps/certgen.hpp"

#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>
#include <memory>

namespace ocs::certgen {
namespace {

constexpr auto footer = R"(Exit codes:
  0   done; check: every name is covered
  1   failed
  2   usage, or a recipe that cannot be made
  10  check: a name is not covered
  11  check: the names are covered, but it is not valid or not trusted

Examples:
  fakeocs-certgen issue --name pool --cn pool.contoso.test \
      --san pool.contoso.test --san sip.contoso.test
  fakeocs-certgen reissue pool --add-san sipinternal.contoso.test
  fakeocs-certgen check pool --sip-domain contoso.test --policy all)";

/// Options with their value's name alone: which excludes which would run past 80 columns.
class HelpFormatter : public CLI::Formatter {
public:
    std::string make_option_opts(const CLI::Option* option) const override {
        return option->get_type_name().empty() ? "" : " " + option->get_type_name();
    }
};

/// One value each time the option is given: a list that ends where the next word begins would
/// swallow positional arguments.
CLI::Option* add_list(CLI::App* app,
                      const std::string& name,
                      std::vector<std::string>& target,
                      const std::string& text) {
    return app->add_option(name, target, text)->allow_extra_args(false);
}

void add_password(CLI::App* app, PasswordSource& source) {
    auto* file = app->add_option("--pfx-password-file", source.file, "PFX password: first line of FILE");
    auto* variable = app->add_option("--pfx-password-env", source.environment, "PFX password: variable NAME");
    file->type_name("FILE");
    variable->type_name("NAME");
    file->excludes(variable);
}

void add_profile(CLI::App* app, std::string& profile) {
    app->add_option("--pfx-profile", profile, "legacy (Windows XP on) or modern")
        ->type_name("WORD")
        ->check(CLI::IsMember({"legacy", "modern"}).description(""));
}

void add_ca(CLI::App& app, CaArguments& a) {
    auto* sub = app.add_subcommand("ca", "Make the lab CA");
    sub->add_option("--name", a.options.name, "goes into its subject")->type_name("TEXT");
    sub->add_option("--key", a.key, "rsa-2048, p-256, p-384, ed25519")->type_name("WORD");
    sub->add_option("--hash", a.hash, "sha1, sha256, sha384, sha512")->type_name("WORD");
    sub->add_option("--not-before", a.options.not_before, "date or -30d, +2y")->type_name("TIME");
    sub->add_option("--not-after", a.options.not_after, "date or -30d, +2y")->type_name("TIME");
    sub->add_flag("--force", a.force, "replace the one that is there");
}

void add_issue(CLI::App& app, IssueArguments& a) {
    auto* sub = app.add_subcommand("issue", "Make a certificate, wrong on purpose if asked");
    std::vector<CLI::Option*> own;
    const auto keep = [&own](CLI::Option* option, const char* type) {
        if (*type != '\0') option->type_name(type);
        own.push_back(option);
    };
    keep(sub->add_option("--name", a.name, "folder name; else the first CN"), "NAME");
    keep(add_list(sub, "--cn", a.common_names, "common name; repeatable"), "TEXT");
    keep(add_list(sub, "--subject", a.subject, "TYPE=VALUE, before the CNs"), "PART");
    keep(add_list(sub, "--san", a.sans, "DNS:, IP:, URI:, email:, SRV:"), "NAME");
    keep(sub->add_option("--key", a.key, "rsa-2048, p-256, p-384, ed25519"), "WORD");
    keep(sub->add_option("--hash", a.hash, "sha1, sha256, sha384, sha512"), "WORD");
    keep(sub->add_option("--not-before", a.not_before, "date or -30d, +2y"), "TIME");
    keep(sub->add_option("--not-after", a.not_after, "date or -30d, +2y"), "TIME");
    auto* issuer = sub->add_option("--issuer", a.issuer, "lab_ca, self_signed, unknown_ca");
    issuer->check(CLI::IsMember({"lab_ca", "self_signed", "unknown_ca"}).description(""));
    keep(issuer, "WORD");
    keep(add_list(sub, "--eku", a.eku, "serverAuth, clientAuth, OID, none"), "WORD");
    keep(add_list(sub, "--key-usage", a.key_usage, "digitalSignature, ..."), "WORD");
    keep(sub->add_flag("--is-ca", a.is_ca, "CA:TRUE on the leaf"), "");
    keep(add_list(sub, "--crl-url", a.crl_urls, "CRL distribution point"), "URL");
    auto* self_signed = sub->add_flag("--self-signed", a.self_signed, "same as --issuer self_signed");
    self_signed->excludes(issuer);
    keep(self_signed, "");
    keep(sub->add_flag("--via-intermediate", a.via_intermediate, "signed by an intermediate CA"), "");
    keep(sub->add_flag("--no-send-intermediate", a.no_send_intermediate, "leave it out of the chain"), "");
    auto* recipe = add_list(sub, "--recipe", a.recipes, "recipe of the file (not with own options)");
    recipe->type_name("NAME");
    auto* file = sub->add_option("--recipes", a.recipe_file, "else STATE/recipes.yaml; alone: all of it");
    file->type_name("FILE");
    for (CLI::Option* option : own) {
        option->excludes(recipe);
        option->excludes(file);
    }
    add_password(sub, a.password);
    add_profile(sub, a.pfx_profile);
    sub->add_flag("--force", a.force, "replace the one that is there");
}

void add_reissue(CLI::App& app, ReissueArguments& a) {
    auto* sub = app.add_subcommand("reissue", "Make one anew with other names");
    sub->add_option("NAME", a.name, "certificate")->required()->type_name("");
    add_list(sub, "--add-san", a.add, "as --san of issue; repeatable")->type_name("NAME");
    add_list(sub, "--remove-san", a.remove, "repeatable")->type_name("NAME");
}

void add_inspect(CLI::App& app, InspectArguments& a) {
    auto* sub = app.add_subcommand("inspect", "Show what is on a certificate");
    sub->add_option("CERT", a.certificate, "PEM, DER or PFX file, or NAME")->required()->type_name("");
    add_password(sub, a.password);
}

void add_pfx(CLI::App& app, PfxArguments& a) {
    auto* sub = app.add_subcommand("pfx", "Write the PFX again");
    sub->add_option("NAME", a.name, "certificate")->required()->type_name("");
    sub->add_option("--out", a.target, "else cert.pfx of NAME")->type_name("FILE");
    add_password(sub, a.password);
    add_profile(sub, a.profile);
    sub->add_flag("--force", a.force, "replace the file that is there");
}

void add_check(CLI::App& app, CheckArguments& a) {
    auto* sub = app.add_subcommand("check", "Hold names against a certificate");
    sub->add_option("CERT", a.certificate, "PEM, DER or PFX file, or NAME")->required()->type_name("");
    auto* host = add_list(sub, "--host", a.hosts, "wanted name; repeatable")->type_name("NAME");
    auto* domain = sub->add_option("--sip-domain", a.sip_domain, "its sipinternal, sip, sipexternal");
    domain->type_name("NAME");
    auto* batch = sub->add_option("--batch", a.batch, R"({"host":..,"policy":..} a line; - is stdin)");
    batch->type_name("FILE")->excludes(host)->excludes(domain);
    sub->add_option("--policy", a.policy, "rule set, or all (below)")->type_name("WORD");
    sub->add_option("--ca", a.ca, "trust this CA and nobody else")->type_name("FILE");
    add_password(sub, a.password);
    sub->footer(
        "Policies: communicator2007 (default), lync2010, rfc9525, rfc5922,\n"
        "openssl. Exit codes: 0 covered, 10 a name is not covered, 11 not\n"
        "valid or not trusted, 1 failed, 2 usage. --batch: 0, or 1 if a line\n"
        "could not be read.");
}

int run(int argc, char** argv) {
    Context context;
    context.program = argc > 0 ? argv[0] : "fakeocs-certgen";
    context.now = wall_now();

    CLI::App app("Certificates for a lab of Communicator and Lync, right or wrong on purpose.",
                 "fakeocs-certgen");
    const auto formatter = std::make_shared<HelpFormatter>();
    formatter->column_width(34);
    app.formatter(formatter);
    app.footer(footer);
    app.set_version_flag("--version", "fakeocs-certgen " OCS_VERSION);
    app.require_subcommand(1);
    app.fallthrough();
    app.add_option("--state-dir", context.state_dir, "folder of CA and certificates")->type_name("DIR");
    app.add_flag("--json", context.json, "JSON on standard output");

    CaArguments ca;
    IssueArguments issue;
    ReissueArguments reissue;
    InspectArguments inspect;
    PfxArguments pfx;
    CheckArguments check;
    add_ca(app, ca);
    add_issue(app, issue);
    add_reissue(app, reissue);
    add_inspect(app, inspect);
    add_pfx(app, pfx);
    add_check(app, check);

    if (argc < 2) {
        std::cout << app.help();
        return done;
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? done : usage;
    }
    if (app.got_subcommand("ca")) return run_ca(context, ca);
    if (app.got_subcommand("issue")) return run_issue(context, issue);
    if (app.got_subcommand("reissue")) return run_reissue(context, reissue);
    if (app.got_subcommand("inspect")) return run_inspect(context, inspect);
    if (app.got_subcommand("pfx")) return run_pfx(context, pfx);
    return run_check(context, check);
}

}  // namespace
}  // namespace ocs::certgen

int main(int argc, char** argv) {
    try {
        return ocs::certgen::run(argc, argv);
    } catch (const std::exception& error) {
        std::cerr << "error: " << error.what() << '\n';
        return ocs::certgen::failed;
    }
}
