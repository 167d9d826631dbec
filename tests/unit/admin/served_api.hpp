#pragma once
// An HttpServer on port 0 and plain sockets that ask it. The test's own thread runs the server, step by step:
// what happens before what is the test's choice, and nothing sleeps.

#include <doctest/doctest.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "admin/http_server.hpp"

namespace ocs::admin {

using boost::asio::ip::tcp;

/// Blocking, with what came so far.
class Client {
public:
    explicit Client(std::uint16_t port) : socket_(io_) {
        socket_.connect({boost::asio::ip::address_v4::loopback(), port});
        socket_.non_blocking(true);
    }

    void say(const std::string& text) { boost::asio::write(socket_, boost::asio::buffer(text)); }
    void half_close() { socket_.shutdown(tcp::socket::shutdown_send); }
    void close() { socket_.close(); }

    /// All that has come; `ended` once the server has closed.
    const std::string& hear() {
        char bytes[4096];
        boost::system::error_code error;
        while (!error) {
            const std::size_t got = socket_.read_some(boost::asio::buffer(bytes), error);
            heard_.append(bytes, got);
        }
        if (error != boost::asio::error::would_block) ended_ = true;
        return heard_;
    }
    [[nodiscard]] bool ended() const { return ended_; }

private:
    boost::asio::io_context io_;
    tcp::socket socket_;
    std::string heard_;
    bool ended_ = false;
};

class ServedApi {
public:
    explicit ServedApi(HttpLimits limits = {}) : server_(io_, feed_, limits) {
        lab.status = [] { return LabStatus{"1.2", WallTime{}, {{"127.0.0.1", 5061}}, {}, 0, {}, "", {}}; };
        lab.history = &history_;
    }
    ServedApi(const ServedApi&) = delete;
    ServedApi& operator=(const ServedApi&) = delete;
    ~ServedApi() {
        server_.stop();
        io_.run();
    }

    /// A door; answers its port. Before start().
    std::uint16_t listen(GuardRules rules = {}) {
        tcp::acceptor acceptor(io_, {boost::asio::ip::address_v4::loopback(), 0});
        const auto port = acceptor.local_endpoint().port();
        REQUIRE(server_.listen(std::move(acceptor), std::move(rules)).has_value());
        return port;
    }
    void start() { server_.start(lab); }

    /// Runs the server until this holds. A minute is the patience of a loaded machine.
    void until(const std::function<bool()>& holds) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
        while (!holds()) {
            REQUIRE(std::chrono::steady_clock::now() < end);
            io_.run_one_for(std::chrono::milliseconds(1));
        }
    }
    /// As little as the server can do at once.
    void step() { io_.poll_one(); }

    ControlledLab lab;

private:
    boost::asio::io_context io_;
    Feed feed_{io_};
    HistoryReader history_{""};
    HttpServer server_;
};

/// The status lines of all answers in `heard`: "200 404".
inline std::string statuses(const std::string& heard) {
    std::string all;
    for (std::size_t at = heard.find("HTTP/1."); at != std::string::npos; at = heard.find("HTTP/1.", at + 1))
        all += (all.empty() ? "" : " ") + heard.substr(at + 9, 3);
    return all;
}

inline std::string get(const std::string& path, const std::string& more = "") {
    return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + more + "\r\n";
}

}  // namespace ocs::admin
