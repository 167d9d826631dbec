#pragma once
// One connection from accept to close: sniffs, feeds the TLS engine, answers, closes gently, records.

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "journal/journal.hpp"
#include "record/armed_faults.hpp"
#include "server/connection.hpp"
#include "server/talk.hpp"

namespace ocs::server {

/// What the sessions of one thread share; outlives them all.
struct Services {
    journal::Journal& journal;
    record::ArmedFaults& faults;
    config::LimitSettings limits;
    std::vector<discovery::NamePolicy> policies;
    std::function<void(std::string_view line)> key_log;  ///< empty: none
    MakeSpeaker sip;                                     ///< who answers SIP; empty: nobody
    config::AutodiscoverSettings autodiscover;
    double sip_keep_alive_seconds = 300;  ///< how often a SIP client is told to say that it is alive
    bool capture = false;                 ///< what goes over the wire is kept, with the keys to read it
    /// Every session reads into it and hands it on before it waits again, so that silent connections hold no
    /// buffer of their own.
    std::vector<std::uint8_t> read_buffer = std::vector<std::uint8_t>(32 * 1024);
};

/// Runs the connection and writes its one record, on every path. Does not throw.
asio::awaitable<void> run_session(std::shared_ptr<Connection> connection, Services& services);

}  // namespace ocs::server
