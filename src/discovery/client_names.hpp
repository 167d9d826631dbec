#pragma once
// Which names a client looks up for a SIP domain, in order, and which name it wants on the certificate
// (facts sheet §1.2, §3.1).

#include <string>
#include <string_view>
#include <vector>

#include "core/host_name.hpp"
#include "discovery/required_names.hpp"

namespace ocs::discovery {

enum class ClientGeneration {
    oc2007,    ///< Communicator 2007
    oc2007r2,  ///< Communicator 2007 R2
    lync2010,  ///< Lync 2010 before it asked for lyncdiscover
    lync2013,  ///< Lync 2013, Lync 2010 with late updates
    sfb,       ///< Skype for Business 2015 to 2019
    mobile,    ///< Lync Mobile, Store app
    cpe,       ///< Communicator Phone Edition of R2
};
inline constexpr ClientGeneration all_client_generations[] = {ClientGeneration::oc2007,
                                                              ClientGeneration::oc2007r2,
                                                              ClientGeneration::lync2010,
                                                              ClientGeneration::lync2013,
                                                              ClientGeneration::sfb,
                                                              ClientGeneration::mobile,
                                                              ClientGeneration::cpe};

std::string_view to_string(ClientGeneration client);  ///< "oc2007"
Result<ClientGeneration> parse_client_generation(std::string_view word);

enum class LookupKind { web, srv, host };
std::string_view to_string(LookupKind kind);  ///< "web", "SRV", "host"

struct ClientName {
    LookupKind kind = LookupKind::host;
    std::string lookup;     ///< "_sipinternaltls._tcp.contoso.test"
    std::string reference;  ///< the name wanted on the certificate; empty for SRV: its target (2+) [9, 26]
    bool tls = true;        ///< false: a TCP record, no certificate is seen
    std::string source;     ///< "[1, 25]"
    Confidence confidence = Confidence::one_source;
    bool operator==(const ClientName&) const = default;
};

/// The lookups of `client` for the domain of a SIP address, in its order.
std::vector<ClientName> client_names(ClientGeneration client, const HostName& sip_domain);

}  // namespace ocs::discovery
