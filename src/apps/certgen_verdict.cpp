#include "apps/certgen_verdict.hpp"

#include <iostream>

#include "apps/certgen_output.hpp"
#include "core/escape.hpp"
#include "pki/encode.hpp"

namespace ocs::certgen {
namespace {

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

}  // namespace

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

Result<std::vector<discovery::NamePolicy>> policies_of(const std::string& word) {
    if (word == "all") {
        return std::vector<discovery::NamePolicy>(std::begin(discovery::all_name_policies),
                                                  std::end(discovery::all_name_policies));
    }
    auto policy = discovery::parse_name_policy(word);
    if (policy.has_error()) return policy.error();
    return std::vector<discovery::NamePolicy>{*policy};
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

}  // namespace ocs::certgen
