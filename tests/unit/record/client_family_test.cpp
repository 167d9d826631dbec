#include "record/client_family.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "real_hellos.hpp"

using namespace ocs::record;
using ocs::record::test::real_hellos;
using ocs::record::test::RealHello;

namespace {

std::vector<std::string> words(std::string_view text) {
    std::vector<std::string> all;
    while (!text.empty()) {
        const std::size_t blank = text.find(' ');
        all.emplace_back(text.substr(0, blank));
        text = blank == std::string_view::npos ? std::string_view() : text.substr(blank + 1);
    }
    return all;
}

template <class Number>
std::vector<Number> numbers(std::string_view text) {
    std::vector<Number> all;
    for (const std::string& word : words(text)) {
        Number value = 0;
        std::from_chars(word.data(), word.data() + word.size(), value, 16);
        all.push_back(value);
    }
    return all;
}

ClientHelloFacts facts_of(const RealHello& real) {
    ClientHelloFacts hello;
    hello.sslv2_framed = real.sslv2_framed;
    hello.legacy_version = numbers<std::uint16_t>(real.legacy_version).front();
    hello.supported_versions = numbers<std::uint16_t>(real.supported_versions);
    hello.cipher_suites = numbers<std::uint32_t>(real.suites);
    hello.extensions = numbers<std::uint16_t>(real.extensions);
    hello.groups = numbers<std::uint16_t>(real.groups);
    hello.point_formats = numbers<std::uint8_t>(real.point_formats);
    hello.signature_algorithms = numbers<std::uint16_t>(real.signatures);
    hello.alpn = words(real.alpn);
    return hello;
}

const RealHello& real(std::string_view client) {
    for (const RealHello& one : real_hellos)
        if (one.client.starts_with(client)) return one;
    FAIL("no hello of " << std::string(client));
    return real_hellos[0];
}

ConnectionFacts connection(std::string_view client, const std::string& user_agent) {
    ConnectionFacts facts;
    if (!client.empty()) facts.hello = facts_of(real(client));
    if (!user_agent.empty()) facts.sip.emplace_back().user_agent = user_agent;
    return facts;
}

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

}  // namespace

TEST_CASE("client family: of real clients, with its basis, and never for certain") {
    for (const RealHello& one : real_hellos) {
        CAPTURE(one.client);
        ConnectionFacts facts;
        facts.hello = facts_of(one);
        const auto guess = guess_family(facts);
        REQUIRE(guess.has_value());
        CHECK(to_string(guess->family) == one.family);
        CHECK(guess->name == one.name);
        CHECK(guess->confidence != Confidence::certain);
        CHECK(has(guess->basis, " suites"));
        CHECK(guess->disagreement.empty());
    }
}

TEST_CASE("client family: every word is another one, and the page has them all") {
    std::set<std::string_view> all;
    for (std::size_t i = 0; i < client_family_count; ++i) all.insert(to_string(static_cast<ClientFamily>(i)));
    CHECK(all.size() == client_family_count);
    CHECK(all.count("") == 0);

    std::ifstream page(std::filesystem::path(OCS_SOURCE_DIR) / "docs/handshake-log.md");
    std::set<std::string_view> explained;
    std::vector<std::string> lines;
    for (std::string line; std::getline(page, line);) lines.push_back(line);
    bool inside = false;
    for (const std::string_view line : lines) {
        if (line.starts_with("## ")) inside = line == "## The client's family";
        if (!inside || !line.starts_with("| `") || line.starts_with("| `family`")) continue;
        const std::string_view cell = line.substr(2, line.find(" |", 2) - 2);
        for (std::size_t at = 0; at < cell.size();) {  // `a`, `b`
            const std::size_t end = cell.find('`', at + 1);
            explained.insert(cell.substr(at + 1, end - at - 1));
            at = std::min(cell.find('`', end + 1), cell.size());
        }
    }
    CHECK(explained == all);
}

TEST_CASE("client family: what of a hello varies does not matter, and what is unknown stays so") {
    ConnectionFacts facts;
    facts.hello = facts_of(real("Chromium"));
    facts.hello->cipher_suites.front() = 0xdada;
    std::swap(facts.hello->extensions[1], facts.hello->extensions[5]);
    CHECK(guess_family(facts)->family == ClientFamily::chromium);  // it throws dice for their order

    facts.hello = facts_of(real("tstclnt 3.87"));
    facts.hello->extensions.erase(facts.hello->extensions.begin());
    CHECK(guess_family(facts)->family == ClientFamily::nss);  // an address has no server name

    facts.hello->signature_algorithms = {0x0403, 0x0804, 0x0401, 0x0503};
    CHECK(guess_family(facts)->family == ClientFamily::unknown);  // Android 8 has the same extensions

    facts.hello = facts_of(real("Windows XP, IE 6"));
    CHECK(guess_family(facts)->basis ==
          "SSLv2 framing, 11 suites, no extensions; RC4, 3DES, DES and export suites of 1024 bits in "
          "Schannel's "
          "order");
    facts.hello->cipher_suites = {0x000004, 0x010080};
    const auto unknown = guess_family(facts);
    CHECK(unknown->family == ClientFamily::unknown);
    CHECK(unknown->basis == "SSLv2 framing, 1 suite, no extensions; no rule here knows this hello");

    facts.hello->cipher_suites.clear();
    CHECK(!guess_family(facts));  // it could not be read
    facts.hello.reset();
    CHECK(!guess_family(facts));
}

TEST_CASE("client family: the User-Agent names the program, the hello has to fit") {
    const std::string r2 = "UCCAPI/3.5.6907.0 OC/3.5.6907.0 (Microsoft Office Communicator 2007 R2)";
    struct Row {
        std::string client, user_agent, family, confidence;
        bool disagree;
        std::string why;
    };
    const Row rows[] = {
        {"", r2, "communicator-2007-r2", "likely", false, "SIP in clear: there is no hello"},
        {"Windows XP, IE 8", r2, "communicator-2007-r2", "likely", false, "Schannel, as it should be"},
        {"Windows 7, IE 11", r2, "communicator-2007-r2", "likely", false, "of any Windows"},
        {"openssl s_client 3.0", r2, "openssl", "possible", true, "no Communicator has OpenSSL"},
        {"Windows 7, IE 8",
         "UCCP/2.0.6362.0 OC/2.0.6362.0 (Microsoft Office Communicator)",
         "communicator-2007",
         "likely",
         false,
         "as the protocol document spells it"},
        {"",
         "UCCAPI/4.0.7577.0 OC/4.0.7577.0 (Microsoft Lync 2010)",
         "lync-2010",
         "likely",
         false,
         "Lync 2010"},
        {"", "UCCAPI/15.0.3419.3001 OC/15.0.3419.3003", "lync-2013", "likely", false, "a trace"},
        {"",
         "UCCAPI/16.0.0.0 OC/16.0.0.0 (Skype for Business)",
         "skype-for-business",
         "possible",
         false,
         "no source"},
        {"",
         "UCCAPI/4.0.7577.4363 CPE/4.0.7577.4363",
         "phone-edition",
         "possible",
         false,
         "a phone before a desktop"},
        {"tstclnt 3.87",
         "Purple/2.14.12 Sipe/1.25.0 (linux-x86_64)",
         "sipe",
         "likely",
         false,
         "finch, pidgin"},
        {"Java", "Purple/2.14.12 Sipe/1.25.0 (linux-x86_64)", "java", "possible", true, "never"},
        {"linphonec", "Linphonec/5.1.65 (belle-sip/5.1.64)", "linphone", "likely", false, "mbedTLS"},
        {"baresip", "baresip v1.0.0 (x86_64/linux)", "baresip", "likely", false, "OpenSSL"},
        {"sipsak", "sipsak 0.9.8.1", "sipsak", "likely", false, "GnuTLS"},
        {"openssl s_client 3.0",
         "Our softphone/1.0",
         "openssl",
         "likely",
         false,
         "of nobody: the hello counts"},
        {"", "Our softphone/1.0", "unknown", "possible", false, "and without one there is nothing"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CAPTURE(row.user_agent);
        const auto guess = guess_family(connection(row.client, row.user_agent));
        REQUIRE(guess.has_value());
        CHECK(to_string(guess->family) == row.family);
        CHECK(to_string(guess->confidence) == row.confidence);
        CHECK(guess->disagreement.empty() != row.disagree);
        CHECK(has(guess->basis + guess->disagreement, row.user_agent));
    }
    CHECK(guess_family(connection("openssl s_client 3.0", r2))->disagreement ==
          "User-Agent '" + r2 +
              "', which is Office Communicator 2007 R2, but the hello is that of OpenSSL 3: something in "
              "between that "
              "ends TLS, or another program under that name");
    auto odd = connection("", "baresip \x1b[2J");
    CHECK(guess_family(odd)->basis == "User-Agent 'baresip \\x1b[2J'");
    odd.sip.front().direction = Direction::to_client;
    CHECK(sip_user_agent(odd).empty());
}
