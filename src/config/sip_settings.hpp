#pragma once
// The `sip:` section: what a REGISTER is answered, per virtual host and user, and how much a client may send.

#include "sip/framer.hpp"
#include "sip/front_end.hpp"
#include "yaml/reader.hpp"

namespace ocs::config {

struct SipSettings {
    sip::FrontEndSettings front_end;
    sip::Limits limits;
};

/// Reads the section. The ids of hosts are checked where they are known: check_sip_hosts().
void read_sip(const yaml::Value& value, SipSettings& settings);

/// A rule for a host that is not there is a problem.
void check_sip_hosts(const yaml::Value& value,
                     const SipSettings& settings,
                     const std::vector<std::string>& ids);

}  // namespace ocs::config
