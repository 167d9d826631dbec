#include "record/client_family.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <iterator>
#include <span>
#include <vector>

#include "core/escape.hpp"
#include "record/hello_shape.hpp"

namespace ocs::record {
namespace {

using enum ClientFamily;

struct Agent {
    std::string_view token;  ///< in the User-Agent
    ClientFamily family;
    std::string_view name;
    Confidence confidence;
    std::vector<ClientFamily> libraries;  ///< whose hello it sends
};

/// The first whose token is there counts. Facts sheet §6.4; what it has no source for is `possible`.
const std::vector<Agent>& agents() {
    static const std::vector<ClientFamily> windows = {schannel_xp, schannel};
    static const std::vector<Agent> all = {
        {" CPE/", phone_edition, "Communicator or Lync Phone Edition", Confidence::possible, windows},
        {"UCCP/2.", communicator_2007, "Office Communicator 2007", Confidence::likely, windows},
        {"UCCAPI/2.", communicator_2007, "Office Communicator 2007", Confidence::likely, windows},
        {"UCCAPI/3.", communicator_2007_r2, "Office Communicator 2007 R2", Confidence::likely, windows},
        {"UCCAPI/4.", lync_2010, "Lync 2010", Confidence::likely, windows},
        {"UCCAPI/15.", lync_2013, "Lync 2013 or Skype for Business 2015", Confidence::likely, windows},
        {"UCCAPI/16.", skype_for_business, "Skype for Business 2016", Confidence::possible, windows},
        {"RTC/1.2", windows_messenger, "Windows Messenger 5", Confidence::possible, windows},
        {"Sipe/", sipe, "SIPE (pidgin or finch)", Confidence::likely, {nss, gnutls}},
        {"Linphone", linphone, "Linphone", Confidence::likely, {mbedtls}},
        {"baresip", baresip, "baresip", Confidence::likely, {openssl}},
        {"sipsak", sipsak, "sipsak", Confidence::likely, {gnutls}},
        {"sofia-sip", sofia_sip, "Sofia-SIP", Confidence::likely, {openssl}},
    };
    return all;
}

const Agent* agent_of(std::string_view user_agent) {
    for (const Agent& agent : agents())
        if (user_agent.find(agent.token) != std::string_view::npos) return &agent;
    return nullptr;
}

FamilyGuess of_hello(const ClientHelloFacts& hello) {
    const HelloShape shape = shape_of(hello);
    const HelloRule* rule = rule_for(shape);
    FamilyGuess guess;
    guess.basis = rule == nullptr ? first_words(shape) + "; no rule here knows this hello"
                                  : first_words(shape) + "; " + std::string(rule->basis);
    guess.name = rule == nullptr ? "unknown" : rule->name;
    if (rule != nullptr) {
        guess.family = rule->family;
        guess.confidence = rule->confidence;
    }
    return guess;
}

/// What both say together.
FamilyGuess joined(const FamilyGuess& hello, const Agent& agent, const std::string& says) {
    const bool fits =
        hello.family == unknown ||
        std::find(agent.libraries.begin(), agent.libraries.end(), hello.family) != agent.libraries.end();
    if (fits) {
        const bool known = hello.family != unknown;
        return {
            agent.family,
            std::string(agent.name),
            agent.confidence,
            says +
                (known ? "; its hello is that of " + hello.name + ", as it should be: " : "; its hello: ") +
                hello.basis,
            ""};
    }
    FamilyGuess guess = hello;
    guess.confidence = Confidence::possible;
    guess.disagreement = fmt::format(
        "{}, which is {}, but the hello is that of {}: something in between that ends TLS, or another "
        "program "
        "under that name",
        says,
        agent.name,
        hello.name);
    return guess;
}

}  // namespace

std::string_view to_string(ClientFamily family) {
    switch (family) {
        case unknown:
            return "unknown";
        case schannel_xp:
            return "schannel-xp";
        case schannel:
            return "schannel";
        case openssl:
            return "openssl";
        case gnutls:
            return "gnutls";
        case nss:
            return "nss";
        case firefox:
            return "firefox";
        case chromium:
            return "chromium";
        case boringssl:
            return "boringssl";
        case java:
            return "java";
        case go:
            return "go";
        case rustls:
            return "rustls";
        case mbedtls:
            return "mbedtls";
        case wolfssl:
            return "wolfssl";
        case windows_messenger:
            return "windows-messenger";
        case communicator_2007:
            return "communicator-2007";
        case communicator_2007_r2:
            return "communicator-2007-r2";
        case lync_2010:
            return "lync-2010";
        case lync_2013:
            return "lync-2013";
        case skype_for_business:
            return "skype-for-business";
        case phone_edition:
            return "phone-edition";
        case sipe:
            return "sipe";
        case linphone:
            return "linphone";
        case baresip:
            return "baresip";
        case sipsak:
            return "sipsak";
        case sofia_sip:
            return "sofia-sip";
    }
    return "";
}

std::string sip_user_agent(const ConnectionFacts& facts) {
    for (const SipFact& message : facts.sip)
        if (message.direction == Direction::from_client && !message.user_agent.empty())
            return message.user_agent;
    return "";
}

std::optional<FamilyGuess> guess_family(const ConnectionFacts& facts) {
    const std::string user_agent = sip_user_agent(facts);
    const Agent* agent = agent_of(user_agent);
    const std::string says = "User-Agent " + quoted(user_agent);
    if (!facts.hello || facts.hello->cipher_suites.empty()) {
        if (user_agent.empty()) return std::nullopt;
        if (agent == nullptr)
            return FamilyGuess{
                unknown, "unknown", Confidence::possible, says + " is of no client known here", ""};
        return FamilyGuess{agent->family, std::string(agent->name), agent->confidence, says, ""};
    }
    FamilyGuess guess = of_hello(*facts.hello);
    if (agent != nullptr) return joined(guess, *agent, says);
    if (!user_agent.empty()) guess.basis += "; " + says + " is of no client known here";
    return guess;
}

}  // namespace ocs::record
