#include "record/connection_record.hpp"

#include <fmt/format.h>

namespace ocs::record {

std::string to_string(const Endpoint& endpoint) {
    const bool v6 = endpoint.address.find(':') != std::string::npos;
    return v6 ? fmt::format("[{}]:{}", endpoint.address, endpoint.port)
              : fmt::format("{}:{}", endpoint.address, endpoint.port);
}

Endpoint reachable(const Endpoint& bound) {
    if (bound.address == "0.0.0.0") return {"127.0.0.1", bound.port};
    if (bound.address == "::") return {"::1", bound.port};
    return bound;
}

std::string_view to_string(ChainKind kind) {
    switch (kind) {
        case ChainKind::to_own_ca:
            return "to-own-ca";
        case ChainKind::self_signed:
            return "self-signed";
        case ChainKind::other_ca:
            return "other-ca";
    }
    return "";
}

std::string_view to_string(NameSource source) {
    switch (source) {
        case NameSource::unknown:
            return "unknown";
        case NameSource::sni:
            return "sni";
        case NameSource::dns:
            return "dns";
        case NameSource::both:
            return "both";
        case NameSource::sip:
            return "sip";
    }
    return "";
}

}  // namespace ocs::record
