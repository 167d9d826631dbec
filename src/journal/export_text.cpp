#include "journal/export_text.hpp"

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "core/escape.hpp"
#include "journal/explanation.hpp"
#include "journal/stored_record.hpp"
#include "journal/timeline.hpp"
#include "record/tls_names.hpp"

namespace ocs::journal {
namespace {

namespace json = boost::json;
using record::EvidenceKind;

constexpr std::size_t most_lines_of_sip = 1000;
constexpr std::size_t longest_line = 10'000;

json::value parsed(const LogLine& line) {
    json::error_code error;
    json::value value = json::parse(line.raw, error);
    return error ? json::value() : value;
}

std::string hex_dump(std::string_view bytes) {
    constexpr std::size_t width = 16;
    std::string out;
    for (std::size_t at = 0; at < bytes.size(); at += width) {
        const std::string_view row = bytes.substr(at, width);
        std::string hex, text;
        for (const char c : row) {
            hex += fmt::format("{:02x} ", static_cast<unsigned char>(c));
            text += c >= ' ' && c <= '~' ? c : '.';
        }
        out += fmt::format("{:06x}  {:<48} {}\n", at, hex, text);
    }
    return out;
}

/// The number in a list of the hello by the name it has there.
std::string named(std::string_view key, std::uint64_t number) {
    const auto value = static_cast<std::uint16_t>(number);
    if (key == "cipher_suites") return record::cipher_suite_name(static_cast<std::uint32_t>(number));
    if (key == "extensions") return record::extension_name(value);
    if (key == "groups") return record::group_name(value);
    if (key == "signature_algorithms") return record::signature_scheme_name(value);
    return "";
}

std::string word_of(const json::value& value) {
    if (const auto* text = value.if_string()) return std::string(text->data(), text->size());
    return json::serialize(value);
}

/// Each leaf on a line of its own, "sni.name: sip.contoso.test"; numbers of registries with their names.
void list_fields(std::string& out, const std::string& name, const json::value& value) {
    if (const auto* object = value.if_object()) {
        for (const auto& pair : *object) {
            std::string path = name;
            if (!path.empty()) path += '.';
            path += std::string_view(pair.key());
            list_fields(out, path, pair.value());
        }
        return;
    }
    const auto* array = value.if_array();
    if (array == nullptr) {
        out += name + ": " + word_of(value) + "\n";
        return;
    }
    out += name + ":\n";
    for (const json::value& item : *array) {
        const bool is_number = item.is_int64() || item.is_uint64();
        const std::string known = is_number ? named(name, item.to_number<std::uint64_t>()) : "";
        out += "  " + (known.empty() ? word_of(item) : fmt::format("{:<8}{}", json::serialize(item), known)) +
               "\n";
    }
}

std::string fields_of(const LogLine& line, std::string_view key) {
    const json::value record = parsed(line);
    const auto* object = record.if_object();
    const auto* value = object == nullptr ? nullptr : object->if_contains(key);
    std::string out;
    if (value != nullptr) list_fields(out, "", *value);
    return out;
}

/// Lines as they are, but for what could mislead a reader or obey a terminal.
std::string visible_lines(std::string_view text) {
    std::string out;
    for (std::size_t lines = 0; !text.empty() && lines < most_lines_of_sip; ++lines) {
        const std::size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        // A folded line begins with a blank, which is meant.
        const std::size_t blanks = std::min(line.find_first_not_of(" \t"), line.size());
        out += std::string(blanks, ' ') + visible(line.substr(blanks), longest_line) + "\n";
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    }
    return text.empty() ? out : out + "(more lines are not shown)\n";
}

std::string wrapped_list(const std::string& title, const std::vector<std::string>& items) {
    std::string out;
    for (const std::string& item : items)
        out += "  " + (out.empty() ? title : std::string(title.size(), ' ')) + "  " + item + "\n";
    return out;
}

std::string meaning_of(const Explanation& explanation) {
    std::string out = "  " + explanation.meaning + "\n";
    out += wrapped_list("because", explanation.reasons);
    if (explanation.wanted) out += "  wanted     " + *explanation.wanted + "\n";
    std::vector<std::string> names;
    for (const NameLine& name : explanation.names) {
        const std::string why = name.detail.empty() ? name.reason : name.detail;
        names.push_back(fmt::format("{} {}: {}", name.kind, name.name, name.covers ? "covers it" : why));
    }
    out += wrapped_list("presented", names);
    if (!explanation.policy.empty()) out += "  compared   by " + explanation.policy + "\n";
    out += wrapped_list("fix    ", explanation.fixes);
    if (!explanation.hint.empty()) out += "  note       " + explanation.hint + "\n";
    return out;
}

const char* kind_word(LineKind kind) {
    switch (kind) {
        case LineKind::connection:
            return "connection";
        case LineKind::dns:
            return "question";
        case LineKind::sip:
            return "message";
        case LineKind::gap:
            break;
    }
    return "gap";
}

std::string title_of(const std::string& name, const LogLine& line) {
    const std::string time = "  " + rfc3339(line.time);
    switch (line.kind) {
        case LineKind::connection:
            return fmt::format(
                "{}{}  {}:{} to {}:{}", name, time, line.peer, line.peer_port, line.local, line.local_port);
        case LineKind::dns:
            return fmt::format("{}{}  {} {}: {}", name, time, line.type, line.name, line.outcome);
        case LineKind::sip:
            return fmt::format("{}{}  {} {}{}",
                               name,
                               time,
                               line.from_client ? "client to server:" : "server to client:",
                               line.status > 0 ? fmt::format("{} {} to ", line.status, line.reason) : "",
                               line.method);
        case LineKind::gap:
            break;
    }
    return name + time;
}

std::string dns_text(const ExportRecord& record) {
    std::string out;
    for (const std::string& answer : record.line.answers) out += "  " + answer + "\n";
    if (!record.line.fault.empty()) out += "  fault: " + record.line.fault + "\n";
    for (const auto& evidence : record.evidence) {
        if (evidence.kind == EvidenceKind::dns_query) out += "query\n" + hex_dump(*evidence.bytes);
        if (evidence.kind == EvidenceKind::dns_answer) out += "answer\n" + hex_dump(*evidence.bytes);
    }
    return out;
}

std::string sip_text(const ExportRecord& record) {
    std::string out;
    for (const auto& evidence : record.evidence)
        if (evidence.kind == EvidenceKind::sip) out += visible_lines(*evidence.bytes);
    return out.empty() ? "(its text was not kept)\n" : out;
}

std::string hello_text(const ExportRecord& record) {
    std::string out = fields_of(record.line, "hello");
    for (const auto& evidence : record.evidence)
        if (evidence.kind == EvidenceKind::hello)
            out +=
                fmt::format("\n{} bytes as received\n{}", evidence.bytes->size(), hex_dump(*evidence.bytes));
    return out;
}

}  // namespace

std::string part_name(const ExportSubject& subject, std::size_t record) {
    const LineKind kind = subject.records[record].line.kind;
    int number = 0;
    for (std::size_t i = 0; i <= record; ++i) number += subject.records[i].line.kind == kind ? 1 : 0;
    return fmt::format("{}-{}", kind_word(kind), number);
}

std::string explanation_text(const ExportSubject& subject, const CommandContext& commands) {
    AttemptView view;
    view.id = subject.attempt;
    view.left_out = subject.left_out;
    for (const ExportRecord& record : subject.records) view.lines.push_back(record.line);
    std::string out = to_tree(view);
    for (std::size_t i = 0; i < subject.records.size(); ++i) {
        const LogLine& line = subject.records[i].line;
        if (line.kind != LineKind::connection) continue;
        out += fmt::format("\n{}: {} ({})\n", part_name(subject, i), line.verdict, line.confidence);
        const auto record = record_from_line(line.raw);
        out += record.has_value() ? meaning_of(explain(*record, commands))
                                  : "  " + to_string(record.error()) + "\n";
    }
    return out;
}

std::vector<ExportPart> export_parts(const ExportSubject& subject, const ExportOptions& options) {
    std::vector<ExportPart> parts{
        {"What happened, and what it means", "explanation.txt", explanation_text(subject, options.commands)}};
    ExportPart dns{"DNS", "dns.txt", ""};
    ExportPart sip{"SIP", "sip.txt", ""};
    for (std::size_t i = 0; i < subject.records.size(); ++i) {
        const ExportRecord& record = subject.records[i];
        const std::string name = part_name(subject, i);
        const std::string title = title_of(name, record.line);
        if (record.line.kind == LineKind::dns) dns.text += title + "\n" + dns_text(record) + "\n";
        if (record.line.kind == LineKind::sip) sip.text += title + "\n\n" + sip_text(record) + "\n";
        if (record.line.kind != LineKind::connection) continue;
        if (std::string text = hello_text(record); !text.empty())
            parts.push_back({title + ": ClientHello", name + "/hello.txt", std::move(text)});
        if (std::string text = fields_of(record.line, "certificate"); !text.empty())
            parts.push_back({title + ": certificate", name + "/certificate.txt", std::move(text)});
    }
    if (!dns.text.empty()) parts.push_back(std::move(dns));
    if (!sip.text.empty()) parts.push_back(std::move(sip));
    return parts;
}

}  // namespace ocs::journal
