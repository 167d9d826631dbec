#pragma once
// What a page says about the very connection it is sent on: three forms of the same facts.

#include <string>

#include "record/connection_record.hpp"

namespace ocs::server {

/// SNI, virtual host, protocol, the names on the certificate, each name policy's verdict, the ClientHello.
/// All text from outside is escaped for its form. `seen` has its certificate and wanted name set.
std::string text_page(const record::ConnectionRecord& seen);
std::string html_page(const record::ConnectionRecord& seen);  ///< no script, nothing loaded from elsewhere
std::string json_page(const record::ConnectionRecord& seen);  ///< docs/handshake-log.md lists its keys

}  // namespace ocs::server
