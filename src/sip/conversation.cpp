#include "sip/conversation.hpp"

#include <utility>

#include "sip/address.hpp"

namespace ocs::sip {

Conversation::Conversation(const FrontEndSettings& settings, Peer peer, Limits limits, Ruling ruling)
    : settings_(settings), ruling_(std::move(ruling)), peer_(std::move(peer)), framer_(limits) {}

void Conversation::ask_for_ruling() {
    if (!ruling_) return;
    const auto rule = std::exchange(ruling_, {})();
    if (!rule) return;
    ruled_ = settings_;
    ruled_->rules = {*rule};
}

std::vector<Exchange> Conversation::receive(std::string_view bytes) {
    std::vector<Exchange> exchanges;
    if (over_) return exchanges;
    framer_.feed(bytes);
    while (auto frame = framer_.next()) exchanges.push_back(take(*std::move(frame)));
    return exchanges;
}

Exchange Conversation::take(Frame frame) {
    Exchange exchange;
    if (frame.kind == Frame::Kind::pong) return exchange;
    if (frame.kind == Frame::Kind::ping) {
        // RFC 5626 §4.4.1 wants a pong; Communicator's own keep-alive ([MS-CONMGMT]) is one-way.
        if (!microsoft_keep_alive_) exchange.answer = "\r\n";
        return exchange;
    }
    const Message& message = frame.message;
    exchange.text = std::move(frame.text);
    exchange.received = facts_of(message, frame.bytes);
    std::optional<Message> answer;
    if (frame.kind == Frame::Kind::lost) {
        over_ = true;
        exchange.received->problem = frame.problem;
        if (message.kind == Kind::request) answer = plain_answer(message, frame.status, settings_, peer_);
    } else {
        if (message.kind == Kind::request && registered_) signed_in_ = true;
        if (message.kind == Kind::request && message.method == "REGISTER") ask_for_ruling();
        answer = answer_to(message, ruled_ ? *ruled_ : settings_, peer_);
    }
    if (message.kind == Kind::request && message.method == "REGISTER") {
        if (message.find("ms-keep-alive")) microsoft_keep_alive_ = true;
        const Address user = parse_address(message.find("To").value_or(""));
        if (domain_.empty() && user.uri) domain_ = user.uri->host;
        if (answer && answer->status == 200 && answer->find("Contact")) registered_ = true;
    }
    if (!answer) return exchange;
    exchange.answer = to_bytes(*answer);
    exchange.sent = facts_of(*answer, exchange.answer.size());
    exchange.sent->from_client = false;
    exchange.sent->method = exchange.received->method;
    exchange.sent->domain = exchange.received->domain;
    return exchange;
}

}  // namespace ocs::sip
