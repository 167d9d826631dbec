#include "tls/first_bytes.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "core/escape.hpp"

namespace ocs::tls {
namespace {

constexpr std::size_t look_limit = 512;

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

constexpr std::string_view more_words[] = {"SSH-", "OPTIONS "};

template <std::size_t N>
bool starts_with_one_of(std::string_view text, const std::string_view (&words)[N]) {
    return std::any_of(words, words + N, [&](std::string_view word) { return text.starts_with(word); });
}

template <std::size_t N>
bool may_become_one_of(std::string_view text, const std::string_view (&words)[N]) {
    return std::any_of(words, words + N, [&](std::string_view word) { return word.starts_with(text); });
}

record::FirstBytes kind_of_line(std::string_view line) {
    using record::FirstBytes;
    if (line.starts_with("SSH-")) return FirstBytes::ssh;
    if (line.starts_with("OPTIONS ")) {  // a method of both
        return line.starts_with("OPTIONS sip") || line.ends_with(" SIP/2.0") ? FirstBytes::sip
                                                                             : FirstBytes::http;
    }
    if (starts_with_one_of(line, sip_words)) return FirstBytes::sip;
    if (starts_with_one_of(line, http_words)) return FirstBytes::http;
    return FirstBytes::other;
}

FirstBytesGuess sniff_text(std::string_view text) {
    using record::FirstBytes;
    const std::size_t start = text.find_first_not_of("\r\n");
    if (start == std::string_view::npos) return {FirstBytes::crlf, text.size() >= look_limit};
    text.remove_prefix(start);
    const std::size_t end = text.find_first_of("\r\n");
    // No more than a line that goes on is judged by: the answer does not depend on how the bytes come in.
    const std::string_view line = text.substr(0, std::min(end, first_line_limit));
    const FirstBytes kind = kind_of_line(line);
    if (end != std::string_view::npos || line.size() >= first_line_limit) return {kind, true};
    const bool may_become = may_become_one_of(line, sip_words) || may_become_one_of(line, http_words) ||
                            may_become_one_of(line, more_words);
    return {kind, kind == FirstBytes::other && !may_become};
}

}  // namespace

FirstBytesGuess sniff_first_bytes(std::span<const std::uint8_t> bytes) {
    using record::FirstBytes;
    if (bytes.empty()) return {};
    const bool sslv2 = (bytes[0] & 0x80U) != 0;
    if (bytes[0] == 0x16) {
        // Record version 3.x, as far as it is there yet: a lone 0x16 may still become anything.
        if (bytes.size() < 2) return {FirstBytes::tls, false};
        return {bytes[1] == 3 ? FirstBytes::tls : FirstBytes::other, true};
    }
    if (sslv2 && bytes.size() < 3) return {FirstBytes::other, false};
    if (sslv2 && bytes[2] == 1) return {FirstBytes::sslv2_hello, true};
    const auto head = bytes.first(std::min(bytes.size(), look_limit));
    return sniff_text({reinterpret_cast<const char*>(head.data()), head.size()});
}

std::string first_line(std::string_view bytes) {
    const std::size_t start = bytes.find_first_not_of("\r\n");
    if (start == std::string_view::npos) return "";
    bytes.remove_prefix(start);
    std::string line(bytes.substr(0, std::min(bytes.find_first_of("\r\n"), first_line_limit)));
    const std::size_t word = ascii_lower(line).find("authorization");
    if (word == std::string::npos) return line;
    const std::size_t colon = line.find_first_not_of(" \t", word + std::string_view("authorization").size());
    if (colon == std::string::npos || line[colon] != ':') return line;
    return line.substr(0, colon + 1) + " (not kept)";
}

}  // namespace ocs::tls
