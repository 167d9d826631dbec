#include "discovery/plan.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>

#include "core/escape.hpp"
#include "discovery/plan_walk.hpp"

namespace ocs::discovery {
namespace {

/// Where an option gives a client without a question the rule that asks.
const std::string other_prompt = "Server %2 is not in domain %1. Connect anyway?";

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
    return port;
}

}  // namespace

Result<TypedServer> TypedServer::parse(std::string_view text) {
    const auto fail = [&](const std::string& what) {
        return Error{"server " + quoted(text) + ": " + what, "", "HOST, HOST:PORT or [IPV6]:PORT"};
    };
    std::string_view host = text;
    std::string_view port;
    bool has_port = false;
    if (text.starts_with('[')) {
        const std::size_t bracket = text.find(']');
        if (bracket == std::string_view::npos) return fail("the bracket never closes");
        host = text.substr(1, bracket - 1);
        const std::string_view rest = text.substr(bracket + 1);
        has_port = !rest.empty();
        if (has_port && rest.front() != ':') return fail("something other than a port after the bracket");
        if (has_port) port = rest.substr(1);
    } else if (IpAddress::parse(text).has_error()) {
        const std::size_t colon = text.find(':');
        has_port = colon != std::string_view::npos;
        host = text.substr(0, colon);
        if (has_port) port = text.substr(colon + 1);
    }
    TypedServer server;
    if (has_port) {
        server.port = parse_port(port);
        if (!server.port) return fail("port " + quoted(port) + " is not between 1 and 65535");
    }
    if (auto address = IpAddress::parse(host); address.has_value()) {
        server.host = address->text();
        return server;
    }
    if (text.starts_with('[')) return fail("no IPv6 address in the brackets");
    auto name = HostName::parse(host);
    if (name.has_error()) return fail(name.error().what);
    server.host = name->text();
    return server;
}

Plan::Plan(ClientProfile profile, SipUser user, PlanOptions options)
    : walk_(std::make_unique<Walk>(std::move(profile), std::move(user), std::move(options))) {}
Plan::Plan(Plan&&) noexcept = default;
Plan& Plan::operator=(Plan&&) noexcept = default;
Plan::~Plan() = default;

Step Plan::next() { return walk_->next(); }
Finding Plan::take(const StepResult& result) { return walk_->take(result); }
const Outcome& Plan::outcome() const { return walk_->outcome(); }
const ClientProfile& Plan::profile() const { return walk_->profile(); }
const SipUser& Plan::user() const { return walk_->user(); }

Plan::Walk::Walk(ClientProfile profile, SipUser user, PlanOptions options)
    : profile_(std::move(profile)), user_(std::move(user)), options_(std::move(options)) {
    if (options_.trusted_domains) {
        trusted_ = *options_.trusted_domains;
    } else {
        for (const std::string& domain : profile_.trusted_domains.value) {
            if (auto parsed = HostName::parse(domain); parsed.has_value()) trusted_.push_back(*parsed);
        }
    }
    if (options_.server) {
        next_lookup_ = profile_.lookups.size();
        Server server;
        server.origin = Origin::typed;
        server.name = options_.server->host;
        server.ports = {options_.server->port.value_or(5061)};  // 5061 with TLS (1) [42]
        servers_.push_back(std::move(server));
    }
}

Step Plan::Walk::next() {
    while (!due_) due_ = decide();
    return *due_;
}

std::optional<Step> Plan::Walk::decide() {
    if (!skips_.empty()) {
        Step skip = step(std::move(skips_.front()));
        skips_.pop_front();
        return skip;
    }
    if (finished_) return Step{DoneStep{}, false};
    if (current_) return step_of_server();
    if (web_) return step_of_web();
    if (!servers_.empty()) {
        current_ = std::move(servers_.front());
        servers_.pop_front();
        return std::nullopt;
    }
    if (next_lookup_ < profile_.lookups.size()) return step_of_lookup();
    if (!ended_) {
        if (last_failure_) {
            end(last_failure_->ending, last_failure_->server, last_failure_->text);
        } else {
            end(Ending::no_server, "", "no name of the list led to a server");
        }
    }
    finished_ = true;
    return std::nullopt;
}

Step Plan::Walk::step(Action action) const { return {std::move(action), !counts()}; }

bool Plan::Walk::counts() const { return !ended_ && !(current_ && current_->beyond_only); }

Finding Plan::Walk::take(const StepResult& result) {
    assert(due_);
    const Step done = std::move(*due_);
    due_.reset();
    finding_ = {};
    const bool ended_before = ended_;
    if (const auto* query = std::get_if<QueryStep>(&done.action)) {
        take_query(*query, std::get<QueryResult>(result));
    } else if (const auto* web = std::get_if<WebStep>(&done.action)) {
        take_web(*web, std::get<WebResult>(result));
    } else if (const auto* connect = std::get_if<ConnectStep>(&done.action)) {
        take_connect(*connect, std::get<ConnectResult>(result));
    } else if (std::holds_alternative<RegisterStep>(done.action)) {
        take_register(std::get<RegisterResult>(result));
    } else if (const auto* ask = std::get_if<AskStep>(&done.action)) {
        take_answer(*ask, std::get<PromptAnswer>(result));
    } else if (const auto* skip = std::get_if<SkipStep>(&done.action)) {
        finding_.text = skip->why;
    }
    finding_.ends_search = ended_ && !ended_before;
    if (!done.beyond) {
        outcome_.warnings.insert(outcome_.warnings.end(), finding_.warnings.begin(), finding_.warnings.end());
    }
    return std::exchange(finding_, {});
}

void Plan::Walk::end(Ending ending, const std::string& server, const std::string& text) {
    if (ended_) return;
    ended_ = true;
    finished_ = !options_.what_if;
    outcome_.ending = ending;
    outcome_.server = server;
    outcome_.explanation = text;
    if (ending == Ending::name_mismatch || ending == Ending::not_trusted) outcome_.wanted = server;
    if (ending == Ending::no_server || ending == Ending::domain_refused) outcome_.wanted.clear();
    if (discovery::exit_code(ending) == 0) {
        outcome_.screen = {"", "", Confidence::inferred, "no message: nothing went wrong"};
    } else {
        outcome_.screen = screen_text(profile_, ending, user_.domain().text(), server);
    }
    outcome_.not_reached = names_left();
    if (ending == Ending::no_server && unanswered_ > 0) {
        outcome_.warnings.push_back(std::to_string(unanswered_) + " of " + std::to_string(questions_) +
                                    " questions got no usable answer: look at the resolver before the zone");
    }
}

void Plan::Walk::note_failure(Ending ending, const std::string& server, const std::string& text) {
    if (counts()) last_failure_ = Failure{ending, server, text};
}

void Plan::Walk::warn(const std::string& text) { finding_.warnings.push_back(text); }

void Plan::Walk::write_events(const std::vector<EventTemplate>& templates,
                              std::string_view first,
                              std::string_view second) {
    if (!counts()) return;
    for (EventEntry& entry : event_entries(templates, first, second)) {
        outcome_.events.push_back(std::move(entry));
    }
}

std::vector<std::string> Plan::Walk::names_left() const {
    std::vector<std::string> names;
    for (const Server& server : servers_) {
        if (!server.beyond_only) names.push_back(server.name);
    }
    for (std::size_t i = next_lookup_; i < profile_.lookups.size(); ++i) {
        const Lookup& lookup = profile_.lookups[i];
        if (lookup.kind != LookupKind::dhcp120) names.push_back(lookup_name(lookup, user_.domain()));
    }
    return names;
}

DomainDecision Plan::Walk::decide_domain(const std::string& server, Transport transport) const {
    // Only with automatic configuration and only over TLS (1) [10].
    if (transport != Transport::tls) return {DomainVerdict::accepted, "the domain rule is for TLS only"};
    const DomainRule rule = options_.domain_rule.value_or(profile_.domain_rule.value);
    const auto name = HostName::parse(server);
    if (name.has_error()) return {DomainVerdict::accepted, "an address has no domain"};
    return apply_domain_rule(rule, user_.domain(), *name, trusted_);
}

AskStep Plan::Walk::ask_about(const std::string& server) const {
    AskStep ask;
    ask.kind = PromptKind::trust_server;
    ask.server = server;
    const std::string& own = profile_.trust_prompt.value;
    ask.text = fill_in(own.empty() ? other_prompt : own, user_.domain().text(), server);
    ask.preset = options_.answer;
    return ask;
}

}  // namespace ocs::discovery
