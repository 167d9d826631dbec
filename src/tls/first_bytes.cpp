#include "tls/first_bytes.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace ocs::tls {
namespace {

constexpr std::size_t line_limit = 256;

constexpr std::string_view sip_words[] = {"REGISTER ",
                                          "INVITE ",
                                          "SUBSCRIBE ",
                                          "NOTIFY ",
                                          "MESSAGE ",
                                          "SERVICE ",
                                          "INFO ",
                                          "ACK ",
                                          "BYE ",
                                          "CANCEL ",
                                          "PUBLISH ",
                                          "REFER ",
                                          "UPDATE ",
                                          "PRACK ",
                                          "NEGOTIATE ",
                                          "BENOTIFY ",
                                          "SIP/2.0 "};
constexpr std::string_view http_words[] = {"GET ",
                                           "HEAD ",
                                           "POST ",
                                           "PUT ",
                                           "DELETE ",
                                           "CONNECT ",
                                           "TRACE ",
                                           "PATCH ",
                                           "PROPFIND ",
                                           "PRI * ",
                                           "HTTP/1."};

template <std::size_t N>
bool starts_with_one_of(std::string_view text, const std::string_view (&words)[N]) {
    return std::any_of(words, words + N, [&](std::string_view word) { return text.starts_with(word); });
}

}  // namespace

record::FirstBytes sniff_first_bytes(std::span<const std::uint8_t> bytes) {
    using record::FirstBytes;
    if (bytes.empty()) return FirstBytes::none;
    if (bytes[0] == 0x16) {
        // Record version 3.x, as far as it is there yet: a lone 0x16 may still become anything.
        return bytes.size() < 2 || bytes[1] == 3 ? FirstBytes::tls : FirstBytes::other;
    }
    if ((bytes[0] & 0x80U) != 0 && bytes.size() > 2 && bytes[2] == 1) return FirstBytes::sslv2_hello;
    const auto head = bytes.first(std::min(bytes.size(), line_limit));
    const std::string text(head.begin(), head.end());
    const std::string line = text.substr(0, text.find_first_of("\r\n"));
    if (text.front() == '\r' || text.front() == '\n') return FirstBytes::crlf;
    if (text.starts_with("SSH-")) return FirstBytes::ssh;
    if (line.starts_with("OPTIONS ")) {
        return line.starts_with("OPTIONS sip") || line.ends_with(" SIP/2.0") ? FirstBytes::sip
                                                                             : FirstBytes::http;
    }
    if (starts_with_one_of(line, sip_words)) return FirstBytes::sip;
    if (starts_with_one_of(line, http_words)) return FirstBytes::http;
    return FirstBytes::other;
}

}  // namespace ocs::tls
