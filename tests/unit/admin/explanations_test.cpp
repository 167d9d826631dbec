#include "admin/explanations.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace ocs;
using namespace ocs::admin;

TEST_CASE("compare: each certificate and name has the policies that would take it") {
    const std::string body =
        R"({"wanted":["sip.contoso.test","pool.contoso.test","a\\x00b"],"certificates":[)"
        R"({"common_names":["x.test"],"san_present":true,"san":[{"kind":"DNS","text":"*.contoso.test"}]},{}]})";
    const ApiReply reply = compare_names(body);
    CHECK(reply.status == 200);
    const std::string wildcard = R"(["lync2010","rfc9525","openssl"])";
    CHECK(reply.body == R"({"schema":1,"compared":[[{"wanted":"sip.contoso.test","covered_by":)" + wildcard +
                            R"(},{"wanted":"pool.contoso.test","covered_by":)" + wildcard +
                            R"(},{"wanted":"a\\x00b","covered_by":[]}],)"
                            R"([{"wanted":"sip.contoso.test","covered_by":[]},)"
                            R"({"wanted":"pool.contoso.test","covered_by":[]},)"
                            R"({"wanted":"a\\x00b","covered_by":[]}]]})"
                            "\n");
}

TEST_CASE("compare: a body that cannot be read, or asks for too much, is refused") {
    std::string many = R"({"certificates":[],"wanted":[""])";
    many.pop_back();
    for (int i = 0; i < 100; ++i) many += ",\"\"";
    many += "]}";
    struct Row {
        std::string body, what;
    };
    const Row rows[] = {
        {"", "the body is no JSON object"},
        {"{}", "'wanted' is missing, or no list"},
        {R"({"wanted":[]})", "'certificates' is missing, or no list"},
        {many, "'wanted' has more than 100 entries"},
        {R"({"wanted":[1],"certificates":[{}]})", "a wanted name is no text"},
        {R"({"wanted":[],"certificates":[1]})", "a certificate is no object"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.body);
        const ApiReply reply = compare_names(row.body);
        CHECK(reply.status == 400);
        CHECK(reply.body.find(row.what) != std::string::npos);
    }
}
