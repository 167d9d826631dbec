#include "discovery/profile_page.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include "discovery/sources.hpp"

using namespace ocs;
using namespace ocs::discovery;

namespace {

/// The keys in the square brackets of a text: "1", "25", "finch".
std::set<std::string> keys_in(const std::string& text) {
    std::set<std::string> keys;
    for (std::size_t open = text.find('['); open != std::string::npos; open = text.find('[', open + 1)) {
        const std::size_t close = text.find(']', open);
        if (close == std::string::npos) break;
        std::istringstream list(text.substr(open + 1, close - open - 1));
        for (std::string key; std::getline(list, key, ',');) {
            key.erase(0, key.find_first_not_of(' '));
            keys.insert(key);
        }
    }
    return keys;
}

ProfileRow row_of(std::string_view profile, std::string_view what) {
    const std::vector<ProfileRow> rows = describe(find_profile(profile).value());
    const auto found =
        std::find_if(rows.begin(), rows.end(), [&](const ProfileRow& row) { return row.what == what; });
    REQUIRE(found != rows.end());
    return *found;
}

}  // namespace

TEST_CASE("profile page: docs/clients.md is what the code says") {
    std::ifstream file(OCS_SOURCE_DIR "/docs/clients.md");
    const std::string page{std::istreambuf_iterator<char>(file), {}};
    // Not printed whole: `fakeocs profiles --markdown > docs/clients.md` makes it anew.
    const bool same = page == profiles_markdown(all_profiles());
    CHECK(same);
}

TEST_CASE("profile page: every datum that is not unknown names its source, and every source has a title") {
    std::set<std::string> titles;
    for (const Source& source : sources()) titles.emplace(source.key);
    std::set<std::string> used = {"23", "24"};  // in a warning of the plan
    for (const ClientProfile& profile : all_profiles()) {
        CAPTURE(profile.name);
        for (const ProfileRow& row : describe(profile)) {
            CAPTURE(row.what);
            const bool sure =
                row.confidence == Confidence::confirmed || row.confidence == Confidence::one_source;
            const bool departure = row.value == "imitated" || row.value == "not carried out";
            if (sure && !departure) CHECK(row.source != "");
            CHECK((row.confidence == Confidence::unknown) == row.value.starts_with("unknown"));
            for (const std::string& text : {row.source, row.note}) {
                for (const std::string& key : keys_in(text)) {
                    CAPTURE(key);
                    CHECK(titles.count(key) == 1);
                    used.insert(key);
                }
            }
        }
    }
    CHECK(used == titles);
}

TEST_CASE("profile page: what is unknown, inferred or not carried out says so") {
    struct Row {
        std::string profile, what, value;
        Confidence confidence;
    };
    const Row rows[] = {
        {"lcs2005", "stop rule", "unknown; carried out as stop-on-resolve", Confidence::unknown},
        {"lcs2005",
         "lookup 1",
         "unknown; carried out as SRV _sipinternaltls._tcp.<dom>, TLS",
         Confidence::unknown},
        {"communicator2007", "on screen, tcp-failed", "unknown", Confidence::unknown},
        {"communicator2007",
         "looks at the certificate",
         "unknown; carried out as after-handshake",
         Confidence::unknown},
        {"communicator2007", "lookup 5", "A sipinternal.<dom>, TLS 5061, then 443", Confidence::confirmed},
        {"communicator2007", "event 5, not trusted", "wording not found", Confidence::unverified},
        {"communicator2007", "TLS", "imitated", Confidence::confirmed},
        {"communicator2007", "check of the server's version", "not carried out", Confidence::confirmed},
        {"lync2010", "stop rule", "unknown; carried out as continue-on-error", Confidence::unknown},
        {"lync2013", "event log", "unknown", Confidence::unknown},
        {"lync-phone", "DHCP option 120", "not carried out", Confidence::confirmed},
        {"sipe", "NEGOTIATE", "never", Confidence::one_source},
    };
    for (const Row& row : rows) {
        CAPTURE(row.profile);
        CAPTURE(row.what);
        const ProfileRow found = row_of(row.profile, row.what);
        CHECK(found.value == row.value);
        CHECK(found.confidence == row.confidence);
    }
    const std::string text = profile_text(find_profile("communicator2007").value());
    CHECK(text.find("\nstop rule" + std::string(29, ' ') + "stop-on-resolve  (1) [1]\n") !=
          std::string::npos);
    CHECK(text.find("not written down") != std::string::npos);
}
