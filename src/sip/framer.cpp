#include "sip/framer.hpp"

#include <fmt/format.h>

#include <charconv>
#include <utility>

namespace ocs::sip {
namespace {

/// The agreed Content-Length: none if the header is missing, an error text if it cannot be believed.
struct BodyLength {
    std::optional<std::size_t> size;
    std::string problem;
};

BodyLength body_length(const Message& message) {
    BodyLength length;
    for (std::string_view value : message.all("Content-Length")) {
        std::size_t size = 0;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), size);
        if (value.empty() || error != std::errc() || end != value.data() + value.size())
            return {std::nullopt, "Content-Length is no number"};
        if (length.size && *length.size != size) return {std::nullopt, "two Content-Length that differ"};
        length.size = size;
    }
    return length;
}

}  // namespace

void Framer::feed(std::string_view bytes) {
    if (!lost_) buffer_ += bytes;
}

bool Framer::is_inside_message() const {
    return !lost_ && buffer_.find_first_not_of("\r\n") != std::string::npos;
}

std::optional<Frame> Framer::next() {
    if (lost_ || buffer_.empty()) return std::nullopt;
    if (head_) return take_message();
    if (scanned_ == 0 && (buffer_[0] == '\r' || buffer_[0] == '\n')) return line_end();
    return find_head();
}

Frame Framer::lose(int status, std::string problem) {
    Frame frame;
    frame.kind = Frame::Kind::lost;
    frame.status = status;
    frame.bytes = buffer_.size();
    frame.problem = std::move(problem);
    if (keeps_text_) frame.text = without_credentials(buffer_);
    if (head_) {
        frame.message = *std::move(head_);
    } else {
        frame.message =
            parse_message(std::string_view(buffer_).substr(0, limits_.head_bytes), "", limits_.headers);
    }
    lost_ = true;
    buffer_.clear();
    return frame;
}

/// Line ends between messages. Up to three bytes wait: CR LF CR may become a ping.
std::optional<Frame> Framer::line_end() {
    constexpr std::string_view ping = "\r\n\r\n";
    const std::string_view start = std::string_view(buffer_).substr(0, ping.size());
    if (start.size() < ping.size() && ping.starts_with(start)) return std::nullopt;
    Frame frame;
    frame.kind = start == ping ? Frame::Kind::ping : Frame::Kind::pong;
    frame.bytes = start == ping ? ping.size() : (start.starts_with("\r\n") ? 2 : 1);
    buffer_.erase(0, frame.bytes);
    return frame;
}

/// Walks line by line to the blank one. The first line shows at once whether this is SIP.
std::optional<Frame> Framer::find_head() {
    while (true) {
        const std::size_t end = buffer_.find('\n', scanned_);
        const std::size_t line_size = (end == std::string::npos ? buffer_.size() : end) - scanned_;
        if (line_size > limits_.line_bytes)
            return lose(513, fmt::format("a line of more than {} bytes", limits_.line_bytes));
        if (scanned_ + line_size > limits_.head_bytes)
            return lose(513, fmt::format("a header part of more than {} bytes", limits_.head_bytes));
        if (end == std::string::npos) return std::nullopt;
        const std::string_view line = std::string_view(buffer_).substr(scanned_, line_size);
        if (line.empty() || line == "\r") return take_head(end + 1);
        if (scanned_ == 0) {
            Message first = parse_message(line, "");
            if (first.kind == Kind::broken) return lose(400, std::move(first.problem));
        }
        scanned_ = end + 1;
    }
}

std::optional<Frame> Framer::take_head(std::size_t size) {
    head_ = parse_message(std::string_view(buffer_).substr(0, size), "", limits_.headers);
    head_size_ = size;
    scanned_ = 0;
    const BodyLength length = body_length(*head_);
    if (++messages_ > limits_.messages)
        return lose(503, fmt::format("more than {} messages on one connection", limits_.messages));
    if (!length.problem.empty()) return lose(400, length.problem);
    if (length.size.value_or(0) > limits_.body_bytes)
        return lose(413, fmt::format("a body of more than {} bytes", limits_.body_bytes));
    if (!length.size && head_->problem.empty()) head_->problem = "no Content-Length";
    body_size_ = length.size.value_or(0);
    return take_message();
}

std::optional<Frame> Framer::take_message() {
    const std::size_t size = head_size_ + body_size_;
    if (buffer_.size() < size) return std::nullopt;
    Frame frame;
    frame.message = *std::exchange(head_, std::nullopt);
    frame.message.body = buffer_.substr(head_size_, body_size_);
    frame.bytes = size;
    if (keeps_text_) frame.text = without_credentials(std::string_view(buffer_).substr(0, size));
    buffer_.erase(0, size);
    return frame;
}

}  // namespace ocs::sip
