#include "sip/answer_parts.hpp"

#include <fmt/format.h>

#include <charconv>

#include "core/escape.hpp"
#include "core/ip_address.hpp"
#include "sip/address.hpp"

namespace ocs::sip {
namespace {

std::string_view reason_of(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 301:
            return "Redirect request to Home Server";
        case 400:
            return "Bad Request";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 413:
            return "Request Entity Too Large";
        case 416:
            return "Unsupported URI Scheme";
        case 420:
            return "Bad Extension";
        case 481:
            return "Call Leg/Transaction Does Not Exist";
        case 501:
            return "Not Implemented";
        case 503:
            return "Service Unavailable";
        case 505:
            return "Version Not Supported";
        case 513:
            return "Message Too Large";
        default:
            return "Error";
    }
}

bool same_address(std::string_view a, std::string_view b) {
    const auto left = IpAddress::parse(a);
    const auto right = IpAddress::parse(b);
    return left.has_value() && right.has_value() && *left == *right;
}

/// The topmost Via with what the receiver adds to it.
std::string stamped_via(std::string_view element, const Peer& peer) {
    const auto via = parse_via(element);
    bool asks_port = false;
    std::string stamped;
    for (std::string_view piece : split_list(element, ';')) {
        if (is_parameter(piece, "received") || is_parameter(piece, "ms-received-port") ||
            is_parameter(piece, "ms-received-cid"))
            continue;
        if (!stamped.empty()) stamped += ';';
        stamped += piece;
        if (!is_parameter(piece, "rport")) continue;
        asks_port = true;
        if (piece.find('=') == std::string_view::npos) stamped += fmt::format("={}", peer.port);
    }
    if (asks_port || !via || !same_address(via->host, peer.address)) stamped += ";received=" + peer.address;
    return stamped + fmt::format(";ms-received-port={};ms-received-cid={}", peer.port, connection_id(peer));
}

void copy_via(Message& answer, const Message& request, const Peer& peer) {
    bool topmost = true;
    for (std::string_view line : request.all("Via")) {
        std::string value;
        for (std::string_view element : split_list(line)) {
            if (!value.empty()) value += ", ";
            value += topmost ? stamped_via(element, peer) : std::string(element);
            topmost = false;
        }
        if (!value.empty()) answer.headers.push_back({"Via", value});
    }
}

/// Where the client's own tag could be guessed, ours need not be secret: it must only be the same for the
/// same request and differ between connections.
std::string tag_for(const Message& request, const Peer& peer) {
    std::uint64_t hash = fnv1a(peer.connection);
    for (std::string_view name : {"Call-ID", "From", "CSeq"})
        hash = fnv1a(request.find(name).value_or(""), hash);
    return fmt::format("{:016X}", hash);
}

}  // namespace

Message start_answer(const Message& request, int status, const FrontEndSettings& settings, const Peer& peer) {
    Message answer;
    answer.kind = Kind::answer;
    answer.version = "SIP/2.0";
    answer.status = status;
    answer.reason = reason_of(status);
    copy_via(answer, request, peer);
    if (const auto from = request.find("From")) answer.headers.push_back({"From", std::string(*from)});
    if (const auto to = request.find("To")) {
        std::string value(*to);
        if (!parse_address(*to).parameter("tag")) value += ";tag=" + tag_for(request, peer);
        answer.headers.push_back({"To", value});
    }
    for (std::string_view name : {"Call-ID", "CSeq"}) {
        if (const auto value = request.find(name))
            answer.headers.push_back({std::string(name), std::string(*value)});
    }
    if (!settings.server.empty()) answer.headers.push_back({"Server", settings.server});
    return answer;
}

Header diagnostics_header(const Diagnostics& diagnostics, const Peer& peer) {
    const std::string& source = diagnostics.source.empty() ? peer.host_name : diagnostics.source;
    return {"ms-diagnostics",
            fmt::format("{};source={};reason={}",
                        diagnostics.id,
                        quoted_string(source),
                        quoted_string(diagnostics.reason))};
}

std::string connection_id(const Peer& peer) {
    return fmt::format("{:X}", fnv1a(peer.connection) & 0xFFFFFFFFU);
}

std::uint64_t fnv1a(std::string_view text, std::uint64_t hash) {
    for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
    return hash;
}

std::string quoted_string(std::string_view text) {
    std::string quoted = "\"";
    for (char c : text) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return quoted + '"';
}

std::optional<unsigned> read_seconds(std::optional<std::string_view> text) {
    if (!text) return std::nullopt;
    unsigned seconds = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), seconds);
    if (text->empty() || end != text->data() + text->size()) return std::nullopt;
    if (error == std::errc::result_out_of_range) return ~0U;
    if (error != std::errc()) return std::nullopt;
    return seconds;
}

/// True if a piece like "rport" or "expires=7200" is the parameter of this name.
bool is_parameter(std::string_view piece, std::string_view name) {
    const std::string_view own = piece.substr(0, piece.find_first_of("= \t"));
    return equal_ignoring_case(own, name);
}

}  // namespace ocs::sip
