#pragma once
// "Make a test connection": the lab's own client, asked for through the API. Who connects is another room's;
// this one reads what is wanted, and finds the record of it.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "admin/api_request.hpp"
#include "record/connection_record.hpp"

namespace ocs::admin {

class Feed;
struct ControlledLab;

/// A listener that serves, by its name in the configuration.
struct NamedListener {
    std::string name;
    record::Endpoint bound;
};

struct TestWish {
    record::Endpoint server;  ///< to connect to
    std::string name;         ///< for SNI, and wanted on the certificate: a valid host name
};

/// How it went, for the client.
enum class TestResult {
    accepted,      ///< chain and name are good: it said close_notify
    refused,       ///< by the client: it sent an alert before Finished
    server_alert,  ///< by the lab: it sent a fatal alert
    no_handshake,  ///< the lab ended it, or said what is no TLS
    timed_out,
    unreachable,  ///< nobody listens there
};
std::string_view to_string(TestResult result);  ///< "server-alert"

struct TestOutcome {
    TestResult result = TestResult::unreachable;
    std::string why;          ///< for people, printable
    record::Endpoint client;  ///< where it came from; port 0: no TCP connection came about
};

/// Connects and calls `done` once, within seconds: both on the API's thread, which goes on meanwhile.
using TryConnection = std::function<void(const TestWish& wish, std::function<void(TestOutcome)> done)>;

/// Answers POST /test-connection, one at a time. On the API's thread; outlives its answers.
class TestConnections {
public:
    /// How long the record may be in coming, once the client is gone.
    static constexpr std::chrono::seconds record_time{3};

    TestConnections(boost::asio::io_context& io, Feed& feed) : io_(io), feed_(feed) {}

    /// {"connected", "name", "listener", "address", "result", "why", "handshake"?}: the id of its record,
    /// which is absent where no history is kept or the record is late. 400: no host name; 404: no such
    /// listener; 409: another one is under way; 503: nothing listens, or this lab cannot.
    boost::asio::awaitable<ApiReply> answer(const std::string& body, const ControlledLab& lab);

private:
    class Turn;

    boost::asio::io_context& io_;
    Feed& feed_;
    bool busy_ = false;
};

}  // namespace ocs::admin
