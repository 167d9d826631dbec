#include "apps/certgen_output.hpp"

#include <iostream>

#include "core/escape.hpp"

namespace ocs::certgen {
namespace {

std::string joined(const std::vector<std::string>& words, std::string_view otherwise) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + visible(word);
    return text.empty() ? std::string(otherwise) : text;
}

}  // namespace

int report(const Error& error, int code) {
    std::cerr << "fakeocs-certgen: " << ocs::to_string(error) << '\n';
    if (!error.hint.empty()) std::cerr << "  try: " << error.hint << '\n';
    return code;
}

int report(const std::vector<Error>& errors, int code) {
    for (const Error& error : errors) report(error, code);
    return code;
}

std::string command_line(const Context& context, const std::vector<std::string>& words) {
    std::string line = shell_quoted(context.program);
    for (const std::string& word : words) line += " " + shell_quoted(word);
    const auto used = pki::default_state_path(context.state_dir);
    if (used != pki::default_state_path(std::nullopt)) line += " --state-dir " + shell_quoted(used.string());
    return line;
}

std::string shown(const discovery::PresentedName& name) {
    return std::string(discovery::to_string(name.kind)) + ":" + visible(name.text);
}

std::string name_list(const discovery::PresentedNames& names, std::string_view indent) {
    std::string text;
    for (const std::string& name : names.common_names) {
        text += std::string(indent) + "CN:" + visible(name) + "\n";
    }
    if (!names.san_readable) text += std::string(indent) + "(the SAN extension cannot be read)\n";
    for (const auto& name : names.san) text += std::string(indent) + shown(name) + "\n";
    if (text.empty()) text = std::string(indent) + "(no name at all)\n";
    if (!names.san_present) text += std::string(indent) + "(no SAN extension)\n";
    return text;
}

std::string date_problem(const pki::CertificateInfo& info, WallTime now) {
    if (now < info.not_before) return "not valid before " + rfc3339(info.not_before);
    if (now > info.not_after) return "expired " + rfc3339(info.not_after);
    return "";
}

std::string facts(const pki::CertificateInfo& info, WallTime now) {
    const std::string problem = date_problem(info, now);
    std::string text;
    text += "subject      " + visible(info.subject) + "\n";
    text += "issuer       " + visible(info.issuer) + (info.self_signed ? "  (self-signed)" : "") + "\n";
    text += "names\n" + name_list(info.names, "  ");
    text += "valid        " + rfc3339(info.not_before) + " to " + rfc3339(info.not_after) +
            (problem.empty() ? "" : "  (" + problem + ")") + "\n";
    text += "key          " + visible(info.key) + "\n";
    text += "signature    " + visible(info.signature) + (info.weak ? "  (weak)" : "") + "\n";
    text += "EKU          " + joined(info.eku, "(no extension)") + "\n";
    text += "key usage    " + joined(info.key_usage, "(no extension)") + "\n";
    text += std::string("CA           ") + (info.is_ca ? "yes" : "no") + "\n";
    if (!info.crl_urls.empty()) text += "CRL          " + joined(info.crl_urls, "") + "\n";
    text += "serial       " + info.serial + "\n";
    text += "SHA-256      " + info.fingerprint + "\n";
    return text;
}

boost::json::array to_json(const std::vector<std::string>& texts) {
    boost::json::array array;
    for (const std::string& text : texts) array.emplace_back(visible(text, 4096));
    return array;
}

boost::json::object to_json(const pki::CertificateInfo& info, WallTime now) {
    boost::json::array sans;
    for (const auto& name : info.names.san) sans.emplace_back(shown(name));
    return {
        {"subject", visible(info.subject, 4096)},
        {"issuer", visible(info.issuer, 4096)},
        {"common_names", to_json(info.names.common_names)},
        {"san_present", info.names.san_present},
        {"san_readable", info.names.san_readable},
        {"sans", std::move(sans)},
        {"not_before", rfc3339(info.not_before)},
        {"not_after", rfc3339(info.not_after)},
        {"valid_now", date_problem(info, now).empty()},
        {"key", visible(info.key)},
        {"signature", visible(info.signature)},
        {"weak", info.weak},
        {"eku", to_json(info.eku)},
        {"key_usage", to_json(info.key_usage)},
        {"is_ca", info.is_ca},
        {"self_signed", info.self_signed},
        {"crl_urls", to_json(info.crl_urls)},
        {"serial", info.serial},
        {"fingerprint", info.fingerprint},
    };
}

Result<pki::PfxProfile> parse_profile(std::string_view word) {
    if (word == "legacy") return pki::PfxProfile::legacy;
    if (word == "modern") return pki::PfxProfile::modern;
    return Error{"no PFX profile " + ocs::quoted(word), "--pfx-profile", "legacy or modern"};
}

std::string_view to_string(pki::PfxProfile profile) {
    switch (profile) {
        case pki::PfxProfile::legacy:
            return "legacy";
        case pki::PfxProfile::modern:
            return "modern";
    }
    return "";
}

}  // namespace ocs::certgen
