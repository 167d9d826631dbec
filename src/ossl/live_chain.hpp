#pragma once
// What a live TLS server presents. Blocks, with one deadline for connecting and shaking hands: for the
// certificate tool, which has nothing else to do meanwhile.

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "ossl/handles.hpp"

namespace ocs::ossl {

struct LiveRequest {
    std::string host;  ///< a name or an address, without brackets
    std::uint16_t port = 0;
    std::string server_name;  ///< sent as SNI; empty: none is sent
    std::chrono::milliseconds deadline{10'000};
};

/// How far it came. Each stage is a different exit code.
enum class LiveStage {
    name,      ///< the host has no address
    tcp,       ///< no address took the connection
    tls,       ///< connected, but no certificate came
    complete,  ///< the certificates are here
};

struct LiveAnswer {
    LiveStage reached = LiveStage::name;
    Error error;                        ///< what went wrong, unless complete
    std::vector<X509Ptr> certificates;  ///< as sent, leaf first
    std::string address;                ///< "192.0.2.1:5061", where connected
    std::string protocol;               ///< "TLSv1.2"
};

/// Takes any certificate and any TLS version from 1.0 on: the caller judges. A handshake that fails after
/// the certificates came (a client certificate is wanted, say) is complete.
LiveAnswer fetch_chain(const LiveRequest& request);

}  // namespace ocs::ossl
