#include "ossl/live_chain.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <memory>
#include <optional>
#include <system_error>

#include "ossl/errors.hpp"

namespace ocs::ossl {
namespace {

using Clock = std::chrono::steady_clock;
using AddressList = std::unique_ptr<addrinfo, Deleter<&freeaddrinfo>>;

class Socket {
public:
    explicit Socket(int fd) : fd_(fd) {}
    ~Socket() {
        if (fd_ >= 0) close(fd_);
    }
    Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    Socket& operator=(Socket&&) = delete;
    [[nodiscard]] int get() const { return fd_; }

private:
    int fd_;
};

/// OpenSSL writes to sockets without MSG_NOSIGNAL.
class IgnorePipeSignal {
public:
    IgnorePipeSignal() : before_(std::signal(SIGPIPE, SIG_IGN)) {}
    ~IgnorePipeSignal() { std::signal(SIGPIPE, before_); }
    IgnorePipeSignal(const IgnorePipeSignal&) = delete;
    IgnorePipeSignal& operator=(const IgnorePipeSignal&) = delete;

private:
    void (*before_)(int);
};

/// Waits for `events`; false once the deadline has passed.
bool wait_for(int fd, short events, Clock::time_point deadline) {
    while (true) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
        if (left <= 0) return false;
        pollfd one{fd, events, 0};
        const int ready = poll(&one, 1, static_cast<int>(std::min<std::int64_t>(left, 1000)));
        if (ready > 0) return true;
        if (ready < 0 && errno != EINTR) return false;
    }
}

/// Zero, or why not.
int connect_error(int fd, const addrinfo& to, Clock::time_point deadline) {
    if (connect(fd, to.ai_addr, to.ai_addrlen) == 0) return 0;
    if (errno != EINPROGRESS) return errno;
    if (!wait_for(fd, POLLOUT, deadline)) return ETIMEDOUT;
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
    return error;
}

std::string text_of(const addrinfo& address) {
    std::array<char, NI_MAXHOST> host{};
    std::array<char, NI_MAXSERV> port{};
    if (getnameinfo(address.ai_addr,
                    address.ai_addrlen,
                    host.data(),
                    host.size(),
                    port.data(),
                    port.size(),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
        return "?";
    }
    const bool v6 = address.ai_family == AF_INET6;
    return (v6 ? "[" : "") + std::string(host.data()) + (v6 ? "]:" : ":") + port.data();
}

std::optional<Socket> connected(const addrinfo* list, Clock::time_point deadline, LiveAnswer& answer) {
    for (const addrinfo* next = list; next != nullptr; next = next->ai_next) {
        Socket candidate(socket(next->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        const int error = candidate.get() < 0 ? errno : connect_error(candidate.get(), *next, deadline);
        answer.address = text_of(*next);
        if (error == 0) return candidate;
        answer.error = Error{"cannot connect: " + std::generic_category().message(error), answer.address, ""};
    }
    return std::nullopt;
}

SslCtxPtr lenient_context() {
    SslCtxPtr context(SSL_CTX_new(TLS_client_method()));
    if (!context) return nullptr;
    SSL_CTX_set_security_level(context.get(), 0);  // 1024-bit keys, SHA-1, TLS 1.0: all to be looked at
    SSL_CTX_set_cipher_list(context.get(), "ALL:COMPLEMENTOFALL");
    SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
    return context;
}

/// Empty when the handshake is done.
std::string handshake_error(SSL* ssl, int fd, Clock::time_point deadline) {
    while (true) {
        ERR_clear_error();
        errno = 0;
        const int result = SSL_connect(ssl);
        if (result == 1) return {};
        const int wants = SSL_get_error(ssl, result);
        if (wants == SSL_ERROR_WANT_READ || wants == SSL_ERROR_WANT_WRITE) {
            if (wait_for(fd, wants == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, deadline)) continue;
            return "no answer in time";
        }
        if (wants == SSL_ERROR_SYSCALL && errno != 0) return std::generic_category().message(errno);
        return ERR_peek_error() == 0 ? "the server closed the connection" : take_errors();
    }
}

}  // namespace

LiveAnswer fetch_chain(const LiveRequest& request) {
    const auto deadline = Clock::now() + request.deadline;
    const std::string where = request.host + ":" + std::to_string(request.port);
    LiveAnswer answer;
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int failure =
        getaddrinfo(request.host.c_str(), std::to_string(request.port).c_str(), &hints, &found);
    const AddressList list(found);
    if (failure != 0) {
        answer.error = Error{std::string("no address: ") + gai_strerror(failure), where, ""};
        return answer;
    }
    answer.reached = LiveStage::tcp;
    const auto socket = connected(list.get(), deadline, answer);
    if (!socket) return answer;

    answer.reached = LiveStage::tls;
    const IgnorePipeSignal ignore;
    const SslCtxPtr context = lenient_context();
    const SslPtr ssl(context ? SSL_new(context.get()) : nullptr);
    if (!ssl || SSL_set_fd(ssl.get(), socket->get()) != 1) {
        answer.error = Error{"cannot start TLS: " + take_errors(), where, ""};
        return answer;
    }
    if (!request.server_name.empty()) SSL_set_tlsext_host_name(ssl.get(), request.server_name.c_str());
    const std::string error = handshake_error(ssl.get(), socket->get(), deadline);
    STACK_OF(X509)* chain = SSL_get_peer_cert_chain(ssl.get());
    for (int i = 0; i < sk_X509_num(chain); ++i) {
        X509* certificate = sk_X509_value(chain, i);
        X509_up_ref(certificate);
        answer.certificates.emplace_back(certificate);
    }
    answer.protocol = SSL_get_version(ssl.get());
    if (error.empty()) SSL_shutdown(ssl.get());
    ERR_clear_error();
    if (!answer.certificates.empty()) {
        answer.reached = LiveStage::complete;
        answer.error = Error{};
    } else {
        answer.error = Error{
            "no certificate came: " + (error.empty() ? "the server has none" : error), answer.address, ""};
    }
    return answer;
}

}  // namespace ocs::ossl
