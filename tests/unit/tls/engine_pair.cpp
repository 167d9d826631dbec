#include "engine_pair.hpp"

#include <doctest/doctest.h>
#include <openssl/err.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "pki/state_folder.hpp"

namespace ocs::tls {

namespace {

struct Made {
    const char* id;
    std::vector<std::string> names;
    pki::KeySpec key;
    pki::HashName hash;
    TlsRange range;
};

HostPattern pattern(const std::string& text) { return HostPattern::parse(text).value(); }

int verify(X509_STORE_CTX* store, void* wanted) {
    const int error = *static_cast<int*>(wanted);
    X509_STORE_CTX_set_error(store, error);
    return error == X509_V_OK ? 1 : 0;
}

}  // namespace

struct TestHosts::Folder {
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "engine-test-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path = name;
    }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::filesystem::path path;
};

const TestHosts& TestHosts::get() {
    static const TestHosts hosts;
    return hosts;
}

TestHosts::TestHosts() : folder_(std::make_shared<Folder>()), table_(std::make_shared<VirtualHosts>()) {
    tell_keys();
    const auto now = wall_now();
    auto state = pki::StateFolder::open(folder_->path).value();
    pki::CaOptions ca;
    ca.key.type = pki::KeyType::p256;
    REQUIRE(state.make_ca(ca, now).has_value());
    ca_file_ = (folder_->path / "ca" / "ca.pem").string();
    const pki::KeySpec p256{pki::KeyType::p256, 0};
    const pki::KeySpec rsa{pki::KeyType::rsa, 2048};
    const TlsRange all;
    const Made made[] = {
        {"rsa", {"sip.contoso.test"}, rsa, pki::HashName::sha256, all},
        {"ec", {"ec.contoso.test"}, p256, pki::HashName::sha256, all},
        {"old", {"old.contoso.test"}, {pki::KeyType::rsa, 1024}, pki::HashName::sha1, all},
        {"wild", {"*.wild.test", "exact.wild.test"}, p256, pki::HashName::sha256, all},
        {"only12", {"only12.test"}, p256, pki::HashName::sha256, {0x0303, 0x0303, 0, false}},
        {"only13", {"only13.test"}, p256, pki::HashName::sha256, {0x0304, 0x0304, 0, false}},
        {"strict", {"strict.test"}, p256, pki::HashName::sha256, {0x0301, 0x0304, 2, false}},
        {"tickets", {"tickets.test"}, p256, pki::HashName::sha256, {0x0301, 0x0304, 0, true}},
    };
    for (const Made& one : made) {
        pki::Recipe recipe;
        recipe.name = one.id;
        recipe.subject = {{"CN", one.id}};
        for (const auto& name : one.names) recipe.sans.push_back({discovery::NameKind::dns, name});
        recipe.key = one.key;
        recipe.hash = one.hash;
        REQUIRE(state.issue(recipe, {}, now).has_value());
        CertificateFiles files;
        files.certificate = folder_->path / one.id / "fullchain.pem";
        files.key = folder_->path / one.id / "key.pem";
        files.generated = true;
        files.folder = one.id;
        files.lab_ca = ca_file_;
        auto host = VirtualHost::load(one.id, files, one.range);
        REQUIRE(host.has_value());
        hosts_.push_back(*host);
        table_->include(*host);
        for (const auto& name : one.names) REQUIRE(table_->add(pattern(name), *host).has_value());
    }
}

EngineOptions TestHosts::options() const {
    EngineOptions options;
    options.hosts = table_;
    options.policy.default_host = hosts_.front();
    return options;
}

std::shared_ptr<VirtualHost> TestHosts::host(const std::string& id) const {
    for (const auto& host : hosts_)
        if (host->id() == id) return host;
    return nullptr;
}

EnginePair::EnginePair(EngineOptions options) {
    facts.first_bytes = record::FirstBytes::tls;
    engine = std::move(make_openssl_engine(std::move(options), facts).value());
}

EnginePair::EnginePair(const ClientSetup& setup, EngineOptions options) : EnginePair(std::move(options)) {
    ERR_clear_error();
    context_.reset(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_security_level(context_.get(), 0);
    REQUIRE(SSL_CTX_set_cipher_list(context_.get(), setup.ciphers.c_str()) == 1);
    SSL_CTX_set_min_proto_version(context_.get(), setup.min_version);
    SSL_CTX_set_max_proto_version(context_.get(), setup.max_version);
    SSL_CTX_set_session_cache_mode(context_.get(), SSL_SESS_CACHE_CLIENT);
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    static thread_local int verify_error;
    verify_error = setup.verify_error;
    SSL_CTX_set_cert_verify_callback(context_.get(), verify, &verify_error);
    client_.reset(SSL_new(context_.get()));
    if (!setup.sni.empty()) REQUIRE(SSL_set_tlsext_host_name(client_.get(), setup.sni.c_str()) == 1);
    if (setup.session != nullptr) SSL_set_session(client_.get(), setup.session);
    BIO* inner = nullptr;
    BIO* outer = nullptr;
    REQUIRE(BIO_new_bio_pair(&inner, 1U << 20U, &outer, 1U << 20U) == 1);
    SSL_set_bio(client_.get(), inner, inner);
    network_.reset(outer);
    SSL_set_connect_state(client_.get());
}

void EnginePair::flush_engine() {
    while (!engine->output().empty()) {
        const std::string flight(engine->output());
        sent += flight;
        pending_ += flight;
        engine->output_sent(flight.size(), now);
    }
}

bool EnginePair::client_to_engine(std::size_t segment) {
    std::vector<std::uint8_t> bytes(segment);
    const int count = BIO_read(network_.get(), bytes.data(), static_cast<int>(bytes.size()));
    if (count <= 0) return false;
    now += Micros{10};
    engine->receive(std::span(bytes).first(static_cast<std::size_t>(count)), now);
    return true;
}

bool EnginePair::engine_to_client() {
    flush_engine();
    if (pending_.empty()) return false;
    std::string bytes = std::exchange(pending_, {});
    if (on_the_way_to_client) on_the_way_to_client(bytes);
    return BIO_write(network_.get(), bytes.data(), static_cast<int>(bytes.size())) > 0;
}

void EnginePair::run(std::size_t segment) {
    bool moved = true;
    while (moved) {
        ERR_clear_error();
        if (SSL_is_init_finished(client_.get()) == 0) SSL_do_handshake(client_.get());
        char nothing = 0;
        if (SSL_is_init_finished(client_.get()) == 1) SSL_peek(client_.get(), &nothing, 1);
        moved = client_to_engine(segment);
        while (moved && client_to_engine(segment)) {
        }
        moved = engine_to_client() || moved;
    }
    ERR_clear_error();
}

void EnginePair::receive_only() {
    while (client_to_engine(65536)) {
    }
    ERR_clear_error();
}

void EnginePair::send(const std::vector<std::uint8_t>& bytes, std::size_t segment) {
    for (std::size_t at = 0; at < bytes.size(); at += segment) {
        now += Micros{10};
        engine->receive(std::span(bytes).subspan(at, std::min(segment, bytes.size() - at)), now);
        flush_engine();
    }
}

bool EnginePair::client_says(const std::string& text) {
    const bool written = SSL_write(client_.get(), text.data(), static_cast<int>(text.size())) > 0;
    run();
    return written;
}

std::string EnginePair::client_hears() {
    run();
    std::string text(65536, '\0');
    const int count = SSL_read(client_.get(), text.data(), static_cast<int>(text.size()));
    ERR_clear_error();
    text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return text;
}

std::string alerts_of(const record::ConnectionFacts& facts, record::Direction direction) {
    std::string words;
    for (const auto& alert : facts.alerts) {
        if (alert.direction != direction) continue;
        words += (words.empty() ? "" : ", ") + std::to_string(alert.code);
        words += alert.encrypted ? " encrypted" : " clear";
        words += alert.after_finished ? " after-finished" : "";
    }
    return words;
}

}  // namespace ocs::tls
