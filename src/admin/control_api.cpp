#include "admin/control_api.hpp"

#include "admin/attempts.hpp"
#include "admin/ca_page.hpp"
#include "admin/captures.hpp"
#include "admin/commands.hpp"
#include "admin/config_view.hpp"
#include "admin/control_faults.hpp"
#include "admin/explanations.hpp"
#include "admin/export.hpp"
#include "admin/handshakes.hpp"
#include "admin/hosts.hpp"
#include "admin/metrics.hpp"
#include "admin/readiness.hpp"
#include "core/escape.hpp"

namespace ocs::admin {
namespace {

namespace json = boost::json;

constexpr std::size_t longest_id = 200;

ApiReply show_status(const Call&, const ControlledLab& lab) {
    const LabStatus status = lab.status();
    json::array listeners;
    for (const auto& endpoint : status.listeners) listeners.emplace_back(to_string(endpoint));
    json::array sinks;
    for (const auto& sink : status.sinks) {
        sinks.push_back(json::object{
            {"name", sink.name}, {"failing", sink.failing}, {"written", sink.written}, {"lost", sink.lost}});
    }
    json::object told{{"schema", 1},
                      {"version", status.version},
                      {"started", rfc3339(status.started)},
                      {"listeners", std::move(listeners)},
                      {"connections", status.connections},
                      {"sinks", std::move(sinks)}};
    if (lab.dns && status.dns) {
        told["dns"] = json::object{{"address", to_string(*status.dns)},
                                   {"zones", lab.dns->zones.all().size()},
                                   {"faults", lab.dns->faults.all().size()},
                                   {"armed", fault_lines(*lab.dns)}};
    }
    if (lab.faults != nullptr) told["faults"] = fault_lines(lab);
    if (json::value ca = ca_summary(lab); !ca.is_null()) told["ca"] = std::move(ca);
    told["commands"] = commands_json(status, lab);
    return json_reply(200, told);
}

ApiReply show_alive(const Call&, const ControlledLab&) {
    return {200, "text/plain; charset=utf-8", "alive\n", "", {}};
}

ApiReply show_metrics(const Call&, const ControlledLab& lab) {
    LabStatus status;
    std::vector<ArmedCount> armed;
    lab.do_on_lab_thread([&] {
        status = lab.status();
        armed = count_armed(lab);
    });
    if (lab.metrics == nullptr) return failure(503, Error{"no metrics are kept", "", ""});
    return {200, "text/plain; version=0.0.4; charset=utf-8", lab.metrics->text(status, armed), "", {}};
}

using Answer = std::function<ApiReply(const Call&, const ControlledLab&)>;

ApiReply no_dns() {
    return failure(503, Error{"this lab serves no DNS", "", "give its configuration a dns: section"});
}

Answer dns_query(ApiReply (*answer)(const Query&, const ControlledDns&)) {
    return [answer](const Call& call, const ControlledLab& lab) {
        return lab.dns ? answer(call.query, *lab.dns) : no_dns();
    };
}

Answer dns_body(ApiReply (*answer)(const std::string& body, const ControlledDns&)) {
    return [answer](const Call& call, const ControlledLab& lab) {
        return lab.dns ? answer(call.request.body, *lab.dns) : no_dns();
    };
}

Answer of_history(ApiReply (*answer)(const Call&, HistoryReader&)) {
    return [answer](const Call& call, const ControlledLab& lab) {
        if (lab.history == nullptr) return failure(503, Error{"no history is kept", "", ""});
        return answer(call, *lab.history);
    };
}

ApiReply explanation(const Call& call, const ControlledLab& lab) {
    if (lab.history == nullptr) return failure(503, Error{"no history is kept", "", ""});
    return show_explanation(call, *lab.history, lab.commands);
}

/// What follows the version, or empty where the target is not the API's.
std::string_view below_version(std::string_view path) {
    for (const std::string_view top : {"/livez", "/readyz", "/metrics", "/ca", "/ca.cer", "/ca.pem"}) {
        if (path == top) return path;
    }
    bool api = false;
    for (const std::string_view prefix : {"/api", "/v1"}) {
        if (!path.starts_with(prefix) || !path.substr(prefix.size()).starts_with('/')) continue;
        path.remove_prefix(prefix.size());
        api = true;
    }
    return api ? path : std::string_view();
}

/// True where the path is of this route; `id` gets what stands for {id}.
bool is_of(const Route& route, std::string_view path, std::string& id) {
    const std::size_t brace = route.path.find("{id}");
    if (brace == std::string_view::npos) return route.path == path;
    const std::string_view before = route.path.substr(0, brace);
    const std::string_view after = route.path.substr(brace + 4);
    if (path.size() <= before.size() + after.size() || !path.starts_with(before) || !path.ends_with(after))
        return false;
    const std::string_view part = path.substr(before.size(), path.size() - before.size() - after.size());
    if (part.find('/') != std::string_view::npos || part.size() > longest_id) return false;
    auto decoded = percent_decoded(part);
    if (decoded) id = std::move(*decoded);
    return decoded.has_value();
}

}  // namespace

const std::vector<Route>& routes() {
    using Kind = Route::Kind;
    using Thread = Route::Thread;
    static const std::vector<Route> all = {
        {"GET", "/status", {}, Kind::answer, Thread::lab, show_status},
        {"GET", "/config", {"first", "limit", "host"}, Kind::answer, Thread::lab, show_config},
        {"GET",
         "/handshakes",
         {"filter", "limit", "before"},
         Kind::answer,
         Thread::api,
         of_history(list_handshakes)},
        {"GET", "/handshakes/latest", {"filter"}, Kind::answer, Thread::api, of_history(latest_handshake)},
        {"GET", "/handshakes/wait", {"filter", "timeout", "after"}, Kind::wait, Thread::api, {}},
        {"GET", "/handshakes/{id}", {}, Kind::answer, Thread::api, of_history(show_handshake), true},
        {"GET", "/handshakes/{id}/explanation", {}, Kind::answer, Thread::api, explanation, true},
        {"POST",
         "/compare",
         {},
         Kind::answer,
         Thread::api,
         [](const Call& call, const ControlledLab&) { return compare_names(call.request.body); }},
        {"GET",
         "/attempts",
         {"filter", "limit", "before"},
         Kind::answer,
         Thread::api,
         of_history(list_attempts)},
        {"GET", "/attempts/latest", {"filter"}, Kind::answer, Thread::api, of_history(latest_attempt)},
        {"GET", "/attempts/{id}", {}, Kind::answer, Thread::api, of_history(show_attempt), true},
        {"GET", "/attempts/{id}/export", {"redact"}, Kind::answer, Thread::api, export_attempt, true},
        {"GET", "/events", {"filter", "after"}, Kind::events, Thread::api, {}},
        {"POST", "/test-connection", {}, Kind::test, Thread::api, {}},
        {"GET", "/handshakes/{id}/chain", {"form"}, Kind::answer, Thread::api, show_handshake_chain, true},
        {"GET", "/handshakes/{id}/capture", {}, Kind::answer, Thread::api, show_handshake_capture, true},
        {"GET", "/handshakes/{id}/keys", {}, Kind::answer, Thread::api, show_handshake_keys, true},
        {"GET", "/hosts", {"first", "limit"}, Kind::answer, Thread::api, list_hosts},
        {"GET", "/hosts/{id}/chain", {"form"}, Kind::answer, Thread::api, show_host_chain},
        {"POST", "/hosts/{id}/reissue", {}, Kind::answer, Thread::api, reissue_host},
        {"POST", "/hosts/{id}/undo", {}, Kind::answer, Thread::api, undo_reissue},
        {"GET", "/livez", {}, Kind::answer, Thread::api, show_alive},
        {"GET", "/readyz", {"strict"}, Kind::answer, Thread::lab, show_ready},
        {"GET", "/metrics", {}, Kind::answer, Thread::api, show_metrics},
        {"GET", "/ca", {}, Kind::answer, Thread::api, ca_answer},
        {"GET", "/ca.cer", {}, Kind::answer, Thread::api, ca_answer},
        {"GET", "/ca.pem", {}, Kind::answer, Thread::api, ca_answer},
        {"GET", "/faults", {}, Kind::answer, Thread::lab, list_armed},
        {"POST", "/faults", {}, Kind::answer, Thread::lab, arm},
        {"DELETE", "/faults", {"id"}, Kind::answer, Thread::lab, lift_armed},
        {"GET", "/dns/records", {}, Kind::answer, Thread::lab, dns_query(list_records)},
        {"POST", "/dns/records", {}, Kind::answer, Thread::lab, dns_body(add_record)},
        {"DELETE", "/dns/records", {"name", "type"}, Kind::answer, Thread::lab, dns_query(delete_records)},
        {"GET", "/dns/faults", {}, Kind::answer, Thread::lab, dns_query(list_faults)},
        {"POST", "/dns/faults", {}, Kind::answer, Thread::lab, dns_body(arm_fault)},
        {"DELETE", "/dns/faults", {"name", "type", "id"}, Kind::answer, Thread::lab, dns_query(lift_faults)},
        {"GET", "/dns/export", {"for", "zone"}, Kind::answer, Thread::lab, dns_query(export_zones)},
    };
    return all;
}

bool is_api_path(std::string_view target) {
    return !below_version(target.substr(0, target.find('?'))).empty();
}

Found find_route(const ApiRequest& request) {
    const std::string_view target = request.target;
    const std::size_t mark = target.find('?');
    const std::string_view path = target.substr(0, mark);
    const std::string_view below = below_version(path);
    Found found;
    std::string allow;
    for (const Route& route : routes()) {
        if (!is_of(route, below, found.id)) continue;
        if (route.method != request.method) {
            allow += (allow.empty() ? "" : ", ") + std::string(route.method);
            continue;
        }
        auto query = read_query(mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1),
                                route.parameters);
        if (query.has_error()) {
            found.refusal = failure(400, query.error());
            return found;
        }
        found.route = &route;
        found.query = std::move(*query);
        return found;
    }
    if (allow.empty()) {
        found.refusal = failure(404, Error{"nothing is at " + ocs::quoted(path), "", ""});
    } else {
        found.refusal =
            failure(405, Error{ocs::quoted(request.method) + " is not for " + ocs::quoted(path), "", ""});
        found.refusal.allow = std::move(allow);
    }
    return found;
}

ApiReply handle(const ApiRequest& request, const ControlledLab& lab) {
    Found found = find_route(request);
    if (found.route == nullptr) return std::move(found.refusal);
    if (!found.route->answer) {
        return failure(400, Error{"this answer takes its time, and needs a connection of its own", "", ""});
    }
    const Call call{request, std::move(found.query), std::move(found.id)};
    if (found.route->thread == Route::Thread::api) return found.route->answer(call, lab);
    ApiReply reply;
    lab.do_on_lab_thread([&] { reply = found.route->answer(call, lab); });
    return reply;
}

}  // namespace ocs::admin
