// info.json of the state folder: read by the server, and people edit files.

#include "pki/info_json.hpp"
#include "property.hpp"

using namespace ocs;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto issued = pki::parse_info_json(fuzz::text_of(data, size), "certs/front01/info.json");
    if (!issued) {
        require(issued.error().where.starts_with("certs/front01/info.json"), "an error has its place");
        require(fuzz::is_printable(issued.error().what), "an error can be shown", issued.error().what);
        return 0;
    }
    const auto again = pki::parse_info_json(pki::info_json(*issued), "again");
    require(again && again->recipe == issued->recipe, "what was read can be written and read");
    return 0;
}
