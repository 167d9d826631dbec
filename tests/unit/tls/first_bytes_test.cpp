#include "tls/first_bytes.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

using namespace ocs;
using record::FirstBytes;

namespace {

tls::FirstBytesGuess guess(std::string_view text) {
    const std::vector<std::uint8_t> bytes(text.begin(), text.end());
    return tls::sniff_first_bytes(bytes);
}

}  // namespace

TEST_CASE("first bytes: what a client speaks, and whether more could change the answer") {
    struct Row {
        std::string bytes;
        FirstBytes kind;
        bool settled;
        std::string why;
    };
    const std::string long_line(300, 'a');
    const Row rows[] = {
        {"", FirstBytes::none, false, "nothing yet"},
        {"\x16", FirstBytes::tls, false, "its version decides"},
        {"\x16\x03", FirstBytes::tls, true, "a TLS record"},
        {"\x16\x41", FirstBytes::other, true, "no TLS version"},
        {"\x80", FirstBytes::other, false, "perhaps a hello in SSLv2 framing"},
        {"\x80\x2e", FirstBytes::other, false, "the third byte decides"},
        {"\x80\x2e\x01", FirstBytes::sslv2_hello, true, "a ClientHello in it"},
        {"\x80\x2e\x02", FirstBytes::other, true, "no ClientHello"},
        {"R", FirstBytes::other, false, "may become REGISTER"},
        {"REGISTER ", FirstBytes::sip, false, "its line is not whole"},
        {"REGISTER sip:contoso.test SIP/2.0\r", FirstBytes::sip, true, "a whole line"},
        {"REGISTER " + long_line, FirstBytes::sip, true, "a line as long as is kept"},
        {"OPTIONS sip:contoso.test SIP/2.0\r\n", FirstBytes::sip, true, "a method of both: SIP"},
        {"OPTIONS * HTTP/1.1\r\n", FirstBytes::http, true, "a method of both: HTTP"},
        {"OPTIONS sir:" + std::string(300, 'a') + " SIP/2.0\r\n",
         FirstBytes::http,
         true,
         "judged by as much of the line as is kept, however the bytes come in"},
        {"OPTI", FirstBytes::other, false, "a method of both: not whole"},
        {"GET / HTTP/1.1\n", FirstBytes::http, true, "a bare newline ends a line, too"},
        {"SSH-2.0-x\r\n", FirstBytes::ssh, true, "a banner"},
        {"SS", FirstBytes::other, false, "may become SSH"},
        {"\r\n\r\n", FirstBytes::crlf, false, "a keep-alive, or blank lines before a request"},
        {"\r\n\r\nREGISTER sip:a SIP/2.0\r\n", FirstBytes::sip, true, "blank lines are skipped"},
        {"hello", FirstBytes::other, true, "no word that is known begins so"},
        {std::string("\0\0", 2), FirstBytes::other, true, "garbage"},
        {std::string(600, '\n'), FirstBytes::crlf, true, "blank lines without end"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.bytes);
        CAPTURE(row.why);
        CHECK(to_string(guess(row.bytes).kind) == to_string(row.kind));
        CHECK(guess(row.bytes).settled == row.settled);
    }
}

TEST_CASE("first line: whole, bounded, and never with a credential") {
    struct Row {
        std::string bytes, line;
    };
    const Row rows[] = {
        {"", ""},
        {"\r\n", ""},
        {"GET / HTTP/1.0\r\nHost: a\r\n", "GET / HTTP/1.0"},
        {"\n\nGET / HTTP/1.0", "GET / HTTP/1.0"},
        {std::string(300, 'a'), std::string(256, 'a')},
        {"Authorization: Basic c2VjcmV0\r\n", "Authorization: (not kept)"},
        {"proxy-authorization : Basic c2VjcmV0\r\n", "proxy-authorization : (not kept)"},
        {"GET /authorization HTTP/1.0\r\n", "GET /authorization HTTP/1.0"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.bytes);
        CHECK(tls::first_line(row.bytes) == row.line);
    }
}
