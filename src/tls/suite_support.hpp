#pragma once
// Which of the cipher suites that a client offered it could have had here. Nothing of it is a table of ours:
// what OpenSSL has, what it enables at a security level and what a suite needs are asked of OpenSSL.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "record/facts.hpp"

namespace ocs::tls {

enum class SuiteSupport {
    yes,           ///< with this hello, host and certificate it could have been agreed on
    no,            ///< OpenSSL has it, but not for this hello, host or certificate
    compiled_out,  ///< this OpenSSL has no such suite: RC4, export, all of SSL 2.0
    unknown,       ///< OpenSSL has it; the record does not say what the host allowed
    signalling,    ///< no suite: it says something about renegotiation or fallback
    grease,        ///< no suite: RFC 8701
};
std::string_view to_string(SuiteSupport support);  ///< "yes", "compiled-out"

struct SuiteAnswer {
    SuiteSupport support = SuiteSupport::unknown;
    std::string why;  ///< one clause for people
};

/// One answer for each of `hello.cipher_suites`, in their order. `allowed` is what the host allowed, empty
/// where none was chosen; `key` the certificate's, as in record::ServedCertificate ("RSA 2048", "EC P-256").
/// `yes` is for a suite alone: which one of several, and whether a higher version comes before it, is the
/// server's choice, and `why` has the version. Safe from any thread; some hundred microseconds.
std::vector<SuiteAnswer> suite_support(const record::ClientHelloFacts& hello,
                                       const std::optional<record::AllowedTls>& allowed,
                                       std::string_view key);

}  // namespace ocs::tls
