#include "yaml/document.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

namespace ocs::yaml {
namespace {

std::string repeat(const std::string& text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
}

std::string error_of(const std::string& text) {
    const auto document = parse("f.yaml", text);
    return document.has_error() ? to_string(document.error()) : "";
}

}  // namespace

TEST_CASE("document: maps, lists and scalars with their places") {
    const auto document = parse("f.yaml", "a: 1\nb:\n  - x\n  - {c: \"0777\"}\nn:\n");
    REQUIRE(document.has_value());
    const Node& root = document->root;
    REQUIRE(root.kind == Kind::map);
    REQUIRE(root.entries.size() == 3);
    CHECK(root.entries[0].key == "a");
    CHECK(root.entries[0].value.text == "1");
    CHECK(root.entries[0].value.mark.line == 1);
    CHECK(root.entries[0].value.mark.column == 4);
    const Node& list = root.entries[1].value;
    REQUIRE(list.items.size() == 2);
    CHECK(list.items[0].mark.line == 3);
    CHECK(list.items[0].mark.column == 5);
    CHECK(list.items[1].entries[0].value.text == "0777");
    CHECK(root.entries[2].value.kind == Kind::null);
}

TEST_CASE("document: YAML 1.1 surprises stay text") {
    const auto document = parse("f.yaml", "[0777, no, 08]");
    REQUIRE(document.has_value());
    CHECK(document->root.items[0].text == "0777");
    CHECK(document->root.items[1].text == "no");
    CHECK(document->root.items[2].text == "08");
}

TEST_CASE("document: an empty file is a null node") {
    for (const std::string text : {"", "\n\n", "# only a comment\n"}) {
        CAPTURE(text);
        const auto document = parse("f.yaml", text);
        REQUIRE(document.has_value());
        CHECK(document->root.kind == Kind::null);
    }
}

TEST_CASE("document: what the guard refuses") {
    std::string laughs = "a: &a [x, x, x, x, x, x, x, x, x]\n";
    for (char level = 'b'; level <= 'j'; ++level) {
        const char before = static_cast<char>(level - 1);
        laughs += std::string(1, level) + ": &" + level + " [" + repeat(std::string("*") + before + ", ", 9) +
                  "]\n";
    }
    struct Row {
        std::string text, found, why;
    };
    const Row rows[] = {
        {repeat("[", 100000), "f.yaml:1:1: ", "deep flow lists that never close"},
        {repeat("{a: ", 100000), "f.yaml:1:1: ", "deep flow maps that never close"},
        {repeat("[", 33) + repeat("]", 33), "f.yaml:1:33: nested more than 32 levels deep", "one too deep"},
        {repeat("- ", 100000), "nested more than 32 levels deep", "deep block lists"},
        {"&x [*x]", "f.yaml:1:1: anchors ('&name') are not supported", "a walk would never end"},
        {"a: &x [1]\nb: [*x, *x]\n", "f.yaml:1:4: anchors", "billion laughs starts so"},
        {"a: *x\n", "f.yaml:1:", "an alias without anchor"},
        {"port: 1\nport: 2\n", "f.yaml:2:1: duplicate key 'port', first in line 1", "yaml-cpp keeps both"},
        {"a: \"abc\n", "f.yaml:1:4: a quote that opens here never closes", "double quote"},
        {"a: 'it''s\n", "f.yaml:1:4: a quote that opens here never closes", "single quote"},
        {"a: 1\n---\nb: 2\n", "a second document", "the rest would be ignored"},
        {"[a]\nb: 2\n", "f.yaml:2:1: a second document", "text after the document"},
        {"condition: ( a = \"b\n", "", "the looping rule of Falco: text or an error, but it ends"},
        {"a: !!int 1\n", "f.yaml:1:4: tags", "tag"},
        {"a: ! 1\n", "tags", "the lone tag"},
        {"? [a]\n: 1\n", "a key must be a plain word", "a list as key"},
        {"a: [1, 2\n", "not valid YAML", "an open list"},
        {"a: " + std::string(70000, 'x'), "is over 64 KiB", "a long scalar"},
        {std::string(20U << 20U, 'x'), "f.yaml: larger than 8 MiB", "20 MB took 3.6 s"},
        {"[" + repeat("1,", 500001) + "]", "more than 500000 values", "many events"},
        {std::string("a: 1\nb: \0", 9), "f.yaml:2:4: a NUL byte", "NUL"},
        {"a: 1\nb: x\xff\n", "f.yaml:2:5: not valid UTF-8", "the first bad byte"},
        {"\xC3\xA9: 1\nb: \"\xC3\xA9\n", "f.yaml:2:4: a quote that opens here never closes", "after UTF-8"},
        {"a: [b, 'c]\n", "f.yaml:1:8: a quote that opens here never closes", "in a list"},
        {"'a: 1\n", "f.yaml:1:1: a quote that opens here never closes", "a key"},
        {laughs, "f.yaml:1:4: anchors", "billion laughs, ten levels"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const std::string error = error_of(row.text);
        CAPTURE(error);
        CHECK(error.find(row.found) != std::string::npos);
        if (!row.found.empty()) CHECK(!error.empty());
    }
}

TEST_CASE("document: what hides nothing is collected where it is asked for") {
    const auto document = parse_on("f.yaml", "a: &x 1\nb: [*x, 2]\na: {c: 3}\nd: !!str 4\ne: 5\n");
    REQUIRE(document.has_value());
    std::string all;
    for (const Problem& problem : document->problems) all += to_string(problem.error) + "\n";
    CHECK(all ==
          "f.yaml:1:4: anchors ('&name') are not supported\n"
          "f.yaml:2:5: aliases ('*name') are not supported\n"
          "f.yaml:3:1: duplicate key 'a', first in line 1\n"
          "f.yaml:4:4: tags ('tag:yaml.org,2002:str') are not supported\n");
    REQUIRE(document->root.entries.size() == 4);
    CHECK(document->root.entries[0].value.text == "1");
    CHECK(document->root.entries[1].value.items.size() == 2);
    CHECK(document->root.entries[3].value.text == "5");
    CHECK(parse_on("f.yaml", repeat("a: 1\n", 100)).has_error());
    CHECK(parse_on("f.yaml", "&x [*x]").has_value());
}

TEST_CASE("document: an escape that yaml-cpp turns into no UTF-8 is refused at its place") {
    for (const char* text : {"a: \"x\\Ny\"\n", "a: \"x\\_y\"\n", "\"a\\N\": 1\n"}) {
        CAPTURE(text);
        const auto document = parse("lab.yaml", text);
        REQUIRE(document.has_error());
        CHECK(to_string(document.error()).find("lab.yaml:1:") == 0);
        CHECK(document.error().what == "the escape \\N or \\_ is not supported");
    }
}

TEST_CASE("document: closed quotes and escapes are fine") {
    const auto document = parse("f.yaml", "a: 'it''s'\nb: \"say \\\"x\\\"\"\nc: |\n  text\n");
    REQUIRE(document.has_value());
    CHECK(document->root.entries[0].value.text == "it's");
    CHECK(document->root.entries[1].value.text == "say \"x\"");
    CHECK(document->root.entries[2].value.text == "text\n");
}

TEST_CASE("document: mutated input never throws") {
    const std::string seed = "a: [1, {b: \"c\"}]\nd: |\n  x\n? e\n: 'f'\n---\n- &x *x !y\n";
    std::srand(1);
    for (int i = 0; i < 3000; ++i) {
        std::string text = seed;
        for (int k = 0; k < 4; ++k) {
            text[static_cast<std::size_t>(std::rand()) % text.size()] =
                seed[static_cast<std::size_t>(std::rand()) % seed.size()];
        }
        CHECK_NOTHROW((void)parse("f.yaml", text));
    }
}

TEST_CASE("document: a file that is not there is an error") {
    CHECK(load("/nonexistent/f.yaml").has_error());
}

}  // namespace ocs::yaml
