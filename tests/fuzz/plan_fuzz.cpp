// The sign-in plan against a network that answers anything: it ends, and what it says can be printed.

#include "discovery/plan.hpp"
#include "property.hpp"

using namespace ocs;
using namespace ocs::discovery;
using fuzz::require;

namespace {

/// lookups × records × redirects × attempts, generously.
constexpr int most_steps = 50'000;

class Network {
public:
    explicit Network(fuzz::Input& input) : input_(input) {}

    StepResult answer(const Step& step) {
        return std::visit([this](const auto& action) -> StepResult { return act(action); }, step.action);
    }

private:
    std::string text() { return std::string(input_.until('\n')); }
    template <class Enum>
    Enum pick(int last) {
        return static_cast<Enum>(input_.byte() % (last + 1));
    }

    DnsAnswer dns() {
        DnsAnswer answer;
        answer.status = pick<DnsStatus>(static_cast<int>(DnsStatus::malformed));
        const int records = input_.byte() % 12;
        for (int i = 0; i < records; ++i) {
            SrvRecord record;
            record.priority = input_.byte();
            record.weight = input_.byte();
            record.port = static_cast<std::uint16_t>(input_.byte() * 20);
            record.target = text();
            answer.srv.push_back(std::move(record));
            answer.addresses.push_back(IpAddress::parse(i % 2 == 0 ? "192.0.2.1" : "2001:db8::1").value());
        }
        if (input_.byte() % 3 == 0) answer.aliases.push_back(text());
        return answer;
    }

    TlsObservation tls() {
        TlsObservation seen;
        seen.status = pick<TlsStatus>(static_cast<int>(TlsStatus::failed));
        seen.trust = pick<Trust>(static_cast<int>(Trust::other));
        seen.names.san_present = true;
        seen.names.san.push_back({NameKind::dns, text()});
        seen.detail = text();
        return seen;
    }

    ServerAddress server() {
        ServerAddress address;
        address.host = text();
        address.port = input_.byte();
        address.transport = pick<Transport>(1);
        return address;
    }

    StepResult act(const QueryStep& query) {
        QueryResult result;
        for (std::size_t i = 0; i < query.questions.size(); ++i) result.answers.push_back(dns());
        return result;
    }
    StepResult act(const WebStep& web) {
        WebResult result;
        for (const WebRequest& request : web.requests) {
            WebAnswer answer;
            answer.tcp = pick<TcpStatus>(static_cast<int>(TcpStatus::unreachable));
            if (request.tls) answer.tls = tls();
            const int what = input_.byte();
            if (what % 2 == 0) answer.status = 200;
            if (what % 3 == 0) answer.redirect = text();
            if (what % 5 == 0) answer.sip_internal = server();
            if (what % 7 == 0) answer.user_link = true;
            result.answers.push_back(std::move(answer));
        }
        return result;
    }
    StepResult act(const ConnectStep& connect) {
        ConnectResult result;
        result.tcp = pick<TcpStatus>(static_cast<int>(TcpStatus::unreachable));
        if (result.tcp == TcpStatus::connected && connect.tls) {
            result.tls = tls();
            if (input_.byte() % 2 == 0)
                result.tls->names.san.push_back({NameKind::dns, connect.tls->reference});
        }
        return result;
    }
    StepResult act(const RegisterStep&) {
        RegisterResult result;
        constexpr int statuses[] = {200, 301, 301, 302, 401, 403, 404, 503};
        const int what = input_.byte();
        if (what != 0) result.status = statuses[what % 8];
        result.reason = text();
        result.diagnostics = text();
        if (what % 3 != 0) result.contacts.push_back(server());
        return result;
    }
    StepResult act(const AskStep&) { return PromptAnswer{input_.byte() % 2 == 0}; }
    StepResult act(const SkipStep&) { return Skipped{}; }
    StepResult act(const DoneStep&) { return Skipped{}; }

    fuzz::Input& input_;
};

void require_printable(const std::string& text) {
    for (const char c : text) {
        require(static_cast<unsigned char>(c) >= ' ' && c != '\x7f', "a sentence can be printed", text);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const auto profiles = all_profiles();
    const ClientProfile& profile = profiles[input.byte() % profiles.size()];
    PlanOptions options;
    const int switches = input.byte();
    options.what_if = (switches & 1) != 0;
    options.allow_tcp = (switches & 2) != 0;
    if ((switches & 4) != 0) options.answer = (switches & 8) != 0;
    auto user = SipUser::parse(input.until('\n'));
    if (user.has_error()) {
        require_printable(user.error().what);
        return 0;
    }
    if ((switches & 16) != 0) {
        auto server = TypedServer::parse(input.until('\n'));
        if (server.has_error()) {
            require_printable(server.error().what);
        } else {
            options.server = *server;
        }
    }
    Plan plan(profile, *user, options);
    Network network(input);
    int steps = 0;
    bool beyond = false;
    for (Step step = plan.next(); !std::holds_alternative<DoneStep>(step.action); step = plan.next()) {
        require(++steps < most_steps, "a plan ends", profile.name);
        require(!step.beyond || options.what_if, "only what-if goes beyond the client's end");
        const Outcome before = plan.outcome();
        const Finding finding = plan.take(network.answer(step));
        require_printable(finding.text);
        for (const std::string& warning : finding.warnings) require_printable(warning);
        if (step.beyond) {
            beyond = true;
            require(plan.outcome().ending == before.ending && plan.outcome().events == before.events &&
                        plan.outcome().explanation == before.explanation,
                    "what-if changes nothing");
        }
    }
    const Outcome& outcome = plan.outcome();
    require(!beyond || options.what_if, "beyond is what-if");
    require(outcome.exit_code() == 0 || (outcome.exit_code() >= 10 && outcome.exit_code() <= 16),
            "an exit code");
    require_printable(outcome.explanation);
    require_printable(outcome.screen.value);
    for (const EventEntry& event : outcome.events) require_printable(event.text);
    for (const std::string& prompt : outcome.prompts) require_printable(prompt);
    return 0;
}
