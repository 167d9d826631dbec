#include "sip/message.hpp"

#include <doctest/doctest.h>

#include <string>

#include "sip/address.hpp"

using namespace ocs::sip;

namespace {

Message parse(const std::string& head) { return parse_message(head, ""); }

std::string found(const Message& message, std::string_view name) {
    return std::string(message.find(name).value_or("(none)"));
}

}  // namespace

TEST_CASE("message: start lines, good and odd") {
    struct Row {
        std::string line;
        Kind kind;
        std::string method, uri, problem, why;
    };
    const Row rows[] = {
        {"REGISTER sip:contoso.test SIP/2.0", Kind::request, "REGISTER", "sip:contoso.test", "", "the usual"},
        {"SIP/2.0 200 OK", Kind::answer, "", "", "", "an answer"},
        {"sip/2.0 200", Kind::answer, "", "", "", "lower case, no reason phrase"},
        {"REGISTER  sip:a.test\tSIP/2.0",
         Kind::request,
         "REGISTER",
         "sip:a.test",
         "odd blanks in the start line",
         "two blanks"},
        {"OPTIONS sip:a b SIP/2.0",
         Kind::request,
         "OPTIONS",
         "sip:a b",
         "a blank inside the request URI",
         "kept to be answered"},
        {"FROBNICATE sip:a.test SIP/3.1",
         Kind::request,
         "FROBNICATE",
         "sip:a.test",
         "",
         "unknown words are the front end's business"},
        {"REGISTER sip:a.test", Kind::broken, "", "", "the first line is no start line of SIP", "no version"},
        {"GET / HTTP/1.1", Kind::broken, "", "", "the first line is no start line of SIP", "HTTP"},
        {"SIP/2.0 99 Low", Kind::broken, "", "", "the first line is no start line of SIP", "two digits"},
        {"SIP/2.0 700 High", Kind::broken, "", "", "the first line is no start line of SIP", "no such class"},
        {"SIP/2.0", Kind::broken, "", "", "the first line is no start line of SIP", "a version alone"},
        {"RE(GISTER sip:a.test SIP/2.0",
         Kind::broken,
         "",
         "",
         "the first line is no start line of SIP",
         "a method is a token"},
        {"", Kind::broken, "", "", "no start line", "nothing"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const Message message = parse(row.line);
        CHECK(message.kind == row.kind);
        if (row.kind != Kind::broken) CHECK(message.method == row.method);
        if (row.kind != Kind::broken) CHECK(message.uri == row.uri);
        CHECK(message.problem == row.problem);
    }
}

TEST_CASE("message: header lines are read whatever their spelling") {
    struct Row {
        std::string lines, name, value, problem, why;
    };
    const Row rows[] = {
        {"Via: SIP/2.0/TLS h\r\n", "via", "SIP/2.0/TLS h", "", "names ignore case"},
        {"v: SIP/2.0/TLS h\r\n", "Via", "SIP/2.0/TLS h", "", "compact form, RFC 3261 §7.3.3"},
        {"VIA: one\r\n", "v", "one", "", "asked by the compact form"},
        {"UserAgent: UCCP/2.0\r\n", "User-Agent", "UCCP/2.0", "", "spelling of the protocol documents"},
        {"From \t : <sip:a@b>\r\n", "From", "<sip:a@b>", "", "blanks before the colon are legal"},
        {"Subject:\r\n", "s", "", "", "an empty value"},
        {"Contact: <sip:a@b>;\r\n methods=\"X\",\r\n\t<sip:c@d>\r\n",
         "m",
         "<sip:a@b>; methods=\"X\", <sip:c@d>",
         "",
         "folded twice"},
        {"Subject: one\r\n \r\n", "Subject", "one", "", "folded with nothing"},
        {"To: x\n", "To", "x", "bare line feeds", "LF only"},
        {"no header here\r\nTo: x\r\n", "To", "x", "line 2 is no header", "skipped, by number"},
        {"no header here\r\n more of it\r\nTo: x\r\n",
         "To",
         "x",
         "line 2 is no header",
         "what is folded below it goes with it"},
        {": value\r\nTo: x\r\n", "To", "x", "line 2 is no header", "no name"},
        {"T o: y\r\nTo: x\r\n", "To", "x", "line 2 is no header", "a blank inside the name"},
        {" folded\r\nTo: x\r\n", "To", "x", "line 2 is folded below no header", "nothing above"},
        {"To: a\rVia: b\r\n",
         "To",
         "a Via: b",
         "a control character inside a line",
         "a lone CR must not start a line of ours"},
        {std::string("To: a\0b\r\n", 9), "To", "a b", "a control character inside a line", "NUL"},
        {"To: a\r\nTo: b\r\n", "To", "a", "To is there twice", "the first counts"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const Message message = parse("OPTIONS sip:a.test SIP/2.0\r\n" + row.lines);
        CHECK(message.kind == Kind::request);
        CHECK(found(message, row.name) == row.value);
        CHECK(message.problem == row.problem);
    }
}

TEST_CASE("message: a credential is noticed and never kept") {
    const std::string secret = "0102SECRET";
    const std::string rows[] = {
        "Authorization: NTLM qop=\"auth\", response=\"" + secret + "\"\r\n",
        "authorization:" + secret + "\r\n",
        "PROXY-AUTHORIZATION : Kerberos " + secret + "\r\n",
        "Authorization: NTLM\r\n gssapi-data=\"" + secret + "\"\r\n",
        "Authorization:\r\n\t" + secret + "\r\nTo: x\r\n",
    };
    for (const std::string& row : rows) {
        CAPTURE(row);
        const Message message = parse("REGISTER sip:a.test SIP/2.0\r\n" + row);
        CHECK(message.has_credentials);
        for (const Header& header : message.headers) CHECK(header.value.find(secret) == std::string::npos);
        CHECK(message.problem.find(secret) == std::string::npos);
        CHECK(to_bytes(message).find(secret) == std::string::npos);
    }
    const Message mangled =
        parse("REGISTER sip:a.test SIP/2.0\r\nAuthorization NTLM " + secret + "\r\n " + secret + "\r\n");
    CHECK(!mangled.has_credentials);
    CHECK(mangled.problem == "line 2 is no header");
    CHECK(to_bytes(mangled).find(secret) == std::string::npos);
}

TEST_CASE("message: its text is kept without what a credential said, however it is mangled") {
    struct Row {
        std::string text, kept, why;
    };
    const Row rows[] = {
        {"Authorization: Kerberos qop=\"auth\", x=SECRET\r\nTo: a\r\n",
         "Authorization: Kerberos (21 bytes not kept)\r\nTo: a\r\n",
         "the scheme stays"},
        {"proxy-authorization : SECRET\r\n",
         "proxy-authorization: (6 bytes not kept)\r\n",
         "blank before colon"},
        {"Authorization: NTLM\r\n SECRET\r\n\tSECRET\r\nTo: a\r\n\r\n",
         "Authorization: (22 bytes not kept)\r\nTo: a\r\n\r\n",
         "folded"},
        {"Authorization\r\n : SECRET\nTo: a", "Authorization: (11 bytes not kept)\nTo: a", "colon folded"},
        {"Authorization NTLM SECRET\n", "Authorization: NTLM (7 bytes not kept)\n", "no colon"},
        {"Subject: a\rAuthorization SECRET\nTo: b",
         "Subject: a\rAuthorization: (6 bytes not kept)\nTo: b",
         "bare CR"},
        {"\x01\x02 X-AUTHORIZATION: Basic SECRET",
         "\x01\x02 X-AUTHORIZATION: Basic (7 bytes not kept)",
         "garbage before it"},
        {"Authorization: SECRETscheme a", "Authorization: (14 bytes not kept)", "no scheme that is known"},
        {"Subject: authorization is needed\r\n", "Subject: authorization is needed\r\n", "a word in a text"},
        {"Authorization:", "Authorization: (0 bytes not kept)", "at the very end"},
        {"To: a\r\n", "To: a\r\n", "none"},
        {"", "", "nothing"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(without_credentials(row.text) == row.kept);
        CHECK(without_credentials(row.text).find("SECRET") == std::string::npos);
    }
}

TEST_CASE("message: no more headers than the limit are kept") {
    std::string head = "OPTIONS sip:a.test SIP/2.0\r\n";
    for (int i = 0; i < 10; ++i) head += "X: y\r\n";
    const Message message = parse_message(head, "", 4);
    CHECK(message.headers.size() == 4);
    CHECK(message.problem == "more than 4 headers; the rest is left out");
}

TEST_CASE("message: tokens are found in lists over several lines") {
    const Message message =
        parse("REGISTER sip:a.test SIP/2.0\r\nSupported: a, gruu-10\r\nk: Ms-Forking;x=1\r\n");
    CHECK(message.lists("Supported", "GRUU-10"));
    CHECK(message.lists("Supported", "ms-forking"));
    CHECK(!message.lists("Supported", "gruu"));
    CHECK(message.all("Supported").size() == 2);
}

TEST_CASE("message: what goes out has one line per header and the length of its body") {
    Message message;
    message.kind = Kind::answer;
    message.version = "SIP/2.0";
    message.status = 200;
    message.reason = "OK\r\nX: y";
    message.headers = {{"Subject", "a\r\nb"}};
    message.body = "abc";
    CHECK(to_bytes(message) == "SIP/2.0 200 OK  X: y\r\nSubject: a  b\r\nContent-Length: 3\r\n\r\nabc");
    message.headers = {{"l", "77"}};
    CHECK(to_bytes(message) == "SIP/2.0 200 OK  X: y\r\nl: 3\r\n\r\nabc");
}

TEST_CASE("address: URIs") {
    struct Row {
        std::string text, shown, why;
    };
    auto shown = [](const std::string& text) -> std::string {
        const auto uri = parse_uri(text);
        if (!uri) return "(none)";
        return uri->scheme + "|" + uri->address_of_record() + "|" + std::to_string(uri->port) + "|" +
               std::to_string(uri->parameters.size());
    };
    const Row rows[] = {
        {"sip:alice@Contoso.TEST", "sip|alice@contoso.test|0|0", "host in lower case"},
        {"SIPS:contoso.test:5061;transport=tls;lr", "sips|contoso.test|5061|2", "no user, two parameters"},
        {"sip:alice:secret@contoso.test", "sip|alice@contoso.test|0|0", "a password is dropped"},
        {"sip:[2001:DB8::1]:5061", "sip|2001:db8::1|5061|0", "IPv6"},
        {"sip:al%69ce@contoso.test?Subject=x;y", "sip|alice@contoso.test|0|0", "escapes and URI headers"},
        {"sip:a%00b@contoso.test", "sip|a%00b@contoso.test|0|0", "an escape that is not printable stays"},
        {"tel:+15551234;phone-context=x", "tel|+15551234@|0|1", "another scheme"},
        {"sip:", "(none)", "no host"},
        {"sip:alice@", "(none)", "no host after the user"},
        {"sip:host:0", "(none)", "port 0"},
        {"sip:host:65536", "(none)", "port too large"},
        {"sip:host:50 61", "(none)", "a blank in the port"},
        {"sip:[::1", "(none)", "bracket left open"},
        {"alice", "(none)", "no scheme"},
        {":x", "(none)", "empty scheme"},
        {"s p:host", "(none)", "a blank in the scheme"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(shown(row.text) == row.shown);
    }
}

TEST_CASE("address: name-addr and addr-spec") {
    const Address quoted = parse_address("\"A \\\"<b>;\" <sip:alice@contoso.test;x=1>;tag=5;epid=\"d3\"");
    CHECK(quoted.display == "A \"<b>;");
    CHECK(quoted.uri->parameters.size() == 1);
    CHECK(quoted.parameter("TAG") == "5");
    CHECK(quoted.parameter("epid") == "d3");
    const Address bare = parse_address("sip:alice@contoso.test;tag=7;lr");
    CHECK(bare.uri->address_of_record() == "alice@contoso.test");
    CHECK(bare.parameter("tag") == "7");
    CHECK(bare.parameter("lr") == "");
    CHECK(!bare.parameter("epid"));
    const Address open = parse_address("<sip:alice@contoso.test");
    CHECK(open.uri->address_of_record() == "alice@contoso.test");
    CHECK(!parse_address("").uri);
    CHECK(!parse_address("\"unclosed <sip:a@b>").uri);
}

TEST_CASE("address: Via") {
    struct Row {
        std::string text, shown, why;
    };
    auto shown = [](const std::string& text) -> std::string {
        const auto via = parse_via(text);
        return via ? via->transport + "|" + via->host + "|" + std::to_string(via->port) + "|" +
                         std::to_string(via->parameters.size())
                   : "(none)";
    };
    const Row rows[] = {
        {"SIP/2.0/TLS 192.0.2.1:49152;branch=z9hG4bKx;rport", "TLS|192.0.2.1|49152|2", "the usual"},
        {"SIP / 2.0 / UDP First.example.com: 4000;ttl=16",
         "UDP|first.example.com|4000|1",
         "blanks of RFC 3261 §20.42"},
        {"SIP/2.0/tls [::1]:5061", "tls|::1|5061|0", "IPv6"},
        {"SIP/2.0/TLS host", "TLS|host|0|0", "no port"},
        {"SIP/2.0/TLS", "(none)", "no sent-by"},
        {"TLS host", "(none)", "no protocol"},
        {"SIP/2.0/TLS ;branch=x", "(none)", "empty sent-by"},
        {"SIP/2.0/TLS host:x", "(none)", "port is no number"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(shown(row.text) == row.shown);
    }
}

TEST_CASE("address: lists are cut outside quotes and brackets only") {
    const auto parts = split_list("\"a,\\\",b\" <sip:x,y@z>;q=1 ,, <sip:c@d>");
    REQUIRE(parts.size() == 2);
    CHECK(parts[0] == "\"a,\\\",b\" <sip:x,y@z>;q=1");
    CHECK(parts[1] == "<sip:c@d>");
    CHECK(split_list("").empty());
    CHECK(split_list("\"open, a").size() == 1);
}
