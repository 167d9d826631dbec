#include "config/profile.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace ocs;
using namespace ocs::config;
using discovery::Confidence;

namespace {

std::string errors_of(const std::string& text) {
    const auto profiles = parse_profiles("p.yaml", text);
    std::string all;
    if (profiles.has_error()) {
        for (const Error& error : profiles.error()) {
            all += to_string(error) + (error.hint.empty() ? "" : " [" + error.hint + "]") + "\n";
        }
    }
    return all;
}

std::string body(const std::string& lines) { return "profiles:\n  mine:\n    base: lync2010\n" + lines; }

}  // namespace

TEST_CASE("profiles of one's own: the example with every key is read") {
    const auto profiles = load_profiles(OCS_SOURCE_DIR "/config/profiles.yaml");
    REQUIRE(profiles.has_value());
    REQUIRE(profiles->size() == 2);

    const discovery::ClientProfile& vista = profiles->front();
    CHECK(vista.name == "communicator2007-vista");
    CHECK(vista.sends_sni.value);
    CHECK(vista.sends_sni.confidence == Confidence::own);
    CHECK(vista.domain_rule.value == discovery::DomainRule::same_root);
    CHECK(vista.lookups == discovery::find_profile("communicator2007")->lookups);
    CHECK(vista.events == discovery::find_profile("communicator2007")->events);

    const discovery::ClientProfile& phone = profiles->back();
    CHECK(phone.title == "Our softphone");
    REQUIRE(phone.lookups.size() == 5);
    CHECK(phone.lookups[0].transport == discovery::Transport::tls);
    CHECK(phone.lookups[1].transport == discovery::Transport::tcp);
    CHECK(phone.lookups[2].kind == discovery::LookupKind::web);
    CHECK(phone.lookups[3].ports.value == std::vector<std::uint16_t>{5061, 443});
    CHECK(phone.lookups[4].label.empty());
    CHECK(phone.lookups[4].ports.value == std::vector<std::uint16_t>{5061});
    CHECK(to_string(phone.tls.value) == "TLS 1.2 to 1.3");
    CHECK(phone.reg.supported.value == std::vector<std::string>{"gruu-10, adhoclist"});
    const auto mismatch = std::find_if(phone.screen.begin(), phone.screen.end(), [](const auto& text) {
        return text.ending == discovery::Ending::name_mismatch;
    });
    REQUIRE(mismatch != phone.screen.end());
    CHECK(mismatch->text.value == "The server %2 is not who it says.");
}

TEST_CASE("profiles of one's own: what is wrong is said with its place") {
    struct Row {
        std::string text, found;
    };
    const Row rows[] = {
        {"", "p.yaml:1:1: key 'profiles' is missing\n"},
        {"profiles:\n  mine: {}\n", "p.yaml:2:9: profiles.mine: key 'base' is missing\n"},
        {"profiles:\n  lync2010: {base: lync2010}\n",
         "p.yaml:2:3: profiles.lync2010: 'lync2010' is built in [choose another name, with 'base: "
         "lync2010']\n"},
        {"profiles:\n  My Own: {base: lync2010}\n",
         "p.yaml:2:3: profiles.My Own: 'My Own' is no profile name [lower-case letters, digits and hyphens, "
         "at "
         "most 64]\n"},
        {body("    stop: never\n"),
         "p.yaml:4:11: profiles.mine.stop: no stop rule 'never' [one of stop-on-resolve, stop-on-first-srv, "
         "continue-on-error]\n"},
        {body("    user_agent: \"a\\nb\"\n"),
         "p.yaml:4:17: profiles.mine.user_agent: only printable ASCII on one line goes into a header\n"},
        {body("    lookups: []\n"), "p.yaml:4:14: profiles.mine.lookups: 1 to 40 lookups belong here\n"},
        {body("    lookups: [{srv: _sip._tls, host: sip}]\n"),
         "p.yaml:4:15: profiles.mine.lookups[0]: exactly one of srv, web and host belongs here\n"},
        {body("    lookups: [{srv: _sip._tls, ports: [1]}]\n"),
         "p.yaml:4:39: profiles.mine.lookups[0].ports: only a host has ports of its own here\n"},
        {body("    lookups: [{host: sip, ports: []}]\n"),
         "p.yaml:4:34: profiles.mine.lookups[0].ports: one to eight ports belong here\n"},
        {body("    tls: {min_version: \"1.2\", max_version: \"1.1\"}\n"),
         "p.yaml:4:10: profiles.mine.tls: min_version is above max_version\n"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        CHECK(errors_of(row.text) == row.found);
    }
    // Texts of the YAML reader itself are tested there.
    CHECK(errors_of("profiles:\n  mine: {base: lync2009}\n")
              .starts_with(
                  "p.yaml:2:16: profiles.mine.base: no client profile 'lync2009' [did you mean 'lync2010'?"));
    CHECK(errors_of(body("    lookups: [{host: \"-a\"}]\n"))
              .starts_with("p.yaml:4:22: profiles.mine.lookups[0].host: "));
    CHECK(errors_of(body("    sni: yes\n")).starts_with("p.yaml:4:10: profiles.mine.sni: "));
    CHECK(errors_of(body("    snl: true\n")).starts_with("p.yaml:4:5: profiles.mine"));
    CHECK(errors_of(body("    screen: {signed-in: x}\n")).starts_with("p.yaml:4:14: profiles.mine.screen"));
    std::string many = "    lookups: [";
    for (int i = 0; i < 41; ++i) many += (i == 0 ? "" : ", ") + std::string("{host: sip}");
    CHECK(errors_of(body(many + "]\n")) ==
          "p.yaml:4:14: profiles.mine.lookups: 1 to 40 lookups belong here\n");
}

TEST_CASE("profiles of one's own: found by name before the built-in ones") {
    const auto own = parse_profiles("p.yaml", body("    sni: false\n"));
    REQUIRE(own.has_value());
    CHECK(find_profile("mine", *own)->sends_sni.value == false);
    CHECK(find_profile("sipe", *own)->name == "sipe");
    CHECK(find_profile("outlook", *own).error().hint.ends_with("; of your own: mine"));
    CHECK(find_profile("outlook", {}).error().hint.ends_with("lync-mobile"));
}
