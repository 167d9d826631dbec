#include "server/talk.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace ocs;
using server::Speaker;
using server::Talk;

namespace {

const config::AutodiscoverSettings no_autodiscover;

/// Repeats what it hears, and says goodbye at a BYE.
class Echo final : public Speaker {
public:
    Reply hear(std::string_view bytes, Micros) override {
        return {"heard " + std::string(bytes), bytes.starts_with("BYE")};
    }
};

const server::MakeSpeaker nobody;
const server::MakeSpeaker echo = [](record::ConnectionRecord&) { return std::make_unique<Echo>(); };

}  // namespace

TEST_CASE("talk: what nobody answers is noted and over") {
    struct Row {
        std::string said, kind, line;
    };
    const Row rows[] = {
        {"REGISTER sip:contoso.test SIP/2.0\r\n", "sip", "REGISTER sip:contoso.test SIP/2.0"},
        {"SSH-2.0-x\r\n", "ssh", "SSH-2.0-x"},
        {std::string("\0\1", 2), "other", std::string("\0\1", 2)},
    };
    for (const Row& row : rows) {
        record::ConnectionRecord record;
        Talk talk(record, nobody, no_autodiscover);
        CHECK(talk.hear(row.said, Micros{0}) == "");
        CHECK(talk.over());
        REQUIRE(record.facts.first_data.has_value());
        CHECK(to_string(record.facts.first_data->kind) == row.kind);
        CHECK(record.facts.first_data->first_line == row.line);
    }
}

TEST_CASE("talk: waits until it is clear what is spoken, then hands over all of it") {
    record::ConnectionRecord record;
    Talk talk(record, echo, no_autodiscover);
    CHECK(talk.hear("R", Micros{0}) == "");
    CHECK(to_string(record.facts.first_data->kind) == "other");  // all that is known if it leaves now
    CHECK(talk.hear("EGISTER sip:a SIP/2.0\r\n", Micros{0}) == "heard REGISTER sip:a SIP/2.0\r\n");
    CHECK(to_string(record.facts.first_data->kind) == "sip");
    CHECK(!talk.over());
    record.facts.answered = true;  // the session has sent it
    CHECK(talk.hear("BYE", Micros{0}) == "heard BYE");
    CHECK(record.facts.answer_followed);
    CHECK(talk.over());
    CHECK(talk.hear("more", Micros{0}) == "");
}

TEST_CASE("talk: blank lines alone keep it open") {
    record::ConnectionRecord record;
    Talk talk(record, nobody, no_autodiscover);
    CHECK(talk.hear("\r\n\r\n", Micros{0}) == "");
    CHECK(!talk.over());
    CHECK(to_string(record.facts.first_data->kind) == "crlf");
}
