#include "server/sip_speaker.hpp"

#include <utility>

#include "core/escape.hpp"
#include "server/strike.hpp"
#include "sip/conversation.hpp"

namespace ocs::server {
namespace {

constexpr std::size_t most_facts = 64;  // record::ConnectionFacts::sip

record::SipFact to_fact(sip::MessageFacts message, Micros at) {
    record::SipFact fact;
    fact.direction = message.from_client ? record::Direction::from_client : record::Direction::to_client;
    fact.at = at;
    fact.method = std::move(message.method);
    fact.status = message.status;
    fact.reason = std::move(message.reason);
    fact.user = std::move(message.user);
    fact.domain = std::move(message.domain);
    fact.call_id = std::move(message.call_id);
    fact.cseq = std::move(message.cseq);
    fact.user_agent = std::move(message.user_agent);
    fact.epid = std::move(message.epid);
    fact.has_credentials = message.has_credentials;
    fact.bytes = message.bytes;
    fact.problem = std::move(message.problem);
    return fact;
}

/// The name this front end goes by here: what the client called it, else the first on its certificate.
std::string front_end_name(const record::ConnectionRecord& record) {
    if (record.wanted && record.wanted->source != record::NameSource::sip && !record.wanted->text.empty())
        return ascii_lower(record.wanted->text);
    if (record.certificate) {
        const auto& names = record.certificate->names;
        if (!names.common_names.empty()) return names.common_names.front();
        for (const auto& name : names.san) {
            if (name.kind == discovery::NameKind::dns) return name.text;
        }
    }
    return record.facts.virtual_host;
}

sip::Peer peer_of(const record::ConnectionRecord& record, bool tls) {
    sip::Peer peer;
    peer.address = record.client.address;
    peer.port = record.client.port;
    peer.local_port = record.local.port;
    peer.tls = tls;
    peer.virtual_host = record.facts.virtual_host;
    peer.host_name = front_end_name(record);
    peer.connection = record.id;
    // Certainly reached are the name in its SNI and the one it looked up; a redirect there would loop.
    if (record.facts.hello && !record.facts.hello->sni.name.empty())
        peer.reached.push_back(record.facts.hello->sni.name);
    if (record.wanted && record.wanted->source == record::NameSource::dns)
        peer.reached.push_back(ascii_lower(record.wanted->text));
    return peer;
}

sip::RegisterAnswer answer_of(int status) {
    switch (status) {
        case 301:
            return sip::RegisterAnswer::redirect;
        case 403:
            return sip::RegisterAnswer::forbidden;
        case 404:
            return sip::RegisterAnswer::not_found;
        case 503:
            return sip::RegisterAnswer::unavailable;
        default:
            return sip::RegisterAnswer::never;
    }
}

class SipSpeaker : public Speaker {
public:
    SipSpeaker(std::shared_ptr<const config::SipSettings> settings,
               bool tls,
               record::ConnectionRecord& record,
               journal::Journal& journal,
               record::ArmedFaults& faults)
        : settings_(std::move(settings)),
          record_(record),
          journal_(journal),
          conversation_(settings_->front_end, peer_of(record, tls), settings_->limits, [this, &faults] {
              return ruled_by_fault(faults);
          }) {
        if (journal_.keeps_evidence()) conversation_.keep_text();
    }

    Reply hear(std::string_view bytes, Micros now) override {
        Reply reply;
        for (sip::Exchange& exchange : conversation_.receive(bytes)) {
            if (exchange.received) note(*std::move(exchange.received), std::move(exchange.text), now);
            if (exchange.sent) note(*std::move(exchange.sent), exchange.answer, now);
            reply.bytes += exchange.answer;
        }
        record_.facts.signed_in = conversation_.is_signed_in();
        reply.last = conversation_.is_over();
        return reply;
    }

private:
    /// How an armed fault wants the REGISTERs of this connection answered, if one does.
    std::optional<sip::AnswerRule> ruled_by_fault(record::ArmedFaults& faults) {
        record::FaultOccasion occasion;
        occasion.moment = record::FaultMoment::registration;
        const auto fault = strike(faults, journal_, record_, occasion);
        if (!fault) return std::nullopt;
        sip::AnswerRule rule;
        rule.answer = answer_of(fault->status);
        if (fault->status == 301) rule.homes.push_back({fault->home, fault->home_port});
        return rule;
    }

    void note(sip::MessageFacts message, std::string text, Micros now) {
        record::SipEvent event;
        event.connection = record_.id;
        event.at = record_.started + std::chrono::duration_cast<WallTime::duration>(now);
        event.client = record_.client.address;
        event.message = to_fact(std::move(message), now);
        if (record_.facts.sip.size() < most_facts) record_.facts.sip.push_back(event.message);
        if (journal_.keeps_evidence() && !text.empty()) {
            if (text.size() > record::most_evidence) text.resize(record::most_evidence);
            event.evidence = {{record::EvidenceKind::sip, record::make_bytes(std::move(text))}};
        }
        journal_.write(std::move(event));
    }

    std::shared_ptr<const config::SipSettings> settings_;
    record::ConnectionRecord& record_;
    journal::Journal& journal_;
    sip::Conversation conversation_;
};

}  // namespace

std::unique_ptr<Speaker> make_sip_speaker(std::shared_ptr<const config::SipSettings> settings,
                                          bool tls,
                                          record::ConnectionRecord& record,
                                          journal::Journal& journal,
                                          record::ArmedFaults& faults) {
    return std::make_unique<SipSpeaker>(std::move(settings), tls, record, journal, faults);
}

}  // namespace ocs::server
