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
constexpr std::uint8_t protocol_tcp = 6;
constexpr std::size_t segment = 1400;  // bytes of a packet, as on an Ethernet

// Blocks are little-endian here (the byte order mark says so), packets are big-endian.
void put_little(std::string& out, std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
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

std::string ip_packet(const Side& from, const Side& to, const std::string& tcp) {
    std::string ip;
    if (from.address.size() == 4) {
        put_big(ip, 0x4500, 2);
        put_big(ip, 20 + tcp.size(), 2);
        put_big(ip, 0x00004000, 4);  // no identification, do not fragment
        put_big(ip, 64, 1);
        put_big(ip, protocol_tcp, 1);
        const std::string rest = from.address + to.address;
        std::string sum;
        put_big(sum, checksum({ip, rest}), 2);
        ip += sum + rest;
    } else {
        put_big(ip, 0x60000000, 4);
        put_big(ip, tcp.size(), 2);
        put_big(ip, protocol_tcp, 1);
        put_big(ip, 64, 1);
        ip += from.address + to.address;
    }
    return ip + tcp;
}

std::string packet(Side& from, const Side& to, std::uint8_t flags, std::string_view data) {
    std::string tcp;
    put_big(tcp, from.port, 2);
    put_big(tcp, to.port, 2);
    put_big(tcp, from.next, 4);
    put_big(tcp, (flags & tcp_ack) != 0 ? to.next : 0, 4);
    put_big(tcp, 0x50, 1);
    put_big(tcp, flags, 1);
    put_big(tcp, 0xffff, 2);
    put_big(tcp, 0, 4);  // checksum, urgent
    std::string pseudo = from.address + to.address;
    put_big(pseudo, protocol_tcp, 4);
    put_big(pseudo, tcp.size() + data.size(), 4);
    std::string sum;
    put_big(sum, checksum({pseudo, tcp, data}), 2);
    tcp.replace(16, 2, sum);
    from.next += static_cast<std::uint32_t>(data.size()) + ((flags & (tcp_syn | tcp_fin)) != 0 ? 1 : 0);
    return ip_packet(from, to, tcp.append(data));
}

class Conversation {
public:
    Conversation(WallTime started, Side client, Side server)
        : started_(started), client_(std::move(client)), server_(std::move(server)) {}

    void opens() {
        send(Micros{}, client_, server_, tcp_syn, {});
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
        const std::string bytes = packet(from, to, flags, data);
        const auto time = static_cast<std::uint64_t>((started_ + at).time_since_epoch().count());
        std::string body;
        put_little(body, 0, 4);  // the interface
        put_little(body, time >> 32U, 4);
        put_little(body, time & 0xffffffffU, 4);
        put_little(body, bytes.size(), 4);
        put_little(body, bytes.size(), 4);
        blocks_ += block(enhanced_packet, body + bytes);
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

std::string pcapng_blocks(const record::ConnectionRecord& record) {
    const auto client = address_bytes(record.client.address);
    const auto server = address_bytes(record.local.address);
    if (!record.capture || !client || !server || client->size() != server->size()) return {};
    std::string blocks;
    if (!record.capture->keys.empty()) {
        std::string secrets;
        put_little(secrets, tls_key_log, 4);
        put_little(secrets, record.capture->keys.size(), 4);
        blocks += block(decryption_secrets, secrets + record.capture->keys);
    }
    Conversation conversation(record.started, {*client, record.client.port}, {*server, record.local.port});
    conversation.opens();
    for (const WireCapture::Piece& piece : record.capture->pieces) conversation.add(piece);
    return blocks + conversation.blocks();
}

}  // namespace ocs::journal
