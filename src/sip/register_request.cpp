#include "sip/register_request.hpp"

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

std::string domain_of(const RequestValues& values) {
    if (!values.domain.empty()) return values.domain;
    return values.user.substr(values.user.rfind('@') + 1);
}

std::optional<std::string> value_of(std::string_view word, const RequestValues& values) {
    if (word == "user") return values.user;
    if (word == "domain") return domain_of(values);
    if (word == "local") return host_port(values.local_address, values.local_port);
    if (word == "server") return host_port(values.server_address, values.server_port);
    if (word == "transport") return values.transport;
    if (word == "transport_lower") return ascii_lower(values.transport);
    if (word == "tag") return values.tag;
    if (word == "epid") return values.epid;
    if (word == "call_id") return values.call_id;
    if (word == "branch") return values.branch;
    if (word == "opaque") return values.opaque;
    if (word == "instance") return values.instance;
    if (word == "cseq") return std::to_string(values.cseq);
    if (word == "expires") return std::to_string(values.expires);
    return std::nullopt;
}

bool has_control_character(std::string_view text) {
    return std::any_of(
        text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; });
}

/// Fills the `{…}` of one line. A brace without its partner is an error: a template is a file somebody edits.
Result<std::string> filled(std::string_view form, const RequestValues& values, std::string_view header) {
    std::string text;
    while (true) {
        const std::size_t open = form.find('{');
        text += form.substr(0, open);
        if (open == std::string_view::npos) break;
        const std::size_t close = form.find('}', open);
        const std::string_view word =
            form.substr(open + 1, close == std::string_view::npos ? close : close - open - 1);
        const auto value = close == std::string_view::npos ? std::nullopt : value_of(word, values);
        if (!value)
            return Error{
                fmt::format("header {} has no value for {}", quoted(header), quoted(word)),
                "",
                "known are user, domain, local, server, transport, transport_lower, tag, epid, call_id, "
                "branch, opaque, instance, cseq and expires"};
        text += *value;
        form.remove_prefix(close + 1);
    }
    if (has_control_character(text))
        return Error{fmt::format("header {} would hold a control character", quoted(header)), "", ""};
    return text;
}

Result<std::string> build(const Message& form, const RequestValues& values) {
    Message request;
    request.kind = Kind::request;
    request.method = form.method;
    request.version = "SIP/2.0";
    auto uri = filled(form.uri, values, "request line");
    if (uri.has_error()) return uri.error();
    request.uri = *std::move(uri);
    for (const Header& header : form.headers) {
        auto value = filled(header.value, values, header.name);
        if (value.has_error()) return value.error();
        request.headers.push_back({header.name, *std::move(value)});
    }
    for (std::string_view name : {"Via", "From", "To", "Call-ID", "CSeq"}) {
        if (!request.find(name)) return Error{fmt::format("a request needs a header '{}'", name), "", ""};
    }
    return to_bytes(request);
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

RegisterTemplate RegisterTemplate::communicator(std::string_view user_agent) {
    RegisterTemplate form;
    form.headers = {
        {"Via", "SIP/2.0/{transport} {local}"},
        {"Max-Forwards", "70"},
        {"From", "<sip:{user}>;tag={tag};epid={epid}"},
        {"To", "<sip:{user}>"},
        {"Call-ID", "{call_id}"},
        {"CSeq", "{cseq} REGISTER"},
        {"Contact",
         "<sip:{local};transport={transport_lower};ms-opaque={opaque}>;methods=\"INVITE, MESSAGE, INFO, "
         "OPTIONS, BYE, "
         "CANCEL, NOTIFY, ACK, REFER, BENOTIFY\";proxy=replace;+sip.instance=\"<urn:uuid:{instance}>\""},
        {"User-Agent", std::string(user_agent)},
        {"Supported", "gruu-10, adhoclist, msrtc-event-categories"},
        {"Supported", "ms-forking"},
        {"ms-keep-alive", "UAC;hop-hop=yes"},
        {"Event", "registration"},
    };
    return form;
}

Result<std::string> build_register(const RegisterTemplate& form, const RequestValues& values) {
    Message request;
    request.method = "REGISTER";
    request.uri = "sip:{domain}";
    request.headers = form.headers;
    return build(request, values);
}

Result<std::string> build_negotiate(const RequestValues& values) {
    Message request;
    request.method = "NEGOTIATE";
    request.uri = "sip:{server}";
    request.headers = {
        {"Via", "SIP/2.0/{transport} {local}"},
        {"CSeq", "1 NEGOTIATE"},
        {"Call-ID", "{call_id}"},
        {"From", "<sip:{local}>;tag={tag}"},
        {"To", "<sip:{server}>"},
        {"Compression", "LZ77-8K"},
        {"Max-Forwards", "0"},
    };
    return build(request, values);
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
