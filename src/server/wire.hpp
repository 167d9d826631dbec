#pragma once
// A client's socket, with one deadline for whatever waits on it.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "core/clock.hpp"
#include "record/facts.hpp"
#include "record/wire_capture.hpp"

namespace ocs::server {

/// Reads and writes never block and never wait; waiting is a step of its own, and may end for nothing.
/// So no byte is lost to a deadline: who waited asks the socket, then the clock. One coroutine uses it.
class Wire {
public:
    explicit Wire(boost::asio::ip::tcp::socket socket);  ///< with TCP_NODELAY, as its listener's sockets are
    ~Wire();
    Wire(const Wire&) = delete;
    Wire& operator=(const Wire&) = delete;

    /// From here on what is read, written and ended is noted there too, at the time since `start`.
    void tap(std::shared_ptr<record::WireCapture> capture, MonotonicTime start) {
        capture_ = std::move(capture);
        tapped_at_ = start;
    }

    struct Read {
        std::size_t count = 0;
        std::optional<record::CloseKind> end;  ///< fin or reset; not set and no count: nothing there yet
    };
    Read read_now(std::span<std::uint8_t> room);

    struct Sent {
        std::size_t count = 0;
        bool broken = false;  ///< the socket takes nothing any more; what the client sent is still to be read
    };
    Sent write_now(std::string_view bytes);

    /// Until there is something to read (room to write), the deadline has come, or interrupt() was called.
    /// After that readable() does not wait any more: one that is accepted while the lab stops is read once,
    /// for its record. Only who drains the socket before the close still does.
    enum class Interrupted { returns, waits };
    boost::asio::awaitable<void> readable(MonotonicTime deadline, Interrupted how = Interrupted::returns);
    boost::asio::awaitable<void> writable(MonotonicTime deadline);

    /// Ends the wait that is going on, and tells what waits later that the lab wants to stop.
    void interrupt();
    [[nodiscard]] bool interrupted() const;

    [[nodiscard]] boost::asio::ip::tcp::endpoint local_endpoint() const;
    void shutdown_send();
    /// Something that was written has not been acknowledged by the client's system.
    [[nodiscard]] bool is_underway() const;
    void reset();  ///< closes with a TCP reset
    void close();

private:
    void note(record::WireCapture::Kind kind, std::string_view bytes = {}) const {
        if (capture_) capture_->add(monotonic_now() - tapped_at_, kind, bytes);
    }

    struct State;  // the timer's handler may come after the Wire is gone
    std::shared_ptr<State> state_;
    std::shared_ptr<record::WireCapture> capture_;  // null: nothing is kept
    MonotonicTime tapped_at_{};
};

}  // namespace ocs::server
