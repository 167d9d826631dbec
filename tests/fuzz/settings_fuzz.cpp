// The configuration of fakeocs serve: whatever the text, settings that hold or errors that can be shown.

#include <set>

#include "config/load.hpp"
#include "property.hpp"

using namespace ocs;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto settings = config::parse_settings("fakeocs.yaml", fuzz::text_of(data, size));
    if (!settings) {
        require(!settings.error().empty(), "a failure has an error");
        for (const Error& error : settings.error()) {
            require(error.where.starts_with("fakeocs.yaml"), "an error has its place", error.where);
            require(!error.what.empty(), "an error says what");
            require(fuzz::is_printable(error.where), "a place can be shown", error.where);
        }
        return 0;
    }
    std::set<std::string> ids;
    for (const auto& host : settings->hosts) {
        require(ids.insert(host.id).second, "ids of hosts are unique", host.id);
        require(host.generate.has_value() != host.load.has_value(), "a host has one certificate", host.id);
    }
    for (const auto& listener : settings->listeners) {
        require(listener.tls.min_version <= listener.tls.max_version, "a TLS range is not empty");
        require(listener.default_host.empty() || ids.contains(listener.default_host),
                "a default host exists",
                listener.default_host);
    }
    return 0;
}
