#include "admin/control_api.hpp"

#include "core/escape.hpp"

namespace ocs::admin {
namespace {

namespace json = boost::json;

ApiReply show_status(const ControlledLab& lab) {
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
                                   {"faults", lab.dns->faults.all().size()}};
    }
    return json_reply(200, told);
}

/// A path under /v1/dns/ with what it does for each method; nullptr: it does nothing for that one.
struct DnsRoute {
    std::string_view path;
    ApiReply (*get)(const Query&, const ControlledDns&);
    ApiReply (*post)(const std::string& body, const ControlledDns&);
    ApiReply (*remove)(const Query&, const ControlledDns&);
    std::vector<std::string> get_parameters, remove_parameters;
};

const std::vector<DnsRoute>& dns_routes() {
    static const std::vector<DnsRoute> routes = {
        {"/v1/dns/records", list_records, add_record, delete_records, {}, {"name", "type"}},
        {"/v1/dns/faults", list_faults, arm_fault, lift_faults, {}, {"name", "type", "id"}},
        {"/v1/dns/export", export_zones, nullptr, nullptr, {"for", "zone"}, {}},
    };
    return routes;
}

ApiReply not_for(const ApiRequest& request, std::string_view path, std::string allow) {
    ApiReply refused =
        failure(405, Error{ocs::quoted(request.method) + " is not for " + ocs::quoted(path), "", ""});
    refused.allow = std::move(allow);
    return refused;
}

ApiReply handle_dns(const ApiRequest& request,
                    const DnsRoute& route,
                    std::string_view query_text,
                    const ControlledDns& dns) {
    if (request.method == "POST" && route.post != nullptr) {
        const auto query = read_query(query_text, {});
        return query.has_error() ? failure(400, query.error()) : route.post(request.body, dns);
    }
    const bool removes = request.method == "DELETE" && route.remove != nullptr;
    if (!removes && request.method != "GET") {
        return not_for(request, route.path, route.post != nullptr ? "GET, POST, DELETE" : "GET");
    }
    const auto query = read_query(query_text, removes ? route.remove_parameters : route.get_parameters);
    if (query.has_error()) return failure(400, query.error());
    return removes ? route.remove(*query, dns) : route.get(*query, dns);
}

}  // namespace

ApiReply handle(const ApiRequest& request, const ControlledLab& lab) {
    const std::string_view target = request.target;
    const std::size_t mark = target.find('?');
    const std::string_view path = target.substr(0, mark);
    const std::string_view query_text =
        mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
    if (path == "/v1/status")
        return request.method == "GET" ? show_status(lab) : not_for(request, path, "GET");
    for (const DnsRoute& route : dns_routes()) {
        if (route.path != path) continue;
        if (lab.dns) return handle_dns(request, route, query_text, *lab.dns);
        return failure(503, Error{"this lab serves no DNS", "", "give its configuration a dns: section"});
    }
    return failure(404, Error{"nothing is at " + ocs::quoted(path), "", ""});
}

}  // namespace ocs::admin
