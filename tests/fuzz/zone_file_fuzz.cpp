// Zone files: a zone that exports and reads back as itself, or errors with their place.

#include "dns/zone_export.hpp"
#include "dns/zone_file.hpp"
#include "property.hpp"

using namespace ocs;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto name = dns::Name::parse("contoso.test").value();
    const auto zone = dns::parse_zone_file("z", fuzz::text_of(data, size), name, 7);
    if (!zone) {
        require(!zone.error().empty() && zone.error().size() <= 50, "a failure has 1 to 50 errors");
        for (const Error& error : zone.error()) {
            require(
                error.where == "z" || error.where.starts_with("z:"), "an error has its place", error.where);
            require(!error.what.empty(), "an error says what");
        }
        return 0;
    }
    for (const dns::Record& record : zone->all()) {
        require(record.owner.is_in(name), "owners are in the zone", record.owner.text());
        require(zone->exists(record.owner), "owners exist");
    }
    const std::string text = dns::export_zone(*zone, dns::ExportFor::bind);
    const auto again = dns::parse_zone_file("again", text, name);
    require(again.has_value(), "an exported zone reads back", text);
    require(again->all() == zone->all(), "an exported zone is the same zone", text);
    for (const auto target : {dns::ExportFor::dnsmasq, dns::ExportFor::windows}) {
        const std::string lines = dns::export_zone(*zone, target);
        std::string flat = lines;
        std::erase(flat, '\n');
        require(fuzz::is_printable(flat), "an export is printable", lines);
    }
    return 0;
}
