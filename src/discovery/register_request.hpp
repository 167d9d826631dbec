#pragma once
// The first REGISTER of a client, without credentials (facts sheet §6.3, §6.4).

#include <cstdint>
#include <string>

#include "core/ip_address.hpp"
#include "discovery/client_profile.hpp"
#include "discovery/sip_user.hpp"

namespace ocs::discovery {

/// What is new in each message: the runner makes the random parts.
struct RegisterIds {
    IpAddress local_address = IpAddress::parse("127.0.0.1").value();
    std::uint16_t local_port = 0;
    Transport transport = Transport::tls;
    std::string tag;       ///< 10 hex digits
    std::string epid;      ///< 10 or 12 hex digits; stays the same for a client
    std::string call_id;   ///< 32 hex digits
    std::string opaque;    ///< 10 hex digits
    std::string instance;  ///< UUID without "urn:uuid:"
    std::string branch;    ///< without "z9hG4bK"; used if the client sends one
    int cseq = 1;
};

/// The bytes to send, lines ending in CRLF, blank line included.
std::string register_request(const ClientProfile& profile, const SipUser& user, const RegisterIds& ids);

}  // namespace ocs::discovery
