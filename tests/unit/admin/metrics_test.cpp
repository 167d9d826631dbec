// What is counted, under which labels, and that nobody outside chooses a label.
#include "admin/metrics.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

#include "admin/control_api.hpp"
#include "admin/journal_observer.hpp"

using namespace ocs;
using namespace ocs::admin;

namespace {

record::ConnectionRecord connection(record::Verdict verdict, std::uint16_t version) {
    record::ConnectionRecord record;
    record.judgement.verdict = verdict;
    record.facts.version = version;
    return record;
}

/// The value of a series as text, or empty where there is none.
std::string value(Metrics& metrics, const std::string& series, const LabStatus& status = {}) {
    const std::string text = "\n" + metrics.text(status);
    const std::size_t at = text.find("\n" + series + " ");
    if (at == std::string::npos) return "";
    const std::size_t begin = at + series.size() + 2;
    return text.substr(begin, text.find('\n', begin) - begin);
}

}  // namespace

TEST_CASE("metrics: connections by verdict and version, alerts by number, time to Finished") {
    Metrics metrics;
    auto rejected = connection(record::Verdict::rejected_alert, 0x0303);
    rejected.facts.finished_at = Micros{3'000};
    rejected.facts.alerts = {{record::Direction::from_client, 2, 42, false, false, {}},
                             {record::Direction::to_client, 2, 46, false, false, {}}};
    metrics.count(rejected);
    metrics.count(rejected);
    metrics.count(connection(record::Verdict::closed_before_hello, 0));
    const std::string name = "fakeocs_connections_total";
    CHECK(value(metrics, name + R"({verdict="rejected-alert",version="1.2"})") == "2");
    CHECK(value(metrics, name + R"({verdict="closed-before-hello",version="none"})") == "1");
    CHECK(value(metrics, R"(fakeocs_tls_alerts_total{alert="42",direction="from-client"})") == "2");
    CHECK(value(metrics, R"(fakeocs_tls_alerts_total{alert="46",direction="to-client"})") == "2");
    CHECK(value(metrics, "fakeocs_handshake_seconds_count") == "2");
    CHECK(value(metrics, R"(fakeocs_handshake_seconds_bucket{le="0.0025"})") == "0");
    CHECK(value(metrics, R"(fakeocs_handshake_seconds_bucket{le="0.005"})") == "2");
}

TEST_CASE("metrics: a record that stands for many refused connections counts them all") {
    Metrics metrics;
    auto away = connection(record::Verdict::turned_away, 0);
    away.turned_away = record::TurnedAway{"connections in total", 41, {}};
    metrics.count(away);
    CHECK(value(metrics, R"(fakeocs_connections_total{verdict="turned-away",version="none"})") == "41");
}

TEST_CASE("metrics: what a client chooses is no label") {
    Metrics metrics;
    for (int i = 0; i < 1000; ++i) {
        record::DnsEvent question;
        question.type = fmt::format("TYPE{}", 300 + i);
        metrics.count(question);
        record::SipEvent message;
        message.message.method = fmt::format("EVIL{}", i);
        metrics.count(message);
        auto odd = connection(record::Verdict::bad_hello, static_cast<std::uint16_t>(0x7f00 + i));
        odd.facts.alerts = {
            {record::Direction::from_client, 2, static_cast<std::uint8_t>(i), false, false, {}}};
        metrics.count(odd);
    }
    CHECK(value(metrics, R"(fakeocs_dns_questions_total{outcome="answered",type="other"})") == "1000");
    CHECK(value(metrics, R"(fakeocs_sip_messages_total{direction="from-client",method="other"})") == "1000");
    CHECK(value(metrics, R"(fakeocs_connections_total{verdict="bad-hello",version="other"})") == "1000");
    const std::string text = metrics.text({});
    CHECK(std::count(text.begin(), text.end(), '\n') < 120);
    CHECK(text.find("EVIL") == std::string::npos);
    CHECK(text.find("TYPE3") == std::string::npos);
}

TEST_CASE("metrics: counters of logs follow the journal, and a path is no label") {
    Metrics metrics;
    LabStatus status;
    status.version = "1.2";
    status.connections = 3;
    status.sinks = {{"JSON log /srv/secret.jsonl", true, 5, 2}};
    CHECK(value(metrics, R"(fakeocs_log_records_total{log="JSON log"})", status) == "5");
    status.sinks[0].written = 9;
    CHECK(value(metrics, R"(fakeocs_log_records_total{log="JSON log"})", status) == "9");
    CHECK(value(metrics, R"(fakeocs_log_lost_total{log="JSON log"})", status) == "2");
    CHECK(value(metrics, R"(fakeocs_log_failing{log="JSON log"})", status) == "1");
    CHECK(value(metrics, "fakeocs_connections_open", status) == "3");
    CHECK(value(metrics, R"(fakeocs_build_info{version="1.2"})", status) == "1");
    CHECK(metrics.text(status).find("secret") == std::string::npos);
}

TEST_CASE("metrics: the journal's writer counts each final record and event once, without a history") {
    boost::asio::io_context io;
    Feed feed(io);
    Metrics metrics;
    JournalObserver observer(feed, metrics);
    {
        journal::JournalOptions options;
        options.text_descriptor = -1;
        options.observer = &observer;
        const auto journal = std::move(journal::Journal::start(std::move(options)).value());
        auto silent = connection(record::Verdict::finished_silent, 0x0304);
        silent.provisional = true;
        journal->write(silent);
        journal->write(connection(record::Verdict::accepted, 0x0304));
        record::DnsEvent question;
        question.type = "SRV";
        journal->write(question);
        record::SipEvent message;
        message.message.method = "REGISTER";
        message.message.direction = record::Direction::from_client;
        journal->write(message);
        journal->flush();
    }
    CHECK(value(metrics, R"(fakeocs_connections_total{verdict="accepted",version="1.3"})") == "1");
    CHECK(value(metrics, R"(fakeocs_connections_total{verdict="finished-silent",version="1.3"})").empty());
    CHECK(value(metrics, R"(fakeocs_dns_questions_total{outcome="answered",type="SRV"})") == "1");
    CHECK(value(metrics, R"(fakeocs_sip_messages_total{direction="from-client",method="REGISTER"})") == "1");
}
