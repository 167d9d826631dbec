#include "server/web_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <vector>

#include "core/escape.hpp"
#include "core/markup.hpp"
#include "discovery/name_policy.hpp"
#include "record/alerts.hpp"
#include "record/tls_names.hpp"

namespace ocs::server {
namespace {

namespace json = boost::json;

constexpr std::size_t label_width = 17;  // of the text page's left column

/// One line of the text page, one row of the HTML table: values one below the other. Escaped by visible().
struct Row {
    std::string label;
    std::vector<std::string> values;
};
struct Section {
    std::string title;
    std::vector<Row> rows;
};

template <class Number, class Name>
std::vector<std::string> named(const std::vector<Number>& numbers, Name name) {
    std::vector<std::string> names;
    names.reserve(numbers.size());
    for (const Number number : numbers) names.push_back(name(number));
    return names;
}

std::vector<std::string> visible_all(const std::vector<std::string>& texts) {
    std::vector<std::string> shown;
    shown.reserve(texts.size());
    for (const std::string& text : texts) shown.push_back(visible(text));
    return shown;
}

std::string sni_of(const record::ConnectionRecord& seen) {
    const auto& hello = seen.facts.hello;
    if (!hello || hello->sni.form == record::SniForm::absent) return "none";
    return fmt::format("{} ({})", visible(hello->sni.raw), to_string(hello->sni.form));
}

std::vector<std::string> versions_of(const record::ClientHelloFacts& hello) {
    if (hello.supported_versions.empty()) return {record::tls_version_name(hello.legacy_version)};
    return named(hello.supported_versions, record::tls_version_name);
}

Section connection_section(const record::ConnectionRecord& seen) {
    const auto& facts = seen.facts;
    return {"this connection",
            {{"client", {to_string(seen.client)}},
             {"SNI", {sni_of(seen)}},
             {"virtual host",
              {fmt::format("{} ({})", visible(facts.virtual_host), to_string(facts.host_choice))}},
             {"protocol", {record::tls_version_name(facts.version)}},
             {"cipher suite", {visible(facts.cipher_suite)}}}};
}

Section certificate_section(const record::ServedCertificate& shown) {
    Section section{"the certificate it was shown", {}};
    Row names{"names", {}};
    for (const auto& name : shown.names.san)
        names.values.push_back(fmt::format("{}:{}", to_string(name.kind), visible(name.text)));
    for (const auto& name : shown.names.common_names) names.values.push_back("CN:" + visible(name));
    section.rows = {{"subject", {shown.subject}},
                    {"issuer", {shown.issuer}},
                    {"valid", {utc_date(shown.not_before) + " to " + utc_date(shown.not_after)}},
                    {"key", {visible(shown.key) + ", " + visible(shown.signature)}},
                    std::move(names)};
    return section;
}

Section policies_section(const record::ConnectionRecord& seen) {
    Section section{"is the wanted name on it?", {}};
    for (const auto policy : discovery::all_name_policies) {
        const auto verdict = discovery::compare_names(policy, seen.certificate->names, seen.wanted->text);
        std::string said = "no";
        if (verdict.by) {
            const auto& by = verdict.comparisons[*verdict.by].name;
            said = fmt::format("yes, by {}:{}", to_string(by.kind), visible(by.text));
        } else if (verdict.covered) {
            said = "yes";
        }
        section.rows.push_back({std::string(to_string(policy)), {std::move(said)}});
    }
    return section;
}

Section hello_section(const record::ClientHelloFacts& hello) {
    return {"what it offered",
            {{"versions", versions_of(hello)},
             {"cipher suites", named(hello.cipher_suites, record::cipher_suite_name)},
             {"extensions", named(hello.extensions, record::extension_name)},
             {"groups", named(hello.groups, record::group_name)},
             {"signatures", named(hello.signature_algorithms, record::signature_scheme_name)},
             {"ALPN", visible_all(hello.alpn)}}};
}

std::vector<Section> sections_of(const record::ConnectionRecord& seen) {
    std::vector<Section> sections = {connection_section(seen)};
    if (seen.certificate) sections.push_back(certificate_section(*seen.certificate));
    if (seen.certificate && seen.wanted) sections.push_back(policies_section(seen));
    if (seen.facts.hello) sections.push_back(hello_section(*seen.facts.hello));
    return sections;
}

json::array json_texts(const std::vector<std::string>& texts) {
    json::array array;
    for (const std::string& text : texts) array.emplace_back(text);
    return array;
}

json::object json_certificate(const record::ServedCertificate& shown) {
    json::array san;
    for (const auto& name : shown.names.san)
        san.push_back(json::object{{"kind", to_string(name.kind)}, {"text", visible(name.text)}});
    return {{"subject", shown.subject},
            {"issuer", shown.issuer},
            {"not_before", rfc3339(shown.not_before)},
            {"not_after", rfc3339(shown.not_after)},
            {"san", std::move(san)},
            {"common_names", json_texts(visible_all(shown.names.common_names))}};
}

json::object json_policies(const record::ConnectionRecord& seen) {
    json::object covered;
    for (const auto policy : discovery::all_name_policies) {
        const auto verdict = discovery::compare_names(policy, seen.certificate->names, seen.wanted->text);
        covered[to_string(policy)] = verdict.covered;
    }
    return covered;
}

json::object json_hello(const record::ClientHelloFacts& hello) {
    return {{"versions", json_texts(versions_of(hello))},
            {"cipher_suites", json_texts(named(hello.cipher_suites, record::cipher_suite_name))},
            {"extensions", json_texts(named(hello.extensions, record::extension_name))},
            {"groups", json_texts(named(hello.groups, record::group_name))},
            {"signature_algorithms",
             json_texts(named(hello.signature_algorithms, record::signature_scheme_name))},
            {"alpn", json_texts(visible_all(hello.alpn))}};
}

}  // namespace

std::string text_page(const record::ConnectionRecord& seen) {
    std::string page = "fakeocs saw this connection\n";
    for (const Section& section : sections_of(seen)) {
        page += "\n" + section.title + "\n";
        for (const Row& row : section.rows) {
            std::string_view label = row.label;
            for (const std::string& value : row.values) {
                page.append("  ").append(label).append(label_width - std::min(label_width, label.size()),
                                                       ' ');
                page.append(" ").append(value).append("\n");
                label = "";
            }
        }
    }
    return page;
}

std::string html_page(const record::ConnectionRecord& seen) {
    std::string page =
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<title>fakeocs saw this connection</title>\n"
        "<style>body{font:15px sans-serif;margin:2em}th{text-align:left;vertical-align:top;"
        "padding-right:2em}td{font-family:monospace}</style></head>\n"
        "<body><h1>fakeocs saw this connection</h1>\n";
    for (const Section& section : sections_of(seen)) {
        page += "<h2>" + markup_text(section.title) + "</h2>\n<table>\n";
        for (const Row& row : section.rows) {
            page += "<tr><th>" + markup_text(row.label) + "</th><td>";
            for (const std::string& value : row.values) page += markup_text(value) + "<br>";
            page += "</td></tr>\n";
        }
        page += "</table>\n";
    }
    return page + "</body></html>\n";
}

std::string json_page(const record::ConnectionRecord& seen) {
    const auto& facts = seen.facts;
    json::object page{{"client", to_string(seen.client)},
                      {"sni", nullptr},
                      {"virtual_host", visible(facts.virtual_host)},
                      {"host_choice", to_string(facts.host_choice)},
                      {"version", record::tls_version_name(facts.version)},
                      {"cipher_suite", visible(facts.cipher_suite)}};
    if (facts.hello && facts.hello->sni.form != record::SniForm::absent) {
        page["sni"] = visible(facts.hello->sni.raw);
        page["sni_form"] = to_string(facts.hello->sni.form);
    }
    if (seen.certificate) page["certificate"] = json_certificate(*seen.certificate);
    if (seen.certificate && seen.wanted) page["covered"] = json_policies(seen);
    if (facts.hello) page["hello"] = json_hello(*facts.hello);
    return json::serialize(page) + "\n";
}

}  // namespace ocs::server
