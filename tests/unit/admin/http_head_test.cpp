#include "admin/http_head.hpp"

#include <doctest/doctest.h>

using namespace ocs::admin;
using namespace std::string_literals;

TEST_CASE("http head: where it ends, and what nobody has to wait for") {
    struct Row {
        std::string bytes;
        bool over;
        std::string problem;
    };
    const Row rows[] = {
        {"", false, ""},
        {"GET / HTTP/1.1\r\nHost: x\r\n", false, ""},
        {"GET / HTTP/1.1\r\nHost: x\r\n\r", false, ""},
        {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", true, ""},
        {"POST / HTTP/1.1\r\n\r\n a\nb\r\0\n c", true, ""},
        {"\x16\x03\x01", true, ""},
        {"\r\n", true, ""},
        {"GET / HTTP/1.1\n", true, "a line ends with LF alone"},
        {"GET / HTTP/1.1\r\nHost: x\r\r", true, "a CR is within a line"},
        {"GET / HTTP/1.1\r\nHost: x\r\n y", true, "a header goes on in the next line"},
        {"GET / HTTP/1.1\r\n\tHost: x", true, "a header goes on in the next line"},
        {"GET /\0"s, true, "a NUL is in the head of the request"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.bytes);
        CHECK(head_is_over(row.bytes) == row.over);
        CHECK(head_problem(row.bytes) == row.problem);
    }
}
