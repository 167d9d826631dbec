// Messages: sizes, OPT, and bytes that are no good question. What the zones say is in answer_test.cpp.

#include <doctest/doctest.h>

#include <string>

#include "dns/answer.hpp"
#include "dns/question.hpp"

using namespace ocs;
using namespace ocs::dns;

namespace {

Name name(std::string_view text) { return Name::parse(text).value(); }

Zones lab() {
    Zone zone(name("contoso.test"));
    const auto address = IpAddress::parse("192.0.2.1").value();
    REQUIRE(zone.add(Record{name("front01.contoso.test"), Type::a, 0, address}).has_value());
    Zones zones;
    REQUIRE(zones.add(zone).has_value());
    return zones;
}

}  // namespace

TEST_CASE("answer: what does not fit is left out, and TC says so") {
    Zone zone(name("big.test"));
    for (int i = 0; i < 1000; ++i) {
        const auto target = name("server" + std::to_string(i) + ".big.test");
        REQUIRE(
            zone.add(Record{name("_sip._tls.big.test"), Type::srv, 0, Srv{0, 0, 5061, target}}).has_value());
        if (i < 40) {
            REQUIRE(
                zone.add(Record{name("few.big.test"), Type::srv, 0, Srv{0, 0, 5061, target}}).has_value());
            const auto address = IpAddress::parse("192.0.2." + std::to_string(i)).value();
            REQUIRE(zone.add(Record{target, Type::a, 0, address}).has_value());
        }
    }
    Zones zones;
    REQUIRE(zones.add(zone).has_value());
    struct Row {
        std::string name;
        std::uint16_t udp_size;
        Transport transport;
        std::size_t limit;
        bool truncated;
        std::string why;
    };
    const Row rows[] = {
        {"_sip._tls.big.test", 0, Transport::udp, 512, true, "no OPT: 512 bytes"},
        {"_sip._tls.big.test", 100, Transport::udp, 512, true, "less than 512 is 512 (RFC 6891 §6.2.3)"},
        {"_sip._tls.big.test", 1232, Transport::udp, 1232, true, "what OPT says"},
        {"_sip._tls.big.test", 65535, Transport::udp, 4096, true, "we send no larger datagram"},
        {"_sip._tls.big.test", 512, Transport::tcp, 65535, false, "TCP holds it all"},
        {"few.big.test", 1600, Transport::udp, 1600, false, "what only goes along is dropped without TC"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const Question question{name(row.name), Type::srv, 7, true, row.udp_size};
        AnswerOptions options;
        options.transport = row.transport;
        const Answer got = answer(encode(question), zones, {}, options);
        CHECK(got.bytes.size() <= row.limit);
        CHECK(got.facts.truncated == row.truncated);
        const auto response = decode(question, got.bytes);
        REQUIRE_MESSAGE(response.has_value(), to_string(response.error()));
        CHECK(response->truncated == row.truncated);
        CHECK((response->answers.size() == got.facts.answers.size()) == !row.truncated);
        CHECK(response->answers.size() > 2);
    }
}

TEST_CASE("answer: messages that are no good question") {
    const Zones zones = lab();
    const auto good = encode(Question{name("front01.contoso.test"), Type::a, 0x1234, true, 1232});
    const auto changed = [&good](std::size_t at, std::uint8_t value) {
        auto bytes = good;
        bytes[at] = value;
        return bytes;
    };
    struct Row {
        std::vector<std::uint8_t> bytes;
        int rcode;  // -1: no answer
        Outcome outcome;
        std::string why;
    };
    auto two_questions = good;
    two_questions[5] = 2;
    auto two_opts = good;
    two_opts.insert(two_opts.end(), good.end() - 11, good.end());
    two_opts[11] = 2;
    const std::size_t opt = good.size() - 11;
    auto cut = good;
    cut.resize(20);
    auto no_question = good;
    no_question.resize(12);
    no_question[5] = 0;
    no_question[11] = 0;
    const Row rows[] = {
        {{}, -1, Outcome::dropped, "nothing"},
        {{1, 2, 3}, -1, Outcome::dropped, "no header"},
        {changed(2, 0x81), -1, Outcome::dropped, "a response: answering it would start a loop"},
        {changed(2, 0x29), 4, Outcome::not_implemented, "an UPDATE"},
        {changed(2, 0x11), 4, Outcome::not_implemented, "a STATUS"},
        {no_question, 1, Outcome::format_error, "no question"},
        {two_questions, 1, Outcome::format_error, "two questions"},
        {cut, 1, Outcome::format_error, "cut in its name"},
        {changed(12, 0xc0), 1, Outcome::format_error, "a pointer that points nowhere good"},
        {changed(opt - 2, 3), 5, Outcome::refused, "class CH"},
        {changed(opt + 6, 1), 0, Outcome::format_error, "EDNS version 1: BADVERS is 16, its low bits are 0"},
        {two_opts, 1, Outcome::format_error, "two OPT records (RFC 6891 §6.1.1)"},
        {changed(opt, 1),
         1,
         Outcome::format_error,
         "an OPT record that is not at the root runs over the end"},
        {changed(11, 2), 1, Outcome::format_error, "a record is counted that is not there"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const Answer got = answer(row.bytes, zones, {});
        CHECK(got.facts.outcome == row.outcome);
        REQUIRE(got.bytes.empty() == (row.rcode < 0));
        if (got.bytes.empty()) continue;
        CHECK(got.bytes.size() >= 12);
        CHECK(got.bytes[0] == 0x12);
        CHECK(got.bytes[1] == 0x34);
        CHECK((got.bytes[2] & 0x80) != 0);
        CHECK((got.bytes[3] & 0x0f) == row.rcode);
        CHECK((got.bytes[2] & 0x78) == (row.bytes[2] & 0x78));
    }
    const Question question{name("front01.contoso.test"), Type::a, 0x1234, true, 1232};
    CHECK(decode(question, answer(changed(opt + 6, 1), zones, {}).bytes)->is(Rcode::bad_version));
    CHECK(decode(question, server_failure(good))->is(Rcode::server_failure));
    CHECK(server_failure(changed(2, 0x81)).empty());
}

TEST_CASE("answer: OPT only where there was one") {
    const Zones zones = lab();
    const auto without =
        answer(encode(Question{name("front01.contoso.test"), Type::a, 1, true, 0}), zones, {});
    CHECK(without.bytes[11] == 0);
    auto query = encode(Question{name("front01.contoso.test"), Type::a, 1, false, 1232});
    query[query.size() - 4] = 0x80;  // DO
    const auto with = answer(query, zones, {});
    CHECK(with.bytes[11] == 1);
    const std::vector<std::uint8_t> opt(with.bytes.end() - 11, with.bytes.end());
    CHECK(opt == std::vector<std::uint8_t>{0, 0, 41, 0x10, 0, 0, 0, 0x80, 0, 0, 0});
    CHECK((with.bytes[2] & 1) == 0);  // RD as in the question
}
