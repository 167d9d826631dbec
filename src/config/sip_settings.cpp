#include "config/sip_settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "config/fields.hpp"
#include "core/escape.hpp"
#include "core/host_name.hpp"
#include "core/ip_address.hpp"
#include "core/nearest.hpp"

namespace ocs::config {
namespace {

using yaml::Map;
using yaml::Value;

/// "alice@contoso.test" or "@contoso.test", the domain in lower case.
Result<std::string> parse_user(std::string_view text) {
    const std::size_t at = text.rfind('@');
    const Error problem(
        "not a SIP user", "", "alice@contoso.test, or @contoso.test for everybody in that domain");
    if (at == std::string_view::npos ||
        text.substr(0, at).find_first_of("@ \t<>\":;") != std::string_view::npos)
        return problem;
    const auto domain = HostName::parse(text.substr(at + 1));
    if (domain.has_error()) return problem;
    return std::string(text.substr(0, at + 1)) + domain->text();
}

/// A host name or an address without brackets.
Result<std::string> parse_home(std::string_view text) {
    if (const auto address = IpAddress::parse(text); address.has_value()) return address->text();
    const auto name = HostName::parse(text);
    if (name.has_error()) return name.error();
    return name->text();
}

/// Text that goes into a header: one line of printable characters.
Result<std::string> parse_line(std::string_view text) {
    const bool printable = std::all_of(
        text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != '\x7f'; });
    if (!printable) return Error("a control character cannot go into a header", "", "write it on one line");
    return std::string(text);
}

sip::HomePool read_home(const Value& value) {
    sip::HomePool home;
    Map map(value);
    if (const auto host = map.require("host")) read_parsed(*host, parse_home, home.host);
    read_integer(map, "port", 0, 65535, home.port);
    if (const auto q = map.find("q")) {
        // RFC 3261 §25.1: at most three digits after the point.
        if (const auto number = q->number(0, 1))
            home.q = fmt::format("{:g}", std::round(*number * 1000) / 1000);
    }
    map.finish();
    return home;
}

sip::Diagnostics read_diagnostics(const Value& value) {
    sip::Diagnostics diagnostics;
    Map map(value);
    if (const auto id = map.require("id")) {
        if (const auto number = id->integer(0, 99999)) diagnostics.id = static_cast<int>(*number);
    }
    read_parsed(map, "source", parse_line, diagnostics.source);
    read_parsed(map, "reason", parse_line, diagnostics.reason);
    map.finish();
    return diagnostics;
}

sip::AnswerRule read_rule(const Value& value) {
    sip::AnswerRule rule;
    Map map(value);
    read_text(map, "host", rule.host);
    read_parsed(map, "user", parse_user, rule.user);
    if (const auto answer = map.require("answer")) {
        const auto index = answer->word({"ok", "redirect", "forbidden", "not-found", "unavailable", "never"});
        if (index) rule.answer = static_cast<sip::RegisterAnswer>(*index);
    }
    const auto homes = map.find("homes");
    if (homes) {
        for (const Value& home : homes->list()) rule.homes.push_back(read_home(home));
    }
    if (const auto diagnostics = map.find("diagnostics")) rule.diagnostics = read_diagnostics(*diagnostics);
    map.finish();
    const bool redirects = rule.answer == sip::RegisterAnswer::redirect;
    if (redirects && rule.homes.empty())
        value.fail("a redirect needs at least one home", "homes: [{host: ...}]");
    if (!redirects && !rule.homes.empty()) homes->fail("homes go with answer: redirect only");
    return rule;
}

void read_limits(const Value& value, sip::Limits& limits) {
    Map map(value);
    read_integer(map, "messages", 1, 1'000'000, limits.messages);
    read_integer(map, "headers", 8, 10'000, limits.headers);
    read_integer(map, "body_bytes", 0, 16 << 20, limits.body_bytes);
    map.finish();
}

}  // namespace

void read_sip(const Value& value, SipSettings& settings) {
    Map map(value);
    read_parsed(map, "server", parse_line, settings.front_end.server);
    read_integer(map, "expires_seconds", 1, 604'800, settings.front_end.expires_seconds);
    read_integer(map, "keep_alive_seconds", 1, 86'400, settings.front_end.keep_alive_seconds);
    if (const auto answers = map.find("answers")) {
        for (const Value& rule : answers->list()) settings.front_end.rules.push_back(read_rule(rule));
    }
    if (const auto limits = map.find("limits")) read_limits(*limits, settings.limits);
    map.finish();
}

void check_sip_hosts(const Value& value, const SipSettings& settings, const std::vector<std::string>& ids) {
    if (settings.front_end.rules.empty()) return;
    const auto answers = value.at("answers").list();
    for (std::size_t i = 0; i < answers.size() && i < settings.front_end.rules.size(); ++i) {
        const std::string& host = settings.front_end.rules[i].host;
        if (host.empty() || std::find(ids.begin(), ids.end(), host) != ids.end()) continue;
        const auto close = nearest(host, ids);
        Error error("no host has this id", "", close ? "did you mean " + ocs::quoted(*close) + "?" : "");
        error.found = ocs::quoted(host);
        answers[i].at("host").fail(std::move(error));
    }
}

}  // namespace ocs::config
