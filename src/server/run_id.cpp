#include "server/run_id.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "core/clock.hpp"

namespace ocs::server {

const std::string& run_id() {
    static const std::string id = [] {
        std::string stamp = rfc3339(wall_now()).substr(0, 19);
        std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
        return fmt::format("{}-{:x}", stamp, getpid());
    }();
    return id;
}

}  // namespace ocs::server
