#include "server/backlog.hpp"

#include <linux/filter.h>
#include <sys/socket.h>

namespace ocs::server {

void refuse_new_handshakes(boost::asio::ip::tcp::acceptor& acceptor) {
    // A filter of a TCP socket sees the segment from its header on; octet 13 has the flags (RFC 9293 §3.1).
    constexpr unsigned flags_octet = 13;
    constexpr unsigned syn = 0x02;
    sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, flags_octet),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, syn, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, 0xFFFFFFFFU),
    };
    const sock_fprog filter{sizeof program / sizeof program[0], program};
    static_cast<void>(
        ::setsockopt(acceptor.native_handle(), SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter));
}

}  // namespace ocs::server
