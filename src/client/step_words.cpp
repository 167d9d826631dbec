#include "client/step_words.hpp"

#include <fmt/format.h>

#include "core/escape.hpp"
#include "record/alerts.hpp"
#include "record/connection_record.hpp"

namespace ocs::client {

using namespace discovery;

namespace {

constexpr std::size_t shown_records = 3;

/// The CN of an RFC 2253 name, for a short mention.
std::string common_name_of(std::string_view name) {
    const std::size_t at = name.find("CN=");
    if (at == std::string_view::npos) return visible(name, 60);
    const std::string_view rest = name.substr(at + 3);
    return visible(rest.substr(0, rest.find(',')), 60);
}

}  // namespace

std::string endpoint_text(const IpAddress& address, std::uint16_t port) {
    return to_string(record::Endpoint{address.text(), port});
}

std::string_view record_type_text(RecordType type) { return type == RecordType::srv ? "SRV" : "A"; }

std::string question_text(const Question& question) {
    return fmt::format("{:3} {}", record_type_text(question.type), visible(question.name));
}

std::string answer_text(const Question& question, const DnsAnswer& answer) {
    if (answer.status != DnsStatus::answered) {
        switch (answer.status) {
            case DnsStatus::no_such_name:
                return "no such name";
            case DnsStatus::no_data:
                return question.type == RecordType::srv ? "no SRV record" : "no address";
            case DnsStatus::timed_out:
                return "no answer";
            default:
                return std::string(to_string(answer.status));
        }
    }
    std::string text;
    for (const std::string& alias : answer.aliases) text += visible(alias) + " -> ";
    std::vector<std::string> records;
    for (const SrvRecord& srv : answer.srv) {
        records.push_back(fmt::format("{} {} {} {}",
                                      srv.priority,
                                      srv.weight,
                                      srv.port,
                                      srv.target.empty() ? "." : visible(srv.target)));
    }
    for (const IpAddress& address : answer.addresses) records.push_back(address.text());
    for (std::size_t i = 0; i < records.size() && i < shown_records; ++i) {
        if (i > 0) text += ", ";
        text += records[i];
    }
    if (records.size() > shown_records) text += fmt::format(" and {} more", records.size() - shown_records);
    return text;
}

std::string tcp_text(TcpStatus status) {
    return status == TcpStatus::timed_out ? "no answer in time" : std::string(to_string(status));
}

std::string tls_text(const TlsObservation& seen, const std::optional<ServerPresented>& presented) {
    if (seen.status != TlsStatus::finished) {
        if (seen.alert) return fmt::format("alert {} {}", *seen.alert, record::alert_name(*seen.alert));
        return seen.detail.empty() ? std::string(to_string(seen.status)) : visible(seen.detail);
    }
    const std::string issuer = presented ? common_name_of(presented->certificate.issuer) : "";
    if (seen.trust == Trust::trusted) return "chain ok (" + issuer + ")";
    return fmt::format("not trusted: {} (issuer {})", to_string(seen.trust), issuer);
}

}  // namespace ocs::client
