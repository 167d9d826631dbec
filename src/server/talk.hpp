#pragma once
// What is said inside TLS after Finished: who answers it is chosen by what the client says first.

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "config/autodiscover_settings.hpp"
#include "core/clock.hpp"
#include "record/connection_record.hpp"

namespace ocs::server {

/// One protocol on one connection: bytes in, bytes out, no socket. It may note in the record what it
/// understood; the session has set the record's certificate and wanted name before the first byte.
class Speaker {
public:
    virtual ~Speaker() = default;

    struct Reply {
        std::string bytes;  ///< goes to the client as it is; empty: nothing to say yet
        bool last = false;  ///< the talk is over once it is sent: close_notify, then a gentle close
    };
    /// Takes what came since the last call, at `now` since accept. Bounds what it keeps.
    virtual Reply hear(std::string_view bytes, Micros now) = 0;
};

/// Makes a connection's speaker; the record outlives it.
using MakeSpeaker = std::function<std::unique_ptr<Speaker>(record::ConnectionRecord& record)>;

/// Sniffs what the client says first, notes it in the record, and hands all of it to the speaker of that
/// protocol. What nobody answers is recorded and the talk is over.
class Talk {
public:
    /// All outlive it. `sip` makes who answers SIP; empty: nobody does.
    Talk(record::ConnectionRecord& record,
         const MakeSpeaker& sip,
         const config::AutodiscoverSettings& autodiscover)
        : record_(record), sip_(sip), autodiscover_(autodiscover) {}

    /// Takes what was decrypted, returns what to answer. Whoever sends that sets the record's `answered`.
    std::string hear(std::string_view bytes, Micros now);
    [[nodiscard]] bool over() const { return over_; }

private:
    record::ConnectionRecord& record_;
    const MakeSpeaker& sip_;
    const config::AutodiscoverSettings& autodiscover_;
    std::unique_ptr<Speaker> speaker_;
    std::string opening_;  // until a speaker is chosen; bounded by what settles the sniffing
    bool over_ = false;
};

}  // namespace ocs::server
