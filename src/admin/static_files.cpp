#include "admin/static_files.hpp"

#include "core/escape.hpp"

namespace ocs::admin {

ApiReply static_reply(const ApiRequest& request) {
    if (request.method != "GET" && request.method != "HEAD") {
        ApiReply refused = failure(405, Error{ocs::quoted(request.method) + " is not for a file", "", ""});
        refused.allow = "GET, HEAD";
        return refused;
    }
    std::string_view path = std::string_view(request.target).substr(0, request.target.find('?'));
    if (path == "/") path = "/index.html";
    for (const StaticFile& file : static_files()) {
        if (file.path != path) continue;
        ApiReply reply{200, std::string(file.type), "", "", {}};
        reply.headers = {{"ETag", std::string(file.etag)}, {"Cache-Control", "no-cache"}};
        if (request.if_none_match.find(file.etag) != std::string::npos) {
            reply.status = 304;
        } else {
            reply.body = file.bytes;
        }
        return reply;
    }
    return failure(404, Error{"nothing is at " + ocs::quoted(path), "", ""});
}

}  // namespace ocs::admin
