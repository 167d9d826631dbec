// One connection, from its bytes to its lines in the logs: engine, verdict, record, explanation, JSON, text.
//
// The first byte of an input says how the rest comes in: bits 0 and 1 the pieces (whole, 1, 7 or 64 bytes),
// bits 2 and 3 the end (none, fin, reset), bit 4 a listener that refuses unknown names, bit 5 bytes that
// follow a finished handshake, and bit 6 makes those application data.

#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <optional>

#include "core/escape.hpp"
#include "discovery/name_policy.hpp"
#include "journal/explanation.hpp"
#include "journal/json.hpp"
#include "journal/text.hpp"
#include "ossl/handles.hpp"
#include "pki/state_folder.hpp"
#include "property.hpp"
#include "record/connection_record.hpp"
#include "tls/engine.hpp"
#include "tls/first_bytes.hpp"
#include "tls/verdict.hpp"

using namespace ocs;
using fuzz::require;
using record::CloseKind;

namespace {

/// One virtual host, sip.contoso.test and *.a.test, made once. The files are gone when it has been loaded.
tls::EngineOptions make_lab() {
    std::string pattern = (std::filesystem::temp_directory_path() / "fakeocs-fuzz-XXXXXX").string();
    const std::filesystem::path root = mkdtemp(pattern.data());
    auto state = pki::StateFolder::open(root).value();
    pki::Recipe recipe;
    recipe.name = "front01";
    recipe.subject = {{"CN", "sip.contoso.test"}};
    recipe.sans = {{discovery::NameKind::dns, "sip.contoso.test"}, {discovery::NameKind::dns, "*.a.test"}};
    recipe.key.type = pki::KeyType::p256;
    recipe.issuer = pki::Issuer::self_signed;
    const auto issued = state.issue(recipe, {}, wall_now());
    require(issued.has_value(), "the certificate can be made");
    tls::CertificateFiles files;
    files.certificate = issued->folder / "fullchain.pem";
    files.key = issued->folder / "key.pem";
    files.folder = "front01";
    auto host = tls::VirtualHost::load("front01", files, {}).value();
    auto hosts = std::make_shared<tls::VirtualHosts>();
    for (const char* name : {"sip.contoso.test", "*.a.test"}) {
        require(hosts->add(HostPattern::parse(name).value(), host).has_value(), "the name is free");
    }
    tls::EngineOptions options;
    options.hosts = hosts;
    options.policy.default_host = host;
    std::filesystem::remove_all(root);
    return options;
}

/// OpenSSL's client, in memory; it checks nothing.
class Client {
public:
    Client() : ssl_(SSL_new(context())) {
        SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        SSL_set_connect_state(ssl_.get());
        SSL_set_tlsext_host_name(ssl_.get(), "sip.contoso.test");
    }
    void shake_hands(tls::Engine& engine) {
        for (int turn = 0; turn < 6; ++turn) {
            SSL_do_handshake(ssl_.get());
            pass_on(engine);
            const std::string_view answer = engine.output();
            if (!answer.empty()) {
                BIO_write(SSL_get_rbio(ssl_.get()), answer.data(), static_cast<int>(answer.size()));
                engine.output_sent(answer.size(), Micros{turn});
            }
        }
    }
    void say(tls::Engine& engine, std::string_view text) {
        if (text.empty()) return;
        SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size()));
        pass_on(engine);
    }

private:
    void pass_on(tls::Engine& engine) {
        char* bytes = nullptr;
        const long size = BIO_get_mem_data(SSL_get_wbio(ssl_.get()), &bytes);
        if (size <= 0) return;
        const std::vector<std::uint8_t> copy(bytes, bytes + size);
        (void)BIO_reset(SSL_get_wbio(ssl_.get()));
        engine.receive(copy, Micros{1});
    }
    static SSL_CTX* context() {
        static const ossl::SslCtxPtr made(SSL_CTX_new(TLS_client_method()));
        return made.get();
    }
    ossl::SslPtr ssl_;
};

void check_lines(record::ConnectionRecord& record) {
    record.wanted = tls::wanted_name(record.facts);
    record.policies = {discovery::NamePolicy::communicator2007, discovery::NamePolicy::openssl};
    tls::VerdictContext context;
    context.certificate = record.certificate.get();
    std::optional<discovery::NameVerdict> name;
    if (record.certificate && record.wanted) {
        name =
            discovery::compare_names(record.policies.front(), record.certificate->names, record.wanted->text);
        context.name = &*name;
    }
    record.judgement = tls::judge(record.facts, context);
    require(record.judgement.verdict != record::Verdict::server_error, "no client makes an error of ours");

    const std::string json = journal::to_json_line(record);
    boost::system::error_code problem;
    boost::json::parse(json, problem);
    require(!problem && json.ends_with('\n'), "the line is JSON", json);
    require(std::count(json.begin(), json.end(), '\n') == 1, "one line", json);
    require(is_valid_utf8(json), "in UTF-8", json);

    const auto explanation = journal::explain(record, {});
    const std::string text = journal::to_text(record, explanation, {.volume = journal::Volume::verbose});
    require(text.ends_with('\n') && is_valid_utf8(text), "the text is lines in UTF-8", text);
    const bool commands = std::any_of(
        text.begin(), text.end(), [](char c) { return c != '\n' && static_cast<unsigned char>(c) < 0x20; });
    require(!commands, "no terminal is commanded", text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const tls::EngineOptions lab = make_lab();
    if (size > 70'000) return 0;  // a record has 16 KiB, a hello at most 64
    fuzz::Input input(data, size);
    const unsigned how = input.byte();
    const std::size_t pieces[] = {size + 1, 1, 7, 64};
    const std::size_t piece = pieces[how & 3U];

    tls::EngineOptions options = lab;
    options.policy.refuse_unknown_names = (how & 0x10U) != 0;
    record::ConnectionRecord record;
    record.id = "fuzz";
    record.sni_required = options.policy.refuse_unknown_names;
    record::ConnectionFacts& facts = record.facts;
    auto engine = tls::make_openssl_engine(std::move(options), facts).value();

    std::optional<Client> client;
    const bool shaken = (how & 0x20U) != 0;
    if (shaken) {
        client.emplace().shake_hands(*engine);
        require(engine->established(), "a good client gets through");
    }
    facts.first_bytes = record::FirstBytes::tls;
    std::string_view rest = input.rest();
    std::size_t steps = 0;
    while (!rest.empty() && !engine->ended()) {
        const std::string_view part = rest.substr(0, piece);
        if (shaken && (how & 0x40U) != 0) {
            client->say(*engine, part);
        } else {
            engine->receive({reinterpret_cast<const std::uint8_t*>(part.data()), part.size()},
                            Micros{++steps});
        }
        rest.remove_prefix(part.size());
        const std::string plain = engine->take_plaintext();
        require(plain.size() <= size, "nothing is decrypted that was not sent");
        engine->output_sent(engine->output().size(), Micros{steps});
    }
    const unsigned end = (how >> 2U) & 3U;
    if (end == 1) engine->receive_end(CloseKind::fin, Micros{10});
    if (end == 2) engine->receive_end(CloseKind::reset, Micros{10});
    engine->close();
    require(facts.alerts.size() <= 16, "alerts are bounded");
    if (!facts.virtual_host.empty()) record.certificate = lab.policy.default_host->certificate();
    record.certificate_shown = facts.certificate_sent;
    check_lines(record);
    return 0;
}
