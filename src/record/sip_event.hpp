#pragma once
// One SIP message on a connection, as the timeline shows it. Credentials are never in here: no
// Authorization or Proxy-Authorization value is kept anywhere (design decision 10). Text is raw,
// bounded where it is taken, escaped where it is shown.

#include <cstdint>
#include <string>

#include "core/clock.hpp"
#include "record/evidence.hpp"
#include "record/facts.hpp"

namespace ocs::record {

/// A SipFact with the connection it belongs to: written when the message comes, not when the connection ends.
struct SipEvent {
    std::string connection;  ///< id of the ConnectionRecord
    WallTime at;
    std::string client;  ///< address
    SipFact message;
    std::string attempt;    ///< id of the attempt, given by the journal
    EvidenceList evidence;  ///< empty where no history is kept
};

}  // namespace ocs::record
