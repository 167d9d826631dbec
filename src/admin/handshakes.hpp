#pragma once
// Connections out of the history: docs/handshake-log.md has their fields.

#include "admin/control_api.hpp"
#include "journal/filter.hpp"

namespace ocs::admin {

/// At most so many rows are looked at for one reply; `next` says where to go on. A filter reads each of them.
inline constexpr std::uint64_t rows_per_reply = 20'000;
inline constexpr std::uint64_t longest_page = 500;

/// `filter`, in the language of journal/filter.hpp; empty where the query has none.
Result<journal::Filter> filter_of(const Query& query);

/// Which page of a list is wanted.
struct PageRequest {
    journal::Filter filter;
    std::uint64_t limit = 0;
    std::uint64_t before = 0;  ///< 0: from the newest on
};
/// `filter`, `limit` (1 to `most`, else `usual`) and `before` of the query.
Result<PageRequest> page_request(const Query& query, std::uint64_t most, std::uint64_t usual);

/// {"handshakes": […], "last": N, "next": N}, the newest first. `last` is the place in the history by now,
/// for `after`; `next`, for `before`, is left out once there is no more.
ApiReply list_handshakes(const Call& call, HistoryReader& history);
ApiReply latest_handshake(const Call& call, HistoryReader& history);  ///< 404: none matches
/// With "raw_hello": {"bytes", "base64"}, what was received of the ClientHello; absent where none is kept.
/// 404: no such record.
ApiReply show_handshake(const Call& call, HistoryReader& history);

/// A connection's line and its place in the history. No line: the history has none of this id.
struct StoredConnection {
    std::uint64_t sequence = 0;
    std::string line;
};
Result<StoredConnection> stored_connection(const std::string& id, HistoryReader& history);
Error no_such_connection(const std::string& id);

/// Which certificate a connection was shown. Fails where there is no such record, or none was sent.
struct ShownCertificate {
    std::string host, fingerprint;
    std::uint64_t sequence = 0;  ///< of its row
};
Result<ShownCertificate> certificate_of(const std::string& id, HistoryReader& history);

/// The first connection stored after `after` that matches, of the next `rows` connections; `after` moves on
/// behind what was looked at, so that nothing is read twice.
struct Step {
    std::string line;   ///< empty: none of them
    bool more = false;  ///< as many as might be looked at were: ask again
};
Result<Step> next_handshake(const journal::Filter& filter,
                            HistoryReader& history,
                            std::uint64_t& after,
                            std::uint64_t rows);

}  // namespace ocs::admin
