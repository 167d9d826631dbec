#include "apps/fakeocs_armed.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>

#include "admin/control.hpp"
#include "apps/fakeocs_ask.hpp"
#include "core/escape.hpp"
#include "record/connection_record.hpp"

namespace ocs::apps {

namespace json = boost::json;

namespace {

constexpr std::chrono::milliseconds patience{300};

std::vector<std::string> lines_of(const json::object& object, const char* key) {
    std::vector<std::string> lines;
    const json::value* value = object.if_contains(key);
    if (value == nullptr || !value->is_array()) return lines;
    for (const json::value& line : value->get_array()) {
        if (line.is_string()) lines.push_back(visible(std::string(line.get_string())));
    }
    return lines;
}

record::Endpoint endpoint(const IpAddress& address, std::uint16_t port) { return {address.text(), port}; }

/// One that is bound to every address is met on the loopback; on others it may be another machine's.
bool is_at(const std::string& bound, const record::Endpoint& met) {
    if (bound == to_string(met)) return true;
    const bool any = bound.starts_with("0.0.0.0:") || bound.starts_with("[::]:");
    const auto address = IpAddress::parse(met.address);
    return any && address.has_value() && address->is_loopback() &&
           bound.substr(bound.rfind(':')) == ":" + std::to_string(met.port);
}

std::vector<record::Endpoint> reached(const client::SigninReport& report) {
    std::vector<record::Endpoint> ends;
    for (const client::ReportedStep& step : report.steps) {
        if (const auto* target = std::get_if<discovery::ConnectStep>(&step.step.action))
            ends.push_back(endpoint(target->address, target->port));
        const auto* web = std::get_if<discovery::WebStep>(&step.step.action);
        if (web == nullptr) continue;
        for (const discovery::WebRequest& request : web->requests) {
            for (const IpAddress& address : request.addresses)
                ends.push_back(endpoint(address, request.port));
        }
    }
    return ends;
}

}  // namespace

ArmedFaults ask_what_is_armed(const std::filesystem::path& state_folder) {
    const auto reply = admin::ask_lab(state_folder, {"GET", "/v1/status", ""}, patience);
    if (reply.has_error() || reply->status != 200) return {};
    json::error_code code;
    const json::value told = json::parse(reply->body, code);
    if (code || !told.is_object()) return {};
    const json::object& status = told.get_object();
    ArmedFaults armed{lines_of(status, "faults"), {}, lines_of(status, "listeners"), ""};
    const json::value* dns = status.if_contains("dns");
    if (dns == nullptr || !dns->is_object()) return armed;
    armed.of_dns = lines_of(dns->get_object(), "armed");
    armed.resolver = text_of(dns->get_object(), "address");
    return armed;
}

std::vector<std::string> those_met(const ArmedFaults& armed,
                                   const client::SigninOptions& options,
                                   const client::SigninReport& report) {
    const auto& server = options.resolver.server;
    std::vector<std::string> met;
    const bool asked = is_at(armed.resolver, endpoint(server.address, server.port));
    if (asked) {
        for (const std::string& line : armed.of_dns) met.push_back("DNS " + line);
    }
    const auto ends = reached(report);
    const bool connected = std::any_of(ends.begin(), ends.end(), [&](const record::Endpoint& end) {
        return std::any_of(armed.listeners.begin(), armed.listeners.end(), [&](const std::string& bound) {
            return is_at(bound, end);
        });
    });
    if (asked || connected) met.insert(met.end(), armed.of_connections.begin(), armed.of_connections.end());
    return met;
}

}  // namespace ocs::apps
