#include "sip/framer.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace ocs::sip;

namespace {

/// One word per frame: "REGISTER+3" for a request with three bytes of body, "200", "ping", "pong", "lost 400
/// why".
std::string shown(const Frame& frame) {
    switch (frame.kind) {
        case Frame::Kind::ping:
            return "ping";
        case Frame::Kind::pong:
            return "pong";
        case Frame::Kind::lost:
            return "lost " + std::to_string(frame.status) + " " + frame.problem;
        case Frame::Kind::message:
            break;
    }
    const std::string body =
        frame.message.body.empty() ? "" : "+" + std::to_string(frame.message.body.size());
    return (frame.message.kind == Kind::request ? frame.message.method
                                                : std::to_string(frame.message.status)) +
           body;
}

std::string frames_of(Framer& framer) {
    std::string text;
    while (auto frame = framer.next()) text += (text.empty() ? "" : " | ") + shown(*frame);
    return text;
}

std::string frames(const std::string& stream, Limits limits = {}) {
    Framer framer(limits);
    framer.feed(stream);
    return frames_of(framer);
}

std::string frames_bytewise(const std::string& stream, Limits limits = {}) {
    Framer framer(limits);
    std::string text;
    for (char c : stream) {
        framer.feed(std::string_view(&c, 1));
        const std::string more = frames_of(framer);
        if (!more.empty()) text += (text.empty() ? "" : " | ") + more;
    }
    return text;
}

const std::string options = "OPTIONS sip:a.test SIP/2.0\r\n";

}  // namespace

TEST_CASE("framer: a stream falls into the same frames whole and byte by byte") {
    struct Row {
        std::string stream, frames, why;
    };
    const Row rows[] = {
        {options + "Content-Length: 0\r\n\r\n", "OPTIONS", "one message"},
        {options + "l: 3\r\n\r\nabc" + options + "\r\n",
         "OPTIONS+3 | OPTIONS",
         "body by its compact length, then the next"},
        {options + "\r\n", "OPTIONS", "no Content-Length: no body"},
        {"OPTIONS sip:a.test SIP/2.0\nl: 2\n\nab", "OPTIONS+2", "LF only"},
        {options + "Content-Length: 2\r\nContent-Length: 2\r\n\r\nab", "OPTIONS+2", "twice the same"},
        {"SIP/2.0 200 OK\r\nl: 0\r\n\r\n", "200", "an answer"},
        {"\r\n\r\n", "ping", "RFC 5626 §3.5.1"},
        {"\r\n\r\n\r\n\r\n" + options + "\r\n", "ping | ping | OPTIONS", "two pings"},
        {"\r\n" + options + "\r\n", "pong | OPTIONS", "a pong, or a line end of RFC 3261 §7.5"},
        {"\n\n" + options + "\r\n", "pong | pong | OPTIONS", "bare line feeds are no ping"},
        {"\r\n", "", "a pong is not told from half a ping yet"},
        {options + "l: 5\r\n\r\nabc", "", "the body is still to come"},
        {options, "", "the head is still to come"},
        {"", "", "nothing"},
        {"GET / HTTP/1.1\r\n",
         "lost 400 the first line is no start line of SIP",
         "not SIP, seen at its first line"},
        {options + "Content-Length: -1\r\n\r\n", "lost 400 Content-Length is no number", "negative"},
        {options + "Content-Length: 1x\r\n\r\n", "lost 400 Content-Length is no number", "no number"},
        {options + "Content-Length:\r\n\r\n", "lost 400 Content-Length is no number", "empty"},
        {options + "l: 99999999999999999999999\r\n\r\n",
         "lost 400 Content-Length is no number",
         "beyond 64 bits"},
        {options + "l: 1\r\nContent-Length: 2\r\n\r\nab",
         "lost 400 two Content-Length that differ",
         "request smuggling"},
        {options + "l: 65537\r\n\r\n", "lost 413 a body of more than 65536 bytes", "too long a body"},
        {options + "X: " + std::string(9000, 'x') + "\r\n\r\n",
         "lost 513 a line of more than 8192 bytes",
         "too long a line"},
        {std::string(9000, 'A'), "lost 513 a line of more than 8192 bytes", "a first line without end"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(frames(row.stream) == row.frames);
        CHECK(frames_bytewise(row.stream) == row.frames);
    }
}

TEST_CASE("framer: a header part beyond its limit ends the stream, and the request can still be answered") {
    std::string stream = options + "Call-ID: 1\r\n";
    for (int i = 0; i < 20; ++i) stream += "X: " + std::string(1000, 'x') + "\r\n";
    Framer framer;
    framer.feed(stream);
    const auto frame = framer.next();
    REQUIRE(frame);
    CHECK(shown(*frame) == "lost 513 a header part of more than 16384 bytes");
    CHECK(frame->message.method == "OPTIONS");
    CHECK(frame->message.find("Call-ID") == "1");
    framer.feed(options + "\r\n");
    CHECK(!framer.next());
}

TEST_CASE("framer: one connection may send so many messages") {
    Limits limits;
    limits.messages = 2;
    const std::string one = options + "l: 0\r\n\r\n";
    CHECK(frames(one + one + one + one, limits) ==
          "OPTIONS | OPTIONS | lost 503 more than 2 messages on one connection");
}

TEST_CASE("framer: knows whether the stream stopped inside a message") {
    Framer framer;
    CHECK(!framer.is_inside_message());
    framer.feed("\r\n");
    CHECK(!framer.next());
    CHECK(!framer.is_inside_message());
    framer.feed(options);
    framer.next();
    CHECK(!framer.next());
    CHECK(framer.is_inside_message());
    framer.feed("\r\n");
    CHECK(framer.next());
    CHECK(!framer.is_inside_message());
}

TEST_CASE("framer: bytes on the wire are counted") {
    Framer framer;
    framer.feed("\r\n\r\n" + options + "l: 2\r\n\r\nab");
    CHECK(framer.next()->bytes == 4);
    CHECK(framer.next()->bytes == options.size() + 10);
}
