// The API: "METHOD TARGET\n" and a body; a reply with a known code, and zones that still hold.

#include <boost/json/parse.hpp>

#include "admin/control_api.hpp"
#include "property.hpp"

using namespace ocs;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    admin::ApiRequest request;
    request.method = input.until(' ');
    request.target = input.until('\n');
    request.body = input.rest();
    dns::Zones zones;
    zones.add(dns::Zone(dns::Name::parse("contoso.test").value())).value();
    dns::Faults faults;
    admin::ControlledLab lab;
    record::ArmedFaults armed;
    config::Settings settings;
    settings.hosts.resize(2);
    settings.hosts[0].id = "front01";
    settings.hosts[1].id = "front02";
    lab.faults = &armed;
    lab.settings = [&settings]() -> const config::Settings& { return settings; };
    std::size_t notes = 0;
    lab.status = [] { return admin::LabStatus{"1", WallTime{}, {}, {}, 0, {}, "", {}}; };
    lab.note = [&notes](const std::string& line) {
        require(fuzz::is_printable(line), "a note can be shown", line);
        ++notes;
    };
    lab.dns.emplace(admin::ControlledDns{zones, faults, lab.note});
    const auto before = zones.all()[0].all();
    const admin::ApiReply reply = admin::handle(request, lab);
    const bool known = reply.status == 200 || reply.status == 201 || reply.status == 400 ||
                       reply.status == 404 || reply.status == 405 || reply.status == 409 ||
                       reply.status == 503;
    require(known, "a known code", std::to_string(reply.status));
    if (reply.content_type == "application/json") {
        boost::json::error_code code;
        boost::json::parse(boost::json::string_view(reply.body.data(), reply.body.size()), code);
        require(!code, "a reply is JSON", reply.body);
    }
    const bool changed =
        zones.all()[0].all() != before || !faults.all().empty() || !armed.all(monotonic_now()).empty();
    require(changed == (notes > 0), "a change is noted, and nothing else");
    require(!changed || reply.status < 300, "what is refused changes nothing");
    return 0;
}
