#pragma once
// A captured connection as a pcapng file that Wireshark opens and decrypts (draft-ietf-opsawg-pcapng).

#include <string>
#include <string_view>

#include "record/connection_record.hpp"
#include "record/wire_capture.hpp"

namespace ocs::journal {

/// What such a file begins with: a section header, which says who made the packets up, and one interface of
/// raw IP. Any number of pcapng_blocks() may follow.
std::string pcapng_head(std::string_view program);

/// One connection: the keys (decryption secrets), then IP packets whose TCP headers are made up around the
/// bytes, since the socket does not tell the real ones: a three-way handshake at accept, no loss, no
/// reordering, acknowledgements only with data. Empty for an address that is none.
std::string pcapng_blocks(const record::ConnectionRecord& record, const record::WireCapture& capture);

/// The NSS key log lines in the blocks of a connection, or empty: none are there.
std::string_view pcapng_keys(std::string_view blocks);

/// A question and its answer, as they were on the wire.
struct DnsMessages {
    WallTime at;
    Micros took{};
    record::Endpoint client;
    record::Endpoint local;
    bool tcp = false;
    std::string query;
    std::string answer;  ///< empty: there was none
};
/// As packets, by TCP as a conversation of their own. Empty for an address that is none.
std::string pcapng_blocks(const DnsMessages& dns);

}  // namespace ocs::journal
