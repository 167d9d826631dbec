#include "journal/filter.hpp"

#include <doctest/doctest.h>

#include "log_lines.hpp"

using namespace ocs;
using namespace ocs::journal;
using namespace ocs::journal::test;

namespace {

record::ConnectionRecord with_sni(const std::string& name) {
    auto record = connection(10);
    record.facts.hello->sni = {record::SniForm::host_name, name, name};
    record.facts.version = 0x0303;
    record.facts.alerts.emplace_back().code = 48;
    record.judgement.verdict = record::Verdict::rejected_alert;
    return record;
}

bool holds(const std::string& filter, const LogLine& line) {
    auto parsed = Filter::parse(filter, second(100));
    if (parsed.has_error()) FAIL_CHECK(to_string(parsed.error()));
    return parsed.has_value() && parsed->matches(line);
}

}  // namespace

TEST_CASE("filter: which terms hold for a record") {
    const LogLine plain = read(to_json_line(connection(10)));
    const LogLine sni = read(to_json_line(with_sni("sip.contoso.test")));
    const LogLine asked = read(to_json_line(question(10, "sipinternal.contoso.test")));
    const LogLine said = read(to_json_line(message(10, "Alice@contoso.test")));
    auto of_old = connection(10);
    of_old.facts.hello->cipher_suites = {0x0004, 0x0005, 0x000a, 0x0009, 0x0064, 0x0062};
    of_old.facts.sip.emplace_back().user_agent =
        "UCCAPI/3.5.6907.0 OC/3.5.6907.0 (Microsoft Office Communicator)";
    of_old.facts.fault = record::FaultFact{3, "alert 40 handshake_failure", true, record::FaultKind::alert};
    const LogLine r2 = read(to_json_line(of_old));
    of_old.facts.sip.clear();
    const LogLine xp = read(to_json_line(of_old));
    auto late = question(10, "sip.contoso.test");
    late.fault = "delay 300 ms";
    const LogLine delayed = read(to_json_line(late));
    struct Row {
        std::string filter;
        const LogLine& line;
        bool holds;
        std::string why;
    };
    const Row rows[] = {
        {"", plain, true, "no term"},
        {"verdict:finished-no-data", plain, true, "the word"},
        {"VERDICT:Finished-No-Data", plain, true, "case does not matter"},
        {"verdict:rejected-alert,finished-no-data", plain, true, "alternatives"},
        {"verdict:finished-*", plain, true, "a pattern"},
        {"verdict:accepted", plain, false, "another word"},
        {"verdict:finished-no-data", asked, false, "a question has no verdict"},
        {"-verdict:accepted", asked, true, "and so none to exclude"},
        {"-verdict:finished-no-data", plain, false, "negated"},
        {"sni:none", plain, true, "a client of old"},
        {"sni:none", sni, false, "it sent one"},
        {"sni:none", asked, false, "a question has no ClientHello"},
        {"sni:*.contoso.test", sni, true, "below the domain"},
        {"sni:sip.contoso.test", plain, false, "none was sent"},
        {"sni:s?p.contoso.test", sni, true, "one character"},
        {"wanted:sipinternal.*", plain, true, "known by DNS"},
        {"wanted:none", sni, false, "it is known"},
        {"peer:192.168.56.20", plain, true, "address"},
        {"peer:192.168.56.0/24", asked, true, "net"},
        {"peer:192.168.57.0/24", asked, false, "another net"},
        {"peer:192.168.56.16/29", asked, true, "a net that is not whole bytes"},
        {"peer:192.168.56.24/29", asked, false, "the next one"},
        {"peer:fd00::/8", asked, false, "another family"},
        {"peer:192.168.*", said, true, "pattern"},
        {"user:alice", said, true, "without domain"},
        {"user:alice@contoso.test", said, true, "with it"},
        {"user:al", said, false, "not a part"},
        {"user:*", plain, false, "no user known"},
        {"agent:uccapi", r2, true, "a part, since nobody knows the end"},
        {"agent:communicator", r2, true, "anywhere"},
        {"agent:UCCAPI/3.5*", r2, true, "a pattern is for all of it"},
        {"agent:OC/*", r2, false, "from its beginning"},
        {"agent:*", plain, false, "none was sent"},
        {"agent:none", plain, true, "said so"},
        {"agent:none", r2, false, "one was sent"},
        {"agent:none", asked, false, "a question has none to lack"},
        {"family:communicator-2007-r2", r2, true, "the guess"},
        {"family:schannel*", xp, true, "a pattern"},
        {"family:schannel-xp,openssl", xp, true, "alternatives"},
        {"family:openssl", xp, false, "another"},
        {"family:none", plain, true, "a hello without suites tells nothing"},
        {"family:none", xp, false, "there is one"},
        {"family:*", asked, false, "of a question nothing is guessed"},
        {"fault:alert", r2, true, "its kind"},
        {"fault:handshake_failure", r2, false, "not what it did"},
        {"fault:*", r2, true, "any"},
        {"fault:none", r2, false, "one struck"},
        {"fault:none", plain, true, "none did"},
        {"fault:delay", delayed, true, "of the lab DNS, too"},
        {"fault:none", asked, false, "as with the others: of connections"},
        {"export", xp, false, "not that of a guess's basis"},
        {"vhost:front01", plain, true, "its id"},
        {"vhost:*", asked, false, "a question has none"},
        {"attempt:x-a1", plain, true, "whole"},
        {"attempt:a1", plain, true, "its last part"},
        {"attempt:1", plain, false, "not any part"},
        {"alert:48", sni, true, "number"},
        {"alert:unknown_ca", sni, true, "name"},
        {"alert:42", sni, false, "another one"},
        {"alert:none", plain, true, "none at all"},
        {"alert:none", said, false, "a message is no connection"},
        {"tls:1.0", plain, true, "negotiated"},
        {"tls:<1.2", plain, true, "below"},
        {"tls:<1.2", sni, false, "not below"},
        {"tls:>=1.2", sni, true, "at least"},
        {"tls:<=1.0", plain, true, "at most"},
        {"tls:>1.0", plain, false, "above"},
        {"tls:none", asked, false, "a question"},
        {"tls:<1.2", asked, false, "a question has no version"},
        {"since:95s", plain, true, "10 is within 95 s before 100"},
        {"since:1m", plain, false, "too old"},
        {"since:2020-01-01", plain, true, "a date"},
        {"since:2020-01-01T00:00:00Z", plain, true, "and a time"},
        {"certificate", plain, false, "names of fields are no text"},
        {"FRONT01", plain, true, "free text, any case"},
        {"\"fin 0.4 ms\"", plain, true, "quotes keep blanks together"},
        {"-\"fin 0.4 ms\"", plain, false, "and can be negated"},
        {"sipinternal -alice", asked, true, "text and a negated text"},
        {"verdict:finished-no-data sni:none tls:1.0", plain, true, "all hold"},
        {"verdict:finished-no-data sni:none tls:1.2", plain, false, "one does not"},
        {"192.168.56.1:5061", plain, false, "a colon after something else than letters is text"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.filter);
        CAPTURE(row.why);
        CHECK(holds(row.filter, row.line) == row.holds);
    }
}

TEST_CASE("filter: a client that got no version is found by what it offered") {
    auto record = connection(10);
    record.facts.version = 0;
    CHECK(holds("tls:<1.2", read(to_json_line(record))));
    CHECK(holds("-tls:none", read(to_json_line(record))));
    record.facts.hello.reset();
    CHECK(holds("tls:none", read(to_json_line(record))));
}

TEST_CASE("filter: an attempt matches by its records together, a gap always") {
    const std::vector<LogLine> attempt = {read(to_json_line(question(1, "sipinternal.contoso.test"))),
                                          read(to_json_line(connection(2))),
                                          read(to_json_line(message(3, "alice@contoso.test")))};
    const std::pair<std::string, bool> rows[] = {
        {"user:alice verdict:finished-no-data", true},
        {"user:alice verdict:accepted", false},
        {"-user:bob", true},
        {"-user:alice", false},
        {"-verdict:finished-no-data user:alice", false},
        {"since:97.5s", false},
    };
    for (const auto& [text, expected] : rows) {
        CAPTURE(text);
        const auto filter = Filter::parse(text, second(100));
        CHECK((filter.has_value() && filter->matches(attempt)) == expected);
    }
    CHECK(holds("verdict:accepted",
                read(R"({"schema":"fakeocs.gap/1","lost":3,"from":"2026-11-24T05:59:00Z"})")));
}

TEST_CASE("filter: what cannot be understood is said with what was meant") {
    struct Row {
        std::string filter, what, hint;
    };
    const Row rows[] = {
        {"verdit:accepted", "no filter is called 'verdit:'", "did you mean 'verdict:'?"},
        {"foo:bar", "no filter is called 'foo:'", "one of: verdict:, sni:, wanted:, peer:"},
        {"verdict:acepted", "no verdict is called 'acepted'", "did you mean 'verdict:accepted'?"},
        {"verdict:zzz", "no verdict is called 'zzz'", "one of: signed-in, accepted, rejected-alert"},
        {"family:opensl", "no family is called 'opensl'", "did you mean 'family:openssl'?"},
        {"family:windows",
         "no family is called 'windows'",
         "one of: unknown, schannel-xp, schannel, openssl"},
        {"verdict:", "nothing after 'verdict:'", ""},
        {"verdict:,", "nothing after 'verdict:'", ""},
        {"peer:10.0.0.0/33", "'10.0.0.0/33' is not a net", "192.168.56.0/24"},
        {"peer:10.0.0/8", "'10.0.0/8' is not a net", ""},
        {"peer:10.0.0.0/8x", "'10.0.0.0/8x' is not a net", ""},
        {"tls:1.4", "'1.4' is not a TLS version", "tls:<1.2"},
        {"tls:=<1.2", "'=<1.2' is not a TLS version", ""},
        {"since:soon", "'soon' is not a time", "10m"},
        {"\"open", "a quote is not closed: '\"open'", ""},
        {std::string(2001, 'a'), "a filter has at most 2000 bytes", ""},
    };
    for (const Row& row : rows) {
        CAPTURE(row.filter);
        const auto parsed = Filter::parse(row.filter, second(0));
        REQUIRE(parsed.has_error());
        CHECK(parsed.error().what == row.what);
        CHECK(parsed.error().hint.find(row.hint) != std::string::npos);
    }
    std::string many;
    for (int i = 0; i < 51; ++i) many += "a ";
    CHECK(Filter::parse(many, second(0)).error().what == "more than 50 terms");
}

TEST_CASE("filter: patterns take no more than text times pattern steps") {
    struct Row {
        std::string pattern, text;
        bool matches;
    };
    const Row rows[] = {
        {"", "", true},
        {"*", "", true},
        {"?", "", false},
        {"a*c", "abbbc", true},
        {"a*c*", "abcb", true},
        {"*.test", "a.test", true},
        {"*.test", ".tests", false},
        {"A?C", "abc", true},
    };
    for (const Row& row : rows) {
        CAPTURE(row.pattern);
        CHECK(glob_matches(row.pattern, row.text) == row.matches);
    }
    std::string stars;
    for (int i = 0; i < 500; ++i) stars += "*a";
    CHECK(!glob_matches(stars + "b", std::string(4000, 'a')));  // exponential matchers never come back
}
