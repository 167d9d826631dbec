#include "admin/config_view.hpp"

#include <algorithm>
#include <boost/json/array.hpp>

#include "core/escape.hpp"

namespace ocs::admin {

namespace json = boost::json;

json::object config_json(const config::Settings& settings, config::HostRange hosts) {
    json::array rows;
    for (const config::InForce& row : config::settings_in_force(settings, hosts)) {
        json::object told{{"key", row.key}, {"value", row.value}, {"from", to_string(row.origin.source)}};
        if (!row.origin.where.empty()) told["where"] = visible(row.origin.where);
        rows.push_back(std::move(told));
    }
    const std::size_t total = settings.hosts.size();
    const std::size_t first = std::min(hosts.first, total);
    const std::size_t shown = std::min({hosts.count, config::longest_host_range, total - first});
    return {{"schema", 1},
            {"settings", std::move(rows)},
            {"hosts", json::object{{"total", total}, {"first", first}, {"shown", shown}}}};
}

Result<config::HostRange> number_range(const Query& query) {
    config::HostRange range;
    const auto first = read_number(query, "first", 0, INT64_MAX, range.first);
    if (first.has_error()) return first.error();
    const auto count = read_number(query, "limit", 1, config::longest_host_range, range.count);
    if (count.has_error()) return count.error();
    return config::HostRange{*first, *count};
}

Result<config::HostRange> host_range(const Query& query, const config::Settings& settings) {
    auto range = number_range(query);
    const auto id = query.find("host");
    if (range.has_error() || id == query.end()) return range;
    const auto& hosts = settings.hosts;
    const auto found = std::find_if(
        hosts.begin(), hosts.end(), [&](const config::HostSettings& host) { return host.id == id->second; });
    if (found == hosts.end())
        return Error{"no virtual host " + ocs::quoted(id->second), "", "GET /api/v1/hosts lists them"};
    return config::HostRange{static_cast<std::size_t>(found - hosts.begin()), 1};
}

ApiReply show_config(const Call& call, const ControlledLab& lab) {
    if (!lab.settings) return failure(503, Error{"this lab has no configuration", "", ""});
    const config::Settings& settings = lab.settings();
    const auto numbers = number_range(call.query);
    if (numbers.has_error()) return failure(400, numbers.error());
    const auto range = host_range(call.query, settings);
    return range.has_error() ? failure(404, range.error()) : json_reply(200, config_json(settings, *range));
}

}  // namespace ocs::admin
