#pragma once
// The numbers of a ClientHello by name, as IANA's TLS registries spell them. Names of what clients of the
// last twenty years really offer; for others the number in hex, "0x1a1a"; GREASE (RFC 8701) says so.

#include <cstdint>
#include <string>

namespace ocs::record {

/// A suite ("TLS_RSA_WITH_RC4_128_MD5") or, where the number has three bytes, a cipher kind of SSL 2.0
/// ("SSL_CK_RC4_128_WITH_MD5"). Signalling values count as suites here, as on the wire.
std::string cipher_suite_name(std::uint32_t suite);
std::string extension_name(std::uint16_t type);           ///< "server_name"
std::string group_name(std::uint16_t group);              ///< "x25519", "secp256r1"
std::string signature_scheme_name(std::uint16_t scheme);  ///< "rsa_pss_rsae_sha256", "rsa_pkcs1_sha1"

/// True for the values that clients put in to keep servers tolerant: they offer nothing (RFC 8701 §2).
bool is_grease(std::uint32_t value);

/// True for what stands in the list of suites and is none: renegotiation_info and fallback (RFC 5746
/// §3.3, RFC 7507).
bool is_signalling_suite(std::uint32_t suite);

}  // namespace ocs::record
