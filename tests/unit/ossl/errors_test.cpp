#include "ossl/errors.hpp"

#include <doctest/doctest.h>
#include <openssl/err.h>

#include <string>

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
