// The one file with Beast's HTTP, which costs its user's compile time twice over.

#include "server/web_reply.hpp"

#include <fmt/format.h>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/string_body.hpp>
#include <charconv>
#include <optional>

#include "core/escape.hpp"
#include "core/host_name.hpp"
#include "server/autodiscover.hpp"
#include "server/web_page.hpp"

namespace ocs::server {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

using Response = http::response<http::string_body>;

enum class Form { text, html, json };

/// Takes the part before the next separator off the front, without the blanks around it.
std::string_view take(std::string_view& rest, char separator) {
    const std::size_t end = rest.find(separator);
    std::string_view part = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    while (!part.empty() && (part.front() == ' ' || part.front() == '\t')) part.remove_prefix(1);
    while (!part.empty() && (part.back() == ' ' || part.back() == '\t')) part.remove_suffix(1);
    return part;
}

std::optional<Form> form_of(std::string_view media_type) {
    if (media_type == "text/html" || media_type == "application/xhtml+xml") return Form::html;
    if (media_type == "application/json") return Form::json;
    if (media_type == "text/plain" || media_type == "text/*" || media_type == "*/*") return Form::text;
    return std::nullopt;
}

/// The form that Accept likes best (RFC 9110 §12.5.1), the first of several; text where nothing fits, since
/// an answer is better than 406.
Form form_for(std::string_view accept) {
    Form best = Form::text;
    double best_quality = 0;
    const std::string lower = ascii_lower(accept);
    for (std::string_view ranges = lower; !ranges.empty();) {
        std::string_view parameters = take(ranges, ',');
        const auto form = form_of(take(parameters, ';'));
        double quality = 1;
        while (!parameters.empty()) {
            const std::string_view parameter = take(parameters, ';');
            if (parameter.starts_with("q="))
                std::from_chars(parameter.data() + 2, parameter.data() + parameter.size(), quality);
        }
        if (!form || quality <= best_quality) continue;
        best = *form;
        best_quality = quality;
    }
    return best;
}

/// Beast wants CRLF, people at a keyboard and scripts send bare newlines (RFC 9112 §2.2 allows for them).
std::string with_crlf(std::string_view head) {
    std::string out;
    char before = '\0';
    for (const char c : head) {
        if (c == '\n' && before != '\r') out += '\r';
        out += c;
        before = c;
    }
    return out;
}

/// Where the head ends, after its empty line; npos: not yet.
std::size_t head_end(std::string_view bytes) {
    std::size_t line = 0;
    while (true) {
        const std::size_t newline = bytes.find('\n', line);
        if (newline == std::string_view::npos) return newline;
        const std::string_view text = bytes.substr(line, newline - line);
        if (text.empty() || text == "\r") return newline + 1;
        line = newline + 1;
    }
}

std::string serialized(Response response, bool without_body) {
    response.set(http::field::cache_control, "no-store");
    response.set(http::field::connection, "close");
    response.set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
    response.set("X-Content-Type-Options", "nosniff");
    response.prepare_payload();
    http::response_serializer<http::string_body> serializer(response);
    serializer.split(without_body);
    std::string out;
    beast::error_code error;
    while (!error && !serializer.is_done() && !(without_body && serializer.is_header_done())) {
        serializer.next(error, [&](beast::error_code& failed, const auto& buffers) {
            failed = {};
            for (const auto& buffer : beast::buffers_range_ref(buffers))
                out.append(static_cast<const char*>(buffer.data()), buffer.size());
            serializer.consume(asio::buffer_size(buffers));
        });
    }
    return out;
}

std::string refusal(http::status status, std::string_view why) {
    Response response(status, 11);
    response.set(http::field::content_type, "text/plain; charset=utf-8");
    response.body() = fmt::format("fakeocs: {}\n", why);
    return serialized(std::move(response), false);
}

/// Where links lead: the host the client asked, if it is a host name; else what it wanted, else our own.
std::string host_for_links(beast::string_view host, const record::ConnectionRecord& seen) {
    const std::string_view asked(host.data(), host.size());
    const auto named = HostName::parse(asked.substr(0, asked.find(':')));
    if (named.has_value()) return named->text();
    if (seen.facts.hello && !seen.facts.hello->sni.name.empty()) return seen.facts.hello->sni.name;
    return "lyncdiscover.invalid";
}

class WebSpeaker final : public Speaker {
public:
    WebSpeaker(const record::ConnectionRecord& record, const config::AutodiscoverSettings& autodiscover)
        : record_(record), autodiscover_(autodiscover) {}

    Reply hear(std::string_view bytes, Micros) override {
        // Blank lines before a request are to be skipped (RFC 9112 §2.2).
        if (head_.empty()) bytes.remove_prefix(std::min(bytes.find_first_not_of("\r\n"), bytes.size()));
        head_ += bytes.substr(0, longest_http_head + 1 - std::min(head_.size(), longest_http_head));
        const std::size_t end = head_end(head_);
        if (end != std::string::npos)
            return {web_reply(std::string_view(head_).substr(0, end), record_, autodiscover_), true};
        if (head_.size() <= longest_http_head) return {};
        return {refusal(http::status::request_header_fields_too_large,
                        fmt::format("the request's head is over {} bytes", longest_http_head)),
                true};
    }

private:
    const record::ConnectionRecord& record_;
    const config::AutodiscoverSettings& autodiscover_;
    std::string head_;
};

}  // namespace

std::unique_ptr<Speaker> make_web_speaker(record::ConnectionRecord& record,
                                          const config::AutodiscoverSettings& autodiscover) {
    return std::make_unique<WebSpeaker>(record, autodiscover);
}

std::string web_reply(std::string_view head,
                      const record::ConnectionRecord& so_far,
                      const config::AutodiscoverSettings& autodiscover) {
    http::request_parser<http::empty_body> parser;
    parser.header_limit(2 * longest_http_head);  // it may have grown by its CRs
    parser.body_limit(boost::none);              // a body is not read, so it may be of any length
    const std::string text = with_crlf(head);
    beast::error_code error;
    parser.put(asio::buffer(text), error);
    if (!parser.is_header_done()) {
        return refusal(http::status::bad_request, "this is no HTTP request: " + error.message());
    }
    const auto& request = parser.get();
    const auto accept = request[http::field::accept];
    if (const auto answer =
            autodiscover_answer(std::string_view(request.target().data(), request.target().size()),
                                std::string_view(accept.data(), accept.size()),
                                host_for_links(request[http::field::host], so_far),
                                so_far.facts.handshake_finished,
                                autodiscover)) {
        Response found(static_cast<http::status>(answer->status), 11);
        found.set(http::field::content_type, answer->content_type);
        found.body() = answer->body;
        return serialized(std::move(found), request.method() == http::verb::head);
    }
    Response response(http::status::ok, 11);
    switch (form_for({accept.data(), accept.size()})) {
        case Form::text:
            response.set(http::field::content_type, "text/plain; charset=utf-8");
            response.body() = text_page(so_far);
            break;
        case Form::html:
            response.set(http::field::content_type, "text/html; charset=utf-8");
            response.body() = html_page(so_far);
            break;
        case Form::json:
            response.set(http::field::content_type, "application/json");
            response.body() = json_page(so_far);
            break;
    }
    return serialized(std::move(response), request.method() == http::verb::head);
}

}  // namespace ocs::server
