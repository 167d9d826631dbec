#pragma once
// Somebody who watches the journal while it is written: the live feed and the metrics.

#include <string>

#include "record/connection_record.hpp"
#include "record/dns_event.hpp"
#include "record/sip_event.hpp"

namespace ocs::journal {

/// Called from the writer's thread; returns at once and does not call the journal.
///
/// What is in the history is read from there, in the order of its sequence numbers, so that nobody who comes
/// back misses anything; `stored` says only that there is more. What is not in it passes by as lines: a
/// connection that was seen or is silent (docs/handshake-log.md, provisional), and every record while no
/// history is kept or it cannot be written. A record that passed because of a full disk may be stored later.
class Observer {
public:
    virtual ~Observer() = default;

    /// False: nobody looks, and nothing needs to be made for them. From any thread.
    [[nodiscard]] virtual bool is_watched() const = 0;
    virtual void stored() = 0;
    virtual void passes(std::string line) = 0;  ///< JSON, without its line end

    /// Every final record and every event, once, whether or not somebody watches or a history is kept.
    virtual void recorded(const record::ConnectionRecord& record) = 0;
    virtual void recorded(const record::DnsEvent& event) = 0;
    virtual void recorded(const record::SipEvent& event) = 0;
};

}  // namespace ocs::journal
