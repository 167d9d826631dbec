#include "yaml/reader.hpp"

#include <doctest/doctest.h>

namespace ocs::yaml {

TEST_CASE("reader: every problem is reported with place, path, found and expected") {
    const auto document = parse("f.yaml", "port: 5O61\nlevel: 9\non: yes\npott: 1\nwait: x\nnames: a\n");
    REQUIRE(document.has_value());
    Problems problems("f.yaml");
    Map map(Value(document->root, "", problems));
    CHECK_FALSE(map.find("port")->integer(0, 65535));
    CHECK_FALSE(map.find("level")->integer(0, 5));
    CHECK_FALSE(map.find("on")->boolean());
    CHECK_FALSE(map.find("wait")->number(0, 10));
    CHECK(map.find("names")->list().empty());
    CHECK_FALSE(map.require("host"));
    map.finish();
    const auto& errors = problems.errors();
    REQUIRE(errors.size() == 7);
    CHECK(to_string(errors[0]) == "f.yaml:1:1: key 'host' is missing");
    CHECK(to_string(errors[1]) ==
          "f.yaml:1:7: port: bad number: found '5O61', expected a whole number from 0 to 65535");
    CHECK(errors[1].hint == "did you mean 5061? a letter stands where a digit belongs");
    CHECK(to_string(errors[2]) ==
          "f.yaml:2:8: level: bad number: found '9', expected a whole number from 0 to 5");
    CHECK(to_string(errors[3]) ==
          "f.yaml:3:5: on: not what belongs here: found 'yes', expected true or false");
    CHECK(to_string(errors[4]) ==
          "f.yaml:4:1: unknown key 'pott': expected one of port, level, on, wait, names, host");
    CHECK(errors[4].hint == "did you mean 'port'?");
    CHECK(to_string(errors[5]) == "f.yaml:5:7: wait: bad number: found 'x', expected a number from 0 to 10");
    CHECK(to_string(errors[6]) == "f.yaml:6:8: names: not what belongs here: found 'a', expected a list");
}

TEST_CASE("reader: numbers are decimal and nothing else") {
    for (const char* text : {"0777", "08", "0x10", "1_000", "+1", "1.5", "''", "[1]"}) {
        CAPTURE(text);
        const auto document = parse("f.yaml", text);
        REQUIRE(document.has_value());
        Problems problems("f.yaml");
        CHECK_FALSE(Value(document->root, "n", problems).integer(0, 100000));
        CHECK(problems.errors().size() == 1);
    }
}

TEST_CASE("reader: a survey of an empty document visits every key") {
    Problems problems("");
    problems.start_survey();
    const Node nothing;
    Map map(Value(nothing, "", problems));
    for (const Value& item : map.find("list")->list()) {
        Map inner(item);
        (void)inner.find("a");
        (void)inner.require("b");
    }
    CHECK(problems.asked() == std::vector<std::string>{"list", "list[0].a", "list[0].b"});
}

TEST_CASE("reader: values that are right") {
    const auto document = parse("f.yaml", "{i: -5, d: 2.5, b: false, w: two, l: [x], e: }");
    REQUIRE(document.has_value());
    Problems problems("f.yaml");
    Map map(Value(document->root, "", problems));
    CHECK(map.find("i")->integer(-10, 0) == -5);
    CHECK(map.find("d")->number(0, 3) == 2.5);
    CHECK(map.find("b")->boolean() == false);
    CHECK(map.find("w")->word({"one", "two"}) == 1U);
    CHECK(map.find("l")->list().at(0).string() == "x");
    CHECK(map.find("e")->list().empty());
    map.finish();
    CHECK(problems.empty());
}

}  // namespace ocs::yaml
