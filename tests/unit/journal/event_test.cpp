#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "journal/event_json.hpp"
#include "journal/event_text.hpp"
#include "journal/journal.hpp"

using namespace ocs;
using namespace ocs::journal;

namespace {

record::DnsEvent question() {
    record::DnsEvent event;
    event.id = "20261124T055900-1f3a-d17";
    event.at = WallTime{Micros{1'795'500'000'301'000}};
    event.took = Micros{240};
    event.client = {"192.168.56.20", 51934};
    event.local = {"192.168.56.1", 53};
    event.name = "sipInternal.contoso.test";
    event.type = "A";
    event.answers = {"CNAME front01.contoso.test", "A 192.168.56.1"};
    event.addresses = {"192.168.56.1"};
    event.targets = {{"sip.contoso.test", 5061, {"192.168.56.1"}}};
    event.fault = "delay";
    event.attempt = "20261124T055900-1f3a-a17";
    return event;
}

record::SipEvent message() {
    record::SipEvent event;
    event.connection = "20261124T055900-1f3a-17";
    event.client = "192.168.56.20";
    event.attempt = "20261124T055900-1f3a-a17";
    auto& fact = event.message;
    fact.method = "REGISTER";
    fact.status = 200;
    fact.reason = "OK";
    fact.user = "alice@contoso.test";
    fact.domain = fact.call_id = fact.cseq = fact.user_agent = fact.epid = fact.problem = "x";
    return event;
}

void collect(const boost::json::value& value, const std::string& path, std::set<std::string>& fields) {
    if (const auto* object = value.if_object()) {
        for (const auto& member : *object)
            collect(member.value(),
                    path.empty() ? std::string(member.key()) : path + "." + std::string(member.key()),
                    fields);
    } else if (value.is_array() && !value.get_array().empty() && value.get_array()[0].is_object()) {
        collect(value.get_array()[0], path + "[]", fields);
    } else {
        fields.insert(path);
    }
}

/// The fields of the table below the page's heading of `schema`.
std::set<std::string> documented(const std::string& schema) {
    std::ifstream page(std::filesystem::path(OCS_SOURCE_DIR) / "docs/handshake-log.md");
    std::set<std::string> fields;
    bool inside = false;
    for (std::string line; std::getline(page, line);) {
        if (line.starts_with("## ")) inside = line.starts_with("## `" + schema + "`");
        if (inside && line.starts_with("| `")) fields.insert(line.substr(3, line.find('`', 3) - 3));
    }
    return fields;
}

std::string without_clock(const std::string& line) { return line.substr(line.find(' ') + 1); }

}  // namespace

TEST_CASE("events: the page names exactly the fields of a full event") {
    const std::pair<std::string, std::string> rows[] = {{"fakeocs.dns/1", to_json_line(question())},
                                                        {"fakeocs.sip/1", to_json_line(message())}};
    for (const auto& [schema, line] : rows) {
        std::set<std::string> fields;
        collect(boost::json::parse(line), "", fields);
        CHECK(documented(schema) == fields);
        CHECK(boost::json::parse(line).at("schema").as_string() == schema);
    }
}

TEST_CASE("events: absent is left out, and control characters are visible") {
    CHECK(to_json_line(record::SipEvent{}).find("\"status\"") == std::string::npos);
    CHECK(to_json_line(record::DnsEvent{}).find("\"fault\"") == std::string::npos);
    auto hostile = question();
    hostile.name = "sip\x1b[2J\n.contoso.test";
    hostile.answers = {"TXT \x07"};
    auto told = message();
    told.message.status = 0;
    told.message.user = told.message.user_agent = "\x1b]0;x\x07";
    for (const std::string& line : {to_json_line(hostile),
                                    to_text(hostile, Volume::normal),
                                    to_json_line(told),
                                    to_text(told, Volume::normal)}) {
        CAPTURE(line);
        CHECK(line.find('\x1b') == std::string::npos);
        CHECK(line.find('\x07') == std::string::npos);
        CHECK(line.find('\n') == line.size() - 1);
    }
}

TEST_CASE("events: a DNS question's texts are bounded, and the longest name there is stays whole") {
    auto long_one = question();
    long_one.name = std::string(255, '\xff');  // each byte is four characters then
    long_one.answers = {"TXT " + std::string(60'000, 'a'), "A 192.0.2.1"};
    long_one.fault = std::string(60'000, 'b');
    long_one.targets[0].name = std::string(60'000, 'c');
    const std::string line = to_json_line(long_one);
    const auto told = boost::json::parse(line);
    CHECK(told.at("name").as_string().size() == 1020);
    CHECK(told.at("answers").as_array().size() == 2);
    struct Row {
        std::string_view text;
        std::string end, why;
    };
    const Row rows[] = {
        {told.at("answers").as_array()[0].as_string(), "bytes)", "an answer says how much is cut"},
        {told.at("fault").as_string(), "bytes)", "a fault"},
        {told.at("targets").as_array()[0].at("name").as_string(), "bytes)", "a target"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(row.text.size() < 1100);
        CHECK(row.text.ends_with(row.end));
    }
    CHECK(to_text(long_one, Volume::verbose).size() < 1500);
}

TEST_CASE("events: a DNS question is one line") {
    struct Row {
        record::DnsOutcome outcome;
        std::vector<std::string> answers;
        std::string fault;
        std::string words, why;
    };
    using enum record::DnsOutcome;
    const Row rows[] = {
        {answered, {"CNAME f.test", "A 1.2.3.4"}, "", "CNAME f.test, A 1.2.3.4", "the answer says it all"},
        {nx_domain, {}, "", "no such name", "the word without hyphens"},
        {no_data, {}, "", "no data", "the name is there, the type is not"},
        {servfail, {}, "servfail", "server failure (fault: servfail)", "a fault is named"},
        {forwarded, {"A 9.9.9.9"}, "", "forwarded, A 9.9.9.9", "not from the lab's zone"},
        {answered, {"1", "2", "3", "4", "5", "6"}, "", "1, 2, 3, 4 and 2 more", "a line stays a line"},
        {dropped, {}, "drop", "dropped (fault: drop)", "no answer left"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        auto event = question();
        event.outcome = row.outcome;
        event.answers = row.answers;
        event.fault = row.fault;
        CHECK(without_clock(to_text(event, Volume::normal)) ==
              "a17 dns 192.168.56.20 A sipInternal.contoso.test: " + row.words + "\n");
    }
    CHECK(to_text(question(), Volume::verbose).find("[20261124T055900-1f3a-d17 udp 0.2 ms]") !=
          std::string::npos);
}

TEST_CASE("events: a SIP message is one line, an answer names its request") {
    auto event = message();
    event.message.problem.clear();
    CHECK(without_clock(to_text(event, Volume::normal)) ==
          "a17 sip 192.168.56.20 REGISTER answered 200 OK\n");
    event.message.status = 0;
    event.message.has_credentials = true;
    CHECK(without_clock(to_text(event, Volume::normal)) ==
          "a17 sip 192.168.56.20 REGISTER alice@contoso.test (x) with credentials, which are not kept\n");
}

TEST_CASE("events: all kinds go to the files in the order they were written; a quiet text log has none") {
    const auto path = std::filesystem::temp_directory_path() / ("events-" + std::to_string(::getpid()));
    JournalOptions options;
    options.volume = Volume::quiet;
    options.text_descriptor = -1;
    options.text_file = path.string() + ".text";
    options.json_file = path;
    auto journal = Journal::start(options);
    REQUIRE(journal.has_value());
    journal.value()->write(question());
    journal.value()->write(message());
    journal.value()->write(record::ConnectionRecord{});
    journal.value().reset();
    std::ifstream lines(path);
    for (const std::string schema : {"fakeocs.dns/1", "fakeocs.sip/1", "fakeocs.handshake/1"}) {
        std::string line;
        REQUIRE(std::getline(lines, line));
        CHECK(boost::json::parse(line).at("schema").as_string() == schema);
    }
    std::ifstream text(path.string() + ".text");
    std::string first;
    REQUIRE(std::getline(text, first));
    CHECK(first.find(" dns ") == std::string::npos);
    CHECK(first.find("sni=-") != std::string::npos);
    std::filesystem::remove(path);
    std::filesystem::remove(path.string() + ".text");
}
