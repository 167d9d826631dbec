#pragma once
// The walk of a client from a sign-in address to an answered REGISTER, as a state machine without network.
//
//     Plan plan(profile, user, options);
//     for (;;) {
//         Step step = plan.next();                       // the same step until take() was called
//         if (std::holds_alternative<DoneStep>(step.action)) break;
//         StepResult result = carry_out(step);           // plan_steps.hpp: which result goes with which step
//         Finding finding = plan.take(result);           // what the plan made of it, for the report
//     }
//     plan.outcome();                                    // ending, exit code, event log, screen text
//
// Connections: a ConnectStep leaves one connection open. Keep it while RegisterStep or AskStep
// (trust_certificate) come next, close it before any other step: an own alert or close_notify as
// TlsWish::check says if the finding was bad. The runner compares no names: it hands over what was presented,
// and the plan says in Finding::names how the client reads it. It builds the chain, because that takes a
// library; it never stops a handshake because of the certificate.
//
// AskStep: the step is yielded also where PlanOptions::answer has settled it, so that the report shows the
// question; AskStep::preset is then the answer to hand back.
//
// A plan ends: lookups, records, addresses, redirects and web hops are bounded below.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "discovery/messages.hpp"
#include "discovery/plan_steps.hpp"
#include "discovery/sip_user.hpp"

namespace ocs::discovery {

inline constexpr std::size_t max_srv_records = 8;  ///< of one answer, by priority and weight
inline constexpr std::size_t max_addresses = 8;    ///< of one name
inline constexpr std::size_t max_redirects = 5;    ///< 301 after 301
inline constexpr std::size_t max_web_hops = 5;     ///< redirects of autodiscover

/// A server given by hand: no discovery, no domain rule, and what was typed is the name wanted.
struct TypedServer {
    std::string host;  ///< host name (short ones too) or address, lower case
    std::optional<std::uint16_t> port;
    /// "pool01", "pool01.contoso.test:443", "192.0.2.1", "[2001:db8::1]:5061".
    static Result<TypedServer> parse(std::string_view text);
};

struct PlanOptions {
    std::optional<TypedServer> server;
    bool what_if = false;        ///< go on, `beyond`, after the client's end
    bool allow_tcp = false;      ///< a policy lets the client use plain TCP where its list makes that depend
    std::optional<bool> answer;  ///< to every question of the client
    std::optional<DomainRule> domain_rule;                 ///< instead of the profile's: a policy such as
                                                           ///< DisableStrictDNSNaming
    std::optional<std::vector<HostName>> trusted_domains;  ///< TrustModelData: replaces the built-in list
};

/// What the plan made of one result. Texts are escaped.
struct Finding {
    bool good = false;
    std::string text;                   ///< "no such name", "matches", "different label…": one clause
    std::optional<NameVerdict> names;   ///< of a ConnectStep with TLS, or the decisive one of a WebStep
    std::vector<std::string> warnings;  ///< "the SRV target is an alias (RFC 2782)"…
    bool ends_search = false;           ///< the client stops here, for better or worse
};

/// How it ended for the client. Complete when next() yields a step `beyond` or DoneStep.
struct Outcome {
    Ending ending = Ending::no_server;
    std::string server;                ///< the server it ended at, or empty
    std::string wanted;                ///< the reference name there, or empty
    std::vector<EventEntry> events;    ///< of the client's own log, in order
    Datum<std::string> screen;         ///< what the user reads; empty with `unknown`: no source has it
    std::vector<std::string> prompts;  ///< questions that were asked, in order
    std::string explanation;           ///< one sentence of this tool
    std::vector<std::string> warnings;
    std::vector<std::string> not_reached;  ///< names that were never looked up or tried
    [[nodiscard]] int exit_code() const { return discovery::exit_code(ending); }
};

class Plan {
public:
    Plan(ClientProfile profile, SipUser user, PlanOptions options = {});
    Plan(Plan&&) noexcept;
    Plan& operator=(Plan&&) noexcept;
    Plan(const Plan&) = delete;
    Plan& operator=(const Plan&) = delete;
    ~Plan();

    /// The step that is due. Asking again without take() yields the same one.
    [[nodiscard]] Step next();
    /// Takes the result of the step that next() yielded; the alternative must fit it.
    Finding take(const StepResult& result);
    [[nodiscard]] const Outcome& outcome() const;
    [[nodiscard]] const ClientProfile& profile() const;
    [[nodiscard]] const SipUser& user() const;

private:
    class Walk;
    std::unique_ptr<Walk> walk_;
};

}  // namespace ocs::discovery
