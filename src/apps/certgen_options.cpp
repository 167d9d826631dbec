#include "apps/certgen_options.hpp"

#include <CLI/CLI.hpp>
#include <memory>

namespace ocs::certgen {
namespace {

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
    auto* file = app->add_option("--pfx-password-file", source.file, "PFX password: line 1 of FILE; -: asks");
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
    sub->footer(
        "Writes ca.pem, ca.cer (DER, for Windows) and ca.key (0600) to ca/ in the\n"
        "state folder. issue makes a CA by itself where there is none.\n\n"
        "Examples:\n"
        "  fakeocs-certgen ca\n"
        "  fakeocs-certgen ca --name lab2 --key p-256 --not-after +20y\n"
        "  fakeocs-certgen ca --force --state-dir /srv/lab\n\n"
        "Exit codes: 0 done, 1 failed (there is one already), 2 usage");
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
    keep(add_list(sub, "--san", a.sans, "DNS:, IP:, URI:, email:, SRV:, DNS-hex:"), "NAME");
    keep(sub->add_option("--san-der", a.san_der, "the SAN extension byte by byte"), "HEX");
    keep(sub->add_option("--key", a.key, "rsa-1024 to 4096, p-256, p-384, ed25519"), "WORD");
    sub->add_flag("--share-key", a.share_key, "one key for all that say so: quick");
    keep(sub->add_option("--hash", a.hash, "sha1, sha256, sha384, sha512"), "WORD");
    keep(sub->add_flag("--rsa-pss", a.rsa_pss, "RSASSA-PSS signature"), "");
    keep(sub->add_option("--not-before", a.not_before, "date or -30d, +2y"), "TIME");
    keep(sub->add_option("--not-after", a.not_after, "date or -30d, +2y"), "TIME");
    auto* issuer = sub->add_option("--issuer", a.issuer, "lab_ca, self_signed, unknown_ca");
    issuer->check(CLI::IsMember({"lab_ca", "self_signed", "unknown_ca"}).description(""));
    keep(issuer, "WORD");
    keep(add_list(sub, "--eku", a.eku, "serverAuth, clientAuth, OID, none"), "WORD");
    keep(add_list(sub, "--key-usage", a.key_usage, "digitalSignature, ..."), "WORD");
    keep(sub->add_flag("--is-ca", a.is_ca, "CA:TRUE on the leaf"), "");
    keep(add_list(sub, "--crl-url", a.crl_urls, "CRL distribution point"), "URL");
    keep(sub->add_flag("--revoked", a.revoked, "put it on ca/ca.crl"), "");
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
    sub->footer(
        "Examples:\n"
        "  fakeocs-certgen issue --cn sip.contoso.test --san sip.contoso.test\n"
        "  fakeocs-certgen issue --name old --cn a.test --hash sha1 \\\n"
        "      --not-before -60d --not-after -30d\n"
        "  fakeocs-certgen issue --recipes certs/recipes.yaml --recipe article\n\n"
        "Exit codes: 0 done, 1 failed (there is one already), 2 usage or recipe");
}

void add_reissue(CLI::App& app, ReissueArguments& a) {
    auto* sub = app.add_subcommand("reissue", "Make one anew with other names");
    sub->add_option("NAME", a.name, "certificate")->required()->type_name("");
    add_list(sub, "--add-san", a.add, "as --san of issue; repeatable")->type_name("NAME");
    add_list(sub, "--remove-san", a.remove, "repeatable")->type_name("NAME");
    sub->footer(
        "Key, serial and dates are new, all else is as it was. A running fakeocs\n"
        "serves it to the next connection.\n\n"
        "Examples:\n"
        "  fakeocs-certgen reissue pool --add-san sipinternal.contoso.test\n"
        "  fakeocs-certgen reissue pool --remove-san sip.contoso.test\n"
        "  fakeocs-certgen reissue pool            (same names, new dates)\n\n"
        "Exit codes: 0 done, 1 failed, 2 usage");
}

void add_names(CLI::App& app, NamesArguments& a) {
    auto* sub = app.add_subcommand("names", "Which names a server role needs, and why");
    add_list(sub, "--role", a.roles, "server role; repeatable; list shows all")
        ->required()
        ->type_name("ROLE");
    add_list(sub, "--sip-domain", a.sip_domains, "SIP domain; repeatable, the main one first")
        ->type_name("DOMAIN");
    sub->add_option("--pool", a.pool, "FQDN of the pool")->type_name("FQDN");
    add_list(sub, "--server", a.servers, "FQDN of a server; repeatable")->type_name("FQDN");
    sub->add_option("--web", a.web, "FQDN of web farm or web services")->type_name("FQDN");
    sub->footer(
        "Says for each name: Subject or SAN, which client or server asks for it at\n"
        "which step, what the user sees where it is missing, how well that is known;\n"
        "then the SAN list and the command that makes the certificate.\n\n"
        "Examples:\n"
        "  fakeocs-certgen names --role list\n"
        "  fakeocs-certgen names --role ocs-se --server ocs01.contoso.test \\\n"
        "      --sip-domain contoso.test --sip-domain fabrikam.test\n"
        "  fakeocs-certgen names --role lync-fe --pool pool01.contoso.test \\\n"
        "      --server fe01.contoso.test --sip-domain contoso.test --json\n\n"
        "Exit codes: 0 done, 2 usage");
}

void add_live(CLI::App* app, LiveOptions& live) {
    app->add_option("--server-name", live.server_name, "SNI for HOST:PORT; else HOST")->type_name("NAME");
    app->add_option("--timeout", live.timeout_ms, "milliseconds for HOST:PORT; 10000")
        ->type_name("MS")
        ->check(CLI::Range(1, 600'000).description(""));
}

void add_inspect(CLI::App& app, InspectArguments& a) {
    auto* sub = app.add_subcommand("inspect", "Show what is on a certificate");
    sub->add_option("CERT", a.certificate, "NAME, PEM, DER or PFX file, HOST:PORT")
        ->required()
        ->type_name("");
    add_live(sub, a.live);
    add_password(sub, a.password);
    sub->footer(
        "Examples:\n"
        "  fakeocs-certgen inspect pool\n"
        "  fakeocs-certgen inspect sip.contoso.test:5061\n"
        "  fakeocs-certgen inspect ./server.pfx --pfx-password-file word.txt\n"
        "  fakeocs-certgen inspect server.cer --json\n\n"
        "Exit codes: 0 done, 1 failed, 2 usage; HOST:PORT: 12 no address, 13 no TCP\n"
        "connection, 14 no TLS");
}

void add_pfx(CLI::App& app, PfxArguments& a) {
    auto* sub = app.add_subcommand("pfx", "Write the PFX again");
    sub->add_option("NAME", a.name, "certificate")->required()->type_name("");
    sub->add_option("--out", a.target, "else cert.pfx of NAME")->type_name("FILE");
    add_password(sub, a.password);
    add_profile(sub, a.profile);
    sub->add_flag("--force", a.force, "replace the file that is there");
    sub->footer(
        "legacy: 3DES and SHA-1, imports on Windows XP to Server 2022.\n"
        "modern: AES-256 and SHA-256, Windows 10 1709, Server 2019 and later.\n"
        "Without a password of your own it is 'changeit'.\n\n"
        "Examples:\n"
        "  fakeocs-certgen pfx pool --pfx-profile modern\n"
        "  fakeocs-certgen pfx pool --out pool.pfx --pfx-password-file word.txt\n"
        "  WORD=secret fakeocs-certgen pfx pool --pfx-password-env WORD\n\n"
        "Exit codes: 0 done, 1 failed, 2 usage");
}

void add_check(CLI::App& app, CheckArguments& a) {
    auto* sub = app.add_subcommand("check", "Does a certificate cover names, and why not");
    sub->add_option("CERT", a.certificate, "NAME, PEM, DER or PFX file, HOST:PORT")
        ->required()
        ->type_name("");
    auto* host = add_list(sub, "--host", a.hosts, "wanted name; repeatable")->type_name("NAME");
    auto* domain = add_list(sub, "--sip-domain", a.sip_domains, "sipinternal., sip., sipexternal. of it");
    domain->type_name("DOMAIN");
    auto* batch = sub->add_option("--batch", a.batch, "questions, one a line (below); - is stdin");
    batch->type_name("FILE")->excludes(host)->excludes(domain);
    auto* policy = sub->add_option("--policy", a.policy, "rule set, or all (below)");
    policy->type_name("WORD");
    auto* client = add_list(sub, "--client", a.clients, "its names and rule set, or all (below)");
    client->type_name("NAME")->excludes(policy)->excludes(batch);
    sub->add_option("--ca", a.ca, "trust this CA and nobody else")->type_name("FILE");
    add_live(sub, a.live);
    add_password(sub, a.password);
    sub->footer(
        "Policies: communicator2007 (default), lync2010, rfc9525, rfc5922, openssl\n"
        "Clients: communicator2007, lync2010, lync2013, sipe, ...: `fakeocs profiles`\n"
        "has them all. With --sip-domain: the names the client looks up, and what\n"
        "it does where one is missing. A question is {\"host\": ..., \"policy\": ...}.\n\n"
        "Examples:\n"
        "  fakeocs-certgen check pool --sip-domain contoso.test --policy all\n"
        "  fakeocs-certgen check pool --client lync2013 --sip-domain contoso.test\n"
        "  fakeocs-certgen check sip.contoso.test:5061 --ca ca.cer\n"
        "  fakeocs-certgen check server.cer --batch questions.jsonl\n\n"
        "Exit codes: 0 covered and valid, 10 a name is not covered, 11 not valid or\n"
        "not trusted, 1 failed, 2 usage; HOST:PORT: 12 no address, 13 no TCP connection,\n"
        "14 no TLS. --batch: 0, or 1 if a line was not read");
}

}  // namespace

void add_options(CLI::App& app, Context& context, Arguments& arguments) {
    const auto formatter = std::make_shared<HelpFormatter>();
    formatter->column_width(32);
    app.formatter(formatter);
    app.footer(
        "NAME is a folder of the state folder: --state-dir, else $FAKEOCS_STATE, else\n"
        "certs/ in the source tree, else ~/.local/share/fakeocs.\n\n"
        "Examples:\n"
        "  fakeocs-certgen issue --name pool --cn pool.contoso.test \\\n"
        "      --san pool.contoso.test --san sip.contoso.test\n"
        "  fakeocs-certgen check pool --sip-domain contoso.test\n"
        "  fakeocs-certgen reissue pool --add-san sipinternal.contoso.test\n\n"
        "Exit codes:\n"
        "  0   done; check: every name is covered\n"
        "  1   failed\n"
        "  2   usage, or a recipe that cannot be made\n"
        "  10  check: a name is not covered\n"
        "  11  check: the names are covered, but it is not valid or not trusted\n"
        "  12, 13, 14  HOST:PORT has no address, takes no connection, does no TLS");
    app.failure_message([](const CLI::App* parsed, const CLI::Error& error) {
        const CLI::App* named = parsed;
        for (const CLI::App* sub : parsed->get_subcommands()) named = sub;
        std::string page = "fakeocs-certgen";
        if (named != parsed) page += " " + named->get_name();
        return "fakeocs-certgen: " + std::string(error.what()) + "\n  try: " + page + " --help\n";
    });
    app.set_version_flag("--version", "fakeocs-certgen " OCS_VERSION);
    app.require_subcommand(0, 1);  // with 1 a mistyped subcommand would be told as a missing one
    app.fallthrough();
    app.add_option("--state-dir", context.state_dir, "folder of CA and certificates")->type_name("DIR");
    app.add_flag("--json", context.json, "JSON on standard output");
    add_ca(app, arguments.ca);
    add_issue(app, arguments.issue);
    add_reissue(app, arguments.reissue);
    add_names(app, arguments.names);
    add_check(app, arguments.check);
    add_inspect(app, arguments.inspect);
    add_pfx(app, arguments.pfx);
}

}  // namespace ocs::certgen
