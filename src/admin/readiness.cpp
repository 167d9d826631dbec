#include "admin/readiness.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "admin/control_faults.hpp"
#include "core/escape.hpp"

namespace ocs::admin {

namespace json = boost::json;

ApiReply show_ready(const Call& call, const ControlledLab& lab) {
    const auto strict = call.query.find("strict");
    if (strict != call.query.end() && strict->second != "true" && strict->second != "false")
        return failure(400, Error{"parameter 'strict' is true or false", "", ""});
    const LabStatus status = lab.status();
    json::array problems;
    if (status.listeners.empty()) problems.emplace_back("nothing listens");
    for (const std::string& part : status.down) problems.emplace_back(visible(part));
    bool ready = problems.empty();
    for (const auto& sink : status.sinks) {
        if (sink.failing) problems.emplace_back(visible(sink.name) + " cannot be written");
    }
    if (!status.reload_problem.empty())
        problems.emplace_back("the configuration was not reloaded: " + status.reload_problem);
    if (strict != call.query.end() && strict->second == "true") ready = problems.empty();
    json::object told{{"ready", ready}, {"problems", std::move(problems)}};
    json::array lines = fault_lines(lab);
    if (lab.dns) {
        for (const json::value& line : fault_lines(*lab.dns))
            lines.push_back(json::value("DNS " + std::string(line.get_string())));
    }
    if (!lines.empty()) told["faults"] = std::move(lines);
    return json_reply(ready ? 200 : 503, told);
}

}  // namespace ocs::admin
