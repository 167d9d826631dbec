#include <utility>

#include "dns/wire.hpp"

namespace ocs::dns::wire {
namespace {

constexpr std::size_t edns_size = 11;

struct RrFree {
    void operator()(ldns_rr* rr) const noexcept { ldns_rr_free(rr); }
};
using RrPtr = std::unique_ptr<ldns_rr, RrFree>;

ldns_rdf* rdf(ldns_rdf_type type, const void* bytes, std::size_t size) {
    return ldns_rdf_new_frm_data(type, size, bytes);
}

ldns_rdf* rdf(const Name& name) { return rdf(LDNS_RDF_TYPE_DNAME, name.wire().data(), name.wire().size()); }

RrPtr to_rr(const Record& record) {
    RrPtr rr(ldns_rr_new());
    ldns_rr_set_owner(rr.get(), rdf(record.owner));
    ldns_rr_set_type(rr.get(), static_cast<ldns_rr_type>(record.type));
    ldns_rr_set_class(rr.get(), LDNS_RR_CLASS_IN);
    ldns_rr_set_ttl(rr.get(), record.ttl);
    const auto push = [&rr](ldns_rdf* field) { ldns_rr_push_rdf(rr.get(), field); };
    if (const auto* address = record.address()) {
        const auto& bytes = address->bytes();
        push(rdf(address->is_v6() ? LDNS_RDF_TYPE_AAAA : LDNS_RDF_TYPE_A, bytes.data(), bytes.size()));
    } else if (const auto* srv = record.srv()) {
        for (const auto number : {srv->priority, srv->weight, srv->port}) {
            push(ldns_native2rdf_int16(LDNS_RDF_TYPE_INT16, number));
        }
        push(rdf(srv->target));
    } else if (const auto* soa = record.soa()) {
        push(rdf(soa->primary));
        push(rdf(soa->mailbox));
        for (const auto number : {soa->serial, soa->refresh, soa->retry, soa->expire, soa->minimum}) {
            push(ldns_native2rdf_int32(LDNS_RDF_TYPE_INT32, number));
        }
    } else if (const auto* txt = record.txt()) {
        for (const std::string& string : txt->strings) {
            const std::string counted = static_cast<char>(string.size()) + string;
            push(rdf(LDNS_RDF_TYPE_STR, counted.data(), counted.size()));
        }
    } else if (const auto* name = record.name()) {
        push(rdf(*name));
    }
    return rr;
}

ldns_pkt_section to_ldns(Section section) {
    switch (section) {
        case Section::answer:
            return LDNS_SECTION_ANSWER;
        case Section::authority:
            return LDNS_SECTION_AUTHORITY;
        case Section::additional:
            break;
    }
    return LDNS_SECTION_ADDITIONAL;
}

}  // namespace

void Writer::TreeFree::operator()(ldns_rbtree_t* tree) const noexcept {
    const auto free_node = [](ldns_rbnode_t* node, void*) {
        ldns_rdf_deep_free(static_cast<ldns_rdf*>(const_cast<void*>(node->key)));
        LDNS_FREE(node);
    };
    ldns_traverse_postorder(tree, free_node, nullptr);
    ldns_rbtree_free(tree);
}

Writer::Writer(Header header, std::size_t limit)
    : header_(header),
      limit_(limit),
      buffer_(ldns_buffer_new(512)),
      names_(ldns_rbtree_create(&ldns_dname_compare_v)) {
    header_.questions = header_.answers = header_.authority = header_.additional = 0;
    const std::uint8_t room[header_size] = {};
    ldns_buffer_reserve(buffer_.get(), header_size);
    ldns_buffer_write(buffer_.get(), room, header_size);
}

void Writer::question(const Name& name, std::uint16_t type, std::uint16_t klass) {
    RrPtr rr(ldns_rr_new());
    ldns_rr_set_question(rr.get(), true);
    ldns_rr_set_owner(rr.get(), rdf(name));
    ldns_rr_set_type(rr.get(), static_cast<ldns_rr_type>(type));
    ldns_rr_set_class(rr.get(), static_cast<ldns_rr_class>(klass));
    ldns_rr2buffer_wire_compress(buffer_.get(), rr.get(), LDNS_SECTION_QUESTION, names_.get());
    ++header_.questions;
}

bool Writer::record(const Record& record, Section section) {
    const std::size_t before = ldns_buffer_position(buffer_.get());
    const RrPtr rr = to_rr(record);
    const auto status = ldns_rr2buffer_wire_compress(buffer_.get(), rr.get(), to_ldns(section), names_.get());
    if (status != LDNS_STATUS_OK || ldns_buffer_position(buffer_.get()) + kept_ > limit_) {
        // Names of this record stay known to the compression: the caller writes no record after one that did
        // not fit, so nothing will point there.
        ldns_buffer_set_position(buffer_.get(), before);
        return false;
    }
    auto& count = section == Section::answer      ? header_.answers
                  : section == Section::authority ? header_.authority
                                                  : header_.additional;
    ++count;
    return true;
}

void Writer::keep_room_for_edns() { kept_ = edns_size; }

void Writer::edns(const Edns& edns) {
    const std::uint8_t bytes[edns_size] = {0,
                                           0,
                                           static_cast<std::uint8_t>(type_opt),
                                           static_cast<std::uint8_t>(edns.udp_size >> 8U),
                                           static_cast<std::uint8_t>(edns.udp_size),
                                           edns.rcode_high,
                                           edns.version,
                                           static_cast<std::uint8_t>(edns.dnssec_ok ? 0x80 : 0),
                                           0,
                                           0,
                                           0};
    ldns_buffer_reserve(buffer_.get(), edns_size);
    ldns_buffer_write(buffer_.get(), bytes, edns_size);
    ++header_.additional;
}

std::vector<std::uint8_t> Writer::finish(std::uint16_t flags) {
    const auto* begin = ldns_buffer_begin(buffer_.get());
    std::vector<std::uint8_t> message(begin, begin + ldns_buffer_position(buffer_.get()));
    const std::uint16_t words[] = {header_.id,
                                   static_cast<std::uint16_t>(header_.flags | flags),
                                   header_.questions,
                                   header_.answers,
                                   header_.authority,
                                   header_.additional};
    for (std::size_t i = 0; i < 6; ++i) {
        message[2 * i] = static_cast<std::uint8_t>(words[i] >> 8U);
        message[2 * i + 1] = static_cast<std::uint8_t>(words[i]);
    }
    return message;
}

}  // namespace ocs::dns::wire
