#pragma once
// Which family of clients a connection is likely from: a guess, by the shape of its ClientHello and by the
// User-Agent of its SIP messages, and never more than that. Programs that use one TLS library look alike, and
// anybody can send anybody's hello or User-Agent.

#include <optional>
#include <string>
#include <string_view>

#include "record/facts.hpp"
#include "record/verdict.hpp"

namespace ocs::record {

/// The first ones are TLS libraries, by the hello; those from communicator_2007 on are programs, by the
/// User-Agent.
enum class ClientFamily {
    unknown,      ///< a hello that no rule here knows
    schannel_xp,  ///< Schannel of Windows XP and Server 2003
    schannel,     ///< Schannel of Windows Vista to 10
    openssl,
    gnutls,
    nss,
    firefox,    ///< NSS as browsers set it up
    chromium,   ///< BoringSSL as browsers set it up
    boringssl,  ///< or another that sends GREASE: Safari
    java,
    go,
    rustls,
    mbedtls,
    wolfssl,
    windows_messenger,
    communicator_2007,
    communicator_2007_r2,
    lync_2010,
    lync_2013,  ///< or Skype for Business 2015: the same major version
    skype_for_business,
    phone_edition,  ///< of Communicator or Lync
    sipe,           ///< the plug-in of pidgin and finch
    linphone,
    baresip,
    sipsak,
    sofia_sip,
};
inline constexpr std::size_t client_family_count = 26;
std::string_view to_string(ClientFamily family);  ///< "schannel-xp", "communicator-2007-r2"; stable

struct FamilyGuess {
    ClientFamily family = ClientFamily::unknown;
    std::string name;  ///< for people: "OpenSSL 3", "Schannel of Windows XP or Server 2003"; escaped
    Confidence confidence = Confidence::possible;  ///< likely or possible, never certain
    std::string basis;                             ///< what it goes by, in words; escaped
    std::string disagreement;  ///< where User-Agent and hello do not go together: what that says, or empty
};

/// The User-Agent of the first of the client's SIP messages that has one, as sent, or empty.
std::string sip_user_agent(const ConnectionFacts& facts);

/// Empty where there is nothing to go by: neither a hello with suites nor a User-Agent. With both, the
/// program that the User-Agent names, unless the hello is that of another TLS library: then who sent that
/// hello. Pure; some microseconds.
std::optional<FamilyGuess> guess_family(const ConnectionFacts& facts);

}  // namespace ocs::record
