// The load client of scripts/bench: full handshakes and one small request each, from one thread.
//
//   bench_load ADDRESS PORT TLS AMOUNT CONCURRENCY NAME...    TLS is 1.2 or 1.3; AMOUNT is a number of
//                                                             handshakes, or of seconds: 3s
//   bench_load ADDRESS PORT idle COUNT TLS NAME               opens COUNT connections, finishes their
//                                                             handshakes, holds them until its input ends
//   bench_load ADDRESS PORT silent COUNT - NAME               the same, and sends nothing at all
//
// Names are used in turn; a name with {} in it gets the running number, which BENCH_FIRST starts. Prints one
// JSON object. Targets loopback only: it is a benchmark of servers on this machine, and refuses any other
// address.

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Target {
    sockaddr_in address{};
    std::vector<std::string> names;
    std::string version;
    long first = 0;  ///< the running number of the first connection
};

/// What to do before it ends: a number of handshakes, or as many as fit into a time.
struct Amount {
    long count = 0;
    double seconds = 0;

    bool more(long opened, double since) const { return seconds > 0 ? since < seconds : opened < count; }
};

struct Connection {
    int socket = -1;
    SSL* ssl = nullptr;
    Clock::time_point begun;
    bool finished = false;
    bool requested = false;
};

struct Tally {
    std::vector<double> handshake_us;  ///< connect to Finished sent
    std::vector<double> whole_us;      ///< connect to the end of the answer
    long failed = 0;
};

constexpr int patience_ms = 10'000;
constexpr long idle_at_once = 32;  // handshakes under way while idle connections are opened
constexpr char request[] = "GET / HTTP/1.0\r\n\r\n";

[[noreturn]] void give_up(const std::string& why) {
    fmt::print(stderr, "bench_load: {}\n", why);
    std::exit(2);
}

double micros_since(Clock::time_point begun) {
    return std::chrono::duration<double, std::micro>(Clock::now() - begun).count();
}

SSL_CTX* make_context(const std::string& version) {
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    if (context == nullptr) give_up("no TLS context");
    const int number = version == "1.2" ? TLS1_2_VERSION : TLS1_3_VERSION;
    SSL_CTX_set_min_proto_version(context, number);
    SSL_CTX_set_max_proto_version(context, number);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set1_groups_list(context, "X25519:P-256");
    return context;
}

std::string name_for(const Target& target, long number) {
    const std::string& form = target.names[static_cast<std::size_t>(number) % target.names.size()];
    const std::size_t at = form.find("{}");
    return at == std::string::npos
               ? form
               : form.substr(0, at) + std::to_string(target.first + number) + form.substr(at + 2);
}

std::unique_ptr<Connection> open_connection(const Target& target, SSL_CTX* context, long number) {
    auto connection = std::make_unique<Connection>();
    connection->begun = Clock::now();
    connection->socket = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connection->socket < 0) give_up("no socket: raise the limit of open files");
    const int on = 1;
    ::setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const auto* address = reinterpret_cast<const sockaddr*>(&target.address);
    if (::connect(connection->socket, address, sizeof target.address) != 0 && errno != EINPROGRESS) {
        give_up("cannot connect");
    }
    connection->ssl = SSL_new(context);
    SSL_set_fd(connection->ssl, connection->socket);
    SSL_set_connect_state(connection->ssl);
    SSL_set_tlsext_host_name(connection->ssl, name_for(target, number).c_str());
    return connection;
}

/// Goes on with the connection as far as it will. True: it has ended, well or badly.
bool advance(Connection& connection, bool hold, Tally& tally) {
    ERR_clear_error();
    if (!connection.finished) {
        const int result = SSL_do_handshake(connection.ssl);
        if (result != 1) {
            const int error = SSL_get_error(connection.ssl, result);
            if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return false;
            ++tally.failed;
            return true;
        }
        connection.finished = true;
        tally.handshake_us.push_back(micros_since(connection.begun));
    }
    if (hold) return false;
    if (!connection.requested) {
        connection.requested = true;
        SSL_write(connection.ssl, request, sizeof request - 1);
    }
    char buffer[4096];
    while (true) {
        const int result = SSL_read(connection.ssl, buffer, sizeof buffer);
        if (result > 0) continue;
        if (SSL_get_error(connection.ssl, result) == SSL_ERROR_WANT_READ) return false;
        tally.whole_us.push_back(micros_since(connection.begun));
        return true;
    }
}

void close_connection(Connection& connection) {
    SSL_free(connection.ssl);
    ::close(connection.socket);
}

double percentile(std::vector<double>& values, double part) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    return values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1))];
}

void watch(int poll, Connection& connection) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLET;
    event.data.ptr = &connection;
    ::epoll_ctl(poll, EPOLL_CTL_ADD, connection.socket, &event);
}

void run_load(const Target& target, const Amount& amount, long concurrency) {
    SSL_CTX* context = make_context(target.version);
    const int poll = ::epoll_create1(EPOLL_CLOEXEC);
    Tally tally;
    long opened = 0;
    std::unordered_map<Connection*, std::unique_ptr<Connection>> open;
    const auto begun = Clock::now();
    const auto start_one = [&] {
        auto made = open_connection(target, context, opened++);
        watch(poll, *made);
        open.emplace(made.get(), std::move(made));
    };
    while (opened < concurrency && amount.more(opened, 0)) start_one();
    std::vector<epoll_event> events(256);
    while (!open.empty()) {
        const int ready = ::epoll_wait(poll, events.data(), static_cast<int>(events.size()), patience_ms);
        if (ready == 0) give_up("nothing came for ten seconds");
        for (int i = 0; i < ready; ++i) {
            auto* connection = static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
            if (!advance(*connection, false, tally)) continue;
            close_connection(*connection);
            open.erase(connection);
            if (amount.more(opened, micros_since(begun) / 1e6)) start_one();
        }
    }
    const double seconds = micros_since(begun) / 1e6;
    fmt::print(
        "{{\"handshakes\":{},\"failed\":{},\"seconds\":{:.3f},\"handshake_p50_us\":{:.0f},"
        "\"handshake_p99_us\":{:.0f},\"whole_p50_us\":{:.0f},\"whole_p99_us\":{:.0f}}}\n",
        tally.handshake_us.size(),
        tally.failed,
        seconds,
        percentile(tally.handshake_us, 0.5),
        percentile(tally.handshake_us, 0.99),
        percentile(tally.whole_us, 0.5),
        percentile(tally.whole_us, 0.99));
}

/// Tells when they are open, and keeps them so until whoever started this program closes its input.
void hold(std::size_t count, long failed) {
    fmt::print("{{\"open\":{},\"failed\":{}}}\n", count, failed);
    std::fflush(stdout);
    char end = 0;
    while (::read(STDIN_FILENO, &end, 1) > 0) {
    }
}

void run_idle(const Target& target, long count) {
    SSL_CTX* context = make_context(target.version);
    const int poll = ::epoll_create1(EPOLL_CLOEXEC);
    Tally tally;
    std::vector<std::unique_ptr<Connection>> open;
    std::vector<epoll_event> events(256);
    while (static_cast<long>(tally.handshake_us.size()) + tally.failed < count) {
        const auto under_way = static_cast<long>(open.size() - tally.handshake_us.size()) - tally.failed;
        if (static_cast<long>(open.size()) < count && under_way < idle_at_once) {
            open.push_back(open_connection(target, context, static_cast<long>(open.size())));
            watch(poll, *open.back());
        }
        const int ready = ::epoll_wait(poll, events.data(), static_cast<int>(events.size()), patience_ms);
        if (ready == 0) give_up("nothing came for ten seconds");
        for (int i = 0; i < ready; ++i) {
            auto& connection = *static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
            if (!connection.finished) advance(connection, true, tally);
        }
    }
    hold(tally.handshake_us.size(), tally.failed);
}

void run_silent(const Target& target, long count) {
    SSL_CTX* context = make_context(target.version);
    std::vector<std::unique_ptr<Connection>> open;
    while (static_cast<long>(open.size()) < count) {
        open.push_back(open_connection(target, context, static_cast<long>(open.size())));
        pollfd writable{open.back()->socket, POLLOUT, 0};
        if (::poll(&writable, 1, patience_ms) != 1) give_up("cannot connect");
    }
    hold(open.size(), 0);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 7)
        give_up("usage: bench_load ADDRESS PORT 1.2|1.3|idle|silent AMOUNT CONCURRENCY|TLS|- NAME...");
    Target target;
    target.address.sin_family = AF_INET;
    target.address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(argv[2])));
    if (::inet_pton(AF_INET, argv[1], &target.address.sin_addr) != 1) give_up("no IPv4 address");
    if (ntohl(target.address.sin_addr.s_addr) >> 24U != 127) give_up("loopback addresses only");
    const std::string what = argv[3];
    const std::string amount = argv[4];
    for (int i = 6; i < argc; ++i) target.names.emplace_back(argv[i]);
    if (const char* first = std::getenv("BENCH_FIRST"); first != nullptr) target.first = std::atol(first);
    const long count = std::atol(argv[4]);
    if (what == "idle") {
        target.version = argv[5];
        run_idle(target, count);
    } else if (what == "silent") {
        run_silent(target, count);
    } else {
        target.version = what;
        const bool is_time = !amount.empty() && amount.back() == 's';
        run_load(target,
                 is_time ? Amount{0, std::atof(argv[4])} : Amount{count, 0},
                 std::max(1L, std::atol(argv[5])));
    }
    return 0;
}
