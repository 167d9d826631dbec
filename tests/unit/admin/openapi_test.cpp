// docs/openapi.json against the routes of the code, in both directions, with their parameters.
#include <doctest/doctest.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <set>

#include "admin/control_api.hpp"
#include "core/files.hpp"

using namespace ocs;
using namespace ocs::admin;
namespace json = boost::json;

namespace {

using Routes = std::set<std::string>;  // "GET /handshakes filter limit before"

std::string route_text(const std::string& method,
                       const std::string& path,
                       std::vector<std::string> parameters) {
    std::sort(parameters.begin(), parameters.end());
    std::string text = method + " " + path;
    for (const auto& parameter : parameters) text += " " + parameter;
    return text;
}

}  // namespace

TEST_CASE("openapi: every route of the code is in the file, and the other way round") {
    const auto text = read_file(std::string(OCS_SOURCE_DIR) + "/docs/openapi.json");
    REQUIRE(text.has_value());
    const json::value file = json::parse(*text);
    Routes documented;
    for (const auto& path : file.at("paths").as_object()) {
        for (const auto& operation : path.value().as_object()) {
            std::string method(operation.key());
            std::transform(method.begin(), method.end(), method.begin(), [](char c) {
                return static_cast<char>(c & ~0x20);
            });
            std::vector<std::string> parameters;
            if (const json::value* list = operation.value().as_object().if_contains("parameters")) {
                for (const json::value& parameter : list->as_array()) {
                    if (parameter.at("in") == "query")
                        parameters.emplace_back(parameter.at("name").as_string());
                }
            }
            documented.insert(route_text(method, std::string(path.key()), parameters));
        }
    }
    Routes coded;
    for (const Route& route : routes()) {
        coded.insert(route_text(std::string(route.method), std::string(route.path), route.parameters));
    }
    for (const auto& route : coded) CHECK_MESSAGE(documented.count(route) == 1, route, " is not in the file");
    for (const auto& route : documented) CHECK_MESSAGE(coded.count(route) == 1, route, " is not in the code");
}
