#pragma once
// Connections as facts, for the tests of how they are judged.

#include <algorithm>
#include <string>
#include <vector>

#include "tls/verdict.hpp"

namespace ocs::tls {

using namespace record;

inline const WallTime now{std::chrono::sys_days{std::chrono::year{2026} / 11 / 24}};

inline ServedCertificate good_certificate() {
    ServedCertificate certificate;
    certificate.not_before = now - std::chrono::days{1};
    certificate.not_after = now + std::chrono::days{1};
    return certificate;
}

inline ConnectionFacts certificate_was_sent() {
    ConnectionFacts facts;
    facts.first_bytes = FirstBytes::tls;
    facts.hello_complete = true;
    facts.hello.emplace();
    facts.version = 0x0303;
    facts.certificate_sent = true;
    facts.certificate_sent_at = Micros{1000};
    return facts;
}

inline ConnectionFacts finished() {
    ConnectionFacts facts = certificate_was_sent();
    facts.handshake_finished = true;
    facts.finished_at = Micros{2000};
    return facts;
}

inline ConnectionFacts with_alert(ConnectionFacts facts, std::uint8_t code, bool encrypted = false) {
    AlertFact alert;
    alert.code = code;
    alert.encrypted = encrypted;
    alert.after_finished = facts.handshake_finished;
    facts.alerts.push_back(alert);
    if (!facts.handshake_finished) facts.refusal = TlsRefusal::peer_alert;
    return facts;
}

inline ConnectionFacts closed(ConnectionFacts facts, CloseKind kind) {
    facts.close = kind;
    facts.closed_at = Micros{2400};
    return facts;
}

inline ConnectionFacts with_request(ConnectionFacts facts, bool followed) {
    facts.data_bytes = 100;
    facts.first_data = FirstData{FirstBytes::sip, "REGISTER sip:contoso.test SIP/2.0"};
    facts.answered = true;
    facts.answer_followed = followed;
    return facts;
}

/// A REGISTER, our answer with this status, and what the client did then.
inline ConnectionFacts with_register(ConnectionFacts facts, int status, bool followed) {
    facts = with_request(std::move(facts), followed);
    SipFact message;
    message.method = "REGISTER";
    facts.sip.push_back(message);
    message.direction = Direction::to_client;
    message.status = status;
    facts.sip.push_back(message);
    if (followed) facts.sip.push_back(facts.sip.front());
    facts.signed_in = followed && status == 200;
    return facts;
}

enum class Name { unknown, covered, other, in_cn_only };

inline Judgement judged(const ConnectionFacts& facts, const ServedCertificate& certificate, Name name) {
    discovery::NameVerdict names;
    names.covered = name == Name::covered || name == Name::in_cn_only;
    if (name == Name::in_cn_only) {
        names.comparisons.resize(2);
        names.comparisons[1].name.kind = discovery::NameKind::common_name;
        names.comparisons[1].covers = true;
        names.by = 1;
    }
    return tls::judge(facts, {&certificate, name == Name::unknown ? nullptr : &names, now, false});
}

inline std::string words(const std::vector<Cause>& causes) {
    std::string all;
    for (const Cause cause : causes) all += std::string(to_string(cause)) + " ";
    return all;
}

inline std::string repeated(const std::string& word, int times) {
    std::string all = word;
    for (int i = 1; i < times; ++i) all += ", " + word;
    return all;
}

inline bool has_reason(const Judgement& judgement, std::string_view reason) {
    return std::find(judgement.reasons.begin(), judgement.reasons.end(), reason) != judgement.reasons.end();
}
}  // namespace ocs::tls
