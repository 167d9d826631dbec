// inspect and check: everything that only reads.

#include <openssl/err.h>
#include <openssl/pem.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <istream>

#include "apps/certgen_output.hpp"
#include "core/escape.hpp"
#include "core/files.hpp"
#include "core/host_name.hpp"
#include "discovery/client_profile.hpp"
#include "discovery/messages.hpp"
#include "ossl/handles.hpp"
#include "pki/encode.hpp"

namespace ocs::certgen {
namespace {

namespace fs = std::filesystem;
using discovery::NamePolicy;

/// What stands in the file, leaf first.
struct Presented {
    fs::path path;
    bool from_state_folder = false;
    ossl::X509Ptr leaf;
    std::vector<ossl::X509Ptr> chain;
};

/// A name in the state folder wins; `./pool` is always a file.
fs::path path_of(const Context& context, const std::string& text, bool& from_state_folder) {
    std::error_code ignored;
    if (!text.empty() && text.find('/') == std::string::npos) {
        fs::path named = pki::default_state_path(context.state_dir) / text / "fullchain.pem";
        from_state_folder = fs::is_regular_file(named, ignored);
        if (from_state_folder) return named;
    }
    if (fs::is_directory(text, ignored)) return fs::path(text) / "fullchain.pem";
    return text;
}

std::vector<ossl::X509Ptr> parse_certificates(const std::string& bytes) {
    std::vector<ossl::X509Ptr> found;
    ERR_clear_error();
    const ossl::BioPtr memory(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
    while (memory) {
        ossl::X509Ptr certificate(PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr));
        if (!certificate) break;
        found.push_back(std::move(certificate));
    }
    if (found.empty()) {
        const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
        ossl::X509Ptr certificate(d2i_X509(nullptr, &data, static_cast<long>(bytes.size())));
        if (certificate) found.push_back(std::move(certificate));
    }
    ERR_clear_error();  // the end of the PEM file is an error to OpenSSL
    return found;
}

Result<Presented> load(const Context& context, const std::string& text, const PasswordSource& source) {
    Presented presented;
    presented.path = path_of(context, text, presented.from_state_folder);
    const std::string extension = ascii_lower(presented.path.extension().string());
    if (extension == ".pfx" || extension == ".p12") {
        auto password = read_password(source, pki::PfxOptions{}.password);
        if (password.has_error()) return password.error();
        auto identity = pki::load_pfx(presented.path, *password);
        if (identity.has_error()) return identity.error();
        presented.leaf = std::move(identity->leaf);
        presented.chain = std::move(identity->chain);
        return presented;
    }
    auto bytes = read_file(presented.path);
    if (bytes.has_error()) {
        Error error = bytes.error();
        if (error.hint.empty()) {
            error.hint =
                "a PEM, DER or PFX file, or a name in " + pki::default_state_path(context.state_dir).string();
        }
        return error;
    }
    auto found = parse_certificates(*bytes);
    if (found.empty())
        return Error{"no certificate in it", presented.path.string(), "a PEM, DER or PFX file"};
    presented.leaf = std::move(found.front());
    found.erase(found.begin());
    presented.chain = std::move(found);
    return presented;
}

struct StoreDeleter {
    void operator()(X509_STORE* store) const noexcept { X509_STORE_free(store); }
    void operator()(X509_STORE_CTX* verification) const noexcept { X509_STORE_CTX_free(verification); }
    void operator()(STACK_OF(X509) * certificates) const noexcept { sk_X509_free(certificates); }
};

/// Builds the chain as a client would that trusts `ca` alone and gets what the file sends. Empty: trusted.
Result<std::string> trust_problem(const Presented& presented, const fs::path& ca, WallTime now) {
    auto bytes = read_file(ca);
    if (bytes.has_error()) return bytes.error();
    const auto anchors = parse_certificates(*bytes);
    if (anchors.empty()) return Error{"no certificate in it", ca.string(), "the PEM or DER file of a CA"};
    const std::unique_ptr<X509_STORE, StoreDeleter> store(X509_STORE_new());
    for (const auto& anchor : anchors) X509_STORE_add_cert(store.get(), anchor.get());
    const std::unique_ptr<STACK_OF(X509), StoreDeleter> sent(sk_X509_new_null());
    for (const auto& certificate : presented.chain) sk_X509_push(sent.get(), certificate.get());
    const std::unique_ptr<X509_STORE_CTX, StoreDeleter> verification(X509_STORE_CTX_new());
    X509_STORE_CTX_init(verification.get(), store.get(), presented.leaf.get(), sent.get());
    X509_STORE_CTX_set_default(verification.get(), "ssl_server");
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch());
    X509_STORE_CTX_set_time(verification.get(), 0, static_cast<time_t>(seconds.count()));
    const bool trusted = X509_verify_cert(verification.get()) == 1;
    const int error = X509_STORE_CTX_get_error(verification.get());
    ERR_clear_error();
    return trusted ? std::string() : std::string(X509_verify_cert_error_string(error));
}

boost::json::object to_json(const discovery::NameVerdict& verdict, std::string_view wanted) {
    boost::json::array comparisons;
    for (const auto& comparison : verdict.comparisons) {
        comparisons.push_back(boost::json::object{
            {"name", shown(comparison.name)},
            {"covers", comparison.covers},
            {"reason", discovery::to_string(comparison.reason)},
            {"detail", comparison.detail},
        });
    }
    boost::json::object object = {
        {"host", visible(wanted, 4096)},
        {"policy", discovery::to_string(verdict.policy)},
        {"covered", verdict.covered},
        {"by", nullptr},
    };
    if (verdict.by) object["by"] = shown(verdict.comparisons.at(*verdict.by).name);
    object["wanted_problem"] = verdict.wanted_problem;
    object["comparisons"] = std::move(comparisons);
    return object;
}

void print_verdict(const discovery::NameVerdict& verdict, std::string_view wanted) {
    std::cout << (verdict.covered ? "covered      " : "NOT COVERED  ") << visible(wanted) << "  under "
              << discovery::to_string(verdict.policy);
    if (verdict.by) {
        const auto& winner = verdict.comparisons.at(*verdict.by);
        std::cout << "  by " << shown(winner.name) << " (" << discovery::to_string(winner.reason) << ")\n";
        return;
    }
    std::cout << "\n";
    if (!verdict.wanted_problem.empty()) std::cout << "  " << verdict.wanted_problem << "\n";
    for (const auto& comparison : verdict.comparisons) {
        std::cout << "  " << shown(comparison.name) << "  " << discovery::to_string(comparison.reason)
                  << (comparison.detail.empty() ? "" : ": " + comparison.detail) << "\n";
    }
    if (verdict.comparisons.empty()) std::cout << "  the certificate has no name\n";
}

Result<std::vector<NamePolicy>> policies_of(const std::string& word) {
    if (word == "all") {
        return std::vector<NamePolicy>(std::begin(discovery::all_name_policies),
                                       std::end(discovery::all_name_policies));
    }
    auto policy = discovery::parse_name_policy(word);
    if (policy.has_error()) return policy.error();
    return std::vector<NamePolicy>{*policy};
}

/// The names a client makes of its user's SIP domain when DNS has no SRV record, in its order; the
/// rules of RFC 5922 ask for the domain itself.
std::vector<std::string> names_for_domain(const std::string& domain, NamePolicy policy) {
    if (policy == NamePolicy::rfc5922) return {domain};
    return {"sipinternal." + domain, "sip." + domain, "sipexternal." + domain};
}

/// The names that `client` makes of the domain and wants on a certificate. An SRV target comes from DNS:
/// --host names it.
std::vector<std::string> names_for_client(const std::string& domain, const discovery::ClientProfile& client) {
    std::vector<std::string> names;
    const HostName parsed = HostName::parse(domain).value();
    for (const discovery::OutlinedLookup& lookup : discovery::outline(client, parsed)) {
        const bool seen = lookup.transport == discovery::Transport::tls && !lookup.reference.empty();
        if (seen) names.push_back(lookup.reference);
    }
    return names;
}

/// One answer for one line, or an error line; false for the latter.
bool answer_line(const std::string& line,
                 const discovery::PresentedNames& names,
                 const std::string& usual_policy) {
    const auto refuse = [](const std::string& why) {
        std::cout << boost::json::serialize(boost::json::object{{"error", why}}) << "\n";
        return false;
    };
    boost::system::error_code error;
    const boost::json::value value = boost::json::parse(line, error);
    if (error || !value.is_object()) return refuse("no JSON object");
    std::string wanted;
    if (const auto* host = value.get_object().if_contains("host"); host != nullptr && host->is_string()) {
        wanted.assign(host->get_string().data(), host->get_string().size());
    } else if (const auto* bytes = value.get_object().if_contains("host_hex");
               bytes != nullptr && bytes->is_string()) {
        auto decoded = pki::from_hex(std::string_view(bytes->get_string()));
        if (!decoded) return refuse("'host_hex' is not hex");
        wanted = std::move(*decoded);
    } else {
        return refuse("no string 'host'");
    }
    const auto* policy = value.get_object().if_contains("policy");
    if (policy != nullptr && !policy->is_string()) return refuse("'policy' is no string");
    const auto policies =
        policies_of(policy == nullptr ? usual_policy : std::string(policy->get_string().c_str()));
    if (policies.has_error()) return refuse(policies.error().what);
    if (policies->size() != 1) return refuse("one policy a line, please");
    const auto verdict = discovery::compare_names(policies->front(), names, wanted);
    std::cout << boost::json::serialize(to_json(verdict, wanted)) << "\n";
    return true;
}

int answer_batch(std::istream& lines,
                 const discovery::PresentedNames& names,
                 const std::string& usual_policy) {
    bool all_read = true;
    std::string line;
    while (std::getline(lines, line)) {
        if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
        all_read = answer_line(line, names, usual_policy) && all_read;
    }
    return all_read ? done : failed;
}

}  // namespace

int run_inspect(const Context& context, const InspectArguments& arguments) {
    auto presented = load(context, arguments.certificate, arguments.password);
    if (presented.has_error()) return report(presented.error());
    const auto info = pki::read_certificate(presented->leaf.get());
    if (context.json) {
        boost::json::object object = to_json(info, context.now);
        boost::json::array chain;
        for (const auto& certificate : presented->chain) {
            chain.push_back(to_json(pki::read_certificate(certificate.get()), context.now));
        }
        object["file"] = presented->path.string();
        object["chain"] = std::move(chain);
        std::cout << boost::json::serialize(object) << "\n";
        return done;
    }
    std::cout << "file         " << visible(presented->path.string()) << "\n" << facts(info, context.now);
    for (const auto& certificate : presented->chain) {
        const auto link = pki::read_certificate(certificate.get());
        std::cout << "sent along   " << visible(link.subject) << ", until " << utc_date(link.not_after)
                  << "\n";
    }
    return done;
}

int run_check(const Context& context, const CheckArguments& arguments) {
    std::optional<discovery::ClientProfile> client;
    if (!arguments.client.empty()) {
        auto profile = discovery::find_profile(arguments.client);
        if (profile.has_error()) return report(profile.error(), usage);
        client = std::move(*profile);
    }
    auto policies =
        client ? std::vector<NamePolicy>{client->name_policy.value} : policies_of(arguments.policy);
    if (policies.has_error()) return report(policies.error(), usage);
    if (arguments.hosts.empty() && arguments.sip_domain.empty() && arguments.batch.empty()) {
        return report(Error{"nothing to check", "check", "--host NAME, --sip-domain DOMAIN or --batch FILE"},
                      usage);
    }
    std::string domain;
    if (!arguments.sip_domain.empty()) {
        auto parsed = HostName::parse(arguments.sip_domain);
        if (parsed.has_error()) return report(parsed.error(), usage);
        domain = parsed->text();
    }
    auto presented = load(context, arguments.certificate, arguments.password);
    if (presented.has_error()) return report(presented.error());
    const auto info = pki::read_certificate(presented->leaf.get());

    if (!arguments.batch.empty()) {
        if (arguments.batch == "-") return answer_batch(std::cin, info.names, arguments.policy);
        std::ifstream lines(arguments.batch);
        if (!lines)
            return report(
                Error{"cannot open it", arguments.batch, "a file of JSON Lines, or - for standard input"});
        return answer_batch(lines, info.names, arguments.policy);
    }

    bool all_covered = true;
    boost::json::array verdicts;
    for (const NamePolicy policy : *policies) {
        std::vector<std::string> wanted = arguments.hosts;
        if (!domain.empty()) {
            auto names = client ? names_for_client(domain, *client) : names_for_domain(domain, policy);
            wanted.insert(wanted.end(), names.begin(), names.end());
        }
        for (const std::string& name : wanted) {
            const auto verdict = discovery::compare_names(policy, info.names, name);
            all_covered = all_covered && verdict.covered;
            const std::string words =
                client ? discovery::words_at(*client, name, verdict.covered).sentence : "";
            if (context.json) {
                verdicts.push_back(to_json(verdict, name));
                if (client) verdicts.back().as_object()["client"] = words;
            } else {
                print_verdict(verdict, name);
                if (!words.empty() && !verdict.covered) std::cout << "  " << words << "\n";
            }
        }
    }

    // Whom to trust is known for the certificates of the state folder; for others the user has to say.
    std::string problem = date_problem(info, context.now);
    std::string trust = "not-checked";
    fs::path ca = arguments.ca;
    const fs::path lab_ca = pki::default_state_path(context.state_dir) / "ca" / "ca.pem";
    std::error_code ignored;
    if (ca.empty() && presented->from_state_folder && fs::exists(lab_ca, ignored)) ca = lab_ca;
    if (!ca.empty()) {
        auto found = trust_problem(*presented, ca, context.now);
        if (found.has_error()) return report(found.error());
        trust = found->empty() ? "trusted" : "not-trusted";
        if (problem.empty()) problem = *found;
    }
    if (context.json) {
        const boost::json::object object = {
            {"file", presented->path.string()},
            {"covered", all_covered},
            {"trust", trust},
            {"problem", problem},
            {"names", std::move(verdicts)},
        };
        std::cout << boost::json::serialize(object) << "\n";
    } else if (!problem.empty()) {
        std::cout << "NOT VALID    " << problem << "\n";
    } else if (trust == "trusted") {
        std::cout << "valid        trusted by " << visible(ca.string()) << ", until "
                  << utc_date(info.not_after) << "\n";
    } else {
        std::cout << "valid        until " << utc_date(info.not_after)
                  << "; trust not checked: --ca FILE does\n";
    }
    if (!all_covered) return name_mismatch;
    return problem.empty() ? done : not_trusted;
}

}  // namespace ocs::certgen
