#include "ossl/errors.hpp"

#include <doctest/doctest.h>
#include <openssl/err.h>

#include <string>

#include "ossl/base64.hpp"
#include "ossl/live_chain.hpp"

using namespace ocs;

TEST_CASE("take_errors drains the queue, oldest first, and escapes what came with a reason") {
    ERR_clear_error();
    CHECK(ossl::take_errors() == "no reason given");
    ERR_raise(ERR_LIB_X509, ERR_R_MALLOC_FAILURE);
    ERR_raise_data(ERR_LIB_PEM, ERR_R_INTERNAL_ERROR, "key\x1b[31m");
    CHECK(ossl::take_errors() == "malloc failure; internal error (key\\x1b[31m)");
    CHECK(ossl::take_errors() == "no reason given");
    CHECK(ERR_peek_error() == 0);
}

TEST_CASE("base64 and PEM are those of RFC 4648 and RFC 7468") {
    CHECK(ossl::base64("").empty());
    CHECK(ossl::base64("f") == "Zg==");
    CHECK(ossl::base64("foobar") == "Zm9vYmFy");
    CHECK(ossl::base64(std::string("\0\xff", 2)) == "AP8=");
    CHECK(ossl::pem_of_certificate(std::string(49, 'a')) ==
          "-----BEGIN "
          "CERTIFICATE-----\nYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFh\nYQ==\n"
          "-----END CERTIFICATE-----\n");
}

TEST_CASE("fetch_chain: a name without an address is told at its stage, and leaves no error behind") {
    ossl::LiveRequest request;
    request.host = "nobody.invalid";
    request.port = 5061;
    const auto answer = ossl::fetch_chain(request);
    CHECK(answer.reached == ossl::LiveStage::name);
    CHECK(answer.error.where == "nobody.invalid:5061");
    CHECK(answer.certificates.empty());
    CHECK(ERR_peek_error() == 0);
}
