#include "journal/journal.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "journal/explanation.hpp"
#include "journal/json.hpp"
#include "journal/text.hpp"

using namespace ocs;
using namespace ocs::journal;

namespace {

std::string contents(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

record::ConnectionRecord full_record() {
    record::ConnectionRecord record;
    record.id = "20261124T055900-1f3a-17";
    record.client = {"192.168.56.20", 51934};
    auto& facts = record.facts;
    facts.first_line = "GET /\x1b[2J";
    auto& hello = facts.hello.emplace();
    hello.sni = {record::SniForm::host_name, "sipinternal.contoso.test", "sipinternal.contoso.test"};
    hello.parse_problem = "p";
    hello.cipher_suites = {0x002f};
    hello.extensions = {11, 10};
    hello.point_formats = {0, 1, 2};
    facts.allowed = {0x0301, 0x0304, 0};
    facts.virtual_host = "front01";
    facts.host_choice = record::HostChoice::exact;
    facts.version = 0x0303;
    facts.cipher_suite = facts.group = facts.library_text = "x";
    facts.library_reason = 1042;
    facts.alerts.emplace_back().code = 42;
    facts.first_data.emplace();
    facts.first_byte_at = facts.hello_at = facts.certificate_sent_at = Micros{1};
    facts.finished_at = facts.first_data_at = facts.closed_at = Micros{2};
    auto certificate = std::make_shared<record::ServedCertificate>();
    certificate->names.san_present = true;
    certificate->names.san = {{discovery::NameKind::dns, "sip.contoso.test"}};
    certificate->generated = true;
    certificate->folder = "front01";
    record.certificate = certificate;
    record.wanted = record::WantedName{"sipinternal.contoso.test", record::NameSource::sni};
    record.lookups.emplace().name = "sipinternal.contoso.test";
    record.lookups->asked = record.lookups->advice = "x";
    record.policies = {discovery::NamePolicy::communicator2007};
    record.judgement.verdict = record::Verdict::rejected_alert;
    record.turned_away.emplace();
    record.facts.fault =
        record::FaultFact{3, "certificate of front02", false, record::FaultKind::certificate};
    record.attempt = "a-1";
    record.facts.sip.emplace_back().user = "alice@contoso.test";
    record.facts.sip.back().user_agent = "UCCAPI/3.5.6907.0 OC/3.5.6907.0";
    return record;
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

}  // namespace

TEST_CASE("journal: the page names exactly the fields of a full record") {
    std::set<std::string> fields, documented;
    collect(boost::json::parse(to_json_line(full_record())), "", fields);
    std::istringstream page(contents(std::filesystem::path(OCS_SOURCE_DIR) / "docs/handshake-log.md"));
    bool inside = false;
    for (std::string line; std::getline(page, line);) {
        if (line.starts_with("## ")) inside = line.starts_with("## `fakeocs.handshake/1`");
        if (inside && line.starts_with("| `")) documented.insert(line.substr(3, line.find('`', 3) - 3));
    }
    for (const auto& field : fields) {
        CAPTURE(field);
        CHECK(documented.count(field) == 1);
    }
    CHECK(documented.size() == fields.size());
}

TEST_CASE("journal: absent is left out, and control characters are visible") {
    CHECK(to_json_line({}).find("\"wanted\"") == std::string::npos);
    CHECK(to_json_line(full_record()).find('\x1b') == std::string::npos);
    CHECK(boost::json::parse(to_json_line(full_record())).at("first_line").as_string() == "GET /\\x1b[2J");
}

TEST_CASE("journal: the fix can be pasted, and only for a certificate of ours") {
    auto record = full_record();
    record.facts.fault.reset();
    const auto explanation = explain(record, {"fakeocs-certgen", "fakeocs", "/a b", ""});
    REQUIRE(explanation.fixes.size() == 1);
    CHECK(explanation.fixes[0] ==
          "fakeocs-certgen reissue front01 --add-san sipinternal.contoso.test --state-dir '/a b'");
    CHECK(explanation.names.size() == 1);
    const std::string text = to_text(record, explanation, {});
    CHECK(text.find("sni=sipinternal.contoso.test host=front01 (exact) TLS 1.2 rejected-alert") !=
          std::string::npos);
    auto loaded = std::make_shared<record::ServedCertificate>(*record.certificate);
    loaded->generated = false;
    record.certificate = loaded;
    record.facts.hello->sni = {};
    const auto other = explain(record, {});
    CHECK(other.fixes.empty());
    CHECK(other.hint.find("sni=none") != std::string::npos);
}

TEST_CASE("journal: a full disk is counted and holds no other sink up") {
    const auto path = std::filesystem::temp_directory_path() / ("journal-" + std::to_string(::getpid()));
    const int full = ::open("/dev/full", O_WRONLY);
    REQUIRE(full >= 0);
    JournalOptions options;
    options.text_descriptor = full;
    options.json_file = path;
    auto journal = Journal::start(options);
    REQUIRE(journal.has_value());
    auto provisional = full_record();
    provisional.provisional = true;
    journal.value()->write(provisional);
    for (int i = 0; i < 3; ++i) journal.value()->write(full_record());
    journal.value()->flush();
    const auto status = journal.value()->status();
    REQUIRE(status.size() == 2);
    CHECK(status[0].failing);
    CHECK(status[0].lost == 4);
    CHECK(status[1].written == 3);
    struct stat state {};
    REQUIRE(::stat(path.c_str(), &state) == 0);
    CHECK((state.st_mode & 0777U) == 0600);
    // The descriptor works again: the first line is the gap's.
    const auto good = path.string() + ".text";
    const int file = ::open(good.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600);
    REQUIRE(::dup2(file, full) == full);
    journal.value()->note("reloaded");
    journal.value()->flush();
    CHECK(contents(good).find("gap: 4 lines lost since") != std::string::npos);
    CHECK(contents(good).ends_with("reloaded\n"));
    std::filesystem::remove(path);
    journal.value()->reopen();
    journal.value()->write(full_record());
    journal.value()->flush();
    CHECK(std::filesystem::exists(path));
    journal.value().reset();
    ::close(full);
    ::close(file);
    std::filesystem::remove(path);
    std::filesystem::remove(good);
}
