#include "server/web_reply.hpp"

#include <fmt/format.h>

#include "core/escape.hpp"
#include "discovery/name_policy.hpp"
#include "record/alerts.hpp"

namespace ocs::server {
namespace {

/// visible() leaves quotes alone; JSON wants them and the backslash escaped.
std::string json_text(std::string_view text) {
    std::string out = "\"";
    for (const char c : visible(text)) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + "\"";
}

bool wants_json(std::string_view request) {
    const std::string lower = ascii_lower(request);
    const std::size_t accept = lower.find("\naccept:");
    if (accept == std::string::npos) return false;
    const std::string line = lower.substr(accept, lower.find('\n', accept + 1) - accept);
    return line.find("application/json") != std::string::npos;
}

std::string text_page(const record::ConnectionRecord& seen) {
    const auto& facts = seen.facts;
    std::string page = "fakeocs saw this connection:\n\n";
    page += fmt::format("client        {}\n", to_string(seen.client));
    page += fmt::format("SNI           {}\n", seen.wanted ? visible(seen.wanted->text) : "none");
    page += fmt::format("virtual host  {} ({})\n", visible(facts.virtual_host), to_string(facts.host_choice));
    page += fmt::format(
        "protocol      {}, {}\n", record::tls_version_name(facts.version), visible(facts.cipher_suite));
    if (!seen.certificate) return page;
    page += "\nnames on the certificate:\n";
    for (const auto& name : seen.certificate->names.san) {
        page += fmt::format("  {:5} {}\n", to_string(name.kind), visible(name.text));
    }
    for (const auto& name : seen.certificate->names.common_names)
        page += fmt::format("  CN    {}\n", visible(name));
    if (!seen.wanted) return page;
    page += "\nis the wanted name on it?\n";
    for (const auto policy : discovery::all_name_policies) {
        const auto verdict = discovery::compare_names(policy, seen.certificate->names, seen.wanted->text);
        page += fmt::format("  {:17} {}\n", to_string(policy), verdict.covered ? "yes" : "no");
    }
    return page;
}

std::string json_page(const record::ConnectionRecord& seen) {
    const auto& facts = seen.facts;
    std::string page = fmt::format(
        "{{\"client\":{},\"sni\":{},\"virtual_host\":{},\"host_choice\":{},\"version\":{},\"cipher_suite\":{"
        "}",
        json_text(to_string(seen.client)),
        seen.wanted ? json_text(seen.wanted->text) : "null",
        json_text(facts.virtual_host),
        json_text(to_string(facts.host_choice)),
        json_text(record::tls_version_name(facts.version)),
        json_text(facts.cipher_suite));
    page += ",\"covered\":{";
    if (seen.certificate && seen.wanted) {
        std::string comma;
        for (const auto policy : discovery::all_name_policies) {
            const auto verdict = discovery::compare_names(policy, seen.certificate->names, seen.wanted->text);
            page += fmt::format("{}\"{}\":{}", comma, to_string(policy), verdict.covered);
            comma = ",";
        }
    }
    return page + "}}\n";
}

}  // namespace

bool http_head_complete(std::string_view request) {
    return request.find("\r\n\r\n") != std::string_view::npos ||
           request.find("\n\n") != std::string_view::npos;
}

std::string web_reply(std::string_view request, const record::ConnectionRecord& so_far) {
    const bool json = wants_json(request);
    const std::string body = json ? json_page(so_far) : text_page(so_far);
    return fmt::format(
        "HTTP/1.1 200 OK\r\nContent-Type: {}\r\nContent-Length: {}\r\nCache-Control: no-store\r\n"
        "X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n{}",
        json ? "application/json" : "text/plain; charset=utf-8",
        body.size(),
        request.starts_with("HEAD ") ? std::string() : body);
}

}  // namespace ocs::server
