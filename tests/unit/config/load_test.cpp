#include "config/load.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "config/recipes.hpp"

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
         "f.yaml:1:20: listeners[0].port: found '5O61', expected a whole number from 0 to 65535 "
         "[did you mean 5061? a letter stands where a digit belongs]\n"},
        {"listeners: [{port: 99999}]\n" + host,
         "f.yaml:1:20: listeners[0].port: found '99999', expected a whole number from 0 to 65535\n"},
        {"listeners: [{}]\n" + host, "f.yaml:1:13: listeners[0]: key 'port' is missing\n"},
        {"listeners: [{port: 1, default_host: b}]\n" + host,
         "f.yaml:1:13: listeners[0]: default_host 'b' is no host of this file [did you mean 'a'?]\n"},
        {"listeners: [{port: 1}, {port: 1}]\n" + host,
         "f.yaml:1:24: listeners[1]: address and port are those of an earlier listener\n"},
        {"listeners: [{name: x, port: 1}, {name: x, port: 2}]\n" + host,
         "f.yaml:1:33: listeners[1]: name 'x' is used by an earlier listener\n"},
        {"listeners: [{port: 1, tls: {min_version: 1.2, max_version: 1.1}}]\n" + host,
         "f.yaml:1:28: listeners[0].tls: min_version is above max_version [swap the two]\n"},
        {"policies: [openssl, openssl]\n" + host,
         "f.yaml:1:21: policies[1]: policy 'openssl' is listed twice\n"},
        {"pfx: {profile: legaci}\n" + host,
         "f.yaml:1:16: pfx.profile: found 'legaci', expected one of legacy, modern [did you mean "
         "'legacy'?]\n"},
        {"hosts: []\n", "f.yaml:1:8: hosts: expected at least one host\n"},
        {"limits: {}\n", "f.yaml:1:1: key 'hosts' is missing\n"},
        {"hosts: [{id: a, certificate: {}}]\n",
         "f.yaml:1:30: hosts[0].certificate: expected exactly one of generate and load\n"},
        {"hosts: [{id: a, certificate: {load: {pfx: p}}}, {id: A, certificate: {load: {pfx: p}}}]\n",
         "f.yaml:1:49: hosts[1]: id 'A' is used by an earlier host\n"},
        {"limit: {}\n" + host,
         "f.yaml:1:1: found unknown key 'limit', expected one of state_dir, ca, pfx, listeners, hosts, "
         "limits, "
         "logs, policies [did you mean 'limits'?]\n"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        CHECK(errors_of(row.text) == row.found);
    }
}

TEST_CASE("load: all problems in one run") {
    const auto settings = parse_settings("f.yaml", "limits: {connections: x, bytes: y}\nfoo: 1\n" + host);
    REQUIRE(settings.has_error());
    CHECK(settings.error().size() == 3);
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
    CHECK(has("r.yaml:2:3: recipes.a/b: found name 'a/b', expected letters"));
    CHECK(has("r.yaml:3:7: recipes.c: found unknown key 'san', expected one of note, subject, sans"));
    CHECK(has("r.yaml:4:16: recipes.d.subject: found 'x', expected TYPE=value"));
}

}  // namespace ocs::config
