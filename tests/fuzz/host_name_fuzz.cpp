// Host names, patterns and addresses: what parses is valid, and reads back as itself.

#include <algorithm>

#include "core/escape.hpp"
#include "core/host_name.hpp"
#include "core/ip_address.hpp"
#include "property.hpp"

using namespace ocs;
using fuzz::require;

namespace {

void check_host_name(const HostName& name) {
    const std::string& text = name.text();
    require(!text.empty() && text.size() <= 253, "1 to 253 bytes", text);
    require(ascii_lower(text) == text && fuzz::is_printable(text), "lower-case ASCII", text);
    for (const std::string_view label : name.labels()) {
        require(!label.empty() && label.size() <= 63, "labels of 1 to 63 bytes", text);
        require(label.front() != '-' && label.back() != '-', "no hyphen at an end of a label", text);
    }
    require(!IpAddress::parse(text), "not an address", text);
    require(name.is_in_domain(name), "a name is in its own domain", text);
    const auto again = HostName::parse(text);
    require(again && *again == name, "reads back as itself", text);
    const auto shown = HostName::parse(name.unicode());
    require(shown && *shown == name, "its Unicode form is the same name", name.unicode());
}

void check_error(const Error& error) {
    require(!error.what.empty() && fuzz::is_printable(error.what), "an error can be shown", error.what);
    require(error.what.size() < 1000, "an error is short", error.what);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = fuzz::text_of(data, size);
    if (const auto name = HostName::parse(text)) {
        check_host_name(*name);
    } else {
        check_error(name.error());
    }
    if (const auto pattern = HostPattern::parse(text)) {
        const auto again = HostPattern::parse(pattern->text());
        require(again && *again == *pattern, "a pattern reads back as itself", pattern->text());
        require(pattern->is_wildcard() == text.starts_with('*'),
                "a wildcard was written as one",
                pattern->text());
    } else {
        check_error(pattern.error());
    }
    if (const auto address = IpAddress::parse(text)) {
        const auto again = IpAddress::parse(address->text());
        require(again && *again == *address, "an address reads back as itself", address->text());
        require(!HostName::parse(text), "an address is no host name", address->text());
    }
    const auto from_bytes = IpAddress::from_bytes({data, size});
    require(from_bytes.has_value() == (size == 4 || size == 16), "4 or 16 bytes are an address");
    if (from_bytes) {
        const auto again = IpAddress::parse(from_bytes->text());
        require(again && *again == *from_bytes, "bytes read back from their text", from_bytes->text());
    }
    return 0;
}
