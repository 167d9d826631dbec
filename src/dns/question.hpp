#pragma once
// The resolver's side: a question to bytes, and the bytes that came back to records, strictly checked.
// Sockets, retries and the way from UDP to TCP belong to the caller.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "dns/name.hpp"
#include "dns/record.hpp"

namespace ocs::dns {

struct Question {
    Name name;
    Type type = Type::a;
    std::uint16_t id = 0;  ///< the caller's: random, and another one for each question
    bool recursion_desired = true;
    std::uint16_t udp_size = 1232;  ///< what we take by UDP (EDNS, RFC 6891); 0: no OPT record, 512
};

/// The question as bytes; over TCP the caller puts the two bytes of length before them.
std::vector<std::uint8_t> encode(const Question& question);

/// Response codes that a resolver tells apart (RFC 1035 §4.1.1, RFC 6891 §9).
enum class Rcode : std::uint16_t {
    no_error = 0,
    format_error = 1,
    server_failure = 2,
    nx_domain = 3,
    not_implemented = 4,
    refused = 5,
    bad_version = 16,
};
std::string rcode_text(std::uint16_t number);  ///< "NXDOMAIN"; "RCODE11" for a number without a name

/// What came back. Sections hold the records of the types in record.hpp, in the order of the message;
/// records of other types and classes are counted and left out.
struct Response {
    std::uint16_t rcode = 0;     ///< with the bits that EDNS adds
    bool authoritative = false;  ///< AA
    bool truncated = false;      ///< TC: ask again over TCP; the sections may be incomplete
    bool recursion_available = false;
    std::vector<Record> answers;
    std::vector<Record> authority;
    std::vector<Record> additional;
    std::size_t left_out = 0;

    [[nodiscard]] bool is(Rcode code) const { return rcode == static_cast<std::uint16_t>(code); }
};

/// Decodes the answer to `question`. Fails, with what is wrong, for: another id, a message that is no
/// response, another opcode, a question section that is not exactly the question (letter case aside; it may
/// be missing where the code is FORMERR or NOTIMP, from servers that did not understand us), compression
/// loops, names and records that run over their end or leave bytes over, and bytes after the last record.
/// `bytes` without the length of TCP, at most 65535.
Result<Response> decode(const Question& question, std::span<const std::uint8_t> bytes);

}  // namespace ocs::dns
