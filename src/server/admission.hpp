#pragma once
// Who is let in, and what is recorded of those who are not. Owns no socket; safe to use from several threads.

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "config/settings.hpp"
#include "journal/journal.hpp"

namespace ocs::server {

/// Counts the connections that are open, in total and per address, and turns away what is over a limit.
///
/// A client that is turned away gets one `turned-away` record at once and, for all that follow within
/// 10 s, one more with their number: a flood fills no log.
class Admission {
public:
    explicit Admission(journal::Journal& journal) : journal_(journal) {}

    /// Counts a further connection from this address in; leave() is due for it then. Where it would break a
    /// limit it is not counted, and the answer is which: "connections in total", "connections per address".
    /// Empty: it has entered.
    [[nodiscard]] std::string enter(const std::string& address, const config::LimitSettings& limits);
    void leave(const std::string& address);
    [[nodiscard]] std::size_t open() const;

    /// Records that this connection was turned away: `record` has its peer, times, listener and policies.
    void turn_away(record::ConnectionRecord record, const std::string& why, MonotonicTime now);
    /// Writes the counts whose 10 s are over, or all of them. To be called once a second and at the end.
    void write_counts(MonotonicTime now, bool all);

private:
    /// One client's refusals since the record about the first.
    struct Refusals {
        MonotonicTime first;
        MonotonicTime first_counted;
        MonotonicTime last;
        std::uint64_t count = 0;
        record::ConnectionRecord next;  ///< the first of those counted
    };

    journal::Journal& journal_;
    mutable std::mutex mutex_;
    std::size_t open_ = 0;
    std::map<std::string, int> per_address_;
    std::map<std::string, Refusals> refusals_;
};

}  // namespace ocs::server
