#include "journal/pcapng.hpp"

#include <arpa/inet.h>

#include <array>
#include <cstdint>
#include <optional>

#include "record/wire_capture.hpp"

namespace ocs::journal {
namespace {

using record::WireCapture;

constexpr std::uint32_t section_header = 0x0A0D0D0A;
constexpr std::uint32_t byte_order = 0x1A2B3C4D;
constexpr std::uint32_t interface_description = 1;
constexpr std::uint32_t enhanced_packet = 6;
constexpr std::uint32_t decryption_secrets = 10;
constexpr std::uint32_t tls_key_log = 0x544c534b;
constexpr std::uint16_t link_raw_ip = 101;
constexpr std::uint16_t option_end = 0, option_comment = 1, option_program = 4;

constexpr std::uint8_t tcp_fin = 0x01, tcp_syn = 0x02, tcp_rst = 0x04, tcp_push = 0x08, tcp_ack = 0x10;
constexpr std::uint8_t protocol_tcp = 6, protocol_udp = 17;
constexpr std::size_t most_of_udp = 65'000;  // of a packet's 65535 bytes, headers taken off
constexpr std::size_t segment = 1400;        // bytes of a packet, as on an Ethernet

// Blocks are little-endian here (the byte order mark says so), packets are big-endian.
void put_little(std::string& out, std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
}
std::uint32_t little(std::string_view bytes, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 4; i > 0; --i) value = value << 8U | static_cast<std::uint8_t>(bytes[at + i - 1]);
    return value;
}
void put_big(std::string& out, std::uint64_t value, int bytes) {
    for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i));
}
void pad(std::string& out) {
    while (out.size() % 4 != 0) out += '\0';
}

std::string block(std::uint32_t type, std::string body) {
    pad(body);
    const std::size_t length = body.size() + 12;
    std::string out;
    put_little(out, type, 4);
    put_little(out, length, 4);
    out += body;
    put_little(out, length, 4);
    return out;
}

void put_option(std::string& out, std::uint16_t code, std::string_view text) {
    put_little(out, code, 2);
    put_little(out, text.size(), 2);
    out += text;
    pad(out);
}

/// RFC 1071, over the bytes of all parts; each part but the last has an even length.
std::uint16_t checksum(std::initializer_list<std::string_view> parts) {
    std::uint32_t sum = 0;
    for (const std::string_view part : parts) {
        for (std::size_t i = 0; i < part.size(); ++i) {
            const auto byte = static_cast<std::uint8_t>(part[i]);
            sum += i % 2 == 0 ? std::uint32_t{byte} << 8U : byte;
        }
    }
    while (sum >> 16U != 0) sum = (sum & 0xffffU) + (sum >> 16U);
    return static_cast<std::uint16_t>(~sum);
}

/// An address as it stands in an IP header; 4 or 16 bytes.
std::optional<std::string> address_bytes(std::string text) {
    text.resize(std::min(text.size(), text.find('%')));  // fe80::1%eth0
    std::array<char, 16> room{};
    if (inet_pton(AF_INET, text.c_str(), room.data()) == 1) return std::string(room.data(), 4);
    if (inet_pton(AF_INET6, text.c_str(), room.data()) == 1) return std::string(room.data(), 16);
    return {};
}

struct Side {
    std::string address;
    std::uint16_t port = 0;
    std::uint32_t next = 0;  // sequence number of the next byte it sends
};

std::string ip_packet(const Side& from, const Side& to, std::uint8_t protocol, const std::string& carried) {
    std::string ip;
    if (from.address.size() == 4) {
        put_big(ip, 0x4500, 2);
        put_big(ip, 20 + carried.size(), 2);
        put_big(ip, 0x00004000, 4);  // no identification, do not fragment
        put_big(ip, 64, 1);
        put_big(ip, protocol, 1);
        const std::string rest = from.address + to.address;
        std::string sum;
        put_big(sum, checksum({ip, rest}), 2);
        ip += sum + rest;
    } else {
        put_big(ip, 0x60000000, 4);
        put_big(ip, carried.size(), 2);
        put_big(ip, protocol, 1);
        put_big(ip, 64, 1);
        ip += from.address + to.address;
    }
    return ip + carried;
}

/// Into the two bytes at `place`, which are zero until then.
void put_checksum(
    std::string& carried, std::size_t place, const Side& from, const Side& to, std::uint8_t protocol) {
    std::string pseudo = from.address + to.address;
    put_big(pseudo, protocol, 4);
    put_big(pseudo, carried.size(), 4);
    std::string sum;
    const std::uint16_t found = checksum({pseudo, carried});
    const bool says_none = found == 0 && protocol == protocol_udp;  // RFC 768: zero means no checksum
    put_big(sum, says_none ? 0xffff : found, 2);
    carried.replace(place, 2, sum);
}

std::string tcp_packet(Side& from, const Side& to, std::uint8_t flags, std::string_view data) {
    std::string tcp;
    put_big(tcp, from.port, 2);
    put_big(tcp, to.port, 2);
    put_big(tcp, from.next, 4);
    put_big(tcp, (flags & tcp_ack) != 0 ? to.next : 0, 4);
    put_big(tcp, 0x50, 1);
    put_big(tcp, flags, 1);
    put_big(tcp, 0xffff, 2);
    put_big(tcp, 0, 4);  // checksum, urgent
    tcp += data;
    put_checksum(tcp, 16, from, to, protocol_tcp);
    from.next += static_cast<std::uint32_t>(data.size()) + ((flags & (tcp_syn | tcp_fin)) != 0 ? 1 : 0);
    return ip_packet(from, to, protocol_tcp, tcp);
}

std::string udp_packet(const Side& from, const Side& to, std::string_view data) {
    std::string udp;
    put_big(udp, from.port, 2);
    put_big(udp, to.port, 2);
    put_big(udp, 8 + data.size(), 2);
    put_big(udp, 0, 2);
    udp += data;
    put_checksum(udp, 6, from, to, protocol_udp);
    return ip_packet(from, to, protocol_udp, udp);
}

std::string packet_block(WallTime at, const std::string& packet, std::string_view comment = {}) {
    const auto time = static_cast<std::uint64_t>(at.time_since_epoch().count());
    std::string body;
    put_little(body, 0, 4);  // the interface
    put_little(body, time >> 32U, 4);
    put_little(body, time & 0xffffffffU, 4);
    put_little(body, packet.size(), 4);
    put_little(body, packet.size(), 4);
    body += packet;
    pad(body);
    if (!comment.empty()) {
        put_option(body, option_comment, comment);
        put_little(body, option_end, 4);
    }
    return block(enhanced_packet, body);
}

struct Sides {
    Side client, server;
};
std::optional<Sides> sides_of(const record::Endpoint& client, const record::Endpoint& server) {
    const auto from = address_bytes(client.address);
    const auto to = address_bytes(server.address);
    if (!from || !to || from->size() != to->size()) return {};
    return Sides{{*from, client.port}, {*to, server.port}};
}

class Conversation {
public:
    Conversation(WallTime started, Sides sides)
        : started_(started), client_(std::move(sides.client)), server_(std::move(sides.server)) {}

    void opens(std::string_view comment = {}) {
        blocks_ += packet_block(started_, tcp_packet(client_, server_, tcp_syn, {}), comment);
        send(Micros{}, server_, client_, tcp_syn | tcp_ack, {});
        send(Micros{}, client_, server_, tcp_ack, {});
    }

    void add(const WireCapture::Piece& piece) {
        using Kind = WireCapture::Kind;
        switch (piece.kind) {
            case Kind::from_client:
                return send_all(piece.at, client_, server_, piece.bytes);
            case Kind::to_client:
                return send_all(piece.at, server_, client_, piece.bytes);
            case Kind::client_fin:
                return send(piece.at, client_, server_, tcp_fin | tcp_ack, {});
            case Kind::client_reset:
                return send(piece.at, client_, server_, tcp_rst | tcp_ack, {});
            case Kind::our_fin:
                return send(piece.at, server_, client_, tcp_fin | tcp_ack, {});
            case Kind::our_reset:
                return send(piece.at, server_, client_, tcp_rst | tcp_ack, {});
        }
    }

    [[nodiscard]] const std::string& blocks() const { return blocks_; }

private:
    void send_all(Micros at, Side& from, const Side& to, std::string_view bytes) {
        for (; !bytes.empty(); bytes.remove_prefix(std::min(segment, bytes.size()))) {
            const auto flags = static_cast<std::uint8_t>(tcp_ack | (bytes.size() <= segment ? tcp_push : 0));
            send(at, from, to, flags, bytes.substr(0, segment));
        }
    }

    void send(Micros at, Side& from, const Side& to, std::uint8_t flags, std::string_view data) {
        blocks_ += packet_block(started_ + at, tcp_packet(from, to, flags, data));
    }

    WallTime started_;
    Side client_, server_;
    std::string blocks_;
};

}  // namespace

std::string pcapng_head(std::string_view program) {
    std::string body;
    put_little(body, byte_order, 4);
    put_little(body, 1, 2);  // version 1.0
    put_little(body, 0, 2);
    put_little(body, ~std::uint64_t{0}, 8);  // length of the section: not said
    put_option(
        body,
        option_comment,
        "Made of what the server read from and wrote to its sockets: the bytes and their times are real, "
        "the TCP and IP headers are not those of the network.");
    put_option(body, option_program, program);
    put_little(body, option_end, 4);
    std::string interface;
    put_little(interface, link_raw_ip, 2);
    put_little(interface, 0, 2);
    put_little(interface, 0, 4);  // packets are whole
    return block(section_header, body) + block(interface_description, interface);
}

std::string pcapng_blocks(const record::ConnectionRecord& record, const WireCapture& capture) {
    const auto sides = sides_of(record.client, record.local);
    if (!sides) return {};
    std::string blocks;
    if (!capture.keys.empty()) {
        std::string secrets;
        put_little(secrets, tls_key_log, 4);
        put_little(secrets, capture.keys.size(), 4);
        blocks += block(decryption_secrets, secrets + capture.keys);
    }
    Conversation conversation(record.started, *sides);
    conversation.opens(capture.whole ? "" : "more came on this connection than is kept");
    for (const WireCapture::Piece& piece : capture.pieces) conversation.add(piece);
    return blocks + conversation.blocks();
}

std::string_view pcapng_keys(std::string_view blocks) {
    constexpr std::size_t head = 8, frame = 12, secrets_head = 8;
    while (blocks.size() >= frame) {
        const std::size_t length = little(blocks, 4);
        if (length < frame || length > blocks.size()) return {};
        const std::string_view body = blocks.substr(head, length - frame);
        if (little(blocks, 0) == decryption_secrets && body.size() >= secrets_head &&
            little(body, 0) == tls_key_log)
            return body.substr(secrets_head, little(body, 4));
        blocks.remove_prefix(length);
    }
    return {};
}

std::string pcapng_blocks(const DnsMessages& dns) {
    const auto sides = sides_of(dns.client, dns.local);
    if (!sides || std::max(dns.query.size(), dns.answer.size()) > most_of_udp) return {};
    if (!dns.tcp) {
        std::string blocks = packet_block(dns.at, udp_packet(sides->client, sides->server, dns.query));
        if (dns.answer.empty()) return blocks;
        return blocks + packet_block(dns.at + dns.took, udp_packet(sides->server, sides->client, dns.answer));
    }
    const auto framed = [](std::string_view message) {
        std::string bytes;
        put_big(bytes, message.size(), 2);
        return bytes.append(message);
    };
    Conversation conversation(dns.at, *sides);
    conversation.opens();
    conversation.add({Micros{}, WireCapture::Kind::from_client, framed(dns.query)});
    if (!dns.answer.empty()) conversation.add({dns.took, WireCapture::Kind::to_client, framed(dns.answer)});
    return conversation.blocks();
}

}  // namespace ocs::journal
