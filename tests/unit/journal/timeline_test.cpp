#include "journal/timeline.hpp"

#include <doctest/doctest.h>

#include "journal/log_reader.hpp"
#include "log_lines.hpp"

using namespace ocs;
using namespace ocs::journal;
using namespace ocs::journal::test;

namespace {

AttemptView view_of(const std::vector<std::string>& lines) {
    Timeline timeline;
    for (const std::string& line : lines) timeline.add(read(line));
    auto all = timeline.take_all();
    REQUIRE(all.size() == 1);
    return all.front();
}

/// Without the head's date and clock, which are in the local time zone.
std::string tree(const AttemptView& view) {
    std::string text = to_tree(view);
    text.erase(text.find("  ") + 2, 25);
    return text;
}

std::vector<std::string> ids(const std::vector<AttemptView>& views) {
    std::vector<std::string> all;
    for (const auto& view : views) all.push_back(view.id);
    return all;
}

}  // namespace

TEST_CASE("log lines: what the journal writes is read back") {
    const LogLine line = read(to_json_line(connection(10)));
    CHECK(line.kind == LineKind::connection);
    CHECK(line.time == second(10));
    CHECK(line.duration == Micros{8'400});
    CHECK(line.verdict == "finished-no-data");
    CHECK(line.version == 0x0301);
    CHECK(line.wanted_confidence == "likely");
    CHECK(line.finished_at == Micros{8'000});
    CHECK(!line.data_at);
    const LogLine asked = read(to_json_line(question(1.5, "sip.contoso.test")));
    CHECK(asked.time == second(1.5));
    CHECK(asked.answers == std::vector<std::string>{"A 192.168.56.1"});
}

TEST_CASE("tree: a fault that struck a connection stands with its outcome") {
    auto struck = connection(10);
    struck.facts.fault = record::FaultFact{3, "certificate of front02", false};
    const LogLine line = read(to_json_line(struck));
    CHECK(line.fault == "certificate of front02");
    CHECK(tree(view_of({to_json_line(struck)}))
              .find("the fault 'certificate of front02' was armed on purpose") != std::string::npos);
    CHECK(tree(view_of({to_json_line(connection(10))})).find("on purpose") == std::string::npos);
}

TEST_CASE("log lines: times have any number of digits") {
    CHECK(parse_rfc3339("2026-11-24T05:59:00.5Z") == parse_rfc3339("2026-11-24T05:59:00.500000Z"));
    CHECK(parse_rfc3339("2026-11-24T05:59:00Z").has_value());
    for (const std::string text : {"2026-11-24", "2026-11-24T05:59:00.x5Z", "2026-11-24T05:59:00+01:00", ""})
        CHECK(!parse_rfc3339(text));
}

TEST_CASE("log lines: a file can bring anything, and what is shown is printable") {
    LogLine line;
    CHECK(parse_log_line("{\"schema\":\"fakeocs.dns/1\",\"ti", line) == LineProblem::not_json);
    CHECK(parse_log_line("[1]", line) == LineProblem::foreign);
    CHECK(parse_log_line("{}", line) == LineProblem::foreign);
    CHECK(parse_log_line(R"({"schema":"fakeocs.handshake/2"})", line) == LineProblem::foreign);
    CHECK(parse_log_line(R"({"schema":"fakeocs.dns/1"})", line) == LineProblem::no_time);
    CHECK(parse_log_line(std::string(5000, '['), line) == LineProblem::not_json);
    // Wrong types are absent, an escape of the journal's stays, a raw control character is escaped now.
    const LogLine odd =
        read(R"({"schema":"fakeocs.dns/1","time":"2026-11-24T05:59:00Z","name":"a\\x1b\u001b",)"
             R"("answers":{"a":1},"client":[],"took_us":"long","truncated":1})");
    CHECK(odd.name == "a\\x1b\\x1b");
    CHECK(odd.answers.empty());
    CHECK(odd.peer.empty());
    CHECK(odd.duration == Micros{0});
    CHECK(!odd.truncated);
}

TEST_CASE("log reader: lines come out of any pieces; what cannot be read is counted") {
    const std::string good = to_json_line(question(1, "sip.contoso.test"));
    const std::string text = good + "\n{\"schema\":\n{\"schema\":\"other\"}\n" +
                             std::string(LogReader::longest_line + 1, 'x') + "\n" + good + good.substr(0, 40);
    for (const std::size_t piece : {std::size_t{1} << 22U, std::size_t{4096}, std::size_t{7}}) {
        CAPTURE(piece);
        int taken = 0;
        LogReader reader([&](const LogLine& line) {
            ++taken;
            CHECK(line.name == "sip.contoso.test");
        });
        for (std::size_t at = 0; at < text.size(); at += piece)
            reader.feed(std::string_view(text).substr(at, piece));
        CHECK(taken == 2);
        reader.finish();
        CHECK(to_string(reader.unread(), reader.lines()) ==
              "4 of 6 lines could not be read: 2 broken, 1 of another schema, 1 too long; the first is line "
              "3 (no "
              "JSON)");
    }
}

TEST_CASE("timeline: one sign-in is one tree on one clock") {
    auto answer = message(2.0095, "");
    answer.message.direction = record::Direction::to_client;
    answer.message.status = 200;
    answer.message.reason = "OK";
    auto srv = question(1.9985, "_sipinternaltls._tcp.contoso.test");
    srv.type = "SRV";
    srv.outcome = record::DnsOutcome::nx_domain;
    srv.answers.clear();
    auto ends = connection(2);
    ends.duration = Micros{20'000};
    // Written in the order things ended, as the journal does.
    const auto view = view_of({to_json_line(srv),
                               to_json_line(question(1.999, "sipinternal.contoso.test")),
                               to_json_line(message(2.009, "alice@contoso.test")),
                               to_json_line(answer),
                               to_json_line(ends)});
    CHECK(tree(view) ==
          "a1  192.168.56.20  alice@contoso.test  finished-no-data\n"
          "     +0.0 ms ├ DNS SRV _sipinternaltls._tcp.contoso.test: no such name\n"
          "     +0.5 ms ├ DNS A sipinternal.contoso.test: A 192.168.56.1\n"
          "     +1.5 ms └ TCP 192.168.56.20:51934 to 192.168.56.1:5061\n"
          "     +2.0 ms   ├ TLS ClientHello, up to TLS 1.0, sni=none\n"
          "     +3.3 ms   ├ TLS certificate of front01 (default-no-sni)\n"
          "     +9.5 ms   ├ TLS Finished, TLS 1.0\n"
          "    +10.5 ms   ├ SIP REGISTER alice@contoso.test\n"
          "    +11.0 ms   ├ SIP REGISTER answered 200 OK\n"
          "    +21.5 ms   └ finished-no-data: fin 0.4 ms after Finished\n"
          "    +21.5 ms     ├ likely: name-mismatch\n"
          "    +21.5 ms     ├ wanted sipinternal.contoso.test, known by dns, likely: asked for A "
          "sipinternal.contoso.test\n"
          "    +21.5 ms     └ certificate has sip.contoso.test\n");
}

TEST_CASE("timeline: the head has the best outcome of the attempt") {
    auto rejected = connection(1);
    rejected.judgement.verdict = record::Verdict::rejected_alert;
    auto accepted = connection(2);
    accepted.judgement.verdict = record::Verdict::accepted;
    const std::string a = to_json_line(rejected), b = to_json_line(accepted);
    CHECK(tree(view_of({b, a})).starts_with("a1  192.168.56.20  accepted\n"));
    CHECK(tree(view_of({a})).starts_with("a1  192.168.56.20  rejected-alert\n"));
    CHECK(tree(view_of({to_json_line(question(1, "x.test"))}))
              .starts_with("a1  192.168.56.20  no connection\n"));
}

TEST_CASE("timeline: attempts of two users behind one address are noted on both") {
    Timeline timeline;
    timeline.add(read(to_json_line(message(1, "alice@contoso.test", "x-a1"))));
    timeline.add(read(to_json_line(message(1.5, "bob@contoso.test", "x-a2"))));
    timeline.add(read(to_json_line(message(2, "alice@contoso.test", "x-a1"))));
    timeline.add(read(to_json_line(message(60, "carol@contoso.test", "x-a3"))));
    const auto all = timeline.take_all();
    REQUIRE(all.size() == 3);
    CHECK(all[0].beside == std::vector<std::string>{"a2 (bob@contoso.test)"});
    CHECK(all[1].beside == std::vector<std::string>{"a1 (alice@contoso.test)"});
    CHECK(all[2].beside.empty());
    CHECK(to_tree(all[0]).find("note: beside it, from the same address: a2 (bob@contoso.test)") !=
          std::string::npos);
}

TEST_CASE("timeline: a gap is shown where it is, a record without an attempt stands alone") {
    Timeline timeline;
    timeline.add(read(to_json_line(question(1, "a.test"))));
    timeline.add(read(
        R"({"schema":"fakeocs.gap/1","lost":4,"from":"2026-11-24T05:59:00Z","to":"2026-11-24T05:59:09Z"})"));
    timeline.add(read(to_json_line(question(2, "b.test", ""))));
    const auto all = timeline.take_all();
    REQUIRE(all.size() == 3);
    CHECK(to_tree(all[1]).starts_with("gap: 4 lines lost from 2026-11-2"));
    CHECK(to_tree(all[2]).starts_with("-  2026-"));
}

TEST_CASE(
    "timeline: attempts are given out in the order they began, once the file has gone on without them") {
    Timeline timeline;
    timeline.add(read(to_json_line(question(1, "a.test", "x-a1"))));
    timeline.add(read(to_json_line(question(2, "b.test", "x-a2"))));
    CHECK(timeline.take_finished().empty());
    timeline.add(read(to_json_line(question(650, "c.test", "x-a3"))));
    CHECK(ids(timeline.take_finished()) == std::vector<std::string>{"x-a1", "x-a2"});
    CHECK(ids(timeline.take_all()) == std::vector<std::string>{"x-a3"});
}

TEST_CASE("timeline: memory is bounded in an attempt and over all") {
    Timeline timeline;
    for (std::size_t i = 0; i < Timeline::most_lines + 7; ++i)
        timeline.add(read(to_json_line(question(1, "a.test"))));
    const auto all = timeline.take_all();
    REQUIRE(all.size() == 1);
    CHECK(all[0].left_out == 7);
    CHECK(to_tree(all[0]).ends_with("and 7 more records\n"));
    const LogLine line = read(to_json_line(question(1, "a.test")));
    std::size_t given = 0;
    for (std::size_t i = 0; i < Timeline::most_lines_held + 100; ++i) {
        LogLine other = line;
        other.attempt = "x-a" + std::to_string(i);
        timeline.add(std::move(other));
        given += timeline.take_finished().size();
    }
    CHECK(given == 100);
}

TEST_CASE("timeline: who watches gets what is new, with the clock of the whole attempt") {
    Timeline timeline;
    timeline.add(read(to_json_line(question(1, "a.test"))));
    auto news = timeline.take_news();
    REQUIRE(news.size() == 1);
    CHECK(news[0].shown == 0);
    CHECK(timeline.take_news().empty());
    timeline.add(read(to_json_line(question(3, "b.test"))));
    news = timeline.take_news();
    REQUIRE(news.size() == 1);
    CHECK(tree(news[0]) ==
          "a1  192.168.56.20  no connection, goes on\n"
          "  +2000.0 ms └ DNS A b.test: A 192.168.56.1\n");
}
