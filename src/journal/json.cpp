#include "journal/json.hpp"

#include <boost/json.hpp>

#include "core/escape.hpp"
#include "record/alerts.hpp"
#include "record/client_family.hpp"

namespace ocs::journal {

namespace json = boost::json;

namespace {

template <class Words>
json::string word(Words value) {
    return json::string(record::to_string(value));
}

template <class T>
json::array numbers(const std::vector<T>& values) {
    json::array array;
    for (T value : values) array.emplace_back(std::uint64_t{value});
    return array;
}

json::array texts(const std::vector<std::string>& values) {
    json::array array;
    for (const std::string& value : values) array.emplace_back(visible(value));
    return array;
}

json::object endpoint(const record::Endpoint& end) {
    return {{"address", visible(end.address)}, {"port", end.port}};
}

json::object hello_object(const record::ClientHelloFacts& hello) {
    json::object sni{{"form", word(hello.sni.form)}};
    if (hello.sni.form != record::SniForm::absent) sni["raw"] = visible(hello.sni.raw, 1024);
    if (!hello.sni.name.empty()) sni["name"] = visible(hello.sni.name);
    json::object object{{"sslv2_framed", hello.sslv2_framed},
                        {"record_version", hello.record_version},
                        {"legacy_version", hello.legacy_version},
                        {"highest_version", record::tls_version_name(hello.highest_version())},
                        {"supported_versions", numbers(hello.supported_versions)},
                        {"cipher_suites", numbers(hello.cipher_suites)},
                        {"extensions", numbers(hello.extensions)},
                        {"groups", numbers(hello.groups)},
                        {"point_formats", numbers(hello.point_formats)},
                        {"signature_algorithms", numbers(hello.signature_algorithms)},
                        {"alpn", texts(hello.alpn)},
                        {"sni", std::move(sni)},
                        {"ja3", hello.ja3},
                        {"ja4", hello.ja4},
                        {"bytes", hello.bytes}};
    if (!hello.parse_problem.empty()) object["parse_problem"] = visible(hello.parse_problem);
    return object;
}

json::object certificate_object(const record::ConnectionRecord& record) {
    const record::ServedCertificate& own = *record.certificate;
    json::array san;
    for (const auto& name : own.names.san)
        san.push_back(json::object{{"kind", discovery::to_string(name.kind)}, {"text", visible(name.text)}});
    return {{"shown", record.certificate_shown},
            {"common_names", texts(own.names.common_names)},
            {"san_present", own.names.san_present},
            {"san_readable", own.names.san_readable},
            {"san", std::move(san)},
            {"subject", own.subject},  // escaped where it was read
            {"issuer", own.issuer},
            {"serial", visible(own.serial)},
            {"fingerprint", visible(own.fingerprint)},
            {"not_before", rfc3339(own.not_before)},
            {"not_after", rfc3339(own.not_after)},
            {"key", visible(own.key)},
            {"key_bits", own.key_bits},
            {"signature", visible(own.signature)},
            {"weak", own.weak},
            {"has_eku", own.has_eku},
            {"server_auth", own.server_auth},
            {"chain", word(own.chain)},
            {"intermediates_sent", own.intermediates_sent},
            {"intermediate_missing", own.intermediate_missing},
            {"is_ca", own.is_ca},
            {"generated", own.generated},
            {"folder", visible(own.folder)}};
}

json::array alerts_array(const std::vector<record::AlertFact>& alerts) {
    json::array array;
    for (const auto& alert : alerts) {
        json::object object{{"direction", word(alert.direction)},
                            {"level", alert.level},
                            {"code", alert.code},
                            {"name", record::alert_name(alert.code)},
                            {"encrypted", alert.encrypted},
                            {"after_finished", alert.after_finished},
                            {"at_us", alert.at.count()}};
        const auto schannel = record::schannel_name(alert.code);
        if (!schannel.empty()) object["schannel"] = schannel;
        array.push_back(std::move(object));
    }
    return array;
}

void put_time(json::object& object, std::string_view key, const std::optional<Micros>& time) {
    if (time) object[key] = time->count();
}

void put_text(json::object& object, std::string_view key, const std::string& text) {
    if (!text.empty()) object[key] = visible(text);
}

json::object wanted_object(const record::ConnectionRecord& record) {
    const auto source = record.wanted ? record.wanted->source : record::NameSource::unknown;
    json::object object{{"source", word(source)}};
    if (record.wanted) object["name"] = visible(record.wanted->text, 1024);
    if (!record.lookups) return object;
    const record::NameEvidence& evidence = *record.lookups;  // its text is escaped already
    if (!evidence.name.empty()) object["confidence"] = word(evidence.confidence);
    if (!evidence.asked.empty()) object["asked"] = evidence.asked;
    if (!evidence.advice.empty()) object["advice"] = evidence.advice;
    object["reasons"] = json::array(evidence.reasons.begin(), evidence.reasons.end());
    object["lookups"] = texts(evidence.lookups);
    return object;
}

json::object tls_object(const record::ConnectionFacts& facts) {
    json::object tls{{"hello_complete", facts.hello_complete},
                     {"certificate_sent", facts.certificate_sent},
                     {"handshake_finished", facts.handshake_finished},
                     {"resumed", facts.resumed},
                     {"alerts", alerts_array(facts.alerts)},
                     {"refusal", word(facts.refusal)}};
    if (facts.version != 0) tls["version"] = record::tls_version_name(facts.version);
    put_text(tls, "cipher_suite", facts.cipher_suite);
    put_text(tls, "group", facts.group);
    if (facts.allowed)
        tls["allowed"] = json::object{{"min_version", record::tls_version_name(facts.allowed->min_version)},
                                      {"max_version", record::tls_version_name(facts.allowed->max_version)},
                                      {"security_level", facts.allowed->security_level}};
    if (facts.library_reason != 0) tls["library_reason"] = facts.library_reason;
    put_text(tls, "library_text", facts.library_text);
    return tls;
}

/// What record/client_family escaped stays as it is.
void put_family(json::object& object, const record::ConnectionFacts& facts) {
    const auto guess = record::guess_family(facts);
    if (!guess) return;
    json::object family{{"family", word(guess->family)}, {"name", guess->name}, {"basis", guess->basis}};
    if (guess->family != record::ClientFamily::unknown) family["confidence"] = word(guess->confidence);
    if (!guess->disagreement.empty()) family["disagreement"] = guess->disagreement;
    object["client_family"] = std::move(family);
}

json::object fault_object(const record::FaultFact& fault) {
    json::object object{{"id", fault.id}, {"what", visible(fault.what)}, {"ended_it", fault.ended_it}};
    if (fault.kind) object["kind"] = word(*fault.kind);
    return object;
}

json::object times_object(const record::ConnectionFacts& facts) {
    json::object times;
    put_time(times, "first_byte_us", facts.first_byte_at);
    put_time(times, "hello_us", facts.hello_at);
    put_time(times, "certificate_sent_us", facts.certificate_sent_at);
    put_time(times, "finished_us", facts.finished_at);
    put_time(times, "first_data_us", facts.first_data_at);
    put_time(times, "closed_us", facts.closed_at);
    return times;
}

}  // namespace

std::string to_json_line(const record::ConnectionRecord& record) {
    const auto& facts = record.facts;
    json::array causes;
    for (record::Cause cause : record.judgement.causes) causes.emplace_back(record::to_string(cause));
    json::array policies;
    for (auto policy : record.policies) policies.emplace_back(discovery::to_string(policy));
    json::object object{{"schema", "fakeocs.handshake/1"},
                        {"id", visible(record.id)},
                        {"time", rfc3339(record.started)},
                        {"duration_us", record.duration.count()},
                        {"client", endpoint(record.client)},
                        {"local", endpoint(record.local)},
                        {"listener", visible(record.listener)},
                        {"provisional", record.provisional},
                        {"verdict", word(record.judgement.verdict)},
                        {"detail", visible(record.judgement.detail)},
                        {"confidence", word(record.judgement.confidence)},
                        {"causes", std::move(causes)},
                        {"reasons", texts(record.judgement.reasons)},
                        {"policies", std::move(policies)},
                        {"sni_required", record.sni_required},
                        {"first_bytes", word(facts.first_bytes)},
                        {"host_choice", word(facts.host_choice)},
                        {"tls", tls_object(facts)},
                        {"data_bytes", facts.data_bytes},
                        {"answered", facts.answered},
                        {"answer_followed", facts.answer_followed},
                        {"in_clear", facts.in_clear},
                        {"close", word(facts.close)},
                        {"closed_with_hello", facts.closed_with_hello},
                        {"ended", word(facts.ended)},
                        {"bytes_in", facts.bytes_in},
                        {"bytes_out", facts.bytes_out},
                        {"times", times_object(facts)}};
    put_text(object, "first_line", facts.first_line);
    put_text(object, "attempt", record.attempt);
    put_text(object, "user", record::sip_user(facts));
    put_text(object, "user_agent", record::sip_user_agent(facts));
    put_family(object, facts);
    put_text(object, "virtual_host", facts.virtual_host);
    if (facts.hello) object["hello"] = hello_object(*facts.hello);
    if (record.certificate) object["certificate"] = certificate_object(record);
    if (record.wanted || record.lookups) object["wanted"] = wanted_object(record);
    if (facts.fault) object["fault"] = fault_object(*facts.fault);
    if (facts.first_data)
        object["first_data"] = json::object{{"kind", word(facts.first_data->kind)},
                                            {"first_line", visible(facts.first_data->first_line)}};
    if (record.turned_away)
        object["turned_away"] = json::object{{"why", visible(record.turned_away->why)},
                                             {"count", record.turned_away->count},
                                             {"span_us", record.turned_away->span.count()}};
    return json::serialize(object) + '\n';
}

}  // namespace ocs::journal
