#include "sip/front_end.hpp"

#include <algorithm>
#include <array>

#include "core/escape.hpp"
#include "sip/address.hpp"
#include "sip/answer_parts.hpp"

namespace ocs::sip {
namespace {

constexpr std::string_view allowed_methods = "REGISTER, OPTIONS";

// Methods that a server of this family knows, and that this one does not carry out.
constexpr std::array<std::string_view, 15> known_methods{"INVITE",
                                                         "ACK",
                                                         "BYE",
                                                         "CANCEL",
                                                         "PRACK",
                                                         "UPDATE",
                                                         "SUBSCRIBE",
                                                         "NOTIFY",
                                                         "BENOTIFY",
                                                         "MESSAGE",
                                                         "INFO",
                                                         "REFER",
                                                         "PUBLISH",
                                                         "SERVICE",
                                                         "NEGOTIATE"};

// Extensions that may be required without harm here: nothing an answer says depends on them.
constexpr std::array<std::string_view, 8> harmless_extensions{
    "gruu", "gruu-10", "outbound", "path", "pref", "adhoclist", "msrtc-event-categories", "eventlist"};

/// RFC 3261 §8.1.1: what every request has. Empty: all there.
std::string missing_part(const Message& request) {
    for (std::string_view name : {"Via", "From", "To", "Call-ID", "CSeq"}) {
        if (request.find(name).value_or("").empty()) return std::string(name);
    }
    const std::string_view cseq = *request.find("CSeq");
    const std::size_t blank = cseq.find_last_of(" \t");
    if (blank == std::string_view::npos || !equal_ignoring_case(cseq.substr(blank + 1), request.method) ||
        !read_seconds(cseq.substr(0, cseq.find_first_of(" \t"))))
        return "CSeq";
    return "";
}

std::vector<std::string> unknown_extensions(const Message& request) {
    std::vector<std::string> unknown;
    for (std::string_view line : request.all("Require")) {
        for (std::string_view token : split_list(line)) {
            const bool harmless =
                ascii_lower(token).starts_with("ms-") ||
                std::any_of(harmless_extensions.begin(),
                            harmless_extensions.end(),
                            [&](std::string_view known) { return equal_ignoring_case(token, known); });
            if (!harmless) unknown.emplace_back(token);
        }
    }
    return unknown;
}

}  // namespace

Message plain_answer(const Message& request, int status, const FrontEndSettings& settings, const Peer& peer) {
    return start_answer(request, status, settings, peer);
}

std::optional<Message> answer_to(const Message& request, const FrontEndSettings& settings, const Peer& peer) {
    if (request.kind != Kind::request || request.method == "ACK") return std::nullopt;
    auto plain = [&](int status) { return start_answer(request, status, settings, peer); };
    if (!equal_ignoring_case(request.version, "SIP/2.0")) return plain(505);
    // A NEGOTIATE need not be whole to be declined: Communicator's has no address in it (§6.2).
    const std::string missing = request.method == "NEGOTIATE" ? "" : missing_part(request);
    if (!missing.empty()) {
        Message answer = plain(400);
        answer.reason = "Bad Request: " + missing + " is missing or wrong";
        return answer;
    }
    if (request.method == "CANCEL") return plain(481);
    if (request.method != "REGISTER" && request.method != "OPTIONS") {
        const bool known =
            std::find(known_methods.begin(), known_methods.end(), request.method) != known_methods.end();
        Message answer = plain(known ? 405 : 501);
        answer.headers.push_back({"Allow", std::string(allowed_methods)});
        return answer;
    }
    const auto uri = parse_uri(request.uri);
    if (!uri) return plain(400);
    if (uri->scheme != "sip" && uri->scheme != "sips") return plain(416);
    const auto unknown = unknown_extensions(request);
    if (!unknown.empty()) {
        Message answer = plain(420);
        for (const std::string& token : unknown) answer.headers.push_back({"Unsupported", token});
        return answer;
    }
    if (request.method == "REGISTER") return answer_to_register(request, settings, peer);
    Message answer = plain(200);
    answer.headers.push_back({"Allow", std::string(allowed_methods)});
    return answer;
}

}  // namespace ocs::sip
