#include "server/talk.hpp"

#include "server/web_reply.hpp"
#include "tls/first_bytes.hpp"

namespace ocs::server {

std::string Talk::hear(std::string_view bytes, Micros now) {
    auto& facts = record_.facts;
    if (bytes.empty() || over_) return "";
    if (facts.answered) facts.answer_followed = true;
    if (!speaker_) {
        opening_ += bytes;
        const auto* first = reinterpret_cast<const std::uint8_t*>(opening_.data());
        const tls::FirstBytesGuess guess = tls::sniff_first_bytes({first, opening_.size()});
        // Noted as far as it is known: the client may leave before it is settled.
        facts.first_data = record::FirstData{guess.kind, tls::first_line(opening_)};
        if (!guess.settled) return "";
        if (guess.kind == record::FirstBytes::http) speaker_ = make_web_speaker(record_, autodiscover_);
        // Blank lines first are a SIP keep-alive (RFC 5626 §3.5.1).
        const bool is_sip = guess.kind == record::FirstBytes::sip || guess.kind == record::FirstBytes::crlf;
        if (is_sip && sip_) speaker_ = sip_(record_);
        if (!speaker_) {
            over_ = true;
            return "";
        }
        bytes = opening_;
    }
    Speaker::Reply reply = speaker_->hear(bytes, now);
    opening_.clear();
    over_ = reply.last;
    return std::move(reply.bytes);
}

}  // namespace ocs::server
