#include "dns/question.hpp"

#include <fmt/format.h>

#include "core/escape.hpp"
#include "dns/wire.hpp"

namespace ocs::dns {
namespace {

Error bad(std::string what) { return Error{std::move(what), "", ""}; }

Result<void> check_question(wire::Reader& reader, const Question& question, const wire::Header& header) {
    const auto code = static_cast<Rcode>(header.flags & wire::mask_rcode);
    const bool not_understood = code == Rcode::format_error || code == Rcode::not_implemented;
    if (header.questions == 0 && not_understood) return {};
    if (header.questions != 1)
        return bad(fmt::format("the answer repeats {} questions, not one", header.questions));
    const auto repeated = reader.question();
    if (repeated.has_error()) return repeated.error();
    if (repeated->name == question.name && repeated->type == static_cast<std::uint16_t>(question.type) &&
        repeated->klass == wire::class_in) {
        return {};
    }
    return bad(fmt::format("the answer is to another question: {} {}",
                           quoted(repeated->name.text()),
                           type_text(repeated->type)));
}

bool is_held(std::uint16_t type) {
    switch (static_cast<Type>(type)) {
        case Type::a:
        case Type::ns:
        case Type::cname:
        case Type::soa:
        case Type::ptr:
        case Type::txt:
        case Type::aaaa:
        case Type::srv:
            return true;
    }
    return false;
}

Result<void> read_section(wire::Reader& reader,
                          std::size_t count,
                          std::vector<Record>& section,
                          Response& response) {
    for (std::size_t i = 0; i < count; ++i) {
        auto record = reader.record();
        if (record.has_error()) return record.error();
        if (record->type == wire::type_opt) {
            const auto high = wire::to_edns(*record).rcode_high;
            response.rcode = static_cast<std::uint16_t>((response.rcode & wire::mask_rcode) | high << 4U);
            continue;
        }
        if (record->klass != wire::class_in || !is_held(record->type)) {
            ++response.left_out;
            continue;
        }
        const Type type = static_cast<Type>(record->type);
        auto data = reader.data(type, *record);
        if (data.has_error()) return data.error();
        // RFC 2181 §8: a TTL with its highest bit set counts as 0.
        const std::uint32_t ttl = (record->ttl & 0x8000'0000U) != 0 ? 0 : record->ttl;
        section.push_back(Record{std::move(record->owner), type, ttl, std::move(*data)});
    }
    return {};
}

}  // namespace

std::vector<std::uint8_t> encode(const Question& question) {
    wire::Header header;
    header.id = question.id;
    header.flags = question.recursion_desired ? wire::flag_recursion_desired : std::uint16_t{0};
    wire::Writer writer(header, wire::max_message);
    writer.question(question.name, static_cast<std::uint16_t>(question.type), wire::class_in);
    if (question.udp_size > 0) {
        wire::Edns edns;
        edns.udp_size = question.udp_size;
        writer.edns(edns);
    }
    return writer.finish(0);
}

std::string rcode_text(std::uint16_t number) {
    switch (static_cast<Rcode>(number)) {
        case Rcode::no_error:
            return "NOERROR";
        case Rcode::format_error:
            return "FORMERR";
        case Rcode::server_failure:
            return "SERVFAIL";
        case Rcode::nx_domain:
            return "NXDOMAIN";
        case Rcode::not_implemented:
            return "NOTIMP";
        case Rcode::refused:
            return "REFUSED";
        case Rcode::bad_version:
            return "BADVERS";
    }
    return fmt::format("RCODE{}", number);
}

Result<Response> decode(const Question& question, std::span<const std::uint8_t> bytes) {
    if (bytes.size() > wire::max_message) return bad("the answer is longer than 65535 bytes");
    wire::Reader reader(bytes);
    const auto header = reader.header();
    if (!header) return bad("the answer is shorter than a header");
    if (header->id != question.id) return bad("the answer carries another id");
    if ((header->flags & wire::flag_response) == 0) return bad("the message is no response");
    if ((header->flags & wire::mask_opcode) != 0) return bad("the answer has another opcode");
    if (auto checked = check_question(reader, question, *header); checked.has_error()) return checked.error();
    Response response;
    response.rcode = header->flags & wire::mask_rcode;
    response.authoritative = (header->flags & wire::flag_authoritative) != 0;
    response.truncated = (header->flags & wire::flag_truncated) != 0;
    response.recursion_available = (header->flags & wire::flag_recursion_available) != 0;
    const std::pair<std::size_t, std::vector<Record>*> sections[] = {
        {header->answers, &response.answers},
        {header->authority, &response.authority},
        {header->additional, &response.additional}};
    for (const auto& [count, section] : sections) {
        if (auto read = read_section(reader, count, *section, response); read.has_error())
            return read.error();
    }
    if (!reader.at_end()) return bad("bytes follow the last record of the answer");
    return response;
}

}  // namespace ocs::dns
