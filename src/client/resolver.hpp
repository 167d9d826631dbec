#pragma once
// Look-ups as a client's resolver makes them: UDP with tries, TCP where the answer was cut, aliases followed.

#include <boost/asio/awaitable.hpp>
#include <string>

#include "client/network.hpp"
#include "discovery/plan_steps.hpp"

namespace ocs::client {

/// What a question brought, and how.
struct LookedUp {
    discovery::DnsAnswer answer;
    std::string note;  ///< "over TCP", "no answer from 127.0.0.1:8053 in 3 tries"…; escaped; or empty
    bool unreachable = false;  ///< nobody answers DNS there: refused or timed out
};

struct ResolverOptions {
    Remote server;
    Micros patience{2'000'000};  ///< for each try
    int tries = 2;
};

/// Asks `question`; `addresses` asks A and AAAA. Never throws; at most ten aliases are followed.
asio::awaitable<LookedUp> look_up(ResolverOptions options, discovery::Question question);

}  // namespace ocs::client
