#include "admin/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>

#include "admin/control_api.hpp"
#include "record/alerts.hpp"

namespace ocs::admin {

namespace {

using prometheus::Family;

/// The word if it is one of those that are counted by themselves: what a client sends is not.
template <std::size_t N>
std::string one_of(const std::array<std::string_view, N>& words, const std::string& word) {
    return std::find(words.begin(), words.end(), word) == words.end() ? "other" : word;
}

constexpr std::array<std::string_view, 9> types = {
    "A", "AAAA", "CNAME", "NS", "PTR", "SOA", "SRV", "TXT", "ANY"};
constexpr std::array<std::string_view, 10> methods = {
    "REGISTER", "OPTIONS", "NEGOTIATE", "SUBSCRIBE", "SERVICE", "INVITE", "ACK", "BYE", "CANCEL", "MESSAGE"};
const prometheus::Histogram::BucketBoundaries seconds = {
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30};

std::string version_name(std::uint16_t version) {
    if (version < 0x0301 || version > 0x0304) return version == 0 ? "none" : "other";
    return "1." + std::to_string(version - 0x0301);
}

std::string alert_label(std::uint8_t code) {
    return record::alert_name(code) == "unassigned" ? "other" : std::to_string(code);
}

std::string direction_label(record::Direction direction) {
    return direction == record::Direction::from_client ? "from-client" : "to-client";
}

double to_seconds(Micros time) { return static_cast<double>(time.count()) / 1e6; }

}  // namespace

struct Metrics::Families {
    prometheus::Registry registry;
    Family<prometheus::Counter>& connections =
        prometheus::BuildCounter()
            .Name("fakeocs_connections_total")
            .Help("Connections that have ended, by verdict and negotiated version")
            .Register(registry);
    Family<prometheus::Counter>& alerts = prometheus::BuildCounter()
                                              .Name("fakeocs_tls_alerts_total")
                                              .Help("TLS alerts, by direction and number")
                                              .Register(registry);
    Family<prometheus::Histogram>& handshakes = prometheus::BuildHistogram()
                                                    .Name("fakeocs_handshake_seconds")
                                                    .Help("From accept to the client's Finished")
                                                    .Register(registry);
    prometheus::Histogram& handshake = handshakes.Add({}, seconds);
    Family<prometheus::Counter>& questions = prometheus::BuildCounter()
                                                 .Name("fakeocs_dns_questions_total")
                                                 .Help("Questions to the lab DNS, by type and outcome")
                                                 .Register(registry);
    Family<prometheus::Counter>& messages = prometheus::BuildCounter()
                                                .Name("fakeocs_sip_messages_total")
                                                .Help("SIP messages, by direction and method")
                                                .Register(registry);
    Family<prometheus::Gauge>& open =
        prometheus::BuildGauge().Name("fakeocs_connections_open").Help("Open now").Register(registry);
    Family<prometheus::Gauge>& started = prometheus::BuildGauge()
                                             .Name("fakeocs_start_time_seconds")
                                             .Help("When the lab was started, in seconds since 1970")
                                             .Register(registry);
    Family<prometheus::Gauge>& build = prometheus::BuildGauge()
                                           .Name("fakeocs_build_info")
                                           .Help("Always 1; the version is a label")
                                           .Register(registry);
    Family<prometheus::Gauge>& armed = prometheus::BuildGauge()
                                           .Name("fakeocs_faults_armed")
                                           .Help("Faults that are armed now, by what they are of and kind")
                                           .Register(registry);
    Family<prometheus::Gauge>& failing = prometheus::BuildGauge()
                                             .Name("fakeocs_log_failing")
                                             .Help("1 while this log cannot be written")
                                             .Register(registry);
    Family<prometheus::Counter>& written = prometheus::BuildCounter()
                                               .Name("fakeocs_log_records_total")
                                               .Help("Records and lines this log has taken")
                                               .Register(registry);
    Family<prometheus::Counter>& lost = prometheus::BuildCounter()
                                            .Name("fakeocs_log_lost_total")
                                            .Help("Records and lines this log has lost")
                                            .Register(registry);
};

Metrics::Metrics() : families_(std::make_unique<Families>()) {}
Metrics::~Metrics() = default;

void Metrics::count(const record::ConnectionRecord& record) {
    const record::ConnectionFacts& facts = record.facts;
    // One record may stand for several that our limit refused.
    const auto times = static_cast<double>(record.turned_away ? record.turned_away->count : 1);
    families_->connections
        .Add({{"verdict", std::string(to_string(record.judgement.verdict))},
              {"version", version_name(facts.version)}})
        .Increment(times);
    for (const record::AlertFact& alert : facts.alerts) {
        families_->alerts
            .Add({{"direction", direction_label(alert.direction)}, {"alert", alert_label(alert.code)}})
            .Increment();
    }
    if (facts.finished_at) families_->handshake.Observe(to_seconds(*facts.finished_at));
}

void Metrics::count(const record::DnsEvent& event) {
    families_->questions
        .Add({{"type", one_of(types, event.type)}, {"outcome", std::string(to_string(event.outcome))}})
        .Increment();
}

void Metrics::count(const record::SipEvent& event) {
    families_->messages
        .Add({{"direction", direction_label(event.message.direction)},
              {"method", one_of(methods, event.message.method)}})
        .Increment();
}

std::string Metrics::text(const LabStatus& status, const std::vector<ArmedCount>& armed) {
    families_->open.Add({}).Set(static_cast<double>(status.connections));
    families_->started.Add({}).Set(to_seconds(status.started.time_since_epoch()));
    families_->build.Add({{"version", status.version}}).Set(1);
    for (const ArmedCount& one : armed) {
        families_->armed.Add({{"of", std::string(one.of)}, {"fault", std::string(one.fault)}})
            .Set(static_cast<double>(one.count));
    }
    for (const auto& sink : status.sinks) {
        // The first word of a name is its kind; the rest is a path.
        const prometheus::Labels labels{{"log", sink.name.substr(0, sink.name.find(" /"))}};
        families_->failing.Add(labels).Set(sink.failing ? 1 : 0);
        auto& written = families_->written.Add(labels);
        written.Increment(static_cast<double>(sink.written) - written.Value());
        auto& lost = families_->lost.Add(labels);
        lost.Increment(static_cast<double>(sink.lost) - lost.Value());
    }
    return prometheus::TextSerializer().Serialize(families_->registry.Collect());
}

}  // namespace ocs::admin
