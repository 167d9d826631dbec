#include "pki/recipe.hpp"

#include <doctest/doctest.h>

#include "pki/certificate.hpp"

using namespace ocs;
using namespace ocs::pki;
using discovery::NameKind;
using discovery::PresentedName;

TEST_CASE("recipe: key and hash words go both ways") {
    for (const std::string word : {"rsa-1024", "rsa-2048", "rsa-4096", "p-256", "p-384", "ed25519"}) {
        const auto key = parse_key(word);
        REQUIRE(key.has_value());
        CHECK(to_string(*key) == word);
    }
    for (const std::string word : {"rsa-512", "rsa-", "p-521", ""}) CHECK(parse_key(word).has_error());
    for (const std::string word : {"sha1", "sha256", "sha384", "sha512"}) {
        const auto hash = parse_hash(word);
        REQUIRE(hash.has_value());
        CHECK(to_string(*hash) == word);
    }
    CHECK(parse_hash("md5").has_error());
}

TEST_CASE("parse_san: which kind a name is") {
    struct Row {
        std::string text;
        PresentedName name;
    };
    const Row rows[] = {
        {"sip.contoso.test", {NameKind::dns, "sip.contoso.test"}},
        {"DNS:sip.contoso.test ", {NameKind::dns, "sip.contoso.test "}},
        {"192.0.2.1", {NameKind::ip, "192.0.2.1"}},
        {"DNS:192.0.2.1", {NameKind::dns, "192.0.2.1"}},
        {"URI:sip:contoso.test", {NameKind::uri, "sip:contoso.test"}},
        {"email:a@contoso.test", {NameKind::email, "a@contoso.test"}},
        {"SRV:_sip.contoso.test", {NameKind::srv, "_sip.contoso.test"}},
        {"https://sip.contoso.test/", {NameKind::dns, "https://sip.contoso.test/"}},
        {"DNS-hex:612e7400ff", {NameKind::dns, std::string("a.t\0\xff", 5)}},
        {"dns-hex:", {NameKind::dns, ""}},
        {"URI-hex:c3bc", {NameKind::uri, "\u00fc"}},
        {"IP:hex:0102", {NameKind::ip, "hex:0102"}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        const auto name = parse_san(row.text);
        REQUIRE(name.has_value());
        CHECK((*name == row.name));
        CHECK((*parse_san(to_string(*name)) == row.name));
    }
    CHECK(parse_san("").has_error());
    CHECK(parse_san("IP:nonsense").has_error());
}

TEST_CASE("parse_san: text that is not ASCII is refused, its A-labels are the hint") {
    const auto name = parse_san("DNS:b\u00fccher.test");
    REQUIRE(name.has_error());
    CHECK(name.error().hint == "write xn--bcher-kva.test, or the bytes themselves as DNS-hex:…");
    CHECK(parse_san("DNS-hex:6").has_error());
    CHECK(parse_san("DNS-hex:zz").has_error());
}

TEST_CASE("validate: the SAN extension is a list of names or bytes, not both") {
    Recipe recipe;
    recipe.name = "odd";
    recipe.san_der = "3000";
    CHECK(validate(recipe, wall_now()).has_value());
    CHECK(names_of(recipe).san_readable);
    recipe.san_der = "3081";
    CHECK(!names_of(recipe).san_readable);
    recipe.sans = {{NameKind::dns, "a.test"}};
    CHECK(validate(recipe, wall_now()).error().front().what == "sans and san_der exclude each other");
    recipe.sans.clear();
    recipe.san_der = "xyz";
    CHECK(validate(recipe, wall_now()).error().front().where == "san_der");
}
