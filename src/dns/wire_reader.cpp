#include <memory>

#include "dns/wire.hpp"

namespace ocs::dns::wire {
namespace {

struct RdfFree {
    void operator()(ldns_rdf* rdf) const noexcept { ldns_rdf_deep_free(rdf); }
};

Error malformed(const char* what) { return Error{what, "", ""}; }

}  // namespace

Edns to_edns(const RawRecord& record) {
    Edns edns;
    edns.udp_size = record.klass;
    edns.rcode_high = static_cast<std::uint8_t>(record.ttl >> 24U);
    edns.version = static_cast<std::uint8_t>(record.ttl >> 16U);
    edns.dnssec_ok = (record.ttl & 0x8000U) != 0;
    return edns;
}

std::uint16_t Reader::u16(std::size_t at) const {
    return static_cast<std::uint16_t>(message_[at] << 8U | message_[at + 1]);
}

std::uint32_t Reader::u32(std::size_t at) const {
    return static_cast<std::uint32_t>(u16(at)) << 16U | u16(at + 2);
}

std::optional<Header> Reader::header() {
    if (message_.size() < header_size) return std::nullopt;
    at_ = header_size;
    return Header{u16(0), u16(2), u16(4), u16(6), u16(8), u16(10)};
}

Result<Name> Reader::name(std::size_t& at) const {
    ldns_rdf* raw = nullptr;
    const ldns_status status = ldns_wire2dname(&raw, message_.data(), message_.size(), &at);
    const std::unique_ptr<ldns_rdf, RdfFree> rdf(raw);
    if (status != LDNS_STATUS_OK || at > message_.size()) {
        return malformed("a name runs over its end, is too long, or is compressed in a loop");
    }
    return Name::from_wire({ldns_rdf_data(rdf.get()), ldns_rdf_size(rdf.get())});
}

Result<RawQuestion> Reader::question() {
    RawQuestion question;
    auto name = this->name(at_);
    if (name.has_error()) return name.error();
    question.name = std::move(*name);
    if (message_.size() - at_ < 4) return malformed("a question runs over the end of the message");
    question.type = u16(at_);
    question.klass = u16(at_ + 2);
    at_ += 4;
    return question;
}

Result<RawRecord> Reader::record() {
    RawRecord record;
    auto owner = name(at_);
    if (owner.has_error()) return owner.error();
    record.owner = std::move(*owner);
    if (message_.size() - at_ < 10) return malformed("a record runs over the end of the message");
    record.type = u16(at_);
    record.klass = u16(at_ + 2);
    record.ttl = u32(at_ + 4);
    record.size = u16(at_ + 8);
    record.data = at_ + 10;
    if (message_.size() - record.data < record.size)
        return malformed("a record runs over the end of the message");
    at_ = record.data + record.size;
    return record;
}

Result<Data> Reader::data(Type type, const RawRecord& record) const {
    const Error wrong_size = malformed("the data of a record does not have its length");
    const std::size_t end = record.data + record.size;
    std::size_t at = record.data;
    const auto last_name = [&]() -> Result<Name> {
        auto read = name(at);
        if (read.has_value() && at != end) return wrong_size;
        return read;
    };
    switch (type) {
        case Type::a:
        case Type::aaaa: {
            if (record.size != (type == Type::a ? 4U : 16U)) return wrong_size;
            auto address = IpAddress::from_bytes(message_.subspan(at, record.size));
            if (address.has_error()) return address.error();
            return Data(std::move(*address));
        }
        case Type::ns:
        case Type::cname:
        case Type::ptr: {
            auto target = last_name();
            if (target.has_error()) return target.error();
            return Data(std::move(*target));
        }
        case Type::srv: {
            if (record.size < 7) return wrong_size;
            at += 6;
            auto target = last_name();
            if (target.has_error()) return target.error();
            return Data(
                Srv{u16(record.data), u16(record.data + 2), u16(record.data + 4), std::move(*target)});
        }
        case Type::soa: {
            Soa soa;
            auto primary = name(at);
            if (primary.has_error()) return primary.error();
            soa.primary = std::move(*primary);
            auto mailbox = name(at);
            if (mailbox.has_error()) return mailbox.error();
            soa.mailbox = std::move(*mailbox);
            if (at > end || end - at != 20) return wrong_size;
            for (auto* number : {&soa.serial, &soa.refresh, &soa.retry, &soa.expire, &soa.minimum}) {
                *number = u32(at);
                at += 4;
            }
            return Data(std::move(soa));
        }
        case Type::txt: {
            Txt txt;
            while (at < end) {
                const std::size_t length = message_[at++];
                if (end - at < length) return wrong_size;
                txt.strings.emplace_back(message_.begin() + static_cast<std::ptrdiff_t>(at),
                                         message_.begin() + static_cast<std::ptrdiff_t>(at + length));
                at += length;
            }
            if (txt.strings.empty()) return wrong_size;
            return Data(std::move(txt));
        }
    }
    return wrong_size;
}

}  // namespace ocs::dns::wire
