#include "client/web_client.hpp"

#include <fmt/format.h>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/json.hpp>
#include <charconv>
#include <pugixml.hpp>

#include "core/escape.hpp"

namespace ocs::client {
namespace {

namespace http = boost::beast::http;
namespace json = boost::json;

constexpr std::size_t largest_answer = std::size_t{256} * 1024;
constexpr int deepest = 32;

std::optional<std::uint16_t> port_of(std::string_view text) {
    unsigned port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc() || end != text.data() + text.size() || port == 0 || port > 65535) return {};
    return static_cast<std::uint16_t>(port);
}

void take_server(std::optional<discovery::ServerAddress>& into,
                 std::string_view host,
                 std::string_view port) {
    if (into || host.empty() || host.size() > 255) return;
    discovery::ServerAddress server;
    server.host = ascii_lower(host);
    server.port = port_of(port).value_or(server.port);
    into = std::move(server);
}

/// A link of either form: `token` names it, `href` is where it leads.
void take_link(std::string_view token, std::string_view href, discovery::WebAnswer& answer) {
    if (href.empty() || href.size() > 2048) return;
    if (equal_ignoring_case(token, "redirect") && !answer.redirect) answer.redirect = std::string(href);
    if (equal_ignoring_case(token, "user")) answer.user_link = true;
}

void take_location(std::string_view where, discovery::WebAnswer& answer) {
    if (equal_ignoring_case(where, "internal")) answer.inside = true;
    if (equal_ignoring_case(where, "external")) answer.inside = false;
}

void read_xml(const pugi::xml_node& node, discovery::WebAnswer& answer, int depth) {
    if (depth > deepest) return;
    const std::string_view name = node.name();
    const std::string_view fqdn = node.attribute("fqdn").value();
    const std::string_view port = node.attribute("port").value();
    if (name == "SipClientInternalAccess") take_server(answer.sip_internal, fqdn, port);
    if (name == "SipClientExternalAccess") take_server(answer.sip_external, fqdn, port);
    if (name == "Link") take_link(node.attribute("token").value(), node.attribute("href").value(), answer);
    if (name == "AutodiscoverResponse") take_location(node.attribute("AccessLocation").value(), answer);
    for (const pugi::xml_node& child : node.children()) read_xml(child, answer, depth + 1);
}

std::string text_at(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    if (value == nullptr) return {};
    if (const json::string* text = value->if_string()) return std::string(*text);
    if (const std::int64_t* number = value->if_int64()) return std::to_string(*number);
    return {};
}

void read_json(const json::value& value, discovery::WebAnswer& answer) {
    if (const json::array* list = value.if_array()) {
        for (const json::value& item : *list) read_json(item, answer);
        return;
    }
    const json::object* object = value.if_object();
    if (object == nullptr) return;
    take_location(text_at(*object, "AccessLocation"), answer);
    if (const auto token = text_at(*object, "token"); !token.empty()) {
        take_link(token, text_at(*object, "href"), answer);
    }
    for (const auto& member : *object) {
        const std::string_view key = member.key();
        if (const json::object* inner = member.value().if_object()) {
            const std::string fqdn = text_at(*inner, "fqdn");
            const std::string port = text_at(*inner, "port");
            if (equal_ignoring_case(key, "SipClientInternalAccess")) {
                take_server(answer.sip_internal, fqdn, port);
            }
            if (equal_ignoring_case(key, "SipClientExternalAccess")) {
                take_server(answer.sip_external, fqdn, port);
            }
            take_link(key, text_at(*inner, "href"), answer);
        }
        read_json(member.value(), answer);
    }
}

}  // namespace

std::string web_request(const discovery::WebRequest& request) {
    const std::size_t scheme = request.url.find("://");
    const std::size_t path =
        scheme == std::string::npos ? std::string::npos : request.url.find('/', scheme + 3);
    const std::string target = path == std::string::npos ? "/" : request.url.substr(path);
    std::string out = fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\n", target, request.host);
    if (!request.accept.empty()) out += "Accept: " + request.accept + "\r\n";
    if (!request.user_agent.empty()) out += "User-Agent: " + request.user_agent + "\r\n";
    return out + "Connection: close\r\n\r\n";
}

void read_web_answer(std::string_view bytes, discovery::WebAnswer& answer) {
    http::response_parser<http::string_body> parser;
    parser.eager(true);
    parser.body_limit(largest_answer);
    boost::system::error_code error;
    const std::string_view head = bytes.substr(0, largest_answer);
    parser.put(boost::asio::buffer(head), error);
    if (!parser.is_header_done()) return;
    if (!parser.is_done()) {
        boost::system::error_code ignored;
        parser.put_eof(ignored);
    }
    answer.status = static_cast<int>(parser.get().result_int());
    const std::string& body = parser.get().body();
    const std::size_t start = body.find_first_not_of(" \t\r\n");
    if (start == std::string::npos) return;
    if (body[start] == '{' || body[start] == '[') {
        json::parse_options options;
        options.max_depth = deepest;
        boost::system::error_code broken;
        const json::value value = json::parse(body, broken, {}, options);
        if (!broken) read_json(value, answer);
        return;
    }
    pugi::xml_document document;
    if (document.load_buffer(body.data(), body.size())) read_xml(document, answer, 0);
}

}  // namespace ocs::client
