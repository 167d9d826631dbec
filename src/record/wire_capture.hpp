#pragma once
// What went over one connection's socket, byte by byte, with the keys to read it. Kept where it is asked for.

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.hpp"

namespace ocs::record {

/// As this program read and wrote it: the packets of the network are not known. Filled by the connection's
/// thread, then shared as it is.
struct WireCapture {
    static constexpr std::size_t most_bytes = 256 * 1024;  ///< of both directions together
    static constexpr std::size_t most_pieces = 4096;       ///< a client may send its bytes one by one

    enum class Kind { from_client, to_client, client_fin, client_reset, our_fin, our_reset };
    struct Piece {
        Micros at{};  ///< since accept
        Kind kind = Kind::from_client;
        std::string bytes;  ///< empty for the ends
    };

    std::vector<Piece> pieces;
    std::string keys;      ///< NSS key log lines, each with its line end
    bool whole = true;     ///< false: more came than is kept
    std::size_t size = 0;  ///< bytes in `pieces`
    bool client_ended = false;

    void add(Micros at, Kind kind, std::string_view bytes = {}) {
        const bool is_end = kind == Kind::client_fin || kind == Kind::client_reset;
        if (is_end && client_ended) return;  // who reads again is told again
        client_ended = client_ended || is_end;
        const std::size_t room = std::min(bytes.size(), most_bytes - size);
        if (room < bytes.size() || pieces.size() >= most_pieces) whole = false;
        if (pieces.size() >= most_pieces || (room == 0 && !bytes.empty())) return;
        pieces.push_back({at, kind, std::string(bytes.substr(0, room))});
        size += room;
    }
    void add_key(std::string_view line) { keys.append(line) += '\n'; }
};

}  // namespace ocs::record
