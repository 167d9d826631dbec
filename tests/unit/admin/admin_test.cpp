// The room as the lab uses it: what the lab changes is what the API answers with from then on.
#include "admin/admin.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <string>

#include "admin/control.hpp"

using namespace ocs;
using namespace ocs::admin;

namespace {

struct Dns {
    dns::Zones zones;
    dns::Faults faults;

    explicit Dns(const std::string& zone) {
        REQUIRE(zones.add(dns::Zone(dns::Name::parse(zone).value(), 30)).has_value());
    }
    ControlledDns controlled() {
        return {zones, faults, [](const std::string&) {}};
    }
};

ControlledLab lab() {
    ControlledLab lab;
    lab.status = [] { return LabStatus{"1.2", WallTime{}, {{"127.0.0.1", 5061}}, {}, 0, {}, "", {}}; };
    lab.note = [](const std::string&) {};
    return lab;
}

}  // namespace

TEST_CASE("admin: a DNS that comes, changes and goes with a reload is the one the API serves") {
    std::string folder = (std::filesystem::temp_directory_path() / "fakeocs-admin-XXXXXX").string();
    REQUIRE(::mkdtemp(folder.data()) != nullptr);
    Dns first("contoso.test"), second("fabrikam.test");
    std::atomic<bool> ended = false;
    {
        Admin admin{std::filesystem::path()};
        REQUIRE(admin.bind_control(folder).has_value());
        admin.start(lab());
        const auto told = [&] {
            const auto reply = ask_lab(folder, {"GET", "/v1/dns/records", ""});
            REQUIRE(reply.has_value());
            return std::to_string(reply->status) + " " + reply->body;
        };
        const auto serves = [&](const std::string& zone) {
            const std::string reply = told();
            return reply.starts_with("200 ") && reply.find('"' + zone + '"') != std::string::npos;
        };
        CHECK(told().starts_with("503 "));
        admin.set_dns(first.controlled());
        CHECK(serves("contoso.test"));
        const auto armed = ask_lab(folder, {"POST", "/v1/dns/faults", R"({"name":"sip","fault":"drop"})"});
        REQUIRE(armed.has_value());
        CHECK(armed->status == 201);
        admin.set_dns(second.controlled());
        CHECK(serves("fabrikam.test"));
        CHECK(ask_lab(folder, {"GET", "/v1/dns/faults", ""})->body == "{\"faults\":[]}\n");
        admin.set_dns(std::nullopt);
        CHECK(told().starts_with("503 "));
        admin.stop([&] { ended = true; });
    }
    CHECK(ended);
    CHECK(first.faults.all().size() == 1);
    CHECK(std::filesystem::is_empty(folder));  // the socket is gone
    std::filesystem::remove_all(folder);
}
