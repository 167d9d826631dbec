#include "config/load.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <sstream>

#include "config/recipes.hpp"
#include "core/files.hpp"

namespace ocs::config {
namespace {

const std::string source_dir = OCS_SOURCE_DIR;
const std::string host = "hosts:\n  - id: a\n    names: [a.test]\n    certificate: {load: {pfx: a.pfx}}\n";

std::string all_errors(const Results<Settings>& settings) {
    std::string all;
    if (settings.has_error()) {
        for (const Error& error : settings.error()) {
            all += to_string(error) + (error.hint.empty() ? "" : " [" + error.hint + "]") + "\n";
        }
    }
    return all;
}

std::string errors_of(const std::string& text) { return all_errors(parse_settings("f.yaml", text)); }

}  // namespace

TEST_CASE("load: every example in config/ is read") {
    for (const char* name : {"fakeocs.yaml", "schertz.yaml", "contoso.yaml"}) {
        CAPTURE(name);
        const auto settings = load_settings(source_dir + "/config/" + name);
        CHECK(all_errors(settings) == "");
    }
}

TEST_CASE("load: the default lab is the article's") {
    const auto settings = load_settings(source_dir + "/config/fakeocs.yaml");
    REQUIRE(settings.has_value());
    REQUIRE(settings->listeners.size() == 2);
    CHECK(settings->listeners[0].address.text() == "127.0.0.1");
    CHECK(settings->listeners[0].port == 5061);
    CHECK(settings->listeners[1].port == 8443);
    CHECK(settings->logs.json_file.empty());
    REQUIRE(settings->hosts.size() == 1);
    const HostSettings& front = settings->hosts[0];
    CHECK(front.id == "front01");
    REQUIRE(front.names.size() == 2);
    CHECK(front.names[0].text() == "sip.schertz.local");
    REQUIRE(front.generate.has_value());
    CHECK(front.generate->name == "front01");
    REQUIRE(front.generate->sans.size() == 2);
    CHECK(front.generate->sans[0].text == "ocs.schertz.local");
    CHECK(front.generate->sans[1].text == "sip.schertz.local");
}

TEST_CASE("load: what is left out has its default") {
    const auto settings = parse_settings("lab/f.yaml", host);
    REQUIRE(settings.has_value());
    CHECK(settings->listeners.size() == 2);
    CHECK(settings->limits.connections == 2000);
    CHECK(settings->policies == std::vector{discovery::NamePolicy::communicator2007});
    CHECK(settings->hosts[0].load->pfx == "lab/a.pfx");
    CHECK(settings->hosts[0].place == "lab/f.yaml:2:5");
}

TEST_CASE("load: what is wrong is said with place and hint") {
    struct Row {
        std::string text, found;
    };
    const Row rows[] = {
        {"listeners: [{port: 5O61}]\n" + host,
         "f.yaml:1:20: listeners[0].port: bad number: found '5O61', expected a whole number from 0 to 65535 "
         "[did you mean 5061? a letter stands where a digit belongs]\n"},
        {"listeners: [{port: 99999}]\n" + host,
         "f.yaml:1:20: listeners[0].port: bad number: found '99999', expected a whole number from 0 to "
         "65535\n"},
        {"listeners: [{}]\n" + host, "f.yaml:1:13: listeners[0]: key 'port' is missing\n"},
        {"listeners: [{port: 1, default_host: b}]\n" + host,
         "f.yaml:1:37: listeners[0].default_host: no host has this id: found 'b' [did you mean 'a'?]\n"},
        {"listeners: [{port: 1}, {port: 1}]\n" + host,
         "f.yaml:1:24: listeners[1]: address and port are those of an earlier listener\n"},
        {"listeners: [{name: x, port: 1}, {name: x, port: 2}]\n" + host,
         "f.yaml:1:40: listeners[1].name: name 'x' is used by an earlier listener\n"},
        {"listeners: [{port: 1, tls: {min_version: 1.2, max_version: 1.1}}]\n" + host,
         "f.yaml:1:28: listeners[0].tls: min_version is above max_version [swap the two]\n"},
        {"policies: [openssl, openssl]\n" + host,
         "f.yaml:1:21: policies[1]: policy 'openssl' is listed twice\n"},
        {"pfx: {profile: legaci}\n" + host,
         "f.yaml:1:16: pfx.profile: unknown word: found 'legaci', expected one of legacy, modern [did you "
         "mean 'legacy'?]\n"},
        {"logs: {color: no}\n" + host,
         "f.yaml:1:15: logs.color: unknown word: found 'no', expected one of auto, always, never\n"},
        {"listeners: 5061\n" + host,
         "f.yaml:1:12: listeners: not what belongs here: found '5061', expected a list\n"},
        {"listeners: [{port: 1, address: localhost}]\n" + host,
         "f.yaml:1:32: listeners[0].address: 'localhost' is not an IP address\n"},
        {"user: ''\n" + host,
         "f.yaml:1:7: user: not what belongs here: found '', expected the name of an account\n"},
        {"user: [a]\n" + host, "f.yaml:1:7: user: not what belongs here: found a list, expected text\n"},
        {"limits: {hello_seconds: 0}\n" + host,
         "f.yaml:1:25: limits.hello_seconds: bad number: found '0', expected a number from 0.01 to 86400\n"},
        {"hosts: []\n", "f.yaml:1:8: hosts: expected at least one host\n"},
        {"limits: {}\n", "f.yaml:1:1: key 'hosts' is missing\n"},
        {"hosts: [{id: a, certificate: {}}]\n",
         "f.yaml:1:30: hosts[0].certificate: expected exactly one of generate and load\n"},
        {"hosts: [{id: a, certificate: {load: {pfx: p}}}, {id: A, certificate: {load: {pfx: p}}}]\n",
         "f.yaml:1:54: hosts[1].id: id 'A' is used by an earlier host\n"},
        {"hosts: [{id: a, names: [x.test, X.test.], certificate: {load: {pfx: p}}}]\n",
         "f.yaml:1:33: hosts[0].names[1]: name 'x.test' is listed twice [a name belongs to one host]\n"},
        {"limit: {}\n" + host,
         "f.yaml:1:1: unknown key 'limit': expected one of state_dir, workers, user, ca, pfx, listeners, "
         "certificates_from, hosts, "
         "sip, "
         "mint, autodiscover, dns, faults, limits, logs, history, timeline, admin, ca_page, policies [did "
         "you mean "
         "'limits'?]\n"},
        {"hosts: [{id: a, certificate: {generate: {hash: sha1}}, tls: {security_level: 1}}]\n",
         "f.yaml:1:41: hosts[0].certificate.generate: a sha1 signature cannot be served at security level 1 "
         "[security_level: 0     (lab only)]\n"},
        {"listeners: [{port: 1, tls: {max_version: 1.1}}]\nhosts: [{id: a, certificate: {load: {pfx: p}}, "
         "tls: {min_version: 1.2}}]\n",
         "f.yaml:2:53: hosts[0].tls: min_version is above max_version on listener 'tls-1' [a key that is "
         "left out is the listener's]\n"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        CHECK(errors_of(row.text) == row.found);
    }
}

TEST_CASE("load: all problems in one run, in the order of the file") {
    const auto errors = errors_of(
        "limits: {connections: x, bytes: y, bytes: 5000}\nfoo: 1\npolicies: &p [openssl]\nfoo: *p\n" + host);
    const char* expected[] = {"f.yaml:1:23: limits.connections: bad number",
                              "f.yaml:1:33: limits.bytes: bad number",
                              "f.yaml:1:36: duplicate key 'bytes', first in line 1",
                              "f.yaml:2:1: unknown key 'foo'",
                              "f.yaml:3:11: anchors",
                              "f.yaml:4:1: duplicate key 'foo', first in line 2",
                              "f.yaml:4:6: aliases"};
    std::size_t at = 0;
    for (const std::string line : expected) {
        CAPTURE(line);
        CAPTURE(errors);
        const std::size_t found = errors.find(line, at);
        CHECK(found != std::string::npos);
        if (found != std::string::npos) at = found + 1;
    }
    CHECK(std::count(errors.begin(), errors.end(), '\n') == 7);
}

TEST_CASE("load: config/fakeocs.yaml has every key the loader knows, each with a comment") {
    const std::string text = read_file(source_dir + "/config/fakeocs.yaml").value();
    const auto keys = known_keys();
    CHECK(keys.size() > 50);
    CHECK(std::find(keys.begin(), keys.end(), "hosts[].certificate.load.pfx_password") != keys.end());
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    for (const std::string& key : keys) {
        CAPTURE(key);
        const std::string word = key.substr(key.rfind('.') + 1) + ":";
        bool commented = false;
        for (std::size_t i = 0; i < lines.size(); ++i) {
            const std::size_t at = lines[i].find(word);
            if (at == std::string::npos || (at > 0 && std::isalnum(lines[i][at - 1]) != 0)) continue;
            if (at > 0 && lines[i][at - 1] == '_') continue;
            commented = commented || lines[i].find("  # ", at) != std::string::npos ||
                        (i > 0 && lines[i - 1].find("# ") != std::string::npos);
        }
        CHECK(commented);
    }
}

TEST_CASE("load: a host inherits what it does not say from its listener") {
    const auto settings =
        parse_settings("f.yaml",
                       "listeners: [{port: 1, tls: {min_version: 1.1, security_level: 1}}, {port: 2}]\n"
                       "hosts: [{id: a, certificate: {load: {pfx: p}}, tls: {max_version: 1.2}}]\n");
    REQUIRE(settings.has_value());
    const TlsSettings first = tls_of(settings->hosts[0], settings->listeners[0]);
    CHECK(first.min_version == 0x0302);
    CHECK(first.max_version == 0x0303);
    CHECK(first.security_level == 1);
    const TlsSettings second = tls_of(settings->hosts[0], settings->listeners[1]);
    CHECK(second.min_version == 0x0301);
    CHECK(second.security_level == 0);
}

TEST_CASE("load: an error as a block for the terminal") {
    const auto settings = parse_settings("lab.yaml", "listeners: [{port: 5O61}]\nhots: []\n" + host);
    REQUIRE(settings.has_error());
    REQUIRE(settings.error().size() == 2);
    CHECK(to_block(settings.error()[0]) ==
          "lab.yaml:1:20: listeners[0].port: bad number\n"
          "  found: '5O61'\n"
          "  expected: a whole number from 0 to 65535\n"
          "  try: did you mean 5061? a letter stands where a digit belongs\n");
    CHECK(to_block(settings.error()[1]) ==
          "lab.yaml:2:1: unknown key 'hots'\n"
          "  expected: one of state_dir, workers, user, ca, pfx, listeners, certificates_from, hosts, sip, "
          "mint, "
          "autodiscover, dns, faults, "
          "limits, "
          "logs, "
          "history, timeline, admin, ca_page, policies\n"
          "  try: did you mean 'hosts'?\n");
}

TEST_CASE("load: a file that is not there") { CHECK(load_settings("/nonexistent.yaml").has_error()); }

TEST_CASE("recipes: every one in certs/recipes.yaml is read") {
    const auto recipes = load_recipes(source_dir + "/certs/recipes.yaml");
    std::string all;
    if (recipes.has_error()) {
        for (const Error& error : recipes.error()) all += to_string(error) + "\n";
    }
    CHECK(all == "");
    REQUIRE(recipes.has_value());
    CHECK(recipes->size() >= 35);
    CHECK(recipes->front().name == "article");
    for (const pki::Recipe& recipe : *recipes) CHECK(!recipe.note.empty());
}

TEST_CASE("recipes: the subject is text or a list") {
    for (const char* subject : {R"("CN=a.test,O=A\\, B")", R"(["CN=a.test", "O=A, B"])"}) {
        CAPTURE(subject);
        const auto recipes =
            parse_recipes("r.yaml", "recipes: {a: {subject: " + std::string(subject) + ", sans: [a.test]}}");
        REQUIRE(recipes.has_value());
        const auto& parts = recipes->front().subject;
        REQUIRE(parts.size() == 2);
        CHECK(parts[0] == pki::SubjectPart{"CN", "a.test"});
        CHECK(parts[1] == pki::SubjectPart{"O", "A, B"});
    }
}

TEST_CASE("recipes: errors have their place") {
    const auto recipes = parse_recipes("r.yaml", "recipes:\n  a/b: {}\n  c: {san: [x]}\n  d: {subject: x}\n");
    REQUIRE(recipes.has_error());
    const auto has = [&](const std::string& start) {
        const auto& errors = recipes.error();
        return std::any_of(errors.begin(), errors.end(), [&](const Error& error) {
            return to_string(error).starts_with(start);
        });
    };
    CHECK(has("r.yaml:2:3: recipes.a/b: not a name for a folder: found 'a/b', expected letters"));
    CHECK(has("r.yaml:3:7: recipes.c: unknown key 'san': expected one of note, subject, sans"));
    CHECK(has("r.yaml:4:16: recipes.d.subject: not a part of a subject: found 'x', expected TYPE=value"));
}

}  // namespace ocs::config
