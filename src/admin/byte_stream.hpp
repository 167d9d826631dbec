#pragma once
// A connection of the API: TCP or a Unix socket, with TLS or without. Internal to admin.

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <optional>
#include <utility>

namespace ocs::admin {

using SocketStream = boost::beast::basic_stream<boost::asio::generic::stream_protocol>;

/// What Asio calls an AsyncStream. One reading and one writing at a time.
class ByteStream {
public:
    using executor_type = SocketStream::executor_type;  // NOLINT(readability-identifier-naming): Asio's name
    using Tls = boost::asio::ssl::stream<SocketStream&>;

    /// `tls` outlives it; null: in clear.
    ByteStream(SocketStream::socket_type socket, boost::asio::ssl::context* tls) : plain_(std::move(socket)) {
        if (tls != nullptr) tls_.emplace(plain_, *tls);
    }
    ByteStream(const ByteStream&) = delete;
    ByteStream& operator=(const ByteStream&) = delete;
    ~ByteStream() = default;

    executor_type get_executor() { return plain_.get_executor(); }
    /// The socket below: its deadlines, and its end.
    SocketStream& socket() { return plain_; }
    /// Null: in clear.
    Tls* tls() { return tls_ ? &*tls_ : nullptr; }

    template <class Buffers, class Token>
    auto async_read_some(const Buffers& buffers, Token&& token) {
        if (tls_) return tls_->async_read_some(buffers, std::forward<Token>(token));
        return plain_.async_read_some(buffers, std::forward<Token>(token));
    }
    template <class Buffers, class Token>
    auto async_write_some(const Buffers& buffers, Token&& token) {
        if (tls_) return tls_->async_write_some(buffers, std::forward<Token>(token));
        return plain_.async_write_some(buffers, std::forward<Token>(token));
    }

private:
    SocketStream plain_;
    std::optional<Tls> tls_;
};

}  // namespace ocs::admin
