#include "admin/kept.hpp"

#include <openssl/x509.h>

#include <boost/json/array.hpp>
#include <vector>

#include "admin/handshakes.hpp"
#include "core/escape.hpp"
#include "journal/log_line.hpp"
#include "journal/pcapng.hpp"
#include "ossl/base64.hpp"
#include "ossl/handles.hpp"
#include "pki/certificate.hpp"

namespace ocs::admin {
namespace {

namespace json = boost::json;
using record::EvidenceKind;

json::object of_certificate(const std::string& der) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
    const ossl::X509Ptr parsed(d2i_X509(nullptr, &bytes, static_cast<long>(der.size())));
    if (!parsed) return {{"problem", "cannot be read"}};
    const pki::CertificateInfo info = pki::read_certificate(parsed.get());
    return {{"subject", visible(info.subject)},
            {"issuer", visible(info.issuer)},
            {"not_before", rfc3339(info.not_before)},
            {"not_after", rfc3339(info.not_after)},
            {"is_ca", info.is_ca},
            {"crl_urls", json::array(info.crl_urls.begin(), info.crl_urls.end())}};
}

std::string visible_lines(std::string_view text) {
    std::string shown;
    text = text.substr(0, longest_sip_text);
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        shown += visible(line, longest_sip_text) + "\n";
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return shown;
}

Result<json::array> sip_texts(const std::string& connection,
                              const std::string& attempt,
                              HistoryReader& history) {
    if (attempt.empty()) return json::array{};
    journal::StoreQuery query;
    query.kind = journal::LineKind::sip;
    query.attempt = attempt;
    query.limit = rows_per_reply;
    std::vector<std::uint64_t> sequences;
    auto done = history.read(query, [&](std::uint64_t sequence, std::string_view text) {
        journal::LogLine line;
        if (!journal::parse_log_line(text, line) && line.id == connection) sequences.push_back(sequence);
        return sequences.size() < most_sip_texts;
    });
    if (done.has_error()) return done.error();
    json::array texts;
    for (const std::uint64_t sequence : sequences) {
        const auto kept = history.evidence(sequence);
        if (kept.has_error()) return kept.error();
        for (const auto& evidence : *kept) {
            if (evidence.kind == EvidenceKind::sip)
                texts.push_back(
                    json::object{{"sequence", sequence}, {"text", visible_lines(*evidence.bytes)}});
        }
    }
    return texts;
}

}  // namespace

Result<json::object> kept_json(const std::string& connection,
                               const std::string& attempt,
                               std::uint64_t sequence,
                               HistoryReader& history) {
    const auto kept = history.evidence(sequence);
    if (kept.has_error()) return kept.error();
    json::object told;
    json::array chain;
    told["has_capture"] = told["has_keys"] = false;
    for (const auto& evidence : *kept) {
        if (evidence.kind == EvidenceKind::capture) {
            told["has_capture"] = true;
            told["has_keys"] = !journal::pcapng_keys(*evidence.bytes).empty();
        }
        if (evidence.kind == EvidenceKind::certificate) chain.push_back(of_certificate(*evidence.bytes));
        if (evidence.kind == EvidenceKind::hello)
            told["raw_hello"] =
                json::object{{"bytes", evidence.bytes->size()}, {"base64", ossl::base64(*evidence.bytes)}};
    }
    if (!chain.empty()) told["chain"] = std::move(chain);
    auto texts = sip_texts(connection, attempt, history);
    if (texts.has_error()) return texts.error();
    if (!texts->empty()) told["sip_texts"] = std::move(*texts);
    return told;
}

}  // namespace ocs::admin
