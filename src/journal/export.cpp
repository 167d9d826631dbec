#include "journal/export.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <set>

#include "journal/export_text.hpp"
#include "journal/pcapng.hpp"
#include "journal/redaction.hpp"
#include "ossl/base64.hpp"

namespace ocs::journal {
namespace {

namespace json = boost::json;
using record::EvidenceKind;

std::size_t size_of(const record::EvidenceList& list) {
    std::size_t size = 0;
    for (const auto& evidence : list) size += evidence.bytes->size();
    return size;
}

/// Everything about an attempt, or of one connection's attempt what is about it.
Result<ExportSubject> read_records(Store& store, const std::string& attempt, const LogLine* connection) {
    ExportSubject subject;
    subject.id = connection != nullptr ? connection->id : attempt;
    subject.attempt = attempt;
    std::vector<std::pair<std::uint64_t, LogLine>> lines;
    StoreQuery query;
    query.attempt = attempt;
    auto done = store.read(query, [&](std::uint64_t sequence, std::string_view text) {
        LogLine line;
        if (parse_log_line(text, line)) return true;
        const bool own =
            connection == nullptr || line.id == connection->id ||
            (line.kind == LineKind::dns && connection->raw.find('"' + line.id + '"') != std::string::npos);
        if (!own) return true;
        if (lines.size() < ExportSubject::most_records)
            lines.emplace_back(sequence, std::move(line));
        else
            ++subject.left_out;
        return true;
    });
    if (done.has_error()) return done.error();
    std::stable_sort(lines.begin(), lines.end(), [](const auto& one, const auto& other) {
        return one.second.time < other.second.time;
    });
    std::size_t bytes = 0;
    for (auto& [sequence, line] : lines) {
        auto evidence = store.evidence(sequence);
        if (evidence.has_error()) return evidence.error();
        bytes += size_of(*evidence);
        if (bytes > ExportSubject::most_bytes) {
            subject.without_evidence += evidence->empty() ? 0 : 1;
            evidence->clear();
        }
        subject.records.push_back({std::move(line), std::move(*evidence)});
    }
    return subject;
}

Result<LogLine> find_connection(Store& store, const std::string& id) {
    StoreQuery query;
    query.kind = LineKind::connection;
    query.id = id;
    LogLine found;
    auto done = store.read(query, [&](std::uint64_t, std::string_view text) {
        if (parse_log_line(text, found)) found = {};
        return false;
    });
    if (done.has_error()) return done.error();
    return found;
}

/// The whole id of the newest attempt that ends so.
Result<std::string> find_attempt(Store& store, const std::string& last_part) {
    StoreQuery query;
    query.newest_first = true;
    std::string found;
    auto done = store.read(query, [&](std::uint64_t, std::string_view text) {
        LogLine line;
        if (text.find('-' + last_part + '"') == std::string_view::npos || parse_log_line(text, line))
            return true;
        if (line.attempt.ends_with('-' + last_part)) found = line.attempt;
        return found.empty();
    });
    if (done.has_error()) return done.error();
    return found;
}

/// In every record what identifies people and machines is replaced; what cannot be is dropped.
void redact(ExportSubject& subject, const std::string& machine) {
    Redaction redaction(machine);
    for (const ExportRecord& record : subject.records) redaction.learn(record.line);
    for (const ExportRecord& record : subject.records)
        for (const auto& evidence : record.evidence)
            if (evidence.kind == EvidenceKind::sip) redaction.learn_sip(*evidence.bytes);
    for (ExportRecord& record : subject.records) {
        LogLine line;
        if (!parse_log_line(redaction.line(record.line.raw), line)) record.line = std::move(line);
        record::EvidenceList kept;
        for (auto& evidence : record.evidence) {
            if (evidence.kind == EvidenceKind::hello || evidence.kind == EvidenceKind::certificate)
                kept.push_back(std::move(evidence));
            else if (evidence.kind == EvidenceKind::sip)
                kept.push_back({EvidenceKind::sip, record::make_bytes(redaction.sip(*evidence.bytes))});
        }
        record.evidence = std::move(kept);
    }
}

std::string attempt_json(const ExportSubject& subject, const ExportOptions& options) {
    std::string text = json::serialize(json::object{{"schema", "fakeocs.export/1"},
                                                    {"program", options.program},
                                                    {"exported", rfc3339(options.now)},
                                                    {"id", subject.id},
                                                    {"attempt", subject.attempt},
                                                    {"redacted", options.redact},
                                                    {"left_out", subject.left_out}});
    text.pop_back();
    text += ",\"records\":[\n";
    for (std::size_t i = 0; i < subject.records.size(); ++i)
        text += (i == 0 ? "" : ",\n") + subject.records[i].line.raw;
    return text + "\n]}\n";
}

DnsMessages messages_of(const ExportRecord& record) {
    DnsMessages dns;
    dns.at = record.line.time;
    dns.took = record.line.duration;
    dns.client = {record.line.peer, record.line.peer_port};
    dns.local = {record.line.local, record.line.local_port};
    dns.tcp = record.line.raw.find("\"transport\":\"tcp\"") != std::string::npos;
    for (const auto& evidence : record.evidence) {
        if (evidence.kind == EvidenceKind::dns_query) dns.query = *evidence.bytes;
        if (evidence.kind == EvidenceKind::dns_answer) dns.answer = *evidence.bytes;
    }
    return dns;
}

/// Empty where nothing was captured.
std::string capture_of(const ExportSubject& subject, const std::string& program) {
    std::string connections, questions;
    for (const ExportRecord& record : subject.records) {
        for (const auto& evidence : record.evidence)
            if (evidence.kind == EvidenceKind::capture) connections += *evidence.bytes;
        if (record.line.kind != LineKind::dns) continue;
        const DnsMessages dns = messages_of(record);
        if (!dns.query.empty()) questions += pcapng_blocks(dns);
    }
    return connections.empty() ? "" : pcapng_head(program) + questions + connections;
}

void add_bytes(std::vector<ZipEntry>& files, const ExportSubject& subject, bool redacted) {
    for (std::size_t i = 0; i < subject.records.size(); ++i) {
        const std::string name = part_name(subject, i);
        std::string chain;
        int number = 0;
        for (const auto& evidence : subject.records[i].evidence) {
            const auto& bytes = *evidence.bytes;
            if (evidence.kind == EvidenceKind::hello) files.push_back({name + "/hello.bin", bytes});
            if (evidence.kind == EvidenceKind::dns_query) files.push_back({name + "/query.bin", bytes});
            if (evidence.kind == EvidenceKind::dns_answer) files.push_back({name + "/answer.bin", bytes});
            if (evidence.kind == EvidenceKind::sip && !redacted)
                files.push_back({name + "/message.bin", bytes});
            if (evidence.kind != EvidenceKind::certificate) continue;
            files.push_back({fmt::format("{}/certificate-{}.cer", name, ++number), bytes});
            chain += ossl::pem_of_certificate(bytes);
        }
        if (!chain.empty()) files.push_back({name + "/chain.pem", chain});
    }
}

}  // namespace

Result<std::optional<ExportSubject>> read_export(Store& store, const std::string& id) {
    const auto found = [](ExportSubject subject) { return std::optional<ExportSubject>(std::move(subject)); };
    if (id.empty()) return std::optional<ExportSubject>();
    auto whole = read_records(store, id, nullptr);
    if (whole.has_error()) return whole.error();
    if (!whole->records.empty()) return found(std::move(*whole));
    const auto connection = find_connection(store, id);
    if (connection.has_error()) return connection.error();
    if (!connection->id.empty()) {
        auto records = read_records(store, connection->attempt, &*connection);
        if (records.has_error()) return records.error();
        return found(std::move(*records));
    }
    const auto attempt = find_attempt(store, id);
    if (attempt.has_error()) return attempt.error();
    if (attempt->empty()) return std::optional<ExportSubject>();
    auto records = read_records(store, *attempt, nullptr);
    if (records.has_error()) return records.error();
    return found(std::move(*records));
}

std::vector<ZipEntry> export_files(ExportSubject subject, const ExportOptions& given) {
    ExportOptions options = given;
    if (options.redact) {
        redact(subject, options.machine);
        options.commands = {};
    }
    std::vector<ZipEntry> files{{"attempt.json", attempt_json(subject, options)}};
    const auto parts = export_parts(subject, options);
    for (const ExportPart& part : parts) files.push_back({part.file, part.text});
    add_bytes(files, subject, options.redact);
    if (std::string capture = capture_of(subject, options.program); !capture.empty())
        files.push_back({"capture.pcapng", std::move(capture)});
    files.push_back({"index.html", export_page(subject, options, parts)});
    std::string readme = readme_text(subject, options, files);
    files.insert(files.begin(), {"README.txt", std::move(readme)});
    return files;
}

std::string export_name(const ExportSubject& subject, bool redact) {
    std::string name = subject.id;
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    };
    std::replace_if(
        name.begin(), name.end(), [&](char c) { return !plain(c); }, '_');
    return "fakeocs-" + name.substr(0, 100) + (redact ? "-redacted.zip" : ".zip");
}

}  // namespace ocs::journal
