#pragma once
// Who looked up what a moment ago: where the wanted name of a client without SNI comes from.

#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.hpp"
#include "record/connection_record.hpp"
#include "record/dns_event.hpp"

namespace ocs::journal {

struct LookupOptions {
    Micros window{30'000'000};            ///< a look-up belongs to a connection at most that much later
    std::vector<std::string> forwarders;  ///< DNS servers that ask the lab for others: canonical addresses
    std::size_t clients = 2'000;          ///< remembered; the one that was quiet longest is forgotten first
    std::size_t per_client = 200;         ///< look-ups that led somewhere; the oldest are forgotten first
};

/// Index of recent look-ups by client, for design decision 13. Safe from any thread.
///
/// A look-up belongs to a connection if its client has the same address, it came at most `window` before the
/// accept, and its answer led to the address that was connected to. The wanted name is then the name asked
/// for: of an A or AAAA question the name in it, whatever aliases stand behind it; of an SRV question the
/// target, if its port is the one connected to (a port counts only for SRV; facts sheet §3.1). Of several
/// names that lead here the one asked last before the connection is wanted: `likely`, or `possible` where the
/// client asked for more than one since its last connection, or where the SRV record names another port.
///
/// Look-ups through a forwarder count (`possible`) if no other client without look-ups of its own connected
/// within the window, before or after; else the name is unknown. What cannot be known is said, with what to
/// do about it.
class Lookups {
public:
    explicit Lookups(LookupOptions options = {}) : options_(std::move(options)) {}

    void add(const record::DnsEvent& event);
    /// At accept, of every connection: who is active decides whether a forwarder's look-ups tell anything.
    void connected(const std::string& client, WallTime accepted);

    /// The name that the client of a connection wanted. `given`: the name it gave itself (SNI), lower case;
    /// the answer is then about that name only, and its name is empty if no look-up led here by it.
    [[nodiscard]] record::NameEvidence wanted_for(const std::string& client,
                                                  const record::Endpoint& local,
                                                  WallTime accepted,
                                                  std::string_view given = {}) const;

private:
    /// What counts of an event.
    struct Lookup {
        std::string id, type, name, alias;
        WallTime at;
        std::vector<std::string> addresses;
        std::vector<record::DnsTarget> targets;
    };
    struct Client {
        std::deque<Lookup> lookups;  // those that led somewhere, oldest first
        std::deque<WallTime> connections;
        WallTime last_asked{}, last_active{};
    };
    struct Candidate;

    Client& client(const std::string& address, WallTime now);
    [[nodiscard]] bool is_forwarder(const std::string& address) const;
    [[nodiscard]] std::vector<Candidate> candidates(const std::string& asker,
                                                    const record::Endpoint& local,
                                                    WallTime accepted) const;
    [[nodiscard]] std::vector<std::string> active_beside(const std::string& client, WallTime accepted) const;
    [[nodiscard]] record::NameEvidence choose(std::vector<Candidate> found,
                                              const std::string& asker,
                                              const std::string& client,
                                              WallTime accepted) const;
    [[nodiscard]] record::NameEvidence unknown(const std::string& client,
                                               const record::Endpoint& local,
                                               WallTime accepted) const;

    LookupOptions options_;
    mutable std::mutex mutex_;
    std::map<std::string, Client> clients_;
};

/// Completes what a connection itself told of its wanted name (its SNI, or nothing) with its client's
/// look-ups and, failing those, the domain of its REGISTER: sets `wanted` and `lookups` of the record.
/// A client that never sent a ClientHello gets no reasons for what is not known.
void complete_wanted(record::ConnectionRecord& record, const Lookups& lookups);

/// "192.168.1.5" for "::ffff:192.168.1.5", else the text itself: sockets for both families say it so.
std::string plain_address(const std::string& address);

}  // namespace ocs::journal
