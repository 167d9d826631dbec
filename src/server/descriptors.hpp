#pragma once
// File descriptors: having enough of them, and what to do when there are none left.

#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <optional>

namespace ocs::server {

/// Raises this process's soft limit as far as the hard one allows, to `wanted` at most; returns how many
/// descriptors there may be.
std::size_t raise_descriptor_limit(std::size_t wanted);

/// Held in reserve for the day when accept() fails for want of a descriptor: a connection that cannot be
/// accepted stays in the queue, keeps the listener ready and its client waiting without an answer.
class SpareDescriptor {
public:
    SpareDescriptor();
    ~SpareDescriptor();
    SpareDescriptor(const SpareDescriptor&) = delete;
    SpareDescriptor& operator=(const SpareDescriptor&) = delete;

    /// Gives the spare up for a moment to accept a connection and close it at once. Returns whose it was;
    /// empty: none waited, or somebody else was quicker to take the descriptor.
    std::optional<boost::asio::ip::tcp::endpoint> turn_one_away(boost::asio::ip::tcp::acceptor& acceptor);

private:
    int descriptor_;
};

}  // namespace ocs::server
