// The engine against a real client, in memory.

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <openssl/err.h>

#include "engine_pair.hpp"
#include "tls/verdict.hpp"

using namespace ocs;
using namespace ocs::tls;
using record::CloseKind;
using record::Direction;
using record::HostChoice;
using record::TlsRefusal;

namespace {

std::string common_name_of_peer(EnginePair& pair) {
    char name[64] = "";
    X509_NAME_get_text_by_NID(
        X509_get_subject_name(SSL_get0_peer_certificate(pair.client())), NID_commonName, name, sizeof name);
    return name;
}

ClientSetup wants(const std::string& sni, int version = 0) {
    ClientSetup setup;
    setup.sni = sni;
    if (version != 0) setup.min_version = setup.max_version = version;
    return setup;
}

}  // namespace

TEST_CASE("engine: which host answers for a name, and it is the one that the client sees") {
    struct Row {
        std::string sni, host;
        HostChoice how;
        std::string why;
    };
    const Row rows[] = {
        {"ec.contoso.test", "ec", HostChoice::exact, "its name"},
        {"EC.Contoso.TEST", "ec", HostChoice::exact, "case does not matter"},
        {"ec.contoso.test.", "ec", HostChoice::exact, "nor does one dot at the end"},
        {"a.wild.test", "wild", HostChoice::wildcard, "one label"},
        {"exact.wild.test", "wild", HostChoice::exact, "an exact name wins over the wildcard"},
        {"a.b.wild.test", "rsa", HostChoice::default_unknown_name, "a wildcard covers one label only"},
        {"wild.test", "rsa", HostChoice::default_unknown_name, "and not none"},
        {"*.wild.test", "rsa", HostChoice::default_invalid_sni, "a pattern is no name"},
        {"nobody.test", "rsa", HostChoice::default_unknown_name, "no host has it"},
        {"", "rsa", HostChoice::default_no_sni, "XP, Server 2003 and phones send none"},
        {"192.0.2.1", "rsa", HostChoice::default_invalid_sni, "an address is no host name"},
        {"a b.contoso.test", "rsa", HostChoice::default_invalid_sni, "a blank"},
        {"ec.contoso.test..", "rsa", HostChoice::default_invalid_sni, "two dots at the end"},
    };
    for (const Row& row : rows) {
        for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
            CAPTURE(row.why);
            EnginePair pair(wants(row.sni, version));
            pair.run();
            REQUIRE(pair.facts.handshake_finished);
            CHECK(pair.facts.virtual_host == row.host);
            CHECK(to_string(pair.facts.host_choice) == to_string(row.how));
            CHECK(common_name_of_peer(pair) == row.host);
            REQUIRE(pair.engine->certificate() != nullptr);
            CHECK(pair.engine->certificate()->folder == row.host);
        }
    }
}

TEST_CASE("engine: unknown names get unrecognized_name where the listener refuses them") {
    struct Row {
        std::string sni;
        bool served;
    };
    const Row rows[] = {{"nobody.test", false}, {"192.0.2.1", false}, {"sip.contoso.test", true}, {"", true}};
    for (const Row& row : rows) {
        CAPTURE(row.sni);
        auto options = TestHosts::get().options();
        options.policy.refuse_unknown_names = true;
        EnginePair pair(wants(row.sni), options);
        pair.run();
        CHECK(pair.facts.handshake_finished == row.served);
        if (row.served) continue;
        CHECK(alerts_of(pair.facts, Direction::to_client) == "112 clear");
        CHECK(to_string(pair.facts.refusal) == "unrecognized-name");
        CHECK(pair.engine->certificate() == nullptr);
        CHECK(pair.engine->ended());
    }
}

TEST_CASE("engine: a fault is asked for once, with the host that answers, and carried out") {
    using record::Fault;
    using record::FaultKind;
    const auto struck_by = [](const Fault& fault, std::string& asked, bool refuses = false) {
        auto options = TestHosts::get().options();
        options.policy.refuse_unknown_names = refuses;
        options.strike = [fault, &asked](const ChosenHost& chosen) {
            asked += std::string(chosen.id()) + (chosen.can_expire() ? "+ " : "- ");
            return std::optional(fault);
        };
        return options;
    };
    std::string asked;
    Fault fault;
    fault.kind = FaultKind::alert;
    fault.alert = 116;  // OpenSSL has no use for it here, and would send another
    for (const int version : {TLS1_VERSION, TLS1_1_VERSION, TLS1_3_VERSION}) {
        ClientSetup setup = wants("ec.contoso.test");
        setup.max_version = version;
        EnginePair pair(setup, struck_by(fault, asked));
        pair.run();
        const char minor = version == TLS1_VERSION ? 1 : version == TLS1_1_VERSION ? 2 : 3;
        CHECK(pair.sent == std::string{21, 3, minor, 0, 2, 2, 116});
        CHECK(alerts_of(pair.facts, Direction::to_client) == "116 clear");
        CHECK(pair.engine->ended());
        CHECK(pair.facts.virtual_host == "ec");
        CHECK(pair.facts.version == 0);
    }
    fault.kind = FaultKind::close;  // at the hello: the session's to do, and nothing is answered
    EnginePair held(wants("ec.contoso.test"), struck_by(fault, asked));
    held.run();
    held.send({23, 3, 3, 0, 1, 0});
    CHECK(held.sent.empty());
    CHECK_FALSE(held.engine->ended());
    fault.kind = FaultKind::certificate;
    fault.shown = "rsa";
    EnginePair other(wants("ec.contoso.test"), struck_by(fault, asked));
    other.run();
    REQUIRE(other.facts.handshake_finished);
    CHECK(common_name_of_peer(other) == "rsa");
    CHECK(other.engine->certificate()->folder == "rsa");
    CHECK(other.facts.virtual_host == "ec");
    fault.shown = "nobody";
    EnginePair gone(wants("ec.contoso.test"), struck_by(fault, asked));
    gone.run();
    CHECK(gone.facts.refusal == TlsRefusal::internal);
    CHECK(gone.facts.library_text == "the fault wants the certificate of 'nobody', who is gone");
    fault.kind = FaultKind::expired;
    std::string fingerprint;
    for (int i = 0; i < 2; ++i) {
        EnginePair expired(wants("ec.contoso.test"), struck_by(fault, asked));
        expired.run();
        REQUIRE(expired.facts.handshake_finished);
        const auto shown = expired.engine->certificate();
        CHECK(shown->not_after < wall_now());
        CHECK(shown->names.common_names == std::vector<std::string>{"ec"});
        CHECK(shown->chain == record::ChainKind::to_own_ca);
        if (i == 1) CHECK(shown->fingerprint == fingerprint);  // made once
        fingerprint = shown->fingerprint;
        CHECK(fingerprint != TestHosts::get().host("ec")->certificate()->fingerprint);
    }
    fault.kind = FaultKind::wait;  // nothing for the engine, not even for a name that is refused
    EnginePair refused(wants("nobody.test"), struck_by(fault, asked, true));
    refused.run();
    CHECK(alerts_of(refused.facts, Direction::to_client) == "112 clear");
    CHECK(asked == "ec+ ec+ ec+ ec+ ec+ ec+ ec+ ec+ - ");
}

TEST_CASE("engine: TLS 1.0 to 1.3 with RSA, ECDSA, and an RSA 1024 key signed with SHA-1") {
    for (const std::string host : {"sip.contoso.test", "ec.contoso.test", "old.contoso.test"}) {
        for (int version = TLS1_VERSION; version <= TLS1_3_VERSION; ++version) {
            CAPTURE(host);
            CAPTURE(version);
            EnginePair pair(wants(host, version));
            pair.run();
            REQUIRE(pair.facts.handshake_finished);
            CHECK(pair.engine->established());
            CHECK(pair.facts.version == version);
            CHECK(pair.facts.cipher_suite == SSL_CIPHER_standard_name(SSL_get_current_cipher(pair.client())));
            CHECK(pair.facts.certificate_sent);
            CHECK(*pair.facts.certificate_sent_at < *pair.facts.finished_at);
            CHECK(pair.facts.alerts.empty());
            REQUIRE(pair.client_says("hello"));
            CHECK(pair.engine->take_plaintext() == "hello");
            pair.engine->write("good day");
            CHECK(pair.client_hears() == "good day");
            CHECK(pair.facts.data_bytes == 5);
            CHECK(pair.facts.bytes_out == pair.sent.size());
        }
    }
}

TEST_CASE("engine: a host's own versions and security level hold, chosen with the host") {
    struct Row {
        std::string sni;
        int client_min, client_max;
        std::string outcome, alert, why;
    };
    const Row rows[] = {
        {"only12.test", TLS1_VERSION, TLS1_3_VERSION, "0303", "", "the client could do 1.3"},
        {"only13.test", TLS1_VERSION, TLS1_3_VERSION, "0304", "", ""},
        {"only13.test",
         TLS1_VERSION,
         TLS1_2_VERSION,
         "no-common-version",
         "70 clear",
         "too old for this host"},
        {"only12.test", TLS1_3_VERSION, TLS1_3_VERSION, "no-common-version", "70 clear", "too new for it"},
        {"strict.test", TLS1_2_VERSION, TLS1_2_VERSION, "0303", "", "level 2 serves 1.2"},
        {"strict.test",
         TLS1_VERSION,
         TLS1_1_VERSION,
         "no-common-version",
         "80 clear",
         "level 2 has no signature for 1.0, which OpenSSL calls an internal error"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        ClientSetup setup = wants(row.sni);
        setup.min_version = row.client_min;
        setup.max_version = row.client_max;
        EnginePair pair(setup);
        pair.run();
        if (row.alert.empty()) {
            CHECK(pair.facts.handshake_finished);
            CHECK(fmt::format("{:04x}", pair.facts.version) == row.outcome);
            continue;
        }
        CHECK(to_string(pair.facts.refusal) == row.outcome);
        CHECK(alerts_of(pair.facts, Direction::to_client) == row.alert);
        CHECK(!pair.facts.certificate_sent);
        CHECK(pair.facts.library_reason != 0);
    }
}

TEST_CASE("engine: no cipher suite in common is its own refusal") {
    ClientSetup setup = wants("ec.contoso.test", TLS1_2_VERSION);
    setup.ciphers = "AES128-SHA:ECDHE-RSA-AES128-SHA:@SECLEVEL=0";  // RSA only, the host has an EC key
    EnginePair pair(setup);
    pair.run();
    CHECK(to_string(pair.facts.refusal) == "no-common-cipher");
    CHECK(alerts_of(pair.facts, Direction::to_client) == "40 clear");
}

TEST_CASE("engine: sessions are not resumed, unless the host allows it") {
    for (const std::string sni : {"ec.contoso.test", "tickets.test"}) {
        for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
            CAPTURE(sni);
            CAPTURE(version);
            const bool allowed = sni == "tickets.test";
            EnginePair first(wants(sni, version));
            first.run();
            SSL_SESSION* session = SSL_get1_session(first.client());
            CHECK((SSL_SESSION_has_ticket(session) == 1) == allowed);
            ClientSetup again = wants(sni, version);
            again.session = session;
            EnginePair second(again);
            second.run();
            CHECK(second.facts.handshake_finished);
            CHECK(second.facts.resumed == allowed);
            CHECK(second.facts.certificate_sent == !allowed);
            SSL_SESSION_free(session);
        }
    }
}

TEST_CASE("engine: a client's alert has its direction, and says whether it came in clear") {
    struct Row {
        int error;
        std::uint8_t code;
    };
    const Row rows[] = {
        {X509_V_ERR_HOSTNAME_MISMATCH, 42},
        {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, 48},
        {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, 48},
        {X509_V_ERR_CERT_HAS_EXPIRED, 45},
        {X509_V_ERR_INVALID_PURPOSE, 43},
        {X509_V_ERR_CERT_REVOKED, 44},
        {X509_V_ERR_APPLICATION_VERIFICATION, 40},
        {X509_V_ERR_UNSPECIFIED, 80},
    };
    for (const Row& row : rows) {
        for (int version = TLS1_VERSION; version <= TLS1_3_VERSION; ++version) {
            CAPTURE(version);
            ClientSetup setup = wants("ec.contoso.test", version);
            setup.verify_error = row.error;
            EnginePair pair(setup);
            pair.run();
            CHECK(!pair.facts.handshake_finished);
            CHECK(pair.engine->ended());
            CHECK(to_string(pair.facts.refusal) == "peer-alert");
            CHECK(pair.facts.certificate_sent);
            // OpenSSL's clients send it in clear even in TLS 1.3 (client-behaviour §1 no. 2).
            const auto expected = std::to_string(row.code) + " clear";
            CHECK(alerts_of(pair.facts, Direction::from_client) == expected);
            CHECK(alerts_of(pair.facts, Direction::to_client) == "");
            CHECK(pair.facts.library_reason == 1000 + row.code);
            CHECK(to_string(judge(pair.facts, {}).verdict) == "rejected-alert");
        }
    }
}

TEST_CASE("engine: an alert after Finished is encrypted, and late") {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        CAPTURE(version);
        EnginePair pair(wants("ec.contoso.test", version));
        pair.run();
        REQUIRE(pair.facts.handshake_finished);
        // A flipped bit in what it is sent makes the client complain.
        pair.on_the_way_to_client = [](std::string& bytes) {
            bytes.back() = static_cast<char>(bytes.back() ^ 1);
        };
        pair.engine->write("x");
        pair.run();
        CHECK(alerts_of(pair.facts, Direction::from_client) == "20 encrypted after-finished");
        CHECK(to_string(pair.facts.refusal) == "peer-alert");
        CHECK(pair.engine->ended());
        CHECK(!pair.engine->established());
    }
}

TEST_CASE("engine: an alert counts even after our own close_notify") {
    EnginePair pair(wants("ec.contoso.test", TLS1_2_VERSION));
    pair.run();
    pair.on_the_way_to_client = [](std::string& bytes) {
        bytes.back() = static_cast<char>(bytes.back() ^ 1);
    };
    pair.engine->close();
    pair.engine->close();  // harmless
    pair.run();
    CHECK(alerts_of(pair.facts, Direction::to_client) == "0 encrypted after-finished");
    CHECK(alerts_of(pair.facts, Direction::from_client) == "20 encrypted after-finished");
}

TEST_CASE("engine: close_notify, FIN and reset stay apart") {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        EnginePair polite(wants("ec.contoso.test", version));
        polite.run();
        SSL_shutdown(polite.client());
        polite.run();
        CHECK(to_string(polite.facts.close) == "close_notify");
        CHECK(polite.engine->ended());
        CHECK(polite.engine->established());  // our half is open: an answer may still go out
        polite.engine->receive_end(CloseKind::fin, polite.now);
        CHECK(to_string(polite.facts.close) == "close_notify");
        CHECK(to_string(polite.facts.refusal) == "none");

        for (const CloseKind kind : {CloseKind::fin, CloseKind::reset}) {
            EnginePair rude(wants("ec.contoso.test", version));
            rude.run();
            rude.engine->receive_end(kind, rude.now);
            CHECK(rude.facts.close == kind);
            CHECK(rude.engine->ended());
            // OpenSSL calls it an error and answers with decode_error; it refuses nothing.
            CHECK(to_string(rude.facts.refusal) == "none");
            CHECK(to_string(judge(rude.facts, {}).verdict) == "finished-no-data");
        }
    }
}

TEST_CASE("engine: an end inside the handshake, before and after our certificate left") {
    for (const bool sent : {false, true}) {
        CAPTURE(sent);
        EnginePair pair(wants("ec.contoso.test", TLS1_3_VERSION));
        SSL_do_handshake(pair.client());
        ERR_clear_error();
        pair.on_the_way_to_client = [](std::string& bytes) { bytes.clear(); };
        if (sent) {
            pair.run();
            CHECK(pair.facts.certificate_sent);
        } else {
            pair.receive_only();
            CHECK(!pair.facts.certificate_sent);
        }
        pair.engine->receive_end(CloseKind::fin, pair.now);
        CHECK(pair.facts.closed_with_hello == !sent);
        CHECK(to_string(pair.facts.refusal) == "unexpected-end");
        CHECK(to_string(judge(pair.facts, {}).verdict) ==
              (sent ? "closed-in-handshake" : "closed-after-hello"));
    }
}

TEST_CASE("engine: renegotiation is declined and the talk goes on") {
    EnginePair pair(wants("ec.contoso.test", TLS1_2_VERSION));
    pair.run();
    const auto before = pair.facts.finished_at;
    for (int i = 0; i < 3; ++i) {
        SSL_renegotiate(pair.client());
        SSL_do_handshake(pair.client());
        ERR_clear_error();
        pair.receive_only();
        CHECK(pair.engine->established());
    }
    CHECK(pair.facts.finished_at == before);
    CHECK(alerts_of(pair.facts, Direction::to_client).starts_with("100 encrypted after-finished"));
}

TEST_CASE("engine: key updates are answered, but no storm of them") {
    EnginePair pair(wants("ec.contoso.test", TLS1_3_VERSION));
    pair.run();
    const auto update_keys = [&](int times) {
        for (int i = 0; i < times; ++i) {
            SSL_key_update(pair.client(), SSL_KEY_UPDATE_REQUESTED);
            SSL_do_handshake(pair.client());
            ERR_clear_error();
            pair.receive_only();
        }
    };
    constexpr int allowed = 32;  // in a row
    for (int i = 0; i < 3; ++i) {
        const std::size_t before = pair.sent.size();
        update_keys(allowed);
        CHECK(pair.sent.size() - before <= allowed * 64);
        pair.run();  // the client reads the answers
        REQUIRE(pair.client_says("still here"));
        CHECK(pair.engine->take_plaintext() == "still here");
    }
    update_keys(allowed + 1);
    CHECK(pair.engine->ended());
    CHECK(pair.facts.refusal == TlsRefusal::protocol_error);
    CHECK(pair.facts.library_text == "too many key updates");
}

TEST_CASE("engine: it does not matter how the bytes are cut") {
    for (const std::size_t segment : {std::size_t{1}, std::size_t{7}, std::size_t{1000}}) {
        for (const int version : {TLS1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION}) {
            EnginePair pair(wants("sip.contoso.test", version));
            pair.run(segment);
            REQUIRE(pair.facts.handshake_finished);
            pair.client_says("hello");
            CHECK(pair.engine->take_plaintext() == "hello");
        }
    }
}

TEST_CASE("engine: the certificate is sent when all of it is out") {
    EnginePair pair(wants("sip.contoso.test", TLS1_2_VERSION));
    SSL_do_handshake(pair.client());
    pair.receive_only();
    while (pair.engine->output().size() > 1) {
        CHECK(!pair.facts.certificate_sent);
        pair.engine->output_sent(1, pair.now);
    }
    pair.engine->output_sent(1, Micros{777});
    CHECK(pair.facts.certificate_sent);
    CHECK(pair.facts.certificate_sent_at == Micros{777});
}

TEST_CASE("engine: key log lines come out, whatever became of the options") {
    std::vector<std::string> lines;
    std::unique_ptr<EnginePair> pair;
    {
        auto options = TestHosts::get().options();
        options.key_log = [&lines](std::string_view line) { lines.emplace_back(line); };
        pair = std::make_unique<EnginePair>(wants("ec.contoso.test", TLS1_2_VERSION), options);
    }
    pair->run();
    REQUIRE(lines.size() == 1);
    CHECK(lines.front().starts_with("CLIENT_RANDOM "));
}

TEST_CASE("engine: what is not taken is not lost, and bytes after the end are only counted") {
    EnginePair pair(wants("ec.contoso.test", TLS1_3_VERSION));
    pair.run();
    pair.client_says("one ");
    pair.client_says("two");
    CHECK(pair.engine->take_plaintext() == "one two");
    SSL_shutdown(pair.client());
    pair.run();
    const auto before = pair.facts.bytes_in;
    pair.send({1, 2, 3});
    CHECK(pair.facts.bytes_in == before + 3);
    CHECK(pair.engine->take_plaintext() == "");
}
