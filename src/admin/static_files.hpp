#pragma once
// The dashboard's files, www/ and docs/openapi.json, as they were when the program was built
// (cmake/embed.cmake).

#include <span>
#include <string_view>

#include "admin/api_request.hpp"

namespace ocs::admin {

struct StaticFile {
    std::string_view path;  ///< "/app.js"; "/index.html" is served at "/", too
    std::string_view type;  ///< "text/javascript; charset=utf-8"
    std::string_view etag;  ///< with its quotes
    std::string_view bytes;
};

std::span<const StaticFile> static_files();

/// The file at this path, or 404. `if_none_match` of the request holds: 304.
ApiReply static_reply(const ApiRequest& request);

}  // namespace ocs::admin
