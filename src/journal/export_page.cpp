// The page and the README of an export.

#include <fmt/format.h>

#include <algorithm>

#include "core/markup.hpp"
#include "journal/export_text.hpp"

namespace ocs::journal {
namespace {

constexpr std::string_view style =
    "body{font:15px/1.45 system-ui,sans-serif;max-width:70rem;margin:1.5rem auto;padding:0 1rem;"
    "color:#1b1b1b;background:#fff}pre{background:#f4f4f4;padding:.8rem;overflow-x:auto;white-space:pre-wrap;"
    "overflow-wrap:anywhere;font:13px/1.4 ui-monospace,monospace}summary{cursor:pointer;font-weight:600}"
    "h1{font-size:1.4rem}details{margin:.8rem 0}"
    "@media(prefers-color-scheme:dark){body{color:#e8e8e8;background:#161616}pre{background:#242424}}";

constexpr std::string_view what_redaction_does =
    "redacted: addresses of clients are client-1, client-2 ..., SIP users user-1, user-2 ..., this machine "
    "is\n"
    "this-machine, wherever they stand; display names, bodies of SIP messages and folders of files are "
    "gone.\n"
    "Left out since it cannot be redacted: raw DNS and SIP messages as they were, captured packets and their "
    "keys.\n"
    "Kept on purpose: host names, SNI and the names on certificates (they are what this is about; a user "
    "name that\n"
    "is a label of a host name stays there), user agents, Call-IDs, times.\n";

std::string count_of(const ExportSubject& subject, LineKind kind, const char* one, const char* many) {
    const auto count = std::count_if(subject.records.begin(),
                                     subject.records.end(),
                                     [&](const ExportRecord& record) { return record.line.kind == kind; });
    return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::string contents(const ExportSubject& subject) {
    return count_of(subject, LineKind::dns, "DNS question", "DNS questions") + ", " +
           count_of(subject, LineKind::connection, "connection", "connections") + ", " +
           count_of(subject, LineKind::sip, "SIP message", "SIP messages");
}

const char* what_is(const std::string& name) {
    if (name == "attempt.json") return "every record as the log has it";
    if (name == "explanation.txt") return "what happened on one clock, what it means, what would fix it";
    if (name == "index.html") return "all of it as a page, to open in a browser";
    if (name == "dns.txt") return "look-ups and answers";
    if (name == "sip.txt") return "SIP messages; values of Authorization headers are kept nowhere";
    if (name == "capture.pcapng") return "packets for Wireshark, WITH THE KEYS to decrypt them";
    if (name.ends_with("/hello.bin")) return "ClientHello as received, TLS records and all";
    if (name.ends_with("/hello.txt")) return "the same, decoded";
    if (name.ends_with("/certificate.txt")) return "facts of the certificate shown";
    if (name.ends_with("/chain.pem")) return "certificates as sent, the leaf first";
    if (name.ends_with(".cer")) return "one of them, DER";
    if (name.ends_with("/query.bin") || name.ends_with("/answer.bin")) return "DNS message";
    if (name.ends_with("/message.bin")) return "SIP message";
    return "";
}

}  // namespace

std::string readme_text(const ExportSubject& subject,
                        const ExportOptions& options,
                        const std::vector<ZipEntry>& files) {
    std::string out = fmt::format("{} exported this at {}: {}.\n{}\n\n",
                                  options.program,
                                  rfc3339(options.now),
                                  subject.id,
                                  contents(subject));
    if (subject.left_out > 0) out += fmt::format("{} more records are not in it.\n\n", subject.left_out);
    if (subject.without_evidence > 0)
        out += fmt::format("{} records are without their bytes: it would be too large.\n\n",
                           subject.without_evidence);
    out += options.redact ? std::string(what_redaction_does)
                          : "not redacted: it has addresses, users and paths. Credentials are not in it.\n";
    out += "\n";
    for (const ZipEntry& file : files) out += fmt::format("{:<32}{}\n", file.name, what_is(file.name));
    return out;
}

std::string export_page(const ExportSubject& subject,
                        const ExportOptions& options,
                        const std::vector<ExportPart>& parts) {
    const std::string title = markup_text(options.program + ": " + subject.id);
    std::string page =
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
        "'unsafe-inline'; "
        "form-action 'none'; base-uri 'none'\">\n"
        "<meta name=\"viewport\" content=\"width=device-width\"><meta name=\"referrer\" "
        "content=\"no-referrer\">\n";
    page +=
        fmt::format("<title>{}</title><style>{}</style></head><body>\n<h1>{}</h1>\n", title, style, title);
    page += fmt::format("<p>Exported {}: {}. {}</p>\n",
                        markup_text(rfc3339(options.now)),
                        markup_text(contents(subject)),
                        options.redact ? "Redacted: see README.txt." : "Not redacted.");
    for (const ExportPart& part : parts) {
        const bool first = &part == &parts.front();
        page += fmt::format("<details{}><summary>{}</summary><pre>{}</pre></details>\n",
                            first ? " open" : "",
                            markup_text(part.title),
                            markup_text(part.text));
    }
    return page + "</body></html>\n";
}

}  // namespace ocs::journal
