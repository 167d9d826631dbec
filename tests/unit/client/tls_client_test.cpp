// The client half joined to the lab's own engine in memory: no port, no clock.

#include "client/tls_client.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>

#include "client/channel.hpp"
#include "pki/state_folder.hpp"
#include "tls/engine.hpp"

using namespace ocs;

namespace {

/// A certificate in a folder of its own, and a server that shows it.
class Server {
public:
    explicit Server(const std::function<void(pki::Recipe&)>& shape = [](pki::Recipe&) {}) {
        char name[] = "/tmp/fakeocs-client-XXXXXX";
        folder_ = ::mkdtemp(name);
        auto state = pki::StateFolder::open(folder_ / "state").value();
        const auto now = wall_now();
        state.ensure_ca(pki::CaOptions{}, now).value();
        pki::Recipe recipe;
        recipe.name = "front01";
        recipe.subject = {{"CN", "sip.contoso.test"}};
        recipe.sans = {{discovery::NameKind::dns, "sip.contoso.test"}};
        recipe.key.type = pki::KeyType::p256;
        shape(recipe);
        const auto issued = state.issue(recipe, pki::PfxOptions{}, now).value();
        tls::CertificateFiles files;
        files.certificate = issued.folder / "fullchain.pem";
        files.key = issued.folder / "key.pem";
        auto host = tls::VirtualHost::load("front01", files, tls::TlsRange{}).value();
        options_.hosts = std::make_shared<tls::VirtualHosts>();
        options_.policy.default_host = host;
        engine_ = tls::make_openssl_engine(options_, facts).value();
    }
    ~Server() { std::filesystem::remove_all(folder_); }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    [[nodiscard]] std::filesystem::path root() const { return folder_ / "state" / "ca" / "ca.pem"; }

    /// Carries bytes both ways until neither side has any.
    void join(client::TlsClient& client) {
        while (true) {
            const std::string out = client.take_output();
            if (!out.empty()) {
                engine_->receive({reinterpret_cast<const std::uint8_t*>(out.data()), out.size()}, Micros{1});
            }
            const std::string in(engine_->output());
            engine_->output_sent(in.size(), Micros{1});
            if (!in.empty()) client.receive({reinterpret_cast<const std::uint8_t*>(in.data()), in.size()});
            if (out.empty() && in.empty()) return;
        }
    }

    tls::Engine& engine() { return *engine_; }
    record::ConnectionFacts facts;

private:
    std::filesystem::path folder_;
    tls::EngineOptions options_;
    std::unique_ptr<tls::Engine> engine_;
};

const record::AlertFact* first_alert(const record::ConnectionFacts& facts) {
    for (const auto& alert : facts.alerts) {
        if (alert.direction == record::Direction::from_client) return &alert;
    }
    return nullptr;
}

}  // namespace

TEST_CASE("TLS client: finishes, shows what the server presented, and talks") {
    for (const auto version : std::initializer_list<std::uint16_t>{0x0301, 0x0303, 0x0304}) {
        CAPTURE(version);
        Server server;
        const auto trust = client::TrustStore::load(server.root()).value();
        client::TlsOffer offer{"sip.contoso.test", version, version, false};
        auto tls = client::TlsClient::start(offer, trust, wall_now()).value();
        server.join(*tls);
        REQUIRE(tls->established());
        REQUIRE(tls->presented());
        CHECK(tls->presented()->version == version);
        CHECK(tls->presented()->trust == client::ChainTrust::trusted);
        CHECK(tls->presented()->certificate.names.san.front().text == "sip.contoso.test");
        CHECK(server.facts.hello->sni.name == "sip.contoso.test");
        tls->write("hello");
        server.join(*tls);
        CHECK(server.engine().take_plaintext() == "hello");
        tls->close();
        server.join(*tls);
        CHECK(server.facts.close == record::CloseKind::close_notify);
    }
}

TEST_CASE("TLS client: sends no SNI where the client sends none") {
    Server server;
    const auto trust = client::TrustStore::load(server.root()).value();
    auto tls =
        client::TlsClient::start(client::TlsOffer{"", 0x0301, 0x0301, false}, trust, wall_now()).value();
    server.join(*tls);
    CHECK(tls->established());
    CHECK(server.facts.hello->sni.form == record::SniForm::absent);
}

TEST_CASE(
    "TLS client: a pause at the certificate leaves Finished unsent, and a refusal is an alert before it") {
    struct Row {
        bool accept, name_is_wrong;
        int alert;
        std::string why;
    };
    const Row rows[] = {
        {true, false, 0, "accepted: the handshake goes on"},
        {false, true, 42, "a wrong name: bad_certificate"},
        {false, false, 48, "not trusted: unknown_ca"},
    };
    for (const auto version : std::initializer_list<std::uint16_t>{0x0303, 0x0304}) {
        for (const Row& row : rows) {
            CAPTURE(version);
            CAPTURE(row.why);
            Server server;
            const client::TrustStore nobody;
            client::TlsOffer offer{"sip.contoso.test", version, version, true};
            auto tls = client::TlsClient::start(offer, nobody, wall_now()).value();
            server.join(*tls);
            REQUIRE(tls->paused());
            CHECK_FALSE(server.facts.handshake_finished);
            REQUIRE(tls->presented());
            CHECK(tls->presented()->trust == client::ChainTrust::unknown_issuer);
            tls->decide(row.accept, row.name_is_wrong);
            server.join(*tls);
            CHECK(tls->established() == row.accept);
            CHECK(server.facts.handshake_finished == row.accept);
            const auto* alert = first_alert(server.facts);
            CHECK((alert == nullptr ? 0 : alert->code) == row.alert);
        }
    }
}

TEST_CASE("TLS client: the chain is judged apart from the name") {
    struct Row {
        std::function<void(pki::Recipe&)> shape;
        client::ChainTrust trust;
        std::string why;
    };
    const Row rows[] = {
        {[](pki::Recipe& recipe) { recipe.sans.clear(); },
         client::ChainTrust::trusted,
         "names do not matter here"},
        {[](pki::Recipe& recipe) { recipe.issuer = pki::Issuer::self_signed; },
         client::ChainTrust::self_signed,
         "self-signed"},
        {[](pki::Recipe& recipe) { recipe.issuer = pki::Issuer::unknown_ca; },
         client::ChainTrust::unknown_issuer,
         "a CA nobody trusts"},
        {[](pki::Recipe& recipe) { recipe.not_before = "-30d", recipe.not_after = "-1d"; },
         client::ChainTrust::expired,
         "expired"},
        {[](pki::Recipe& recipe) { recipe.not_before = "+1d", recipe.not_after = "+30d"; },
         client::ChainTrust::not_yet_valid,
         "not yet valid"},
        {[](pki::Recipe& recipe) { recipe.eku = {"clientAuth"}; },
         client::ChainTrust::wrong_usage,
         "clientAuth alone"},
        {[](pki::Recipe& recipe) { recipe.via_intermediate = true; },
         client::ChainTrust::trusted,
         "below an intermediate that is sent"},
        {[](pki::Recipe& recipe) { recipe.via_intermediate = true, recipe.send_intermediate = false; },
         client::ChainTrust::unknown_issuer,
         "below an intermediate that is not sent"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Server server(row.shape);
        const auto trust = client::TrustStore::load(server.root()).value();
        auto tls =
            client::TlsClient::start(client::TlsOffer{"", 0x0301, 0x0303, false}, trust, wall_now()).value();
        server.join(*tls);
        REQUIRE(tls->presented());
        CHECK(client::to_string(tls->presented()->trust) == client::to_string(row.trust));
    }
}

TEST_CASE("TLS client: what is no TLS server fails, and says so") {
    const client::TrustStore nobody;
    auto tls = client::TlsClient::start(client::TlsOffer{}, nobody, wall_now()).value();
    CHECK_FALSE(tls->take_output().empty());
    const std::string banner = "SSH-2.0-OpenSSH_9.2\r\n";
    tls->receive({reinterpret_cast<const std::uint8_t*>(banner.data()), banner.size()});
    CHECK(tls->failed());
    CHECK_FALSE(tls->failure().empty());
}

TEST_CASE("trust store: a file without a certificate is an error with its place") {
    CHECK(client::TrustStore::load("").value().roots().empty());
    CHECK(to_string(client::TrustStore::load("/dev/null").error()) == "/dev/null: no PEM certificate here");
}
