#include "sip/client_side.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/escape.hpp"
#include "sip/address.hpp"

namespace ocs::sip {
namespace {

std::string host_port(std::string_view host, std::uint16_t port) {
    return host.find(':') == std::string_view::npos ? fmt::format("{}:{}", host, port)
                                                    : fmt::format("[{}]:{}", host, port);
}

double read_q(std::optional<std::string_view> text) {
    if (!text) return 1.0;
    double q = 1.0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), q);
    const bool good = error == std::errc() && end == text->data() + text->size() && q >= 0.0 && q <= 1.0;
    return good ? q : 1.0;
}

std::optional<ContactTarget> read_contact(std::string_view text) {
    const Address address = parse_address(text);
    if (!address.uri || address.uri->host.empty()) return std::nullopt;
    ContactTarget target;
    target.host = address.uri->host;
    target.port = address.uri->port;
    for (const Parameter& parameter : address.uri->parameters) {
        if (equal_ignoring_case(parameter.name, "transport"))
            target.transport = ascii_lower(parameter.value.value_or(""));
    }
    target.q = read_q(address.parameter("q"));
    return target;
}

std::string_view without_quotes(std::string_view text) {
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"') return text.substr(1, text.size() - 2);
    return text;
}

/// The value of `name=` among the parts of a list.
std::string part_named(const std::vector<std::string_view>& parts, std::string_view name) {
    for (std::string_view part : parts) {
        const std::size_t equals = part.find('=');
        if (equals == std::string_view::npos || !equal_ignoring_case(part.substr(0, equals), name)) continue;
        return std::string(without_quotes(part.substr(equals + 1)));
    }
    return "";
}

std::optional<Diagnostics> read_diagnostics(const Message& answer) {
    // Edge servers send the public variant to the outside ([MS-OCER] §2.2).
    auto text = answer.find("ms-diagnostics");
    if (!text) text = answer.find("ms-diagnostics-public");
    if (!text) return std::nullopt;
    const auto parts = split_list(*text, ';');
    if (parts.empty()) return std::nullopt;
    Diagnostics diagnostics;
    std::from_chars(parts[0].data(), parts[0].data() + parts[0].size(), diagnostics.id);
    diagnostics.source = part_named(parts, "source");
    diagnostics.reason = part_named(parts, "reason");
    return diagnostics;
}

Challenge read_challenge(std::string_view text) {
    const std::size_t blank = text.find_first_of(" \t");
    Challenge challenge;
    challenge.scheme = text.substr(0, blank);
    if (blank == std::string_view::npos) return challenge;
    const auto parts = split_list(text.substr(blank));
    challenge.realm = part_named(parts, "realm");
    challenge.target_name = part_named(parts, "targetname");
    return challenge;
}

}  // namespace

std::string build_negotiate(const NegotiateValues& values) {
    const std::string local = host_port(values.local_address, values.local_port);
    const std::string server = host_port(values.server_address, values.server_port);
    Message request;
    request.kind = Kind::request;
    request.method = "NEGOTIATE";
    request.uri = "sip:" + server;
    request.version = "SIP/2.0";
    request.headers = {
        {"Via", "SIP/2.0/TLS " + local},
        {"CSeq", "1 NEGOTIATE"},
        {"Call-ID", values.call_id},
        {"From", fmt::format("<sip:{}>;tag={}", local, values.tag)},
        {"To", fmt::format("<sip:{}>", server)},
        {"Compression", "LZ77-8K"},
        {"Max-Forwards", "0"},
    };
    return to_bytes(request);
}

AnswerFacts read_answer(const Message& answer) {
    AnswerFacts facts;
    facts.status = answer.status;
    facts.reason = answer.reason;
    for (std::string_view line : answer.all("Contact")) {
        for (std::string_view contact : split_list(line)) {
            if (auto target = read_contact(contact)) facts.contacts.push_back(*std::move(target));
        }
    }
    std::stable_sort(facts.contacts.begin(),
                     facts.contacts.end(),
                     [](const ContactTarget& a, const ContactTarget& b) { return a.q > b.q; });
    facts.diagnostics = read_diagnostics(answer);
    for (std::string_view name : {"WWW-Authenticate", "Proxy-Authenticate"}) {
        for (std::string_view challenge : answer.all(name))
            facts.challenges.push_back(read_challenge(challenge));
    }
    facts.server = answer.find("Server").value_or("");
    facts.cseq = answer.find("CSeq").value_or("");
    if (const auto expires = answer.find("Expires")) {
        unsigned seconds = 0;
        const auto [end, error] =
            std::from_chars(expires->data(), expires->data() + expires->size(), seconds);
        if (error == std::errc() && end == expires->data() + expires->size()) facts.expires = seconds;
    }
    return facts;
}

}  // namespace ocs::sip
