#include "server/port_owner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "core/escape.hpp"

namespace ocs::server {
namespace {

namespace fs = std::filesystem;

/// Inodes of the sockets bound to the port: column 2 of the table is the local end in hex, 4 the state
/// (0A is LISTEN, 07 an unconnected UDP socket), 10 the inode (proc(5)).
void add_inodes(const char* table, std::uint16_t port, bool tcp, std::set<std::string>& inodes) {
    std::ifstream file(table);
    const std::string wanted = fmt::format(":{:04X}", port);
    for (std::string line; std::getline(file, line);) {
        std::istringstream columns(line);
        std::string number, local, remote, state, queues, timer, retransmits, user, timeout, inode;
        columns >> number >> local >> remote >> state >> queues >> timer >> retransmits >> user >> timeout >>
            inode;
        if (local.ends_with(wanted) && state == (tcp ? "0A" : "07")) inodes.insert("socket:[" + inode + "]");
    }
}

bool holds_one(const fs::path& process, const std::set<std::string>& inodes) {
    std::error_code error;
    for (fs::directory_iterator at(process / "fd", error), end; !error && at != end; at.increment(error)) {
        std::error_code unreadable;
        if (inodes.contains(fs::read_symlink(at->path(), unreadable).string())) return true;
    }
    return false;
}

}  // namespace

std::string port_owner(std::uint16_t port, bool tcp) {
    std::set<std::string> inodes;
    add_inodes(tcp ? "/proc/net/tcp" : "/proc/net/udp", port, tcp, inodes);
    add_inodes(tcp ? "/proc/net/tcp6" : "/proc/net/udp6", port, tcp, inodes);
    if (inodes.empty()) return "";
    std::error_code error;
    for (fs::directory_iterator at("/proc", error), end; !error && at != end; at.increment(error)) {
        const std::string pid = at->path().filename().string();
        if (!std::all_of(pid.begin(), pid.end(), [](unsigned char c) { return std::isdigit(c) != 0; }))
            continue;
        if (!holds_one(at->path(), inodes)) continue;
        std::ifstream file(at->path() / "comm");
        std::string name;
        std::getline(file, name);
        return fmt::format(" (process {}, {})", pid, visible(name, 40));
    }
    return "";
}

}  // namespace ocs::server
