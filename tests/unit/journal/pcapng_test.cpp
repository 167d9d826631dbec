#include "journal/pcapng.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

#include "record/wire_capture.hpp"

namespace {

using namespace ocs;
using record::WireCapture;
using Kind = record::WireCapture::Kind;

std::uint32_t little(std::string_view bytes, std::size_t at) {
    std::uint32_t value = 0;
    for (int i = 3; i >= 0; --i) value = value << 8U | static_cast<std::uint8_t>(bytes[at + i]);
    return value;
}
std::uint32_t big(std::string_view bytes, std::size_t at, std::size_t count) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < count; ++i) value = value << 8U | static_cast<std::uint8_t>(bytes[at + i]);
    return value;
}

struct Block {
    std::uint32_t type;
    std::string body;
};

/// Every block, whose two lengths must agree.
std::vector<Block> blocks_of(std::string_view file) {
    std::vector<Block> blocks;
    while (!file.empty()) {
        REQUIRE(file.size() >= 12);
        const std::uint32_t length = little(file, 4);
        REQUIRE(length % 4 == 0);
        REQUIRE(length <= file.size());
        CHECK(little(file, length - 4) == length);
        blocks.push_back({little(file, 0), std::string(file.substr(8, length - 12))});
        file.remove_prefix(length);
    }
    return blocks;
}

struct Packet {
    std::uint64_t time;
    std::string ip;
    [[nodiscard]] bool is_v4() const { return ip[0] == 0x45; }
    [[nodiscard]] std::string_view tcp() const { return std::string_view(ip).substr(is_v4() ? 20 : 40); }
    [[nodiscard]] std::string_view data() const { return tcp().substr(20); }
    [[nodiscard]] std::uint32_t sequence() const { return big(tcp(), 4, 4); }
    [[nodiscard]] std::uint32_t acknowledged() const { return big(tcp(), 8, 4); }
    [[nodiscard]] std::uint32_t flags() const { return big(tcp(), 13, 1); }
};

std::vector<Packet> packets_of(std::string_view blocks) {
    std::vector<Packet> packets;
    for (const Block& block : blocks_of(blocks)) {
        if (block.type != 6) continue;
        const std::uint32_t length = little(block.body, 12);
        CHECK(little(block.body, 16) == length);
        const std::uint64_t time = std::uint64_t{little(block.body, 4)} << 32U | little(block.body, 8);
        packets.push_back({time, block.body.substr(20, length)});
    }
    return packets;
}

/// RFC 1071: with its checksum in it, the sum over everything is all ones.
bool adds_up(const std::string& bytes) {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        sum += i % 2 == 0 ? big(bytes, i, 1) << 8U : big(bytes, i, 1);
    while (sum >> 16U != 0) sum = (sum & 0xffffU) + (sum >> 16U);
    return sum == 0xffff;
}

constexpr WallTime then{Micros{1'780'000'000'000'000}};

std::string captured(const std::string& client, const std::string& local, const WireCapture& capture) {
    record::ConnectionRecord record;
    record.started = then;
    record.client = {client, 51934};
    record.local = {local, 5061};
    return journal::pcapng_blocks(record, capture);
}

WireCapture small_talk() {
    WireCapture capture;
    capture.add(Micros{1000}, Kind::from_client, "hello");
    capture.add(Micros{2000}, Kind::to_client, std::string(3000, 'x'));
    capture.add(Micros{3000}, Kind::client_fin);
    capture.add(Micros{4000}, Kind::our_fin);
    return capture;
}

}  // namespace

TEST_CASE("a pcapng file begins with its section and one interface of raw IP") {
    const auto blocks = blocks_of(journal::pcapng_head("fakeocs 1"));
    REQUIRE(blocks.size() == 2);
    CHECK(blocks[0].type == 0x0A0D0D0A);
    CHECK(little(blocks[0].body, 0) == 0x1A2B3C4D);
    CHECK(blocks[0].body.find("fakeocs 1") != std::string::npos);
    CHECK(blocks[0].body.find("not those of the network") != std::string::npos);
    CHECK(blocks[1].type == 1);
    CHECK(little(blocks[1].body, 0) == 101);
}

TEST_CASE("a reset of ours is a packet from us") {
    WireCapture capture;
    capture.add(Micros{1000}, Kind::from_client, "hello");
    capture.add(Micros{2000}, Kind::our_reset);
    const auto blocks = captured("192.168.56.20", "192.168.56.2", capture);
    const auto packets = packets_of(blocks);
    REQUIRE(packets.size() == 3 + 1 + 1);
    CHECK(big(packets.back().tcp(), 0, 2) == 5061);
    CHECK((big(packets.back().tcp(), 13, 1) & 0x04U) != 0);
}

TEST_CASE("a capture becomes the packets of one TCP conversation") {
    for (const bool is_v6 : {false, true}) {
        const auto blocks = is_v6 ? captured("fe80::1%eth0", "fe80::2", small_talk())
                                  : captured("192.168.56.20", "192.168.56.2", small_talk());
        const auto packets = packets_of(blocks);
        REQUIRE(packets.size() == 3 + 1 + 3 + 2);  // 3000 bytes are three segments
        std::string said[2];
        for (const Packet& packet : packets) {
            CHECK(packet.is_v4() != is_v6);
            if (packet.is_v4()) CHECK(adds_up(packet.ip.substr(0, 20)));
            if (packet.is_v4()) CHECK(big(packet.ip, 2, 2) == packet.ip.size());
            std::string covered = packet.is_v4() ? packet.ip.substr(12, 8) : packet.ip.substr(8, 32);
            covered += std::string{0, 0, 0, 6, 0, 0};
            covered += static_cast<char>(packet.tcp().size() >> 8U);
            covered += static_cast<char>(packet.tcp().size());
            CHECK(adds_up(covered.append(packet.tcp())));
            const bool from_client = big(packet.tcp(), 0, 2) == 51934;
            CHECK(big(packet.tcp(), from_client ? 2 : 0, 2) == 5061);
            auto& mine = said[from_client ? 0 : 1];
            if (!packet.data().empty()) CHECK(packet.sequence() == 1 + mine.size());
            mine += packet.data();
        }
        CHECK(said[0] == "hello");
        CHECK(said[1] == std::string(3000, 'x'));
        CHECK(packets[0].flags() == 0x02);
        CHECK(packets[1].flags() == 0x12);
        CHECK(packets[3].time == 1'780'000'000'001'000U);
        CHECK(packets[7].flags() == 0x11);
        CHECK(packets[7].acknowledged() == 3001);
        CHECK(packets[8].sequence() == 3001);
        CHECK(packets[8].acknowledged() == 7);  // SYN, five bytes, FIN
    }
}

TEST_CASE("keys stand before the packets they open") {
    auto capture = small_talk();
    CHECK(blocks_of(captured("::1", "::1", capture)).front().type == 6);
    capture.add_key("CLIENT_RANDOM aa bb");
    const auto first = blocks_of(captured("::1", "::1", capture)).front();
    CHECK(first.type == 10);
    CHECK(little(first.body, 0) == 0x544c534b);
    CHECK(first.body.substr(8, little(first.body, 4)) == "CLIENT_RANDOM aa bb\n");
}

TEST_CASE("keys are found again, and what is no capture has none") {
    auto capture = small_talk();
    CHECK(journal::pcapng_keys(captured("::1", "::1", capture)).empty());
    capture.add_key("CLIENT_RANDOM aa bb");
    capture.add_key("CLIENT_RANDOM cc d");
    const std::string blocks = captured("::1", "::1", capture);
    const std::string keys = "CLIENT_RANDOM aa bb\nCLIENT_RANDOM cc d\n";
    CHECK(journal::pcapng_keys(blocks) == keys);
    CHECK(journal::pcapng_keys(journal::pcapng_head("fakeocs 1") + blocks) == keys);
    const std::size_t length = blocks_of(blocks).front().body.size() + 12;
    for (std::size_t cut = 0; cut < length; ++cut)
        CHECK(journal::pcapng_keys(std::string_view(blocks).substr(0, cut)).empty());
    std::string wrong = blocks;
    wrong.replace(4, 4, std::string(4, '\0'));  // a block of no length
    CHECK(journal::pcapng_keys(wrong).empty());
    wrong.replace(4, 4, std::string(4, '\xff'));
    CHECK(journal::pcapng_keys(wrong).empty());
}

TEST_CASE("addresses that no packet can carry give none") {
    CHECK(captured("192.168.56.20", "fe80::1", small_talk()).empty());
    CHECK(captured("nowhere", "nowhere", small_talk()).empty());
}

TEST_CASE("DNS messages become datagrams, or a conversation with lengths") {
    journal::DnsMessages dns{
        then, Micros{700}, {"127.0.0.1", 40000}, {"127.0.0.1", 5053}, false, "ask", "tell!"};
    auto packets = packets_of(journal::pcapng_blocks(dns));
    REQUIRE(packets.size() == 2);
    for (const Packet& packet : packets) {
        CHECK(packet.ip[9] == 17);
        std::string covered = packet.ip.substr(12, 8) + std::string{0, 0, 0, 17, 0, 0, 0};
        covered += static_cast<char>(packet.tcp().size());
        CHECK(adds_up(covered.append(packet.tcp())));
        CHECK(big(packet.tcp(), 4, 2) == packet.tcp().size());
    }
    CHECK(packets[0].tcp().substr(8) == "ask");
    CHECK(packets[1].tcp().substr(8) == "tell!");
    CHECK(packets[1].time - packets[0].time == 700);
    dns.tcp = true;
    packets = packets_of(journal::pcapng_blocks(dns));
    REQUIRE(packets.size() == 5);
    CHECK(packets[3].data() == std::string("\0\3ask", 5));
    CHECK(packets[4].data() == std::string("\0\5tell!", 7));
    dns.answer.clear();
    CHECK(packets_of(journal::pcapng_blocks(dns)).size() == 4);
    dns.client.address = "::1";
    CHECK(journal::pcapng_blocks(dns).empty());
}

TEST_CASE("a capture is bounded, and says so") {
    WireCapture capture;
    capture.add(Micros{1}, Kind::from_client, std::string(WireCapture::most_bytes - 1, 'a'));
    CHECK(capture.whole);
    capture.add(Micros{2}, Kind::from_client, "bc");
    CHECK_FALSE(capture.whole);
    CHECK(capture.size == WireCapture::most_bytes);
    CHECK(capture.pieces.back().bytes == "b");
    capture.add(Micros{3}, Kind::from_client, "d");
    CHECK(capture.pieces.size() == 2);
    capture.add(Micros{4}, Kind::client_fin);
    capture.add(Micros{5}, Kind::client_fin);
    CHECK(capture.pieces.size() == 3);

    WireCapture drops;
    for (std::size_t i = 0; i < WireCapture::most_pieces + 1; ++i) drops.add(Micros{1}, Kind::to_client, "a");
    CHECK(drops.pieces.size() == WireCapture::most_pieces);
    CHECK_FALSE(drops.whole);
    const std::string said = "more came on this connection than is kept";
    CHECK(captured("::1", "::1", drops).find(said) != std::string::npos);
    CHECK(packets_of(captured("::1", "::1", drops)).size() == 3 + WireCapture::most_pieces);
    CHECK(captured("::1", "::1", small_talk()).find(said) == std::string::npos);
}
