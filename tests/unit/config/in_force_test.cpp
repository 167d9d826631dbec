#include "config/in_force.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "config/fields.hpp"
#include "config/load.hpp"
#include "config/restart.hpp"
#include "core/files.hpp"

namespace ocs::config {
namespace {

Settings settings_of(const std::string& text) {
    auto settings = parse_settings("f.yaml", text);
    REQUIRE(settings.has_value());
    return std::move(*settings);
}

std::map<std::string, std::string> told(const Settings& settings, HostRange hosts = {}) {
    std::map<std::string, std::string> rows;
    for (const InForce& row : settings_in_force(settings, hosts)) {
        CHECK_MESSAGE(!rows.contains(row.key), row.key, " is there twice");
        const std::string where = row.origin.where.empty() ? "" : " " + row.origin.where;
        rows[row.key] = fmt::format("{} | {}{}", row.value, to_string(row.origin.source), where);
    }
    return rows;
}

const std::string host =
    "hosts: [{id: a, names: [a.test], certificate: {load: {pfx: a.pfx, pfx_password: s3cret}}}]\n";

}  // namespace

TEST_CASE("in force: each setting has its value and what won") {
    const auto rows =
        told(settings_of("listeners:\n  - port: 5061\n    tls: {max_version: 1.2}\nworkers: 2\n" + host));
    struct Row {
        std::string key, found, why;
    };
    const Row expected[] = {
        {"config", "f.yaml | default", "the file itself"},
        {"workers", "2 | file f.yaml:4:1", "a key of the file"},
        {"listeners[0].port", "5061 | file f.yaml:2:5", "one in a list"},
        {"listeners[0].address", "127.0.0.1 | default", "left out beside it"},
        {"listeners[0].tls.max_version", "1.2 | file f.yaml:3:11", "a version as the file has it"},
        {"listeners[0].tls.min_version", "1.0 | default", "left out in the same map"},
        {"logs.json_file", " | default", "none is empty"},
        {"history.keep", "true | default", "a section that is not there"},
        {"hosts[0].names", "[a.test] | file f.yaml:5:17", "a list"},
        {"hosts[0].certificate.load.pfx", "a.pfx | file f.yaml:5:55", "a path, taken from the file's folder"},
        {"dns", " | default", "a lab without DNS"},
        {"faults", "[] | default", "nothing is armed"},
        {"policies", "[communicator2007] | default", "a list that is left out"},
    };
    for (const Row& row : expected) {
        CAPTURE(row.why);
        REQUIRE(rows.contains(row.key));
        CHECK(rows.at(row.key) == row.found);
    }
}

TEST_CASE("in force: the faults of the file, one text each") {
    const auto rows = told(settings_of("faults:\n  - {fault: expired, next: 1}\n" + host));
    CHECK(rows.at("faults") == "[every connection: expired certificate, next 1] | file f.yaml:1:1");
}

TEST_CASE("in force: no secret is shown") {
    const auto settings =
        settings_of("pfx: {password: s3cret}\ncertificates_from: {folder: " + std::string(OCS_SOURCE_DIR) +
                    "/tests/data, pfx_password: s3cret}\n" + host);
    const auto rows = told(settings);
    for (const auto& [key, text] : rows) CHECK_MESSAGE(text.find("s3cret") == std::string::npos, key);
    CHECK(rows.at("pfx.password").starts_with(hidden));
    CHECK(rows.at("hosts[0].certificate.load.pfx_password").starts_with(hidden));
    CHECK(rows.at("certificates_from.pfx_password").starts_with(hidden));
}

TEST_CASE("in force: every key of the loader is among the settings") {
    const auto path = std::string(OCS_SOURCE_DIR) + "/config/fakeocs.yaml";
    auto text = read_file(path).value();
    auto settings = parse_settings(path, text);
    REQUIRE(settings.has_value());
    // What the example has commented out.
    settings->hosts[0].load.emplace();
    settings->hosts[0].tls = {0x0301, 0x0304, 0, false};
    settings->origins.erase("hosts[0]");
    std::map<std::string, bool> shown;
    for (const InForce& row : settings_in_force(*settings, {})) shown[without_numbers(row.key)] = true;
    for (const std::string& key : known_keys()) {
        CAPTURE(key);
        // Maps have their keys; what changes while the lab runs is elsewhere in the API.
        if (key.starts_with("dns.zones[]") || key.starts_with("dns.faults[]")) continue;
        if (key.starts_with("faults[]")) continue;               // one text each
        if (key.starts_with("sip.answers[].homes[]")) continue;  // one text each
        const bool inside = std::any_of(shown.begin(), shown.end(), [&](const auto& entry) {
            return entry.first.starts_with(key + ".") || entry.first.starts_with(key + "[");
        });
        CHECK((inside || shown.contains(key)));
    }
}

TEST_CASE("in force: of ten thousand hosts a page is shown, and long lists are cut") {
    std::string text = "hosts:\n";
    for (int i = 0; i < 10'000; ++i)
        text += fmt::format("  - {{id: h{0}, names: [h{0}.test], certificate: {{load: {{pfx: p}}}}}}\n", i);
    Settings settings = settings_of(text);
    CHECK(settings.origins.size() < 1'000);
    CHECK(settings_in_force(settings, {}).size() < 300);
    CHECK(settings_in_force(settings, {0, 10'000}).size() < 1'000);
    const auto rows = told(settings, {9'999, 20});
    CHECK(rows.at("hosts[9999].id") == "h9999 | file f.yaml:10001:5");
    CHECK_FALSE(rows.contains("hosts[0].id"));
    CHECK_FALSE(told(settings, {10'000, 20}).contains("hosts[0].id"));
    for (int i = 0; i < 60; ++i) settings.admin.names.push_back(fmt::format("n{}", i));
    CHECK(told(settings).at("admin.names").find("n49, and 10 more]") != std::string::npos);
}

TEST_CASE("in force: what needs a restart stays as it was, with its origin") {
    const Settings then = settings_of("workers: 1\nlogs: {detail: quiet}\ndns: {port: 1053}\n" + host);
    Settings now = settings_of("workers: 4\nlimits: {bytes: 2000}\ndns: {port: 2053, ttl: 5}\n" + host);
    const auto lines = keep_until_restart(then, now);
    CHECK(lines ==
          std::vector<std::string>{"other logs need a restart", "another number of workers needs a restart"});
    const auto rows = told(now);
    CHECK(rows.at("workers") == "1 | file f.yaml:1:1");
    CHECK(rows.at("logs.detail") == "quiet | file f.yaml:2:8");
    CHECK(rows.at("limits.bytes") == "2000 | file f.yaml:2:10");
    CHECK(rows.at("dns.port") == "1053 | file f.yaml:3:7");
    CHECK(rows.at("dns.ttl") == "5 | file f.yaml:3:19");
}

}  // namespace ocs::config
