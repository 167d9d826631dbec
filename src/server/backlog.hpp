#pragma once
// What a listening socket still holds when it closes: connections the kernel has completed and nobody has
// accepted. Closing it resets them; here they are taken out first.

#include <boost/asio/ip/tcp.hpp>

namespace ocs::server {

/// From now on the kernel drops a SYN for this socket: what it has completed, or has begun to, can still be
/// accepted, and nothing comes after that. The client whose SYN is dropped repeats it a second later and is
/// refused by the closed port. Linux only lets a filter do this: shutdown() on a listening socket resets what
/// it holds. Where filters cannot be had, new connections keep coming until the socket closes.
void refuse_new_handshakes(boost::asio::ip::tcp::acceptor& acceptor);

}  // namespace ocs::server
