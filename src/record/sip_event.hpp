#pragma once
// One SIP message on a connection, as the timeline shows it. Credentials are never in here: no
// Authorization or Proxy-Authorization value is kept anywhere (design decision 10). Text is raw,
// bounded where it is taken, escaped where it is shown.

#include <cstdint>
#include <string>

#include "core/clock.hpp"
#include "record/facts.hpp"

namespace ocs::record {

///< since accept
std::string method;      ///< "REGISTER"; of the request that is answered, for an answer
int status = 0;          ///< of an answer; 0: a request
std::string reason;      ///< of an answer
std::string user;        ///< address of record, "alice@contoso.test"; empty: none could be read
std::string domain;      ///< of the request URI
std::string call_id;     ///< at most 128 bytes
std::string cseq;        ///< "1 REGISTER"
std::string user_agent;  ///< at most 256 bytes
std::string epid;
bool has_credentials = false;  ///< an Authorization header was there; its value is not kept
std::uint64_t bytes = 0;
std::string problem;  ///< what the parser had to forgive, or why it gave up; empty: nothing
};

/// A SipFact with the connection it belongs to: written when the message comes, not when the connection ends.
struct SipEvent {
    std::string connection;  ///< id of the ConnectionRecord
    WallTime at;
    std::string client;  ///< address
    SipFact message;
};

}  // namespace ocs::record
