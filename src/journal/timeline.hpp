#pragma once
// Attempts as people read them: the records of one client put together again and drawn as a tree.

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "journal/log_line.hpp"

namespace ocs::journal {

/// The records of one attempt, as far as they are known. A gap is one of its own, with `id` empty.
struct AttemptView {
    std::string id;              ///< empty: a record that says no attempt (of an older version), or a gap
    std::vector<LogLine> lines;  ///< in the order of their time
    std::size_t shown = 0;       ///< how many of them were drawn before
    std::size_t left_out = 0;    ///< beyond Timeline::most_lines
    std::vector<std::string> beside;  ///< attempts of other users from the same address at the same time
};

/// Puts records together by their attempt. Streams: an attempt is given out once the file has gone on for
/// ten minutes without it (a connection is recorded at its end), so memory does not grow with the file.
class Timeline {
public:
    static constexpr std::size_t most_lines = 500;  ///< of an attempt; the rest is counted
    static constexpr std::size_t most_lines_held =
        50'000;  ///< of all; beyond, the oldest attempt is given out

    void add(LogLine line);
    /// Attempts that are over, in the order they began.
    std::vector<AttemptView> take_finished();
    /// All of them: the file is at its end.
    std::vector<AttemptView> take_all();
    /// For somebody who watches: each attempt with something new, whole, and what of it is new. Attempts that
    /// are over are forgotten.
    std::vector<AttemptView> take_news();

private:
    /// What others need to know of an attempt, also once it has been given out.
    struct Extent {
        std::string id, user;
        WallTime first{}, last{};
    };
    using ExtentPtr = std::shared_ptr<Extent>;
    struct Held {
        AttemptView view;
        ExtentPtr extent;
        std::vector<ExtentPtr> neighbours;  // that began shortly before or after it, from the same address
        bool news = true;
    };
    using HeldPtr = std::shared_ptr<Held>;

    [[nodiscard]] bool is_over(const Held& held) const;
    HeldPtr begin(const LogLine& line);
    static AttemptView give(const Held& held);

    std::deque<HeldPtr> held_;  // in the order they began
    std::map<std::string, HeldPtr> by_id_;
    std::map<std::string, std::deque<HeldPtr>> recent_;  // the latest of each address
    std::size_t lines_ = 0;
    WallTime latest_{};
};

/// The attempt as a tree, one line per step, with milliseconds since its first event: a question, a
/// connection and below it what happened on it, SIP messages included. Only what is not `shown` yet.
///
///     a17  2026-11-24 10:41:07.301  192.168.56.20  alice@contoso.test  finished-no-data
///          +0.0 ms ├ DNS A sipinternal.contoso.test: CNAME front01.contoso.test, A 192.168.56.1
///          +2.1 ms └ TCP 192.168.56.20:51934 to 192.168.56.1:5061
///          +2.6 ms   ├ TLS ClientHello, up to TLS 1.0, sni=none
std::string to_tree(const AttemptView& attempt);

}  // namespace ocs::journal
