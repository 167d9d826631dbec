#pragma once
// What the history keeps beside a connection's record, as the API tells it.

#include <boost/json/object.hpp>
#include <string>

#include "admin/history_reader.hpp"

namespace ocs::admin {

inline constexpr std::size_t most_sip_texts = 50;           ///< of one connection; later ones are left out
inline constexpr std::size_t longest_sip_text = 16 * 1024;  ///< the rest of a longer one is left out

/// {"has_capture", "has_keys"}: what admin/captures.hpp has of it. Beside them
/// {"raw_hello", "chain", "sip_texts"}, each where it is kept: the bytes of the ClientHello; who signs whom,
/// the leaf first; the connection's SIP messages by the `sequence` of their events, each line escaped by
/// visible().
Result<boost::json::object> kept_json(const std::string& connection,
                                      const std::string& attempt,
                                      std::uint64_t sequence,
                                      HistoryReader& history);

}  // namespace ocs::admin
