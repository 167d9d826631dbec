#include "sip/address.hpp"
#include "sip/front_end.hpp"

namespace ocs::sip {

MessageFacts facts_of(const Message& message, std::uint64_t bytes) {
    auto bounded = [](std::string_view text, std::size_t most) { return std::string(text.substr(0, most)); };
    MessageFacts facts;
    const std::string_view cseq = message.find("CSeq").value_or("");
    const std::size_t blank = cseq.find_last_of(" \t");
    const std::string_view cseq_method =
        blank == std::string_view::npos ? std::string_view() : cseq.substr(blank + 1);
    facts.method = bounded(message.kind == Kind::answer ? cseq_method : message.method, 32);
    facts.status = message.status;
    facts.reason = bounded(message.reason, 128);
    const Address from = parse_address(message.find("From").value_or(""));
    const Address to = parse_address(message.find("To").value_or(""));
    if (from.uri || to.uri) facts.user = bounded((from.uri ? *from.uri : *to.uri).address_of_record(), 256);
    if (const auto uri = parse_uri(message.uri)) facts.domain = bounded(uri->host, 255);
    facts.call_id = bounded(message.find("Call-ID").value_or(""), 128);
    facts.cseq = bounded(cseq, 64);
    facts.user_agent = bounded(message.find("User-Agent").value_or(""), 256);
    facts.epid = bounded(from.parameter("epid").value_or(""), 64);
    facts.has_credentials = message.has_credentials;
    facts.bytes = bytes;
    facts.problem = bounded(message.problem, 256);
    return facts;
}

}  // namespace ocs::sip
