#pragma once
// What was observed of one connection, and nothing that was concluded. The TLS engine and the
// session fill it in; tls/verdict reads it. Durations count from accept on the monotonic clock.
// Peer-sent text is raw here, bounded where it is taken, and escaped where it is shown.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "record/fault.hpp"

namespace ocs::record {

/// What the first bytes on the socket are.
enum class FirstBytes {
    none,
    tls,          ///< a TLS handshake record
    sslv2_hello,  ///< a ClientHello in SSLv2 framing (client-behaviour.md §4: b0 & 0x80 and b2 == 1)
    http,
    sip,
    ssh,
    crlf,  ///< blank lines: a SIP keep-alive
    other,
};
std::string_view to_string(FirstBytes kind);

/// The server_name extension as the client sent it (RFC 6066 §3). OpenSSL passes on most odd forms.
enum class SniForm {
    absent,
    host_name,     ///< a valid host name, any case
    trailing_dot,  ///< valid but for the one dot at its end
    ip_literal,
    empty,            ///< an empty name, or a list without a name
    malformed,        ///< lengths that lie, two names, another type
    not_a_host_name,  ///< parsed, but not a host name: blank, underscore rules, control characters, UTF-8,
                      ///< NUL
};
std::string_view to_string(SniForm form);

struct SniFact {
    SniForm form = SniForm::absent;
    std::string raw;   ///< the name's bytes where they could be read, else the extension's; at most 512
    std::string name;  ///< lower case, without trailing dot; set for host_name and trailing_dot only
};

/// The ClientHello, decoded. Numbers are IANA's; lists keep the client's order, GREASE included.
struct ClientHelloFacts {
    bool sslv2_framed = false;
    std::uint16_t record_version = 0;               ///< 0x0301…; 0 in SSLv2 framing
    std::uint16_t legacy_version = 0;               ///< client_version of the hello body
    std::vector<std::uint16_t> supported_versions;  ///< the extension (TLS 1.3); empty if absent
    std::vector<std::uint32_t> cipher_suites;       ///< 16-bit suites; 24-bit cipher kinds in SSLv2 framing
    std::vector<std::uint16_t> extensions;          ///< types, in order
    std::vector<std::uint16_t> groups;
    std::vector<std::uint8_t> point_formats;
    std::vector<std::uint16_t> signature_algorithms;
    std::vector<std::string> alpn;
    SniFact sni;
    std::string ja3;  ///< MD5 of its shape, hex: tls/fingerprint.hpp
    std::string ja4;
    std::size_t bytes = 0;      ///< length of the handshake message
    std::string parse_problem;  ///< why decoding stopped early, or empty

    /// The highest version the client offers: from supported_versions (GREASE left out) or legacy_version.
    [[nodiscard]] std::uint16_t highest_version() const;
};

enum class Direction { from_client, to_client };
std::string_view to_string(
    Direction direction);  ///< "client→server"… in prose; JSON has "from-client", "to-client"

struct AlertFact {
    Direction direction = Direction::from_client;
    std::uint8_t level = 2;  ///< 1 warning, 2 fatal
    std::uint8_t code = 0;
    bool encrypted = false;       ///< the record it came in was
    bool after_finished = false;  ///< after the server's handshake was done
    Micros at{};
};

/// How the client ended its half, or who did.
enum class CloseKind {
    open,          ///< not closed yet, or closed by us first
    close_notify,  ///< TLS close_notify (whatever TCP did afterwards)
    fin,
    reset,
};
std::string_view to_string(CloseKind kind);

/// Which of our deadlines or limits ended the connection.
enum class Ended {
    by_client,
    by_us,
    hello_deadline,
    handshake_deadline,
    idle_deadline,
    byte_limit,
    shutdown
};
std::string_view to_string(Ended ended);

/// Why the TLS library refused, as a class; the raw reason number is kept beside it.
enum class TlsRefusal {
    none,
    no_common_version,
    no_common_cipher,  ///< no suite, or no signature algorithm, in common
    bad_hello,
    unrecognized_name,  ///< our own choice: the listener refuses unknown names
    peer_alert,         ///< it stopped because of the client's alert
    unexpected_end,     ///< EOF inside the handshake
    protocol_error,     ///< anything else the client did wrong after its hello
    internal,           ///< ours: no certificate, allocation…
};
std::string_view to_string(TlsRefusal refusal);

/// What the chosen host allows of TLS: with the hello it says what could have been agreed on.
struct AllowedTls {
    std::uint16_t min_version = 0;  ///< 0x0301…
    std::uint16_t max_version = 0;
    int security_level = 0;  ///< OpenSSL's, of the certificate that is shown
};

/// How the virtual host was chosen.
enum class HostChoice {
    none,
    exact,
    wildcard,
    default_no_sni,
    default_unknown_name,
    default_invalid_sni,
    minted,  ///< no host has the name: a certificate was made for it
};
std::string_view to_string(HostChoice choice);

/// What the client said first inside TLS (or in clear), bounded and without credentials.
struct FirstData {
    FirstBytes kind = FirstBytes::other;
    std::string first_line;  ///< raw, at most 256 bytes, without the line end
};

/// One SIP message on the connection. Credentials are never in here: no Authorization or
/// Proxy-Authorization value is kept anywhere (design decision 10).
struct SipFact {
    Direction direction = Direction::from_client;
    Micros at{};             ///< since accept
    std::string method;      ///< "REGISTER"; of the request that is answered, for an answer
    int status = 0;          ///< of an answer; 0: a request
    std::string reason;      ///< of an answer
    std::string user;        ///< address of record, "alice@contoso.test"; empty: none could be read
    std::string domain;      ///< of the request URI
    std::string call_id;     ///< at most 128 bytes
    std::string cseq;        ///< "1 REGISTER"
    std::string user_agent;  ///< at most 256 bytes
    std::string epid;
    bool has_credentials = false;  ///< an Authorization header was there; its value is not kept
    std::uint64_t bytes = 0;
    std::string problem;  ///< what the parser had to forgive, or why it gave up; empty: nothing
};

struct ConnectionFacts {
    FirstBytes first_bytes = FirstBytes::none;
    std::string first_line;  ///< of something that is not TLS: raw, at most 256 bytes
    bool hello_complete = false;
    std::optional<ClientHelloFacts> hello;
    std::string virtual_host;  ///< id from the configuration; empty before the choice
    HostChoice host_choice = HostChoice::none;
    std::optional<AllowedTls> allowed;  ///< by the host, once its certificate is chosen
    std::uint16_t version = 0;          ///< negotiated, 0x0304…; 0 before ServerHello
    std::string cipher_suite;           ///< IANA name, or empty
    std::string group;                  ///< key exchange group, or empty
    bool certificate_sent = false;      ///< our Certificate message was written out
    bool handshake_finished = false;    ///< the client's Finished was verified
    bool resumed = false;
    std::vector<AlertFact> alerts;  ///< both directions, in order; at most 16
    TlsRefusal refusal = TlsRefusal::none;
    int library_reason = 0;        ///< ERR_GET_REASON of the failure, or 0
    std::string library_text;      ///< the library's own words, for -v and JSON; never classified by
    std::uint64_t data_bytes = 0;  ///< application data bytes from the client
    std::optional<FirstData> first_data;
    bool answered = false;           ///< we wrote an application answer…
    bool answer_followed = false;    ///< …and the client sent more after it
    std::vector<SipFact> sip;        ///< both directions, in order; at most 64
    bool signed_in = false;          ///< a SIP request came after our 200 to a REGISTER
    bool in_clear = false;           ///< SIP without TLS, answered: the listener has plain_sip
    std::optional<FaultFact> fault;  ///< armed on purpose, and it struck this connection
    CloseKind close = CloseKind::open;
    bool closed_with_hello = false;  ///< its FIN or RST was already there when our flight left
    Ended ended = Ended::by_client;
    std::uint64_t bytes_in = 0;  ///< on the socket
    std::uint64_t bytes_out = 0;
    std::optional<Micros> first_byte_at;
    std::optional<Micros> hello_at;  ///< ClientHello complete
    std::optional<Micros> certificate_sent_at;
    std::optional<Micros> finished_at;
    std::optional<Micros> first_data_at;
    std::optional<Micros> closed_at;  ///< the client's end was seen
};

/// Who the client says it is: the user of the first of its SIP messages that names one, or empty.
std::string sip_user(const ConnectionFacts& facts);

}  // namespace ocs::record
