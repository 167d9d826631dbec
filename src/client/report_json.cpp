#include <boost/json.hpp>

#include "client/report.hpp"
#include "client/step_words.hpp"
#include "core/escape.hpp"
#include "record/alerts.hpp"

namespace ocs::client {

using namespace discovery;
namespace json = boost::json;

namespace {

json::object name_object(const NameVerdict& verdict, const std::string& wanted) {
    json::object out;
    out["wanted"] = visible(wanted);
    out["policy"] = to_string(verdict.policy);
    out["covered"] = verdict.covered;
    if (!verdict.wanted_problem.empty()) out["wanted_problem"] = visible(verdict.wanted_problem);
    json::array presented;
    for (const NameComparison& one : verdict.comparisons) {
        json::object name;
        name["kind"] = to_string(one.name.kind);
        name["name"] = visible(one.name.text);
        name["covers"] = one.covers;
        name["reason"] = to_string(one.reason);
        if (!one.detail.empty()) name["detail"] = one.detail;
        presented.push_back(std::move(name));
    }
    out["presented"] = std::move(presented);
    return out;
}

json::object tls_object(const TlsObservation& seen, const std::optional<ServerPresented>& presented) {
    json::object out;
    out["status"] = to_string(seen.status);
    if (seen.alert) {
        out["alert"] = *seen.alert;
        out["alert_name"] = record::alert_name(*seen.alert);
    }
    if (!seen.detail.empty()) out["detail"] = visible(seen.detail);
    if (!presented) return out;
    out["trust"] = to_string(seen.trust);
    out["version"] = record::tls_version_name(presented->version);
    out["cipher_suite"] = presented->cipher_suite;
    out["subject"] = visible(presented->certificate.subject);
    out["issuer"] = visible(presented->certificate.issuer);
    out["fingerprint"] = presented->certificate.fingerprint;
    out["not_before"] = rfc3339(presented->certificate.not_before);
    out["not_after"] = rfc3339(presented->certificate.not_after);
    return out;
}

json::array questions_array(const QueryStep& query, const ReportedStep& step) {
    json::array out;
    const auto* result = std::get_if<QueryResult>(&step.result);
    for (std::size_t i = 0; i < query.questions.size(); ++i) {
        json::object question;
        question["type"] = record_type_text(query.questions[i].type);
        question["name"] = visible(query.questions[i].name);
        if (result != nullptr && i < result->answers.size()) {
            const DnsAnswer& answer = result->answers[i];
            question["status"] = to_string(answer.status);
            json::array aliases;
            for (const std::string& alias : answer.aliases) aliases.push_back(json::string(visible(alias)));
            if (!aliases.empty()) question["aliases"] = std::move(aliases);
            json::array addresses;
            for (const IpAddress& address : answer.addresses)
                addresses.push_back(json::string(address.text()));
            if (!addresses.empty()) question["addresses"] = std::move(addresses);
            json::array targets;
            for (const SrvRecord& srv : answer.srv) {
                targets.push_back(json::object{{"priority", srv.priority},
                                               {"weight", srv.weight},
                                               {"port", srv.port},
                                               {"target", visible(srv.target)}});
            }
            if (!targets.empty()) question["srv"] = std::move(targets);
        }
        out.push_back(std::move(question));
    }
    return out;
}

void put_connect(json::object& out, const ConnectStep& target, const ReportedStep& step) {
    out["kind"] = "connect";
    out["server"] = visible(target.server);
    out["address"] = target.address.text();
    out["port"] = target.port;
    const auto* result = std::get_if<ConnectResult>(&step.result);
    if (result == nullptr) return;
    out["tcp"] = to_string(result->tcp);
    if (!target.tls) return;
    out["sni"] = target.tls->sni ? json::value(visible(*target.tls->sni)) : json::value(nullptr);
    if (!target.tls->imitated.empty()) out["imitated"] = target.tls->imitated;
    if (result->tls) out["tls"] = tls_object(*result->tls, step.presented);
    if (step.finding.names) out["names"] = name_object(*step.finding.names, target.tls->reference);
}

void put_web(json::object& out, const WebStep& web, const ReportedStep& step) {
    out["kind"] = "web";
    json::array requests;
    const auto* result = std::get_if<WebResult>(&step.result);
    for (std::size_t i = 0; i < web.requests.size(); ++i) {
        json::object request;
        request["url"] = visible(web.requests[i].url);
        if (result != nullptr && i < result->answers.size()) {
            const WebAnswer& answer = result->answers[i];
            request["tcp"] = to_string(answer.tcp);
            if (answer.tls) request["tls"] = tls_object(*answer.tls, step.presented);
            if (answer.status) request["status"] = *answer.status;
            if (answer.redirect) request["redirect"] = visible(*answer.redirect);
        }
        requests.push_back(std::move(request));
    }
    out["requests"] = std::move(requests);
}

json::object step_object(const ReportedStep& step) {
    json::object out;
    out["at_us"] = step.at.count();
    out["took_us"] = step.took.count();
    if (step.step.beyond) out["beyond"] = true;
    const Action& action = step.step.action;
    if (const auto* query = std::get_if<QueryStep>(&action)) {
        out["kind"] = "dns";
        out["questions"] = questions_array(*query, step);
    } else if (const auto* target = std::get_if<ConnectStep>(&action)) {
        put_connect(out, *target, step);
    } else if (const auto* web = std::get_if<WebStep>(&action)) {
        put_web(out, *web, step);
    } else if (const auto* registration = std::get_if<RegisterStep>(&action)) {
        out["kind"] = "register";
        out["server"] = visible(registration->server);
        const auto* result = std::get_if<RegisterResult>(&step.result);
        if (result != nullptr && result->status) {
            out["status"] = *result->status;
            out["reason"] = visible(result->reason);
            if (!result->diagnostics.empty()) out["ms_diagnostics"] = visible(result->diagnostics);
        }
    } else if (const auto* prompt = std::get_if<AskStep>(&action)) {
        out["kind"] = "ask";
        out["question"] = to_string(prompt->kind);
        out["text"] = prompt->text;
        const auto* answer = std::get_if<PromptAnswer>(&step.result);
        out["answer"] = answer != nullptr && answer->yes;
    } else if (const auto* skipped = std::get_if<SkipStep>(&action)) {
        out["kind"] = "skipped";
        out["what"] = skipped->what;
        out["why"] = skipped->why;
    }
    out["good"] = step.finding.good;
    if (!step.finding.text.empty()) out["finding"] = step.finding.text;
    if (step.finding.ends_search) out["ends_search"] = true;
    if (!step.note.empty()) out["note"] = step.note;
    json::array warnings;
    for (const std::string& warning : step.finding.warnings) warnings.push_back(json::string(warning));
    if (!warnings.empty()) out["warnings"] = std::move(warnings);
    return out;
}

json::object result_object(const SigninReport& report,
                           const SigninOptions& options,
                           const ReportContext& context) {
    const Outcome& outcome = report.outcome;
    json::object out;
    out["code"] = to_string(outcome.ending);
    out["exit"] = outcome.exit_code();
    if (!outcome.server.empty()) out["server"] = visible(outcome.server);
    if (!outcome.wanted.empty()) out["wanted"] = visible(outcome.wanted);
    if (!outcome.screen.value.empty()) out["screen"] = outcome.screen.value;
    out["explanation"] = outcome.explanation;
    json::array events;
    for (const EventEntry& event : outcome.events) {
        json::object entry{{"id", event.id}, {"text", event.text}, {"source", event.source}};
        entry["confidence"] = to_string(event.confidence);
        events.push_back(std::move(entry));
    }
    out["events"] = std::move(events);
    const auto put_list = [&](const char* key, const std::vector<std::string>& list) {
        json::array values;
        for (const std::string& text : list) values.push_back(json::string(text));
        out[key] = std::move(values);
    };
    put_list("prompts", outcome.prompts);
    put_list("warnings", outcome.warnings);
    put_list("not_reached", outcome.not_reached);
    json::array ways;
    for (const Fix& fix : fixes(report, options, context)) {
        json::array lines;
        for (const std::string& line : fix.lines) lines.push_back(json::string(line));
        ways.push_back(json::object{{"what", fix.what}, {"lines", std::move(lines)}});
    }
    out["fixes"] = std::move(ways);
    return out;
}

}  // namespace

std::string to_json(const SigninReport& report, const SigninOptions& options, const ReportContext& context) {
    json::object out;
    out["schema"] = "fakeocs.signin/1";
    out["time"] = rfc3339(report.started);
    out["duration_us"] = report.took.count();
    out["user"] = options.user.address();
    out["client"] = options.profile.name;
    out["resolver"] = endpoint_text(options.resolver.server.address, options.resolver.server.port);
    out["resolver_unreachable"] = report.resolver_unreachable;
    json::array armed;
    for (const std::string& line : context.armed) armed.push_back(json::string(line));
    out["armed_faults"] = std::move(armed);
    json::array steps;
    for (const ReportedStep& step : report.steps) steps.push_back(step_object(step));
    out["steps"] = std::move(steps);
    out["result"] = result_object(report, options, context);
    return json::serialize(out) + "\n";
}

}  // namespace ocs::client
