#pragma once
// The API on a Unix socket in the state folder: HTTP for the lab's owner alone.

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <chrono>
#include <filesystem>
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

/// The socket of a running lab, mode 0600. Its file goes with it.
struct ControlSocket {
    SocketFolder folder;
    boost::asio::local::stream_protocol::acceptor acceptor;  ///< listens
};
/// Takes the place of a socket that a killed server left over: whoever holds the folder's lock may.
Result<ControlSocket> bind_control(boost::asio::io_context& io, const std::filesystem::path& state_folder);

/// Asks a running lab, waiting at most `patience`. Fails where none runs on that state folder, with what to
/// do.
Result<ApiReply> ask_lab(const std::filesystem::path& state_folder,
                         const ApiRequest& request,
                         std::chrono::milliseconds patience = std::chrono::seconds(10));

}  // namespace ocs::admin
