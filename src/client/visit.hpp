#pragma once
// One visit to a TLS server by a client that checks chain and name as OpenSSL does, and refuses where they
// are not good: an alert before Finished. Where they are good it asks for its OPTIONS and waits for the
// answer.

#include <boost/asio/awaitable.hpp>
#include <filesystem>
#include <string>

#include "client/network.hpp"

namespace ocs::client {

struct VisitWish {
    Remote server;
    std::string name;             ///< for SNI, and wanted on the certificate
    std::filesystem::path roots;  ///< PEM with the trusted roots
    WallTime now;                 ///< the dates of certificates are held against this
    Micros limit{5'000'000};      ///< for all of it, but a second at the end for the server's own
};

enum class VisitResult {
    accepted,      ///< said close_notify
    refused,       ///< chain or name were not good
    server_alert,  ///< the server sent a fatal alert
    no_handshake,  ///< the server ended it, or said what is no TLS
    timed_out,
    unreachable,  ///< no TCP connection
};

struct Visit {
    VisitResult result = VisitResult::unreachable;
    std::string why;      ///< for people; text of the server is escaped
    std::string address;  ///< own, of the connection; empty: there was none
    std::uint16_t port = 0;
};

/// Ends at its limit, throws nothing, and belongs to the thread of its executor.
asio::awaitable<Visit> visit(VisitWish wish);

}  // namespace ocs::client
