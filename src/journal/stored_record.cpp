#include "journal/stored_record.hpp"

#include <boost/json/parse.hpp>

#include "core/escape.hpp"
#include "journal/log_line.hpp"

namespace ocs::journal {

namespace json = boost::json;

namespace {

using record::Cause;
using record::ChainKind;
using record::Confidence;
using record::NameSource;
using record::SniForm;

const json::object* object_at(const json::object& in, std::string_view key) {
    const json::value* value = in.if_contains(key);
    return value == nullptr ? nullptr : value->if_object();
}

std::string raw_text(const json::object& in, std::string_view key) {
    const json::value* value = in.if_contains(key);
    const json::string* text = value == nullptr ? nullptr : value->if_string();
    return text == nullptr ? std::string() : std::string(*text);
}

std::string text_at(const json::object& in, std::string_view key) { return from_visible(raw_text(in, key)); }

bool flag_at(const json::object& in, std::string_view key, bool otherwise) {
    const json::value* value = in.if_contains(key);
    const bool* flag = value == nullptr ? nullptr : value->if_bool();
    return flag == nullptr ? otherwise : *flag;
}

std::vector<std::string> raw_texts(const json::object& in, std::string_view key) {
    std::vector<std::string> texts;
    const json::value* value = in.if_contains(key);
    const json::array* array = value == nullptr ? nullptr : value->if_array();
    if (array == nullptr) return texts;
    for (const json::value& item : *array)
        if (const json::string* text = item.if_string()) texts.emplace_back(*text);
    return texts;
}

std::vector<std::string> texts_at(const json::object& in, std::string_view key) {
    auto texts = raw_texts(in, key);
    for (std::string& text : texts) text = from_visible(text);
    return texts;
}

/// The enumerator with this word, of those from the first to `last`.
template <class E>
std::optional<E> from_word(std::string_view word, E last) {
    for (int i = 0; i <= static_cast<int>(last); ++i) {
        const auto value = static_cast<E>(i);
        if (to_string(value) == word) return value;
    }
    return std::nullopt;
}

Error unknown_word(const char* field, const std::string& word) {
    return Error{std::string(field) + " " + quoted(word) + " is unknown", "", ""};
}

Result<record::Judgement> read_judgement(const json::object& line) {
    record::Judgement judgement;
    const std::string verdict_word = raw_text(line, "verdict");
    const auto verdict = from_word(verdict_word, record::Verdict::server_error);
    if (!verdict) return unknown_word("verdict", verdict_word);
    judgement.verdict = *verdict;
    const std::string sureness = raw_text(line, "confidence");
    const auto confidence = from_word(sureness, Confidence::possible);
    if (!confidence) return unknown_word("confidence", sureness);
    judgement.confidence = *confidence;
    for (const std::string& word : raw_texts(line, "causes")) {
        const auto cause = from_word(word, Cause::not_certificate);
        if (!cause) return unknown_word("cause", word);
        judgement.causes.push_back(*cause);
    }
    judgement.reasons = texts_at(line, "reasons");
    judgement.detail = text_at(line, "detail");
    return judgement;
}

std::shared_ptr<const record::ServedCertificate> read_certificate(const json::object& stored) {
    auto own = std::make_shared<record::ServedCertificate>();
    own->names = names_from_json(stored);
    own->not_before = parse_rfc3339(raw_text(stored, "not_before")).value_or(WallTime{});
    own->not_after = parse_rfc3339(raw_text(stored, "not_after")).value_or(WallTime{});
    own->weak = flag_at(stored, "weak", false);
    own->server_auth = flag_at(stored, "server_auth", true);
    own->chain = from_word(raw_text(stored, "chain"), ChainKind::other_ca).value_or(ChainKind::other_ca);
    own->intermediate_missing = flag_at(stored, "intermediate_missing", false);
    own->generated = flag_at(stored, "generated", false);
    own->folder = text_at(stored, "folder");
    return own;
}

void read_wanted(const json::object& stored, record::ConnectionRecord& out) {
    const auto source = from_word(raw_text(stored, "source"), NameSource::sip).value_or(NameSource::unknown);
    const std::string name = text_at(stored, "name");
    if (source != NameSource::unknown) out.wanted = record::WantedName{name, source};
    if (!stored.contains("reasons")) return;
    record::NameEvidence evidence;  // its text is for people, and stays escaped
    const auto confidence = from_word(raw_text(stored, "confidence"), Confidence::possible);
    if (confidence) evidence.name = name;
    evidence.confidence = confidence.value_or(Confidence::possible);
    evidence.asked = raw_text(stored, "asked");
    evidence.reasons = raw_texts(stored, "reasons");
    evidence.advice = raw_text(stored, "advice");
    evidence.lookups = texts_at(stored, "lookups");
    out.lookups = std::move(evidence);
}

}  // namespace

discovery::PresentedNames names_from_json(const json::object& certificate) {
    discovery::PresentedNames names;
    names.common_names = texts_at(certificate, "common_names");
    names.san_present = flag_at(certificate, "san_present", false);
    names.san_readable = flag_at(certificate, "san_readable", true);
    const json::value* value = certificate.if_contains("san");
    const json::array* san = value == nullptr ? nullptr : value->if_array();
    if (san == nullptr) return names;
    for (const json::value& item : *san) {
        const json::object* entry = item.if_object();
        if (entry == nullptr) continue;
        const auto kind = from_word(raw_text(*entry, "kind"), discovery::NameKind::other);
        names.san.push_back({kind.value_or(discovery::NameKind::other), text_at(*entry, "text")});
    }
    return names;
}

Result<record::ConnectionRecord> record_from_line(std::string_view line) {
    boost::system::error_code error;
    const json::value parsed = json::parse(line, error);
    const json::object* stored = error ? nullptr : parsed.if_object();
    if (stored == nullptr || raw_text(*stored, "schema") != "fakeocs.handshake/1") {
        return Error{"no line of a connection", "", ""};
    }
    record::ConnectionRecord out;
    auto judgement = read_judgement(*stored);
    if (judgement.has_error()) return judgement.error();
    out.judgement = std::move(*judgement);
    out.id = text_at(*stored, "id");
    out.started = parse_rfc3339(raw_text(*stored, "time")).value_or(WallTime{});
    for (const std::string& word : raw_texts(*stored, "policies")) {
        const auto policy = discovery::parse_name_policy(word);
        if (policy.has_error()) return policy.error();
        out.policies.push_back(*policy);
    }
    if (const json::object* certificate = object_at(*stored, "certificate")) {
        out.certificate = read_certificate(*certificate);
        out.certificate_shown = flag_at(*certificate, "shown", false);
    }
    if (const json::object* wanted = object_at(*stored, "wanted")) read_wanted(*wanted, out);
    if (const json::object* fault = object_at(*stored, "fault")) {
        const json::value* id = fault->if_contains("id");
        const std::int64_t* number = id == nullptr ? nullptr : id->if_int64();
        out.facts.fault =
            record::FaultFact{number == nullptr ? 0 : static_cast<std::uint64_t>(*number),
                              text_at(*fault, "what"),
                              flag_at(*fault, "ended_it", false),
                              from_word(raw_text(*fault, "kind"), record::FaultKind::registration)};
    }
    if (const json::object* hello = object_at(*stored, "hello")) {
        record::ClientHelloFacts facts;
        if (const json::object* sni = object_at(*hello, "sni")) {
            facts.sni.form =
                from_word(raw_text(*sni, "form"), SniForm::not_a_host_name).value_or(SniForm::absent);
        }
        out.facts.hello = std::move(facts);
    }
    return out;
}

}  // namespace ocs::journal
