#include "discovery/required_names.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace ocs;
using namespace ocs::discovery;

namespace {

HostName host(std::string_view text) { return HostName::parse(text).value(); }

RoleNames everything() {
    return {{host("contoso.test"), host("fabrikam.test")},
            host("pool01.contoso.test"),
            {host("fe01.contoso.test")},
            host("web.contoso.test")};
}

std::string san_of(const RequiredNames& names) {
    std::string text;
    for (const PresentedName& entry : names.san) {
        text += (text.empty() ? "" : " ") + std::string(to_string(entry.kind)) + ":" + entry.text;
    }
    return text;
}

}  // namespace

TEST_CASE("a role's word reads back, another one is refused") {
    for (ServerRole role : all_server_roles) CHECK(parse_server_role(to_string(role)).value() == role);
    CHECK(parse_server_role("director").value() == ServerRole::lync_director);
    CHECK(to_string(parse_server_role("exchange").error()) == "no server role 'exchange'");
}

TEST_CASE("each role has its subject and its ready SAN list") {
    struct Row {
        ServerRole role;
        std::string common_name, san, why;
    };
    const Row rows[] = {
        {ServerRole::ocs_pool,
         "pool01.contoso.test",
         "DNS:pool01.contoso.test DNS:sip.contoso.test DNS:sip.fabrikam.test DNS:sipinternal.contoso.test "
         "DNS:sipinternal.fabrikam.test DNS:web.contoso.test DNS:fe01.contoso.test",
         "[56, 66], the boxes for Edge [17], fallback names [1, 57]"},
        {ServerRole::lync_fe,
         "pool01.contoso.test",
         "DNS:pool01.contoso.test DNS:fe01.contoso.test DNS:sip.contoso.test DNS:sip.fabrikam.test "
         "DNS:sipinternal.contoso.test DNS:sipinternal.fabrikam.test DNS:lyncdiscoverinternal.contoso.test "
         "DNS:lyncdiscoverinternal.fabrikam.test DNS:lyncdiscover.contoso.test "
         "DNS:lyncdiscover.fabrikam.test DNS:web.contoso.test DNS:meet.contoso.test "
         "DNS:meet.fabrikam.test DNS:dialin.contoso.test DNS:dialin.fabrikam.test "
         "DNS:admin.contoso.test DNS:admin.fabrikam.test",
         "default, web and mobility names on one certificate [57, 59, 64]"},
        {ServerRole::ocs_edge_internal, "fe01.contoso.test", "DNS:fe01.contoso.test", "one name [85, 86]"},
        {ServerRole::ocs_pool_member, "fe01.contoso.test", "DNS:fe01.contoso.test", "computer FQDN [56, 66]"},
        {ServerRole::lync_av, "fe01.contoso.test", "DNS:fe01.contoso.test", "the name is not used [15]"},
        {ServerRole::lync_sba,
         "fe01.contoso.test",
         "DNS:fe01.contoso.test DNS:sip.contoso.test DNS:sip.fabrikam.test",
         "[34, 57]"},
        {ServerRole::lync_mediation,
         "pool01.contoso.test",
         "DNS:pool01.contoso.test DNS:fe01.contoso.test",
         "pool and member [57]"},
        {ServerRole::lync_rp,
         "web.contoso.test",
         "DNS:web.contoso.test DNS:dialin.contoso.test DNS:dialin.fabrikam.test DNS:meet.contoso.test "
         "DNS:meet.fabrikam.test DNS:lyncdiscover.contoso.test DNS:lyncdiscover.fabrikam.test",
         "[15, 64]"},
        {ServerRole::rfc5922,
         "contoso.test",
         "URI:sip:contoso.test DNS:contoso.test URI:sip:fabrikam.test DNS:fabrikam.test",
         "URI first [65]"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto names = required_names(row.role, everything());
        REQUIRE(names.has_value());
        CHECK(names->common_name == row.common_name);
        CHECK(san_of(*names) == row.san);
    }
}

TEST_CASE("every role explains each of its names, names none twice and repeats the CN in the SAN") {
    for (ServerRole role : all_server_roles) {
        CAPTURE(to_string(role));
        const auto names = required_names(role, everything());
        REQUIRE(names.has_value());
        CHECK(names->names.size() == names->san.size());
        for (const RequiredName& name : names->names) {
            CAPTURE(name.name);
            CHECK(!name.asked_by.empty());
            CHECK(!name.step.empty());
            CHECK(!name.if_missing.empty());
            CHECK(name.source.starts_with("["));
            CHECK(std::count_if(names->names.begin(), names->names.end(), [&](const RequiredName& other) {
                      return other.name == name.name && other.kind == name.kind;
                  }) == 1);
        }
        const PresentedName subject{NameKind::dns, names->common_name};
        CHECK(std::count(names->san.begin(), names->san.end(), subject) == 1);
    }
}

TEST_CASE("a Director has simple URLs by one source only and no admin URL") {
    const auto names = required_names(ServerRole::lync_director, everything());
    REQUIRE(names.has_value());
    CHECK(san_of(*names).find("admin.") == std::string::npos);
    const auto meet = std::find_if(names->names.begin(), names->names.end(), [](const RequiredName& name) {
        return name.name == "meet.contoso.test";
    });
    REQUIRE(meet != names->names.end());
    CHECK(meet->source == "[64]");
    CHECK(to_string(meet->confidence) == "1");
}

TEST_CASE("an Edge without a name of its own is called sip.<domain>, once") {
    const auto names = required_names(ServerRole::lync_edge, {{host("contoso.test")}, {}, {}, {}});
    REQUIRE(names.has_value());
    CHECK(san_of(*names) == "DNS:sip.contoso.test DNS:sipexternal.contoso.test DNS:webcon.contoso.test");
    CHECK(to_string(names->names.front().place) == "Subject and SAN");
    CHECK(names->names.front().step == "SRV target of _sip._tls; host name sip.contoso.test");
    CHECK(to_string(names->names.front().confidence) == "2+");
}

TEST_CASE("an Edge with public IM is a client too, and a pool carries each of its servers") {
    const auto edge = required_names(ServerRole::lync_edge_im, everything());
    REQUIRE(edge.has_value());
    CHECK((edge->eku == std::vector<std::string>{"serverAuth", "clientAuth"}));
    RoleNames two = everything();
    two.servers.push_back(host("fe02.contoso.test"));
    CHECK(san_of(*required_names(ServerRole::ocs_pool, two)).ends_with("DNS:fe02.contoso.test"));
}

TEST_CASE("a fallback name is needed where DNS has it") {
    const auto names = required_names(ServerRole::ocs_se, everything());
    const auto name = std::find_if(names->names.begin(), names->names.end(), [](const RequiredName& each) {
        return each.name == "sipinternal.contoso.test";
    });
    REQUIRE(name != names->names.end());
    CHECK(name->step == "host name sipinternal.contoso.test, if DNS has it");
}

TEST_CASE("a role without the name it lives by says which") {
    const auto error = [](ServerRole role) { return to_string(required_names(role, {}).error()); };
    CHECK(error(ServerRole::ocs_pool) == "role 'ocs-pool' needs a pool FQDN");
    CHECK(error(ServerRole::ocs_se) == "role 'ocs-se' needs a server or pool FQDN");
    CHECK(error(ServerRole::ocs_av) == "role 'ocs-av' needs a server FQDN");
    CHECK(error(ServerRole::lync_rp) == "role 'lync-rp' needs a web FQDN");
    CHECK(error(ServerRole::ocs_edge) == "role 'ocs-edge' needs a server FQDN or SIP domain");
    CHECK(error(ServerRole::rfc5922) == "role 'rfc5922' needs a SIP domain");
}
