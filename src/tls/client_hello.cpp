#include "tls/client_hello.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "core/host_name.hpp"
#include "core/ip_address.hpp"

namespace ocs::tls {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::size_t raw_sni_limit = 512;
constexpr std::size_t alpn_limit = 64;    // protocols kept; real clients offer two or three
constexpr std::size_t list_limit = 1000;  // numbers kept of any list; real clients send up to 100

std::string text_of(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

/// Takes numbers and blocks off the front; one that is not all there is not taken at all.
class Reader {
public:
    explicit Reader(Bytes bytes) : rest_(bytes) {}

    [[nodiscard]] bool empty() const { return rest_.empty(); }
    [[nodiscard]] std::size_t size() const { return rest_.size(); }

    std::optional<std::uint32_t> number(std::size_t width) {
        if (rest_.size() < width) return std::nullopt;
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < width; ++i) value = (value << 8U) | rest_[i];
        rest_ = rest_.subspan(width);
        return value;
    }
    std::optional<Bytes> bytes(std::size_t count) {
        if (rest_.size() < count) return std::nullopt;
        const Bytes taken = rest_.first(count);
        rest_ = rest_.subspan(count);
        return taken;
    }
    /// A block after its own length of `width` bytes.
    std::optional<Bytes> block(std::size_t width) {
        const Bytes before = rest_;
        const auto length = number(width);
        if (!length) return std::nullopt;
        const auto taken = bytes(*length);
        if (!taken) rest_ = before;
        return taken;
    }

private:
    Bytes rest_;
};

template <class Number>
bool read_numbers(Bytes block, std::size_t width, std::vector<Number>& into) {
    Reader reader(block);
    while (const auto value = reader.number(width)) {
        if (into.size() < list_limit) into.push_back(static_cast<Number>(*value));
    }
    return reader.empty();
}

/// The extension's body is one block of numbers.
template <class Number>
bool read_list(Bytes body, std::size_t length_width, std::size_t width, std::vector<Number>& into) {
    Reader reader(body);
    const auto list = reader.block(length_width);
    return list && reader.empty() && read_numbers(*list, width, into);
}

bool read_alpn(Bytes body, std::vector<std::string>& into) {
    Reader reader(body);
    const auto list = reader.block(2);
    if (!list || !reader.empty()) return false;
    Reader names(*list);
    while (!names.empty()) {
        const auto name = names.block(1);
        if (!name || name->empty()) return false;
        if (into.size() < alpn_limit) into.push_back(text_of(*name));
    }
    return true;
}

bool is_address(std::string_view text) {
    if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
        text = text.substr(1, text.size() - 2);
    }
    return IpAddress::parse(text).has_value();
}

record::SniForm form_of(const std::string& raw, std::string& name) {
    using record::SniForm;
    if (raw.empty()) return SniForm::empty;
    if (is_address(raw)) return SniForm::ip_literal;
    // HostName takes UTF-8 too; on the wire only the A-label form is a host name.
    const bool visible_ascii =
        std::all_of(raw.begin(), raw.end(), [](char c) { return c > ' ' && c < '\x7f'; });
    if (!visible_ascii) return SniForm::not_a_host_name;
    auto host = HostName::parse(raw);
    if (!host) return SniForm::not_a_host_name;
    name = host->text();
    return raw.back() == '.' ? SniForm::trailing_dot : SniForm::host_name;
}

const char* read_extension(std::uint16_t type, Bytes body, record::ClientHelloFacts& hello) {
    switch (type) {
        case 0:
            hello.sni = parse_server_name(body);
            return nullptr;  // its form tells what is wrong
        case 10:
            return read_list(body, 2, 2, hello.groups) ? nullptr : "supported_groups is malformed";
        case 11:
            return read_list(body, 1, 1, hello.point_formats) ? nullptr : "ec_point_formats is malformed";
        case 13:
            return read_list(body, 2, 2, hello.signature_algorithms) ? nullptr
                                                                     : "signature_algorithms is malformed";
        case 16:
            return read_alpn(body, hello.alpn) ? nullptr : "ALPN is malformed";
        case 43:
            return read_list(body, 1, 2, hello.supported_versions) ? nullptr
                                                                   : "supported_versions is malformed";
        default:
            return nullptr;
    }
}

std::string read_extensions(Bytes block, record::ClientHelloFacts& hello) {
    Reader reader(block);
    std::string problem;
    while (!reader.empty()) {
        const auto type = reader.number(2);
        const auto body = type ? reader.block(2) : std::nullopt;
        if (!body) return "extensions are cut short";
        const auto number = static_cast<std::uint16_t>(*type);
        const auto& seen = hello.extensions;
        // Twice is against RFC 8446 §4.2; the first one counts. Only the few that are read are compared:
        // a hello full of tiny extensions must not cost the square of their number.
        const bool read =
            number == 0 || number == 10 || number == 11 || number == 13 || number == 16 || number == 43;
        const bool again = read && std::find(seen.begin(), seen.end(), number) != seen.end();
        if (seen.size() < list_limit)
            hello.extensions.push_back(number);
        else if (problem.empty())
            problem = "only the first 1000 extensions are kept";
        if (again) {
            problem = "extension " + std::to_string(number) + " is there twice";
            if (number == 0) hello.sni = {record::SniForm::malformed, hello.sni.raw, ""};
            continue;
        }
        if (const char* wrong = read_extension(number, *body, hello); wrong && problem.empty())
            problem = wrong;
    }
    return problem;
}

std::string read_body(Reader reader, record::ClientHelloFacts& hello) {
    const auto version = reader.number(2);
    if (!version) return "client_version is cut short";
    hello.legacy_version = static_cast<std::uint16_t>(*version);
    if (!reader.bytes(32)) return "random is cut short";
    const auto session = reader.block(1);
    if (!session) return "session_id is cut short";
    if (session->size() > 32) return "session_id is longer than 32 bytes";
    const auto suites = reader.block(2);
    if (!suites) return "cipher_suites is cut short";
    if (!read_numbers(*suites, 2, hello.cipher_suites)) return "cipher_suites has an odd length";
    if (!reader.block(1)) return "compression_methods is cut short";
    std::string problem;
    if (suites->size() > 2 * list_limit) problem = "only the first 1000 cipher suites are kept";
    if (reader.empty()) return problem;  // before TLS 1.2 a hello may end here
    const auto extensions = reader.block(2);
    if (!extensions) return "extensions are cut short";
    const std::string wrong = read_extensions(*extensions, hello);
    if (problem.empty()) problem = wrong;
    if (problem.empty() && !reader.empty()) problem = "bytes after the extensions";
    return problem;
}

}  // namespace

record::ClientHelloFacts parse_client_hello(Bytes handshake_message) {
    record::ClientHelloFacts hello;
    hello.bytes = handshake_message.size();
    Reader reader(handshake_message);
    const auto type = reader.number(1);
    const auto length = type ? reader.number(3) : std::nullopt;
    if (!length) {
        hello.parse_problem = "the message header is cut short";
        return hello;
    }
    if (*type != 1) {
        hello.parse_problem = "not a ClientHello but handshake message " + std::to_string(*type);
        return hello;
    }
    const bool cut = *length > reader.size();
    hello.bytes = std::min<std::size_t>(handshake_message.size(), std::size_t{*length} + 4);
    hello.parse_problem =
        read_body(Reader(*reader.bytes(std::min<std::size_t>(*length, reader.size()))), hello);
    if (cut && hello.parse_problem.empty()) hello.parse_problem = "the message is cut short";
    return hello;
}

std::size_t hello_end(Bytes stream) {
    constexpr std::size_t header = 5;        // of a record: type, version, length
    constexpr std::size_t message_head = 4;  // of a handshake message: type, length
    const auto length_at = [&](std::size_t at) { return std::size_t{stream[at]} << 8U | stream[at + 1]; };
    if (stream.size() >= 3 && (stream[0] & 0x80U) != 0 && stream[2] == 1)
        return std::min(stream.size(), 2 + (length_at(0) & 0x7fffU));
    std::size_t message = 0;  // its octets so far
    std::size_t wanted = 0;   // its length; 0: not known yet
    std::array<std::uint8_t, message_head> head{};
    std::size_t at = 0;
    while (stream.size() - at >= header && stream[at] == 22) {
        const std::size_t size = length_at(at + 3);
        if (stream.size() - at - header < size) break;
        for (std::size_t i = 0; i < size && message + i < message_head; ++i)
            head[message + i] = stream[at + header + i];
        message += size;
        at += header + size;
        if (message >= message_head)
            wanted = message_head + (std::size_t{head[1]} << 16U | std::size_t{head[2]} << 8U | head[3]);
        if (wanted > 0 && message >= wanted) return at;
    }
    return stream.size();
}

record::ClientHelloFacts parse_sslv2_hello(Bytes message) {
    record::ClientHelloFacts hello;
    hello.sslv2_framed = true;
    hello.bytes = message.size();
    Reader reader(message);
    const auto type = reader.number(1);
    const auto version = reader.number(2);
    if (!type || !version) {
        hello.parse_problem = "the message header is cut short";
        return hello;
    }
    if (*type != 1) {
        hello.parse_problem = "not a ClientHello but SSLv2 message " + std::to_string(*type);
        return hello;
    }
    hello.legacy_version = static_cast<std::uint16_t>(*version);
    const auto ciphers_length = reader.number(2);
    const auto session_length = reader.number(2);
    const auto challenge_length = reader.number(2);
    if (!ciphers_length || !session_length || !challenge_length) {
        hello.parse_problem = "the lengths are cut short";
        return hello;
    }
    const auto ciphers = reader.bytes(*ciphers_length);
    if (!ciphers) {
        hello.parse_problem = "cipher_specs is cut short";
        return hello;
    }
    if (!read_numbers(*ciphers, 3, hello.cipher_suites)) {
        hello.parse_problem = "the length of cipher_specs is no multiple of 3";
    } else if (!reader.bytes(*session_length)) {
        hello.parse_problem = "session_id is cut short";
    } else if (!reader.bytes(*challenge_length)) {
        hello.parse_problem = "challenge is cut short";
    }
    return hello;
}

record::SniFact parse_server_name(Bytes extension) {
    using record::SniForm;
    const std::string whole = text_of(extension.first(std::min(extension.size(), raw_sni_limit)));
    record::SniFact malformed{SniForm::malformed, whole, ""};
    Reader reader(extension);
    if (reader.empty()) return {SniForm::empty, "", ""};
    const auto list = reader.block(2);
    if (!list || !reader.empty()) return malformed;
    if (list->empty()) return {SniForm::empty, "", ""};
    Reader names(*list);
    const auto type = names.number(1);
    const auto name = names.block(2);
    if (!type || *type != 0 || !name) return malformed;
    record::SniFact fact;
    fact.raw = text_of(name->first(std::min(name->size(), raw_sni_limit)));
    if (!names.empty()) {
        fact.form = SniForm::malformed;  // RFC 6066 allows one name of a type, and there is one type
    } else {
        fact.form = name->size() > raw_sni_limit ? SniForm::not_a_host_name : form_of(fact.raw, fact.name);
    }
    return fact;
}

}  // namespace ocs::tls
