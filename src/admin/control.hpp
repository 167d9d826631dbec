#pragma once
// The API on a Unix socket in the state folder: HTTP for the lab's owner alone.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "admin/api_request.hpp"
#include "core/result.hpp"

namespace ocs::admin {

inline constexpr const char* control_socket_name = "control.sock";

/// A Unix socket in a folder, reached through the folder's descriptor, since the path of a socket may be no
/// longer than 107 bytes and that of a folder may.
class SocketFolder {
public:
    static Result<SocketFolder> open(const std::filesystem::path& folder);
    SocketFolder(SocketFolder&& other) noexcept;
    SocketFolder& operator=(SocketFolder&&) = delete;
    ~SocketFolder();

    [[nodiscard]] std::string socket_path() const;  ///< "/proc/self/fd/7/control.sock": for this process
    void remove_socket() const;

private:
    explicit SocketFolder(int descriptor) : descriptor_(descriptor) {}
    int descriptor_;
};

/// Serves one request per connection, on the lab's thread. Mode 0600. Limits: 8 KiB of headers, 64 KiB of
/// body, 10 s, 16 connections (more are closed at once). Outlives the io_context's run.
class ControlSocket {
public:
    using Handler = std::function<ApiReply(const ApiRequest&)>;

    ControlSocket(boost::asio::io_context& io, Handler handler);
    ~ControlSocket();  ///< the socket's file goes

    /// Takes the place of a socket that a killed server left over: whoever holds the folder's lock may.
    Result<void> bind(const std::filesystem::path& state_folder);
    void start();
    void stop();

private:
    struct Stream;

    boost::asio::awaitable<void> accept();
    boost::asio::awaitable<void> serve(std::shared_ptr<Stream> stream);

    boost::asio::io_context& io_;
    Handler handler_;
    boost::asio::local::stream_protocol::acceptor acceptor_;
    std::optional<SocketFolder> folder_;  // set once the socket is ours
    std::set<std::shared_ptr<Stream>> open_;
    bool stopping_ = false;
};

/// Asks a running lab, waiting at most 10 s. Fails where none runs on that state folder, with what to do.
Result<ApiReply> ask_lab(const std::filesystem::path& state_folder, const ApiRequest& request);

}  // namespace ocs::admin
