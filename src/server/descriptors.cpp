#include "server/descriptors.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

namespace ocs::server {

using boost::asio::ip::tcp;

namespace {

int open_spare() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

}  // namespace

std::size_t raise_descriptor_limit(std::size_t wanted) {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    if (limit.rlim_cur < wanted) {
        rlimit raised = limit;
        raised.rlim_cur = std::min<rlim_t>(wanted, limit.rlim_max);
        if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
    }
    return static_cast<std::size_t>(limit.rlim_cur);
}

SpareDescriptor::SpareDescriptor() : descriptor_(open_spare()) {}

SpareDescriptor::~SpareDescriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

std::optional<tcp::endpoint> SpareDescriptor::turn_one_away(tcp::acceptor& acceptor) {
    if (descriptor_ >= 0) ::close(descriptor_);
    tcp::endpoint peer;
    boost::system::error_code error;
    acceptor.non_blocking(true, error);
    tcp::socket refused(acceptor.get_executor());
    if (!error) acceptor.accept(refused, peer, error);
    boost::system::error_code ignored;
    refused.close(ignored);
    descriptor_ = open_spare();
    if (error) return std::nullopt;
    return peer;
}

}  // namespace ocs::server
