// A client's SIP stream, cut at any place: what is answered does not depend on the cuts, and every answer is
// a message that can be read back.

#include <vector>

#include "property.hpp"
#include "sip/client_side.hpp"
#include "sip/conversation.hpp"

using namespace ocs;
using fuzz::require;

namespace {

sip::FrontEndSettings settings() {
    sip::FrontEndSettings made;
    made.rules.resize(4);
    made.rules[0].user = "bob@contoso.test";
    made.rules[0].answer = sip::RegisterAnswer::redirect;
    made.rules[0].homes = {{"home.contoso.test", 0, "0.7"}};
    made.rules[1].user = "@fabrikam.test";
    made.rules[1].answer = sip::RegisterAnswer::forbidden;
    made.rules[2].user = "eve@contoso.test";
    made.rules[2].answer = sip::RegisterAnswer::never;
    made.rules[3].answer = sip::RegisterAnswer::ok;
    return made;
}

void check_facts(const sip::MessageFacts& facts) {
    require(facts.method.size() <= 32 && facts.reason.size() <= 128 && facts.user.size() <= 256 &&
                facts.domain.size() <= 255 && facts.call_id.size() <= 128 && facts.cseq.size() <= 64 &&
                facts.user_agent.size() <= 256 && facts.epid.size() <= 64 && facts.problem.size() <= 256,
            "facts are bounded");
    require(facts.status == 0 || (facts.status >= 100 && facts.status <= 699), "a status has three digits");
    require(fuzz::is_printable(facts.problem), "a problem never quotes what was sent", facts.problem);
}

struct Outcome {
    std::string answers;
    std::size_t received = 0;
    std::size_t sent = 0;
    bool signed_in = false;
    bool over = false;
    bool operator==(const Outcome&) const = default;
};

Outcome converse(const sip::FrontEndSettings& front_end, std::string_view stream, std::size_t piece) {
    sip::Peer peer;
    peer.address = "192.0.2.7";
    peer.port = 49152;
    peer.local_port = 5061;
    peer.host_name = "sip.contoso.test";
    peer.connection = "fuzz";
    sip::Conversation conversation(front_end, peer);
    Outcome outcome;
    while (!stream.empty()) {
        const std::string_view part = stream.substr(0, piece);
        stream.remove_prefix(part.size());
        for (const sip::Exchange& exchange : conversation.receive(part)) {
            if (exchange.received) ++outcome.received;
            if (exchange.received) check_facts(*exchange.received);
            if (exchange.sent) ++outcome.sent;
            if (exchange.sent) check_facts(*exchange.sent);
            require(!exchange.sent || exchange.received, "nothing is sent unasked");
            outcome.answers += exchange.answer;
        }
    }
    outcome.signed_in = conversation.is_signed_in();
    outcome.over = conversation.is_over();
    return outcome;
}

/// Our answers as a client reads them.
void check_answers(const Outcome& outcome) {
    sip::Limits wide;
    wide.line_bytes = wide.head_bytes = std::size_t{1} << 20U;
    wide.messages = std::size_t{1} << 20U;
    sip::Framer framer(wide);
    framer.feed(outcome.answers);
    std::size_t messages = 0;
    while (const auto frame = framer.next()) {
        require(frame->kind != sip::Frame::Kind::lost, "our own stream can be followed", frame->problem);
        if (frame->kind != sip::Frame::Kind::message) continue;
        ++messages;
        require(frame->message.kind == sip::Kind::answer, "a front end sends answers only");
        require(
            frame->message.problem.empty(), "nothing in an answer needs forgiving", frame->message.problem);
        require(!frame->message.has_credentials, "no answer carries a credential");
        sip::read_answer(frame->message);
    }
    require(messages == outcome.sent, "every answer is one message");
    require(!framer.is_inside_message(), "no answer is left open");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const sip::FrontEndSettings front_end = settings();
    if (size == 0) return 0;
    const std::size_t piece = std::size_t{data[0]} + 1;
    const std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
    const Outcome whole = converse(front_end, stream, stream.size() + 1);
    require(converse(front_end, stream, piece) == whole, "cuts in the stream change nothing");
    check_answers(whole);
    const std::string text = sip::without_credentials(stream);
    const sip::Message cleaned = sip::parse_message(text, "");
    require(!cleaned.has_credentials || text.find(" bytes not kept)") != std::string::npos,
            "where a credential was, its size stands");
    const sip::Message alone = sip::parse_message(stream, "");
    for (const sip::Header& header : alone.headers) {
        require(header.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos,
                "a value stays on its line");
    }
    return 0;
}
