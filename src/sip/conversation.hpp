#pragma once
// One client's SIP conversation on one connection: bytes in, answers and facts out, no socket.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sip/framer.hpp"
#include "sip/front_end.hpp"

namespace ocs::sip {

/// A message that came, and what goes back for it. Keep-alives have no facts.
struct Exchange {
    std::optional<MessageFacts> received;
    std::optional<MessageFacts> sent;
    std::string answer;  ///< bytes to send; empty: nothing
    std::string text;    ///< of what came, where it is kept: as it came, without the value of a credential
};

/// Keeps what a connection must remember between messages. `settings` must outlive it.
class Conversation {
public:
    /// Gives a rule that answers instead of those of the settings, or none.
    using Ruling = std::function<std::optional<AnswerRule>()>;
    /// `ruling` is asked once, at the first REGISTER; its rule answers that one and all that follow. Empty:
    /// none.
    Conversation(const FrontEndSettings& settings, Peer peer, Limits limits = {}, Ruling ruling = {});

    /// Takes bytes in any portions and answers every message that is complete, in order.
    std::vector<Exchange> receive(std::string_view bytes);

    /// From now on exchanges have their text.
    void keep_text() { framer_.keep_text(); }

    /// A request came after our 200 to a REGISTER: the client went on.
    [[nodiscard]] bool is_signed_in() const { return signed_in_; }
    /// The stream cannot be followed any further, or a limit is reached: send what is due, then close.
    [[nodiscard]] bool is_over() const { return over_; }
    /// Domain of the first REGISTER's address of record: the name a client without SNI meant, in part.
    [[nodiscard]] const std::string& domain() const { return domain_; }

private:
    Exchange take(Frame frame);
    void ask_for_ruling();

    const FrontEndSettings& settings_;
    Ruling ruling_;                          // empty: asked
    std::optional<FrontEndSettings> ruled_;  // in place of settings_
    Peer peer_;
    Framer framer_;
    std::string domain_;
    bool microsoft_keep_alive_ = false;  ///< the client named ms-keep-alive: its CRLF CRLF wants no pong
    bool registered_ = false;
    bool signed_in_ = false;
    bool over_ = false;
};

}  // namespace ocs::sip
