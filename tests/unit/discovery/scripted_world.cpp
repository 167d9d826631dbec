#include "scripted_world.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace ocs::discovery {
namespace {

DnsAnswer find(const std::map<std::string, DnsAnswer>& names, const std::string& name) {
    const auto found = names.find(name);
    return found == names.end() ? DnsAnswer{} : found->second;
}

TlsObservation observe(const ScriptedServer& server) {
    TlsObservation seen;
    seen.status = server.tls;
    seen.trust = server.trust;
    seen.names.common_names = server.common_names;
    seen.names.san_present = !server.sans.empty();
    for (const std::string& san : server.sans) seen.names.san.push_back({NameKind::dns, san});
    return seen;
}

class Runner {
public:
    Runner(World& world, Run& run) : world_(world), run_(run) {}

    StepResult carry_out(const Step& step) {
        prefix_ = step.beyond ? "beyond: " : "";
        return std::visit([this](const auto& action) -> StepResult { return act(action); }, step.action);
    }

private:
    void note(const std::string& line) { run_.steps.push_back(prefix_ + line); }

    StepResult act(const QueryStep& query) {
        QueryResult result;
        std::string line;
        for (const Question& question : query.questions) {
            const bool srv = question.type == RecordType::srv;
            line += (line.empty() ? "" : " + ") + std::string(srv ? "SRV " : "A ") + question.name;
            result.answers.push_back(find(srv ? world_.srv : world_.hosts, question.name));
        }
        note(line);
        return result;
    }

    StepResult act(const WebStep& web) {
        WebResult result;
        std::string line;
        for (const WebRequest& request : web.requests) {
            line += (line.empty() ? "GET " : " + ") + request.url;
            const auto found = world_.web.find(request.url.substr(0, request.url.find('?')));
            WebAnswer refused;
            refused.tcp = TcpStatus::refused;
            result.answers.push_back(found == world_.web.end() ? refused : found->second);
        }
        note(line);
        return result;
    }

    StepResult act(const ConnectStep& connect) {
        const std::string endpoint = connect.address.text() + ":" + std::to_string(connect.port);
        std::string line = std::string(connect.tls ? "TLS " : "TCP ") + endpoint;
        if (connect.tls) {
            line += " wants " + connect.tls->reference + (connect.tls->sni ? " sni" : " no-sni");
        }
        note(line);
        ConnectResult result;
        const auto found = world_.servers.find(endpoint);
        result.tcp = found == world_.servers.end() ? TcpStatus::refused : found->second.tcp;
        open_ = result.tcp == TcpStatus::connected ? &found->second : nullptr;
        if (open_ != nullptr && connect.tls) result.tls = observe(*open_);
        return result;
    }

    StepResult act(const RegisterStep& step) {
        note("REGISTER to " + step.server);
        REQUIRE(open_ != nullptr);
        return open_->answer;
    }

    StepResult act(const AskStep& ask) {
        note("ask about " + ask.server);
        return PromptAnswer{ask.preset.value_or(world_.yes)};
    }

    StepResult act(const SkipStep& skip) {
        note("skip " + skip.what);
        return Skipped{};
    }

    static StepResult act(const DoneStep&) { return Skipped{}; }

    World& world_;
    Run& run_;
    ScriptedServer* open_ = nullptr;
    std::string prefix_;
};

}  // namespace

void World::add_srv(const std::string& owner, const std::string& target, std::uint16_t port) {
    DnsAnswer& answer = srv[owner];
    answer.status = DnsStatus::answered;
    answer.srv.push_back({0, 0, port, target});
}

void World::add_host(const std::string& name, const std::string& address, std::vector<std::string> aliases) {
    DnsAnswer& answer = hosts[name];
    answer.status = DnsStatus::answered;
    answer.addresses.push_back(IpAddress::parse(address).value());
    answer.aliases = std::move(aliases);
}

ScriptedServer& World::listen(const std::string& endpoint, std::vector<std::string> sans) {
    ScriptedServer& server = servers[endpoint];
    server.sans = std::move(sans);
    return server;
}

std::string Run::walk() const {
    std::string text;
    for (const std::string& step : steps) text += (text.empty() ? "" : "\n") + step;
    return text;
}

std::string Run::events() const {
    std::string text;
    for (const EventEntry& event : outcome.events) {
        text += (text.empty() ? "" : ", ") + std::to_string(event.id);
        if (event.id == 3) {
            const std::string_view last = std::string_view(event.text).substr(event.text.rfind(' ') + 1);
            text += " " + std::string(last.substr(0, last.size() - 1));
        }
    }
    return text;
}

bool Run::has_warning(const std::string& part) const {
    return std::any_of(outcome.warnings.begin(), outcome.warnings.end(), [&](const std::string& warning) {
        return warning.find(part) != std::string::npos;
    });
}

Run run(const ClientProfile& profile, World& world, PlanOptions options, const std::string& user) {
    Run done;
    Plan plan(profile, SipUser::parse(user).value(), std::move(options));
    Runner runner(world, done);
    for (int steps = 0;; ++steps) {
        REQUIRE(steps < 500);  // a plan ends
        const Step step = plan.next();
        if (std::holds_alternative<DoneStep>(step.action)) break;
        const Outcome before = plan.outcome();
        const Finding finding = plan.take(runner.carry_out(step));
        done.findings.push_back(finding.text);
        if (!step.beyond) continue;
        // What-if changes nothing.
        CHECK(plan.outcome().ending == before.ending);
        CHECK(plan.outcome().events == before.events);
        CHECK(plan.outcome().warnings == before.warnings);
        CHECK(plan.outcome().prompts == before.prompts);
        CHECK(plan.outcome().wanted == before.wanted);
        CHECK(plan.outcome().explanation == before.explanation);
    }
    done.outcome = plan.outcome();
    return done;
}

}  // namespace ocs::discovery
