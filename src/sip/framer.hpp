#pragma once
// Cuts a byte stream into SIP messages and keep-alives (RFC 3261 §18.3, RFC 5626 §3.5.1).

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sip/message.hpp"

namespace ocs::sip {

/// Bounds of what one peer may send. A peer that crosses one gets a 4xx where a request can still be read,
/// and the stream ends there.
struct Limits {
    std::size_t head_bytes = std::size_t{16} * 1024;  ///< start line and headers
    std::size_t line_bytes = std::size_t{8} * 1024;   ///< one line, folding not counted together
    std::size_t body_bytes = std::size_t{64} * 1024;
    std::size_t headers = 128;
    std::size_t messages = 1000;  ///< per connection
};

/// What comes out of the stream next.
struct Frame {
    enum class Kind {
        message,
        ping,  ///< CRLF CRLF between messages: a keep-alive that may want its pong
        pong,  ///< one line end between messages: the answer to a ping, or a sloppy sender's
        lost,  ///< the stream cannot be followed any further; nothing comes after it
    };
    Kind kind = Kind::message;
    Message message;          ///< of kind message; of kind lost, what could be read (kind broken if nothing)
    int status = 400;         ///< of kind lost: what to answer if `message` is a request (400, 413, 503, 513)
    std::string problem;      ///< of kind lost: why
    std::uint64_t bytes = 0;  ///< length on the wire
    /// As it came, without the value of a credential (without_credentials() in sip/message.hpp). Of a message
    /// that was asked for with keep_text(), and of what could be read of a lost one.
    std::string text;
};

/// Feed bytes in any portions, take frames until there is none. Holds at most one message beyond what was
/// fed.
class Framer {
public:
    explicit Framer(Limits limits = {}) : limits_(limits) {}

    void feed(std::string_view bytes);
    /// From now on frames have their text.
    void keep_text() { keeps_text_ = true; }
    /// The next frame, or nothing yet. A message without Content-Length has no body (tolerated; RFC 3261
    /// §18.3 wants one on a stream). After `lost` there is nothing more.
    std::optional<Frame> next();
    /// If the stream ended here, it would end inside a message.
    [[nodiscard]] bool is_inside_message() const;

private:
    std::optional<Frame> line_end();
    std::optional<Frame> find_head();
    std::optional<Frame> take_head(std::size_t size);
    std::optional<Frame> take_message();
    Frame lose(int status, std::string problem);

    Limits limits_;
    std::string buffer_;
    std::size_t scanned_ = 0;      ///< start of the line in which the search for the blank line goes on
    std::optional<Message> head_;  ///< complete; its body is still to come
    std::size_t head_size_ = 0;    ///< with its blank line
    std::size_t body_size_ = 0;
    std::size_t messages_ = 0;
    bool lost_ = false;
    bool keeps_text_ = false;
};

}  // namespace ocs::sip
