// ClientHello in TLS and SSLv2 framing, and the server_name extension: nothing a client sends is refused
// by the parser, and nothing it finds exceeds what was sent.

#include "core/host_name.hpp"
#include "property.hpp"
#include "record/client_family.hpp"
#include "tls/client_hello.hpp"
#include "tls/suite_support.hpp"

using namespace ocs;
using fuzz::require;
using record::SniForm;

namespace {

void check_sni(const record::SniFact& sni) {
    require(sni.raw.size() <= 512, "the raw name is bounded");
    require(!record::to_string(sni.form).empty(), "each form has a word");
    const bool has_name = sni.form == SniForm::host_name || sni.form == SniForm::trailing_dot;
    require(has_name == !sni.name.empty(), "a name is there for the two valid forms, and only for them");
    if (!has_name) return;
    const auto parsed = HostName::parse(sni.name);
    require(parsed && parsed->text() == sni.name, "the name is a valid host name in lower case", sni.name);
}

void check_hello(const record::ClientHelloFacts& hello, std::size_t size) {
    require(hello.bytes <= (std::size_t{1} << 24U) + 4, "a handshake message has 24 bits of length");
    require(fuzz::is_printable(hello.parse_problem), "the problem can be shown", hello.parse_problem);
    require(hello.cipher_suites.size() * 2 <= size && hello.extensions.size() * 4 <= size &&
                hello.groups.size() * 2 <= size && hello.point_formats.size() <= size &&
                hello.signature_algorithms.size() * 2 <= size &&
                hello.supported_versions.size() * 2 <= size && hello.alpn.size() <= size,
            "no list is longer than what was sent");
    check_sni(hello.sni);
    require(size > 0 || hello.highest_version() == 0, "nothing offers no version");
}

/// Whatever was read: the guess at its family is a guess, and each suite has an answer.
void check_readings(record::ClientHelloFacts hello) {
    for (const char* key : {"RSA 2048", "EC P-256", ""}) {
        const auto answers = tls::suite_support(hello, record::AllowedTls{0x0301, 0x0304, 0}, key);
        require(answers.size() == hello.cipher_suites.size(), "an answer for each suite");
        for (const auto& answer : answers) require(!answer.why.empty(), "with its reason");
    }
    record::ConnectionFacts facts;
    const bool has_suites = !hello.cipher_suites.empty();
    facts.hello = std::move(hello);
    const auto guess = record::guess_family(facts);
    require(guess.has_value() == has_suites, "suites are what a guess goes by");
    if (!guess) return;
    require(guess->confidence != record::Confidence::certain, "a guess is never certain");
    require(fuzz::is_printable(guess->basis) && guess->basis.size() < 500, "its basis can be shown");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::span<const std::uint8_t> bytes(data, size);
    check_hello(tls::parse_client_hello(bytes), size);
    check_hello(tls::parse_sslv2_hello(bytes), size);
    check_sni(tls::parse_server_name(bytes));
    check_readings(tls::parse_client_hello(bytes));
    check_readings(tls::parse_sslv2_hello(bytes));
    return 0;
}
