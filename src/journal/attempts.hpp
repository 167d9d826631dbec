#pragma once
// Which records belong together: look-ups, connections and SIP messages of one client become one attempt.

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.hpp"
#include "record/connection_record.hpp"
#include "record/dns_event.hpp"
#include "record/sip_event.hpp"

namespace ocs::journal {

/// How people are shown it: "a17" of "20261124T055900-1f3a-a17".
inline std::string_view short_attempt(std::string_view id) { return id.substr(id.rfind('-') + 1); }

struct AttemptOptions {
    std::string prefix;                   ///< of the ids: "20261124T055900-1f3a-"
    Micros window{30'000'000};            ///< of quiet after which a client's next act is a new attempt
    Micros longest{300'000'000};          ///< from an attempt's first record to the last that may join it
    std::vector<std::string> forwarders;  ///< DNS servers that ask the lab for others: canonical addresses
    std::size_t clients = 2'000;          ///< remembered; the one that was quiet longest is forgotten first
};

/// Gives each record its attempt. Pure: the records' own times decide. Not for several threads.
///
/// Records of one client address belong to one attempt while no `window` of quiet lies between them: a
/// browser opens two or three connections. A client begins anew, and another attempt with it, where it asks
/// again for the name that its attempt began with (or for the first time), a connection has come and gone
/// since, and none is known to be open: a second sign-in, or a program's retry (finch comes back after 14 s).
/// A connection has one attempt all its life: its provisional record, its SIP messages and its final record,
/// however late that comes. Where a message names its user first, another user's attempt is not joined; what
/// comes without a user (look-ups, handshakes that failed) goes to the attempt that began last, which may be
/// the wrong one of two: the reader of the timeline is told. The first client that connects while the
/// look-ups of a listed forwarder are fresh joins their attempt.
class Attempts {
public:
    explicit Attempts(AttemptOptions options = {}) : options_(std::move(options)) {}

    /// Sets the record's `attempt`.
    void join(record::DnsEvent& event);
    void join(record::SipEvent& event);
    void join(record::ConnectionRecord& record);
    /// The attempt that a connection of this client would join by now, as far as its address tells. Changes
    /// nothing. Empty: it would begin one.
    [[nodiscard]] std::string under_way(const std::string& address, WallTime at) const;

private:
    struct Attempt {
        std::string id, user;
        std::string client;  // a forwarder's: who joined it
        WallTime first{}, last{};
        std::optional<std::string> asked;  // the name of its first question, as they were asked
        WallTime asked_at{};
        std::optional<WallTime> connected;  // when the first of the connections began that have ended
        std::size_t open = 0;               // connections with a record, but not yet their final one
    };
    using AttemptPtr = std::shared_ptr<Attempt>;
    struct Client {
        std::vector<AttemptPtr> attempts;  // oldest first
        WallTime last_active{};
    };

    Client& client(const std::string& address, WallTime now);
    [[nodiscard]] bool in_reach(const Attempt& attempt, WallTime at) const;
    static bool begins_nearer(const Attempt& one, const Attempt& other, WallTime at);
    AttemptPtr find(const std::string& address, const std::string& user, WallTime at);
    AttemptPtr begin(const std::string& address, WallTime at);
    static void keep(Client& entry, const AttemptPtr& attempt);
    AttemptPtr of_forwarder(const std::string& address, const std::string& user, WallTime at);
    AttemptPtr of_connection(const std::string& connection,
                             const std::string& address,
                             const std::string& user,
                             WallTime at);
    static void stretch(Attempt& attempt, WallTime from, WallTime to);

    AttemptOptions options_;
    std::map<std::string, Client> clients_;
    std::map<std::string, AttemptPtr> open_;  // by connection, until its final record
    std::uint64_t next_ = 1;
};

}  // namespace ocs::journal
