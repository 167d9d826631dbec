#include <fmt/format.h>

#include <algorithm>

#include "core/escape.hpp"
#include "sip/address.hpp"
#include "sip/answer_parts.hpp"

namespace ocs::sip {
namespace {

/// `<uri>;its;parameters` with our expiry instead of its own.
std::string granted_contact(std::string_view contact, unsigned seconds) {
    std::string granted;
    for (std::string_view piece : split_list(contact, ';')) {
        if (is_parameter(piece, "expires")) continue;
        if (!granted.empty()) granted += ';';
        const bool is_bare_uri = granted.empty() && piece.find('<') == std::string_view::npos;
        granted += is_bare_uri ? "<" + std::string(piece) + ">" : std::string(piece);
    }
    return granted + fmt::format(";expires={}", seconds);
}

/// Communicator and its kin say so with every REGISTER.
bool speaks_microsoft(const Message& request) {
    return request.find("ms-keep-alive") || request.lists("Supported", "gruu-10") ||
           parse_address(request.find("From").value_or("")).parameter("epid");
}

/// What a front end adds to a Contact of its own clients (communicator-facts §6.5).
std::string microsoft_contact(std::string contact, const Message& request, const Peer& peer) {
    const Address to = parse_address(request.find("To").value_or(""));
    const auto epid = parse_address(request.find("From").value_or("")).parameter("epid");
    contact += fmt::format(";ms-received-cid=\"{}\"", connection_id(peer));
    if (to.uri && epid) {
        const std::string opaque = fmt::format("{:016x}", fnv1a(*epid, fnv1a(to.uri->address_of_record())));
        const std::string gruu =
            fmt::format("sip:{};opaque=user:epid:{};gruu", to.uri->address_of_record(), opaque);
        contact += ";gruu=" + quoted_string(gruu);
    }
    return contact;
}

void add_microsoft_headers(Message& answer, const Message& request, const FrontEndSettings& settings) {
    auto add = [&](std::string name, std::string value) {
        answer.headers.push_back({std::move(name), std::move(value)});
    };
    if (request.find("ms-keep-alive"))
        add("ms-keep-alive",
            fmt::format("UAS; tcp=no; hop-hop=yes; end-end=no; timeout={}", settings.keep_alive_seconds));
    add("presence-state", "register-action=\"added\"");
    // sipe subscribes to what is listed here, and goes on only then (docs/decisions.md, run 4).
    add("Allow-Events",
        "vnd-microsoft-provisioning,vnd-microsoft-roaming-contacts,vnd-microsoft-roaming-ACL,presence,"
        "presence.wpending,vnd-microsoft-roaming-self,vnd-microsoft-provisioning-v2");
    add("Supported", "adhoclist");
    add("Supported", "msrtc-event-categories");
}

/// RFC 3261 §10.3 without a location store: nothing is kept, so a query finds nothing.
Message registered(const Message& request, const FrontEndSettings& settings, const Peer& peer) {
    std::vector<std::string_view> contacts;
    for (std::string_view line : request.all("Contact")) {
        for (std::string_view contact : split_list(line)) contacts.push_back(contact);
    }
    const auto wanted = read_seconds(request.find("Expires"));
    const bool star = std::find(contacts.begin(), contacts.end(), "*") != contacts.end();
    if (star && (contacts.size() > 1 || wanted != 0U)) return start_answer(request, 400, settings, peer);
    Message answer = start_answer(request, 200, settings, peer);
    const bool microsoft = speaks_microsoft(request);
    unsigned longest = 0;
    for (std::string_view contact : contacts) {
        if (star) break;
        const auto own = read_seconds(parse_address(contact).parameter("expires"));
        const unsigned asked = own ? *own : wanted.value_or(settings.expires_seconds);
        const unsigned seconds = std::min(asked, settings.expires_seconds);
        if (seconds == 0) continue;  // taken off
        longest = std::max(longest, seconds);
        std::string granted = granted_contact(contact, seconds);
        if (microsoft) granted = microsoft_contact(std::move(granted), request, peer);
        answer.headers.push_back({"Contact", std::move(granted)});
    }
    if (longest > 0) {
        answer.headers.push_back({"Expires", std::to_string(longest)});
        if (microsoft) add_microsoft_headers(answer, request, settings);
    }
    return answer;
}

std::uint16_t port_of(const HomePool& home, const Peer& peer) {
    if (home.port != 0) return home.port;
    return peer.tls && peer.local_port != 0 ? peer.local_port : std::uint16_t{5061};
}

bool is_reached(const HomePool& home, const Peer& peer) {
    return peer.tls && port_of(home, peer) == peer.local_port &&
           std::find(peer.reached.begin(), peer.reached.end(), ascii_lower(home.host)) != peer.reached.end();
}

Message redirected(const Message& request,
                   const AnswerRule& rule,
                   const FrontEndSettings& settings,
                   const Peer& peer) {
    Message answer = start_answer(request, 301, settings, peer);
    for (const HomePool& home : rule.homes) {
        const bool is_v6 = home.host.find(':') != std::string::npos;
        const std::string host = is_v6 ? "[" + home.host + "]" : home.host;
        std::string contact = fmt::format("<sip:{}:{};transport=TLS>", host, port_of(home, peer));
        if (!home.q.empty()) contact += ";q=" + home.q;
        answer.headers.push_back({"Contact", std::move(contact)});
    }
    if (rule.diagnostics) answer.headers.push_back(diagnostics_header(*rule.diagnostics, peer));
    return answer;
}

Message refused(const Message& request,
                int status,
                Diagnostics usual,
                const AnswerRule& rule,
                const FrontEndSettings& settings,
                const Peer& peer) {
    Message answer = start_answer(request, status, settings, peer);
    answer.headers.push_back(diagnostics_header(rule.diagnostics.value_or(std::move(usual)), peer));
    return answer;
}

std::string address_of_record(const Message& request) {
    for (std::string_view name : {"To", "From"}) {
        const Address address = parse_address(request.find(name).value_or(""));
        if (address.uri) return address.uri->address_of_record();
    }
    return "";
}

}  // namespace

/// The words of ErrorIds 4004, 4005 and 1007 are those of [MS-OCER] §8.2 and §8.5.
std::optional<Message> answer_to_register(const Message& request,
                                          const FrontEndSettings& settings,
                                          const Peer& peer) {
    static const AnswerRule usual;
    const AnswerRule* found = choose_rule(settings, address_of_record(request), peer);
    const AnswerRule& rule = found != nullptr ? *found : usual;
    switch (rule.answer) {
        case RegisterAnswer::ok:
            return registered(request, settings, peer);
        case RegisterAnswer::redirect:
            return redirected(request, rule, settings, peer);
        case RegisterAnswer::forbidden:
            return refused(
                request,
                403,
                {4004, "", "Credentials provided are not authorized to act as specified from URI."},
                rule,
                settings,
                peer);
        case RegisterAnswer::not_found:
            return refused(request,
                           404,
                           {4005, "", "Destination URI either not enabled for SIP or does not exist."},
                           rule,
                           settings,
                           peer);
        case RegisterAnswer::unavailable:
            return refused(request, 503, {1007, "", "Temporarily cannot route."}, rule, settings, peer);
        case RegisterAnswer::never:
            return std::nullopt;
    }
    return std::nullopt;
}

const AnswerRule* choose_rule(const FrontEndSettings& settings, std::string_view user, const Peer& peer) {
    const std::size_t at = user.rfind('@');
    const std::string_view domain = at == std::string_view::npos ? std::string_view() : user.substr(at);
    for (const AnswerRule& rule : settings.rules) {
        if (!rule.host.empty() && rule.host != peer.virtual_host) continue;
        const std::string_view compared = rule.user.starts_with('@') ? domain : user;
        if (!rule.user.empty() && !equal_ignoring_case(rule.user, compared)) continue;
        const bool loops = rule.answer == RegisterAnswer::redirect &&
                           std::any_of(rule.homes.begin(), rule.homes.end(), [&](const HomePool& home) {
                               return is_reached(home, peer);
                           });
        if (!loops) return &rule;
    }
    return nullptr;
}

std::string_view to_string(RegisterAnswer answer) {
    switch (answer) {
        case RegisterAnswer::ok:
            return "ok";
        case RegisterAnswer::redirect:
            return "redirect";
        case RegisterAnswer::forbidden:
            return "forbidden";
        case RegisterAnswer::not_found:
            return "not-found";
        case RegisterAnswer::unavailable:
            return "unavailable";
        case RegisterAnswer::never:
            return "never";
    }
    return "";
}

std::optional<RegisterAnswer> register_answer_of(std::string_view word) {
    for (RegisterAnswer answer : {RegisterAnswer::ok,
                                  RegisterAnswer::redirect,
                                  RegisterAnswer::forbidden,
                                  RegisterAnswer::not_found,
                                  RegisterAnswer::unavailable,
                                  RegisterAnswer::never}) {
        if (word == to_string(answer)) return answer;
    }
    return std::nullopt;
}

}  // namespace ocs::sip
