#pragma once
// The small page a browser, curl or a typed GET gets: what the server saw of this very connection.

#include <memory>
#include <string>
#include <string_view>

#include "server/talk.hpp"

namespace ocs::server {

inline constexpr std::size_t longest_http_head = 8 * 1024;

/// Answers one request, Connection: close. Method and target do not matter, a body is not waited for.
/// HTML, JSON or text, whichever the request's Accept likes best. A head that ends its lines with bare
/// newlines is read like any other; one that is no HTTP gets 400, one over longest_http_head 431.
/// A request for an autodiscover resource gets that instead (server/autodiscover.hpp). Both outlive it.
std::unique_ptr<Speaker> make_web_speaker(record::ConnectionRecord& record,
                                          const config::AutodiscoverSettings& autodiscover);

/// The answer to a whole head. Of the request its target, Host and Accept are looked at, nothing is repeated.
std::string web_reply(std::string_view head,
                      const record::ConnectionRecord& so_far,
                      const config::AutodiscoverSettings& autodiscover);

}  // namespace ocs::server
