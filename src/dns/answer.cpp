#include "dns/answer.hpp"

#include <algorithm>

#include "dns/lookup.hpp"
#include "dns/question.hpp"
#include "dns/wire.hpp"

namespace ocs::dns {
namespace {

constexpr std::size_t plain_udp = 512;  // RFC 1035 §4.2.1
constexpr std::uint16_t type_ixfr = 251;
constexpr std::uint16_t type_axfr = 252;

struct Query {
    wire::Header header;
    std::optional<wire::RawQuestion> question;
    std::optional<wire::Edns> edns;
    std::optional<Rcode> refusal;  ///< the message itself calls for this code
};

Query read_query(wire::Reader reader, const wire::Header& header) {
    Query query{header, std::nullopt, std::nullopt, std::nullopt};
    const bool other_opcode = (header.flags & wire::mask_opcode) != 0;
    query.refusal = other_opcode ? Rcode::not_implemented : Rcode::format_error;
    if (header.questions != 1) return query;
    auto question = reader.question();
    if (question.has_error()) return query;
    query.question = std::move(*question);
    if (other_opcode) return query;
    const std::size_t before_additional = std::size_t{header.answers} + header.authority;
    for (std::size_t i = 0; i < before_additional + header.additional; ++i) {
        const auto record = reader.record();
        if (record.has_error()) return query;
        if (record->type != wire::type_opt) continue;
        // RFC 6891 §6.1.1: one OPT, in the additional section, at the root.
        if (i < before_additional || query.edns || !record->owner.is_root()) return query;
        query.edns = wire::to_edns(*record);
    }
    query.refusal.reset();
    if (query.edns && query.edns->version > 0) query.refusal = Rcode::bad_version;
    return query;
}

Outcome outcome_of(Rcode code) {
    switch (code) {
        case Rcode::no_error:
            return Outcome::answered;
        case Rcode::server_failure:
            return Outcome::server_failure;
        case Rcode::nx_domain:
            return Outcome::nx_domain;
        case Rcode::not_implemented:
            return Outcome::not_implemented;
        case Rcode::refused:
            return Outcome::refused;
        case Rcode::format_error:
        case Rcode::bad_version:
            break;
    }
    return Outcome::format_error;
}

Rcode rcode_of(Outcome outcome) {
    switch (outcome) {
        case Outcome::nx_domain:
            return Rcode::nx_domain;
        case Outcome::refused:
            return Rcode::refused;
        case Outcome::server_failure:
            return Rcode::server_failure;
        case Outcome::not_implemented:
            return Rcode::not_implemented;
        case Outcome::format_error:
            return Rcode::format_error;
        case Outcome::answered:
        case Outcome::no_data:
        case Outcome::referral:
        case Outcome::forward:
        case Outcome::dropped:
            break;
    }
    return Rcode::no_error;
}

std::size_t size_limit(const Query& query, Transport transport) {
    if (transport == Transport::tcp) return wire::max_message;
    if (!query.edns) return plain_udp;
    return std::clamp<std::size_t>(query.edns->udp_size, plain_udp, largest_udp);
}

/// Writes the message; answers whether it had to be truncated.
bool write(const Query& query,
           Rcode code,
           const Lookup& found,
           const AnswerOptions& options,
           std::vector<std::uint8_t>& bytes) {
    wire::Header header;
    header.id = query.header.id;
    header.flags = static_cast<std::uint16_t>(
        wire::flag_response | (query.header.flags & (wire::mask_opcode | wire::flag_recursion_desired)) |
        (found.authoritative ? wire::flag_authoritative : 0) |
        (options.forward ? wire::flag_recursion_available : 0) |
        (static_cast<std::uint16_t>(code) & wire::mask_rcode));
    wire::Writer writer(header, size_limit(query, options.transport));
    if (query.question) writer.question(query.question->name, query.question->type, query.question->klass);
    if (query.edns) writer.keep_room_for_edns();
    const auto put = [&writer](const std::vector<Record>& records, wire::Section section) {
        return std::all_of(records.begin(), records.end(), [&](const Record& record) {
            return writer.record(record, section);
        });
    };
    const bool whole =
        put(found.answers, wire::Section::answer) && put(found.authority, wire::Section::authority);
    if (whole) put(found.additional, wire::Section::additional);
    if (query.edns) {
        wire::Edns edns;
        edns.udp_size = largest_udp;
        edns.rcode_high = static_cast<std::uint8_t>(static_cast<std::uint16_t>(code) >> 4U);
        edns.dnssec_ok = query.edns->dnssec_ok;  // RFC 3225 §3: copied
        writer.edns(edns);
    }
    bytes = writer.finish(whole ? 0 : wire::flag_truncated);
    return !whole;
}

/// What the question gets: by its fault, its form, or the zones.
Lookup find(const wire::RawQuestion& question, const Zones& zones, const Fault* fault) {
    Lookup found;
    const bool transfer = question.type == type_axfr || question.type == type_ixfr;
    if (question.klass != wire::class_in || transfer) return found;
    if (fault == nullptr) return look_up(zones, question.name, question.type);
    switch (fault->kind) {
        case FaultKind::nx_domain:
            found.outcome = Outcome::nx_domain;
            if (auto soa = negative_soa(zones, question.name)) {
                found.authoritative = true;
                found.authority.push_back(std::move(*soa));
            }
            return found;
        case FaultKind::server_failure:
            found.outcome = Outcome::server_failure;
            return found;
        case FaultKind::refused:
            found.outcome = Outcome::refused;
            return found;
        case FaultKind::drop:
            found.outcome = Outcome::dropped;
            return found;
        case FaultKind::wrong_target:
            return look_up(zones, question.name, question.type, &fault->target);
        case FaultKind::delay:
            break;
    }
    return look_up(zones, question.name, question.type);
}

/// Only what the zones do not have, and no fault shaped, may be asked elsewhere.
bool goes_elsewhere(const wire::RawQuestion& question, const Zones& zones, const Fault* fault) {
    if (question.klass != wire::class_in || question.type == type_axfr || question.type == type_ixfr)
        return false;
    return zones.find(question.name) == nullptr && (fault == nullptr || fault->kind == FaultKind::delay);
}

}  // namespace

Answer answer(std::span<const std::uint8_t> bytes,
              const Zones& zones,
              const Faults& faults,
              const AnswerOptions& options) {
    Answer answer;
    wire::Reader reader(bytes);
    const auto header = reader.header();
    if (!header || (header->flags & wire::flag_response) != 0) return answer;
    const Query query = read_query(reader, *header);
    Facts& facts = answer.facts;
    if (query.question) {
        facts.name = query.question->name.text();
        facts.type = type_text(query.question->type);
    }
    if (query.refusal) {
        facts.outcome = outcome_of(*query.refusal);
        write(query, *query.refusal, Lookup(), options, answer.bytes);
        return answer;
    }
    const wire::RawQuestion& question = *query.question;
    const Fault* fault = faults.find(question.name, question.type);
    if (fault != nullptr) {
        answer.fault = fault->id;
        facts.fault = summary(*fault);
        if (fault->kind == FaultKind::delay) answer.delay = fault->delay;
    }
    if (options.forward && goes_elsewhere(question, zones, fault)) {
        facts.outcome = Outcome::forward;
        return answer;
    }
    Lookup found = find(question, zones, fault);
    facts.outcome = found.outcome;
    if (found.outcome == Outcome::dropped) return answer;
    facts.truncated = write(query, rcode_of(found.outcome), found, options, answer.bytes);
    facts.answers = std::move(found.answers);
    facts.additional = std::move(found.additional);
    return answer;
}

std::vector<std::uint8_t> server_failure(std::span<const std::uint8_t> bytes) {
    wire::Reader reader(bytes);
    const auto header = reader.header();
    std::vector<std::uint8_t> message;
    if (!header || (header->flags & wire::flag_response) != 0) return message;
    AnswerOptions options;
    options.forward = true;
    write(read_query(reader, *header), Rcode::server_failure, Lookup(), options, message);
    return message;
}

}  // namespace ocs::dns
