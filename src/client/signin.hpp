#pragma once
// The sign-in runner: carries out a discovery plan over real DNS, TCP, TLS and SIP, and keeps what it saw.

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "client/resolver.hpp"
#include "client/tls_client.hpp"
#include "discovery/plan.hpp"

namespace ocs::client {

struct SigninOptions {
    discovery::ClientProfile profile;
    discovery::SipUser user;
    discovery::PlanOptions plan;
    ResolverOptions resolver;
    std::filesystem::path roots;  ///< PEM with the trusted roots; empty: nobody is trusted
    Micros connect_limit{4'000'000};
    Micros handshake_limit{8'000'000};
    Micros answer_limit{8'000'000};  ///< for the answer to a REGISTER or a GET
    WallTime now;                    ///< the dates of certificates are held against this
    /// Asked where the plan has no preset answer; empty: the answer is no.
    std::function<bool(const discovery::AskStep&)> ask;
};

/// One step as it went. Server text in `step` and `result` is raw; `finding` is escaped by the plan.
struct ReportedStep {
    discovery::Step step;
    discovery::StepResult result;
    discovery::Finding finding;
    Micros at{};  ///< since the sign-in began
    Micros took{};
    std::string note;                          ///< of the network: "over TCP"…; escaped; or empty
    std::optional<ServerPresented> presented;  ///< of a step with TLS that got as far as a certificate
    std::string sip_line;                      ///< of a RegisterStep: the first line of the answer, raw
};

struct SigninReport {
    WallTime started;
    Micros took{};
    std::vector<ReportedStep> steps;
    discovery::Outcome outcome;
    bool resolver_unreachable = false;  ///< no question at all was answered: nothing can be said of the zone
};

/// Runs the sign-in to its end on this thread. Fails only where the roots cannot be read.
Result<SigninReport> sign_in(const SigninOptions& options);

}  // namespace ocs::client
