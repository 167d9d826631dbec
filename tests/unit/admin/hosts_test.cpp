// The list of virtual hosts, page by page.
#include "admin/hosts.hpp"

#include <doctest/doctest.h>

#include <boost/json/parse.hpp>

using namespace ocs;
using namespace ocs::admin;

namespace {

boost::json::object page(std::size_t hosts, const std::string& query, int status = 200) {
    auto views = std::make_shared<std::vector<HostView>>();
    for (std::size_t i = 0; i < hosts; ++i)
        views->push_back({tls::VirtualHost::on_first_use("h" + std::to_string(i), {}, {}), {}, false});
    ControlledLab lab;
    lab.hosts = [&] { return views; };
    const ApiReply reply = handle({"GET", "/api/v1/hosts" + query, ""}, lab);
    CHECK(reply.status == status);
    return boost::json::parse(reply.body).as_object();
}

std::string ids(const boost::json::object& reply) {
    std::string all;
    for (const auto& host : reply.at("hosts").as_array())
        all += (all.empty() ? "" : " ") + std::string(host.at("id").as_string());
    return all;
}

}  // namespace

TEST_CASE("hosts: each says which versions it allows, and how strong it has to be") {
    auto views = std::make_shared<std::vector<HostView>>();
    views->push_back({tls::VirtualHost::on_first_use("old", {}, {0x0301, 0x0302, 1, false}), {}, false});
    ControlledLab lab;
    lab.hosts = [&] { return views; };
    const ApiReply reply = handle({"GET", "/api/v1/hosts", ""}, lab);
    CHECK(reply.body.find(R"("tls":{"min_version":"TLS 1.0","max_version":"TLS 1.1","security_level":1})") !=
          std::string::npos);
}

TEST_CASE("hosts: come in pages, in the order of the configuration") {
    CHECK(ids(page(3, "?limit=2")) == "h0 h1");
    CHECK(page(3, "?limit=2").at("next").to_number<int>() == 2);
    CHECK(page(3, "?limit=2").at("total").to_number<int>() == 3);
    CHECK(ids(page(3, "?first=2&limit=2")) == "h2");
    CHECK_FALSE(page(3, "?first=2&limit=2").contains("next"));
    CHECK(ids(page(3, "?first=3")).empty());
    CHECK(ids(page(3, "?first=9223372036854775807")).empty());
    CHECK(page(501, "").at("hosts").as_array().size() == 500);
    CHECK(page(501, "").at("next").to_number<int>() == 500);
    page(3, "?limit=501", 400);
    page(3, "?limit=0", 400);
    page(3, "?first=-1", 400);
    CHECK(page(0, "").at("total").to_number<int>() == 0);
}
