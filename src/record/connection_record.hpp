#pragma once
// One connection, whole: made once, at its end, on every path; handed to the journal as a value.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "discovery/name_policy.hpp"
#include "record/evidence.hpp"
#include "record/facts.hpp"
#include "record/verdict.hpp"

namespace ocs::record {

/// A TCP endpoint as text and number: "192.168.56.20" or "fe80::1", port 51934.
struct Endpoint {
    std::string address;
    std::uint16_t port = 0;
};
std::string to_string(const Endpoint& endpoint);  ///< "192.168.56.20:51934", "[::1]:5061"
/// Where a client on this machine connects to: the loopback for 0.0.0.0 and ::.
Endpoint reachable(const Endpoint& bound);

enum class ChainKind {
    to_own_ca,    ///< ends at the lab CA
    self_signed,  ///< the leaf signs itself
    other_ca,     ///< an issuer that is not the lab CA (on purpose, or loaded)
};
std::string_view to_string(ChainKind kind);

/// The certificate this connection was shown: the facts that bear on how a client takes it.
/// Shared by all records of one certificate (immutable).
struct ServedCertificate {
    discovery::PresentedNames names;
    std::string subject;  ///< RFC 2253 text, escaped by visible()
    std::string issuer;
    std::string serial;       ///< hex
    std::string fingerprint;  ///< SHA-256 of the leaf, lower-case hex
    WallTime not_before;
    WallTime not_after;
    std::string key;  ///< "RSA 2048", "EC P-256", "Ed25519"
    int key_bits = 0;
    std::string signature;  ///< "sha256WithRSAEncryption"
    bool weak = false;      ///< RSA under 2048 bits, or MD5 or SHA-1 signature
    bool has_eku = false;
    bool server_auth = true;  ///< no EKU, or one that has serverAuth
    ChainKind chain = ChainKind::to_own_ca;
    std::size_t intermediates_sent = 0;
    bool intermediate_missing = false;  ///< the issuer is neither sent nor the root itself
    bool is_ca = false;                 ///< CA:TRUE leaf
    bool generated = false;             ///< ours: fakeocs-certgen reissue can change it
    std::string folder;                 ///< name in the state folder where it is ours, else the file's path
};

enum class NameSource { unknown, sni, dns, both, sip };
std::string_view to_string(NameSource source);

/// The host name the client meant. For an SNI that is no valid name `text` is the raw SNI.
struct WantedName {
    std::string text;
    NameSource source = NameSource::unknown;
};

/// What a client's look-ups say about the name it wanted, or why they say nothing (design decision 13).
/// All text but the name is for people and escaped.
struct NameEvidence {
    std::string name;  ///< lower case, as asked; empty: unknown
    Confidence confidence = Confidence::possible;
    std::string asked;                 ///< "A sipinternal.contoso.test (CNAME front01.contoso.test)"
    std::vector<std::string> reasons;  ///< one clause each
    std::string advice;                ///< where the name is unknown: what to do about it, or empty
    std::vector<std::string> lookups;  ///< ids of the DnsEvents used, in the order they were asked
};

/// Connections our own limit refused: the first of a client in 10 s has count 1, the next record the rest.
struct TurnedAway {
    std::string why;  ///< "connections per address", "connections in total", "no file descriptors"
    std::uint64_t count = 1;
    Micros span{};  ///< time from the first counted refusal to the last
};

struct ConnectionRecord {
    std::string id;  ///< unique over restarts: "20261124T055900-1f3a-17"
    WallTime started;
    Micros duration{};
    Endpoint client;
    Endpoint local;
    std::string listener;      ///< its name in the configuration
    bool provisional = false;  ///< shown after 2 s of silence; a final record with the same id follows
    ConnectionFacts facts;
    std::shared_ptr<const ServedCertificate> certificate;  ///< null: none was chosen
    bool certificate_shown = false;                        ///< it was sent before the client left
    std::optional<WantedName> wanted;
    std::optional<NameEvidence> lookups;          ///< absent: not asked for, or the client's SNI stands alone
    std::vector<discovery::NamePolicy> policies;  ///< to judge names by; the first decides the explanation
    Judgement judgement;
    std::optional<TurnedAway> turned_away;
    bool sni_required = false;  ///< the listener answers unknown names with unrecognized_name
    std::string attempt;        ///< id of the attempt, given by the journal
    EvidenceList evidence;      ///< empty where no history is kept
};

}  // namespace ocs::record
