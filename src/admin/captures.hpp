#pragma once
// What `serve --capture` kept of one connection, as files: its packets, and the keys that open them.

#include "admin/control_api.hpp"

namespace ocs::admin {

// Both hold secrets: like every answer of the API they are in no cache, and behind the same token.

/// application/x-pcapng, with the keys in it. 404: no such connection, or nothing was captured of it.
ApiReply show_handshake_capture(const Call& call, const ControlledLab& lab);
/// text/plain: NSS key log lines. 404: no such connection, nothing was captured of it, or it has no keys.
ApiReply show_handshake_keys(const Call& call, const ControlledLab& lab);

}  // namespace ocs::admin
