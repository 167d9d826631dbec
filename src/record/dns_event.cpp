#include "record/dns_event.hpp"

namespace ocs::record {

std::string_view to_string(DnsOutcome outcome) {
    switch (outcome) {
        case DnsOutcome::answered:
            return "answered";
        case DnsOutcome::no_data:
            return "no-data";
        case DnsOutcome::nx_domain:
            return "no-such-name";
        case DnsOutcome::refused:
            return "refused";
        case DnsOutcome::servfail:
            return "server-failure";
        case DnsOutcome::not_implemented:
            return "not-implemented";
        case DnsOutcome::format_error:
            return "format-error";
        case DnsOutcome::forwarded:
            return "forwarded";
        case DnsOutcome::dropped:
            return "dropped";
    }
    return "";
}

}  // namespace ocs::record
