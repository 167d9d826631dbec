#include "dns/question.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace ocs;
using namespace ocs::dns;

namespace {

using Bytes = std::vector<std::uint8_t>;

const Question question{Name::parse("sip.contoso.test").value(), Type::a, 0xbeef, true, 0};

/// A response to `question` with what follows the question section.
Bytes response(std::uint8_t answers, const Bytes& rest, std::uint8_t flags1 = 0x84, std::uint8_t flags2 = 0) {
    Bytes bytes = encode(question);
    bytes[2] = flags1;
    bytes[3] = flags2;
    bytes[7] = answers;
    bytes.insert(bytes.end(), rest.begin(), rest.end());
    return bytes;
}

Bytes operator+(Bytes left, const Bytes& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

/// A record at the question's name.
Bytes record(std::uint8_t type, const Bytes& data, std::uint8_t length) {
    return Bytes{0xc0, 12, 0, type, 0, 1, 0, 0, 0, 9, 0, length} + data;
}

Bytes record(std::uint8_t type, const Bytes& data) {
    return record(type, data, static_cast<std::uint8_t>(data.size()));
}

}  // namespace

TEST_CASE("question: its bytes") {
    const Bytes expected = {0xbe, 0xef, 1,   0,   0,   1,   0,   0, 0,   0,   0,   0,   3, 's', 'i', 'p', 7,
                            'c',  'o',  'n', 't', 'o', 's', 'o', 4, 't', 'e', 's', 't', 0, 0,   1,   0,   1};
    CHECK(encode(question) == expected);
    Question with_opt = question;
    with_opt.udp_size = 1232;
    Bytes longer = expected + Bytes{0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0};
    longer[11] = 1;
    CHECK(encode(with_opt) == longer);
}

TEST_CASE("response: every type comes out whole") {
    struct Row {
        std::uint8_t type;
        Bytes data;
        std::string summary;
    };
    const Row rows[] = {
        {1, {192, 0, 2, 1}, "A 192.0.2.1"},
        {28, {0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, "AAAA 2001:db8::1"},
        {5, {1, 'x', 0xc0, 16}, "CNAME x.contoso.test"},
        {2, {0xc0, 12}, "NS sip.contoso.test"},
        {12, {1, 'p', 0}, "PTR p"},
        {33, {0, 1, 0, 2, 0x13, 0xc5, 0xc0, 12}, "SRV 1 2 5061 sip.contoso.test"},
        {33, {0, 0, 0, 0, 0, 0, 0}, "SRV 0 0 0 ."},
        {16, {2, 'h', 'i', 0}, "TXT \"hi\" \"\""},
        {6,
         Bytes{1, 'n', 0xc0, 16, 0xc0, 12} +
             Bytes{0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5},
         "SOA n.contoso.test sip.contoso.test 1 2 3 4 5"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.summary);
        const auto got = decode(question, response(1, record(row.type, row.data)));
        REQUIRE_MESSAGE(got.has_value(), to_string(got.error()));
        REQUIRE(got->answers.size() == 1);
        CHECK(summary(got->answers[0]) == row.summary);
        CHECK(got->answers[0].owner.text() == "sip.contoso.test");
        CHECK(got->answers[0].ttl == 9);
        CHECK(got->authoritative);
        CHECK(got->is(Rcode::no_error));
    }
}

TEST_CASE("response: bits, codes, and records of other types") {
    const auto got = decode(question, response(1, record(15, {0, 0, 0xc0, 12}), 0x82, 0x83));
    REQUIRE(got.has_value());
    CHECK_FALSE(got->authoritative);
    CHECK(got->truncated);
    CHECK(got->recursion_available);
    CHECK(got->is(Rcode::nx_domain));
    CHECK(got->answers.empty());
    CHECK(got->left_out == 1);
    Bytes bad_version = response(0, {0, 0, 41, 2, 0, 1, 0, 0, 0, 0, 0});
    bad_version[11] = 1;
    CHECK(decode(question, bad_version)->is(Rcode::bad_version));
    const auto old = decode(question, response(1, {0xc0, 12, 0, 1, 0, 1, 0xff, 0, 0, 0, 0, 4, 1, 2, 3, 4}));
    CHECK(old->answers.at(0).ttl == 0);  // RFC 2181 §8
    Question same_in_capitals = question;
    same_in_capitals.name = Name::parse("SIP.contoso.test").value();
    CHECK(decode(same_in_capitals, response(0, {})).has_value());
    CHECK(rcode_text(3) == "NXDOMAIN");
    CHECK(rcode_text(11) == "RCODE11");
}

TEST_CASE("response: a server that did not understand may leave the question out, others may not") {
    Bytes bare = response(0, {}, 0x80, 1);
    bare.resize(12);
    bare[5] = 0;
    CHECK(decode(question, bare)->is(Rcode::format_error));
    bare[3] = 0;
    CHECK(to_string(decode(question, bare).error()) == "the answer repeats 0 questions, not one");
}

TEST_CASE("response: what is refused, and why") {
    const std::string name_problem = "a name runs over its end, is too long, or is compressed in a loop";
    const std::string data_problem = "the data of a record does not have its length";
    const std::string over = "a record runs over the end of the message";
    Bytes other_id = response(0, {});
    other_id[0] = 0;
    Bytes other_name = response(0, {});
    other_name[13] = 'x';
    Bytes other_type = response(0, {});
    other_type[other_type.size() - 3] = 28;
    Bytes other_class = response(0, {});
    other_class[other_class.size() - 1] = 3;
    struct Row {
        Bytes bytes;
        std::string what;
    };
    const Row rows[] = {
        {{1, 2, 3}, "the answer is shorter than a header"},
        {other_id, "the answer carries another id"},
        {encode(question), "the message is no response"},
        {response(0, {}, 0x90), "the answer has another opcode"},
        {other_name, "the answer is to another question: 'xip.contoso.test' A"},
        {other_type, "the answer is to another question: 'sip.contoso.test' AAAA"},
        {other_class, "the answer is to another question: 'sip.contoso.test' A"},
        {response(1, {}), name_problem},
        {response(1, {0xc0, 12, 0, 1}), over},
        {response(1, record(1, {1, 2, 3}, 4)), over},
        {response(1, record(1, {1, 2, 3})), data_problem},
        {response(1, record(1, {1, 2, 3, 4, 5})), data_problem},
        {response(1, record(5, {1, 'x'})), name_problem},
        {response(1, record(5, {0xc0, 12, 0})), data_problem},
        {response(1, record(5, {})), name_problem},
        {response(1, record(5, {0xc0, 46})), name_problem},    // points at itself
        {response(1, record(5, {0xc0, 0xff})), name_problem},  // points past the end
        {response(1, record(5, {0xc0})), name_problem},
        {response(1, record(5, {1, 'a', 0xc0, 46})), name_problem},  // grows for ever
        {response(1, record(33, {0, 0, 0, 0, 0x13, 0xc5})), data_problem},
        {response(1, record(16, {})), data_problem},
        {response(1, record(16, {3, 'a'})), data_problem},
        {response(1, record(6, {0xc0, 12, 0xc0, 12, 0, 0})), data_problem},
        {response(0, {0}), "bytes follow the last record of the answer"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        const auto got = decode(question, row.bytes);
        REQUIRE(got.has_error());
        CHECK(to_string(got.error()) == row.what);
    }
}
