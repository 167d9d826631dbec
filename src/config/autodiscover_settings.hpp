#pragma once
// The `autodiscover:` section: what is answered at lyncdiscover names.

#include <cstdint>
#include <optional>
#include <string>

#include "yaml/reader.hpp"

namespace ocs::config {

struct SipServer {
    std::string host;  ///< a checked host name
    std::uint16_t port = 5061;
};

struct AutodiscoverSettings {
    std::string redirect;  ///< an https URL: every answer is a redirect there; empty: none
    std::optional<SipServer> sip_internal;
    std::optional<SipServer> sip_external;
    bool inside = true;  ///< AccessLocation: Internal, else External
};

void read_autodiscover(const yaml::Value& value, AutodiscoverSettings& settings);

}  // namespace ocs::config
