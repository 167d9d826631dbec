#include "server/wire.hpp"

#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace ocs::server {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Kind = record::WireCapture::Kind;

namespace {

constexpr auto tuple = asio::as_tuple(asio::use_awaitable);

}  // namespace

/// One timer for all waits: it is moved only where it would come too late, and looks at `due` when it
/// comes, since most waits end long before their deadline.
struct Wire::State : std::enable_shared_from_this<State> {
    explicit State(tcp::socket accepted) : socket(std::move(accepted)), timer(socket.get_executor()) {}

    void arm(MonotonicTime deadline) {
        due = deadline;
        if (!ticking || due < armed) tick();
    }
    void tick() {
        ticking = true;
        armed = due;
        timer.expires_at(std::chrono::steady_clock::time_point(due.time_since_epoch()));
        timer.async_wait([self = shared_from_this()](const error_code& error) {
            if (!error) self->on_time();  // else moved or closed
        });
    }
    void on_time() {
        ticking = false;
        if (!waiting) return;
        if (monotonic_now() < due) return tick();
        error_code ignored;
        socket.cancel(ignored);
    }

    tcp::socket socket;
    asio::steady_timer timer;
    MonotonicTime due{};    // of the wait that is going on
    MonotonicTime armed{};  // when the timer goes off, where `ticking`
    bool ticking = false;
    bool waiting = false;
    bool interrupted = false;
    bool reset_seen = false;  // by a write, which takes the error away from the reads
};

Wire::Wire(tcp::socket socket) : state_(std::make_shared<State>(std::move(socket))) {
    error_code ignored;
    state_->socket.non_blocking(true, ignored);
}

Wire::~Wire() { close(); }

Wire::Read Wire::read_now(std::span<std::uint8_t> room) {
    error_code error;
    Read read;
    read.count = state_->socket.read_some(asio::buffer(room.data(), room.size()), error);
    if (read.count > 0) note(Kind::from_client, {reinterpret_cast<const char*>(room.data()), read.count});
    if (error == asio::error::would_block || error == asio::error::interrupted) return read;
    if (error == asio::error::eof) {
        read.end = state_->reset_seen ? record::CloseKind::reset : record::CloseKind::fin;
    } else if (error) {
        read.end = record::CloseKind::reset;
    }
    if (read.end) note(*read.end == record::CloseKind::fin ? Kind::client_fin : Kind::client_reset);
    return read;
}

Wire::Sent Wire::write_now(std::string_view bytes) {
    error_code error;
    Sent sent;
    sent.count = state_->socket.write_some(asio::buffer(bytes.data(), bytes.size()), error);
    if (sent.count > 0) note(Kind::to_client, bytes.substr(0, sent.count));
    sent.broken = error && error != asio::error::would_block && error != asio::error::interrupted;
    if (sent.broken) state_->reset_seen = true;
    return sent;
}

asio::awaitable<void> Wire::readable(MonotonicTime deadline, Interrupted how) {
    if (state_->interrupted && how == Interrupted::returns) co_return;
    state_->arm(deadline);
    state_->waiting = true;
    auto ended = co_await state_->socket.async_wait(tcp::socket::wait_read, tuple);
    static_cast<void>(ended);  // whatever it says, the next read knows better
    state_->waiting = false;
}

asio::awaitable<void> Wire::writable(MonotonicTime deadline) {
    state_->arm(deadline);
    state_->waiting = true;
    auto ended = co_await state_->socket.async_wait(tcp::socket::wait_write, tuple);
    static_cast<void>(ended);
    state_->waiting = false;
}

void Wire::interrupt() {
    state_->interrupted = true;
    error_code ignored;
    state_->socket.cancel(ignored);
}

bool Wire::interrupted() const { return state_->interrupted; }

tcp::endpoint Wire::local_endpoint() const {
    error_code ignored;
    return state_->socket.local_endpoint(ignored);
}

void Wire::shutdown_send() {
    error_code ignored;
    state_->socket.shutdown(tcp::socket::shutdown_send, ignored);
    if (!ignored) note(Kind::our_fin);
}

bool Wire::is_underway() const {
    int bytes = 0;
    return ::ioctl(state_->socket.native_handle(), SIOCOUTQ, &bytes) == 0 && bytes > 0;
}

void Wire::reset() {
    error_code ignored;
    state_->socket.set_option(asio::socket_base::linger(true, 0), ignored);
    note(Kind::our_reset);
    close();
}

void Wire::close() {
    error_code ignored;
    state_->timer.cancel();
    state_->socket.close(ignored);
}

}  // namespace ocs::server
