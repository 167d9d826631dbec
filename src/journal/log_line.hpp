#pragma once
// One line of a JSON Lines file, read back: what fakeocs log, the filters and the store work on.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.hpp"

namespace ocs::journal {

enum class LineKind { connection, dns, sip, gap };

struct LogAlert {
    int code = 0;
    std::string name;
    bool from_client = false;
    bool after_finished = false;
    Micros at{};
};

/// What the timeline and the filters use of a line. A file is untrusted: every text here is printable as it
/// is (escapes that the journal made are kept, anything else that could mislead is escaped now), and what
/// has another type than docs/handshake-log.md says counts as absent.
struct LogLine {
    LineKind kind = LineKind::connection;
    std::string raw;         ///< the line, without its end
    std::string searchable;  ///< all its texts, lower case, one per line
    std::string id;          ///< of a connection or a question; of a message: its connection's
    std::string attempt;
    WallTime time{};
    Micros duration{};  ///< of a connection; of a question: until the answer left
    std::string peer;   ///< address
    std::uint16_t peer_port = 0;
    std::string local;
    std::uint16_t local_port = 0;

    // Connections.
    bool provisional = false;
    std::string verdict, detail, confidence;
    std::vector<std::string> causes, reasons;
    std::string vhost, host_choice;
    bool has_hello = false;
    bool has_sni = false;
    std::string sni;  ///< as a valid name, else as sent
    std::string wanted, wanted_source, wanted_confidence, asked;
    std::uint16_t version = 0;          ///< negotiated, 0x0303; 0: none
    std::uint16_t offered_version = 0;  ///< the highest the client offered; 0: none
    std::string cipher_suite;
    std::vector<LogAlert> alerts;
    std::vector<std::string> presented;  ///< names on the certificate
    std::string first_line;              ///< of first data, inside TLS or not
    std::string family;                  ///< word of the client's family, a guess; empty: none was made
    std::optional<Micros> hello_at, certificate_at, finished_at, data_at, closed_at;

    // Questions.
    std::string name, type, outcome;
    std::vector<std::string> answers;
    bool truncated = false;

    // Of a connection or a question: the armed fault that struck it, in words, and its kind alone.
    std::string fault, fault_kind;

    // Messages; `user` and `user_agent` of a connection too, where they are known.
    std::string user, method, reason, user_agent, problem;
    int status = 0;
    bool from_client = false;

    // Gaps.
    std::uint64_t lost = 0;
    WallTime until{};
};

enum class LineProblem {
    not_json,  ///< broken, or cut off
    foreign,   ///< JSON of no schema known here
    no_time,   ///< a schema of ours, but no time that can be read
};
std::string_view to_string(LineProblem problem);  ///< "no JSON", "another schema", "no time"

/// Reads a line into `out`; the answer is what is wrong with it, or empty.
std::optional<LineProblem> parse_log_line(std::string_view line, LogLine& out);

/// "2026-11-24T05:59:00.123456Z" as core/clock writes it; any number of digits after the point, or none.
std::optional<WallTime> parse_rfc3339(std::string_view text);

}  // namespace ocs::journal
