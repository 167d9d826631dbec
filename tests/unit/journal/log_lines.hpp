#pragma once
// Lines as the server writes them, for tests that read them back.

#include <unistd.h>

#include <filesystem>
#include <string>

#include "journal/event_json.hpp"
#include "journal/json.hpp"
#include "journal/log_line.hpp"
#include "journal/store.hpp"

namespace ocs::journal::test {

inline WallTime second(double after) {
    return WallTime{std::chrono::seconds{1'795'500'000}} + Micros{static_cast<std::int64_t>(after * 1e6)};
}

inline LogLine read(const std::string& line) {
    LogLine out;
    const auto problem = parse_log_line(line.substr(0, line.find('\n')), out);
    if (problem) out.verdict = "cannot be read: " + std::string(to_string(*problem));
    return out;
}

inline record::DnsEvent question(double at, const std::string& name, const std::string& attempt = "x-a1") {
    record::DnsEvent event;
    event.id = "x-d1";
    event.at = second(at);
    event.client = {"192.168.56.20", 50000};
    event.name = name;
    event.type = "A";
    event.answers = {"A 192.168.56.1"};
    event.attempt = attempt;
    return event;
}

inline record::SipEvent message(double at, const std::string& user, const std::string& attempt = "x-a1") {
    record::SipEvent event;
    event.connection = "x-1";
    event.at = second(at);
    event.client = "192.168.56.20";
    event.message.method = "REGISTER";
    event.message.user = user;
    event.attempt = attempt;
    return event;
}

/// A client of TLS 1.0 without SNI that left after Finished; the certificate lacks the name it asked for.
inline record::ConnectionRecord connection(double at, const std::string& attempt = "x-a1") {
    record::ConnectionRecord record;
    record.id = "x-1";
    record.started = second(at);
    record.duration = Micros{8'400};
    record.client = {"192.168.56.20", 51934};
    record.local = {"192.168.56.1", 5061};
    auto& facts = record.facts;
    facts.first_bytes = record::FirstBytes::tls;
    facts.hello.emplace().legacy_version = 0x0301;
    facts.virtual_host = "front01";
    facts.host_choice = record::HostChoice::default_no_sni;
    facts.version = 0x0301;
    facts.certificate_sent = facts.handshake_finished = true;
    facts.hello_at = Micros{500};
    facts.certificate_sent_at = Micros{1'800};
    facts.finished_at = Micros{8'000};
    facts.closed_at = Micros{8'400};
    facts.close = record::CloseKind::fin;
    auto certificate = std::make_shared<record::ServedCertificate>();
    certificate->names.san_present = true;
    certificate->names.san = {{discovery::NameKind::dns, "sip.contoso.test"}};
    record.certificate = certificate;
    record.wanted = record::WantedName{"sipinternal.contoso.test", record::NameSource::dns};
    record.lookups.emplace().name = "sipinternal.contoso.test";
    record.lookups->confidence = record::Confidence::likely;
    record.lookups->asked = "A sipinternal.contoso.test";
    record.judgement.verdict = record::Verdict::finished_no_data;
    record.judgement.detail = "fin 0.4 ms after Finished";
    record.judgement.confidence = record::Confidence::likely;
    record.judgement.causes = {record::Cause::name_mismatch};
    record.attempt = attempt;
    return record;
}

/// A folder of this process, gone with its end.
struct Folder {
    std::filesystem::path path;
    explicit Folder(const std::string& name)
        : path(std::filesystem::temp_directory_path() / (name + "-" + std::to_string(::getpid()))) {
        std::filesystem::remove_all(path);
        std::filesystem::create_directory(path);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { std::filesystem::remove_all(path); }
    [[nodiscard]] std::filesystem::path file() const { return path / "history.db"; }
    [[nodiscard]] StoreOptions options() const { return {file()}; }
};

}  // namespace ocs::journal::test
