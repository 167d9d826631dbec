#pragma once
// DNS messages as bytes (RFC 1035 §4). ldns reads and compresses names; lengths, counts and what may follow
// what are checked here, because messages come from anybody. For the sources of this room.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/result.hpp"
#include "dns/ldns.hpp"
#include "dns/name.hpp"
#include "dns/record.hpp"

namespace ocs::dns::wire {

inline constexpr std::size_t header_size = 12;
inline constexpr std::size_t max_message = 65535;
inline constexpr std::uint16_t class_in = 1;
inline constexpr std::uint16_t type_opt = 41;

/// Bits of Header::flags.
inline constexpr std::uint16_t flag_response = 0x8000;
inline constexpr std::uint16_t flag_authoritative = 0x0400;
inline constexpr std::uint16_t flag_truncated = 0x0200;
inline constexpr std::uint16_t flag_recursion_desired = 0x0100;
inline constexpr std::uint16_t flag_recursion_available = 0x0080;
inline constexpr std::uint16_t mask_opcode = 0x7800;
inline constexpr std::uint16_t mask_rcode = 0x000f;

struct Header {
    std::uint16_t id = 0;
    std::uint16_t flags = 0;
    std::uint16_t questions = 0;
    std::uint16_t answers = 0;
    std::uint16_t authority = 0;
    std::uint16_t additional = 0;
};

struct RawQuestion {
    Name name;
    std::uint16_t type = 0;
    std::uint16_t klass = 0;
};

/// One record with its data still undecoded.
struct RawRecord {
    Name owner;
    std::uint16_t type = 0;
    std::uint16_t klass = 0;
    std::uint32_t ttl = 0;
    std::size_t data = 0;  ///< where it begins in the message
    std::size_t size = 0;
};

/// The OPT record (RFC 6891 §6.1).
struct Edns {
    std::uint16_t udp_size = 512;
    std::uint8_t rcode_high = 0;
    std::uint8_t version = 0;
    bool dnssec_ok = false;
};
Edns to_edns(const RawRecord& record);

/// Reads a message from front to back; nothing is read past its end. Does not own the bytes.
class Reader {
public:
    explicit Reader(std::span<const std::uint8_t> message) : message_(message) {}

    std::optional<Header> header();  ///< empty: fewer than 12 bytes
    Result<RawQuestion> question();
    Result<RawRecord> record();
    /// The data of a record of the types held here; it must fill its length exactly.
    [[nodiscard]] Result<Data> data(Type type, const RawRecord& record) const;
    [[nodiscard]] bool at_end() const { return at_ == message_.size(); }

private:
    [[nodiscard]] Result<Name> name(std::size_t& at) const;
    [[nodiscard]] std::uint16_t u16(std::size_t at) const;
    [[nodiscard]] std::uint32_t u32(std::size_t at) const;

    std::span<const std::uint8_t> message_;
    std::size_t at_ = 0;
};

enum class Section { answer, authority, additional };

/// Writes a message record by record, with names compressed, up to a limit. Records go in by section, in
/// order.
class Writer {
public:
    Writer(Header header, std::size_t limit);

    void question(const Name& name, std::uint16_t type, std::uint16_t klass);
    /// False, and nothing written, if the message with the room kept for OPT would be over the limit.
    bool record(const Record& record, Section section);
    void keep_room_for_edns();
    void edns(const Edns& edns);
    /// Counts and flags go in now. `flags` are added to those of the header.
    std::vector<std::uint8_t> finish(std::uint16_t flags);

private:
    struct BufferFree {
        void operator()(ldns_buffer* buffer) const noexcept { ldns_buffer_free(buffer); }
    };
    struct TreeFree {
        void operator()(ldns_rbtree_t* tree) const noexcept;
    };

    Header header_;
    std::size_t limit_;
    std::size_t kept_ = 0;
    std::unique_ptr<ldns_buffer, BufferFree> buffer_;
    std::unique_ptr<ldns_rbtree_t, TreeFree> names_;
};

}  // namespace ocs::dns::wire
